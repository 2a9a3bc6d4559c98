/**
 * Which document a `$ref` means. The root document and everything with an `$id` are registered by
 * address; every `$ref` is resolved against the nearest `$id` around it, once, before the schema is
 * parsed. Nothing is ever fetched: other addresses than those and the meta-schemas' are refused.
 */

import { valueAt } from "../../at.ts";
import { fromByteString } from "../../go/byte-string.ts";
import { formatGoUrl, type GoUrl, parseGoUrl, resolveGoUrl } from "../../go/url.ts";
import { LimitError } from "../../limit-error.ts";
import { getOwn, plainKeys } from "../../value/collections.ts";
import { parseJson } from "../../value/json.ts";
import { isArray, isPlainObject, type PlainObject, type Value } from "../../value/value.ts";
import { Failure } from "../failure.ts";
import { draftOfMetaSchema, metaSchemas } from "./meta-schemas.ts";

/** Draft of schemas that do not say: takes the keywords of all. */
export const hybridDraft = 1000;

/** A `$ref` or `$id`. Throws Failure. */
export function parseReference(text: string): GoUrl {
	const url = parseGoUrl(text);
	if ("error" in url) throw new Failure(url.error);
	return url;
}

export function referenceText(url: GoUrl): string {
	return fromByteString(formatGoUrl(url));
}

/** Draft named by `$schema`; undefined when there is none or an unknown one. Throws Failure. */
export function draftOf(document: Value): number | undefined {
	if (typeof document === "boolean") return undefined;
	if (!isPlainObject(document)) throw new Failure("schema is invalid");
	const s = getOwn(document, "$schema");
	if (s === undefined) return undefined;
	if (typeof s !== "string") throw new Failure("$schema must be of type string");
	return draftOfMetaSchema.get(referenceText(parseReference(s)));
}

interface Registered {
	readonly document: Value;
	readonly draft: number | undefined;
}

const maxDepth = 1000;

export class References {
	readonly #documents: Map<string, Registered> = new Map();
	/** Resolved `$ref`s by the object they stand in. */
	readonly #resolved: WeakMap<PlainObject, string> = new WeakMap();

	/** Registers a whole document and what is inside it. Throws Failure. */
	addDocument(document: Value, address: GoUrl): void {
		const text = referenceText(address);
		if (this.#documents.has(text)) throw new Failure(`Reference already exists: "${text}"`);
		const draft = draftOf(document);
		this.#scan(document, { ...address }, draft, 0);
		this.#documents.set(text, { document, draft });
	}

	/** The `$ref` of an object, resolved where that was possible. */
	refOf(o: PlainObject, written: string): string {
		return this.#resolved.get(o) ?? written;
	}

	#scan(node: Value, base: GoUrl, draft: number | undefined, depth: number): void {
		if (depth > maxDepth) throw new LimitError("JSON schema is nested too deeply");
		if (isArray(node)) {
			for (const item of node) this.#scan(item, base, draft, depth + 1);
			return;
		}
		if (!isPlainObject(node)) return;
		const o = node;
		let here = base;
		const id = getOwn(o, Object.hasOwn(o, "id") ? "id" : "$id");
		if (typeof id === "string") {
			// What is wrong with an address comes up when the schema is parsed.
			const own = inherit(base, id);
			if (own !== undefined) {
				here = own;
				const text = referenceText(own);
				if (this.#documents.has(text)) throw new Failure(`Reference already exists: "${text}"`);
				this.#documents.set(text, { document: node, draft });
			}
		}
		const ref = getOwn(o, "$ref");
		if (typeof ref === "string") {
			const target = inherit(here, ref);
			if (target !== undefined) this.#resolved.set(o, referenceText(target));
		}
		for (const key of plainKeys(o)) {
			if (key === "const" || key === "enum") continue;
			const child = valueAt(o, key);
			if (key !== "properties" && key !== "dependencies" && key !== "patternProperties") {
				this.#scan(child, here, draft, depth + 1);
			} else if (isPlainObject(child)) {
				// Not a schema itself: its keys are names that may look like keywords.
				for (const name of plainKeys(child)) {
					this.#scan(valueAt(child, name), here, draft, depth + 1);
				}
			}
		}
	}

	/** What a reference denotes. Throws Failure. */
	find(reference: string): Registered {
		const known = this.#documents.get(reference);
		if (known !== undefined) return known;
		const url = parseReference(reference);
		const base = { ...url, fragment: "" };
		const pointer = fromByteString(url.fragment);
		const whole = this.#documents.get(referenceText(base));
		if (whole !== undefined) {
			const found = { document: followPointer(whole.document, pointer), draft: whole.draft };
			this.#documents.set(reference, found);
			return found;
		}
		const canonical = url.scheme === "file" ? url.path.startsWith("/") : url.scheme !== "" && url.host !== "";
		if (!canonical) throw new Failure(`Reference ${reference} must be canonical`);
		const text = metaSchemas.get(referenceText(base));
		if (text === undefined) throw new Failure(`remote reference loading disabled: ${reference}`);
		const document = parseJson(text);
		this.addDocument(document, base);
		return { document: followPointer(document, pointer), draft: draftOf(document) };
	}
}

function inherit(base: GoUrl, reference: string): GoUrl | undefined {
	const url = parseGoUrl(reference);
	if ("error" in url) return undefined;
	const resolved = parseGoUrl(referenceText(resolveGoUrl({ ...base, fragment: "" }, url)));
	return "error" in resolved ? undefined : resolved;
}

/** The part of a document at a JSON pointer; a fragment that is no pointer means the whole. */
function followPointer(document: Value, pointer: string): Value {
	if (!pointer.startsWith("/")) return document;
	let at = document;
	for (const token of pointer.slice(1).split("/")) {
		if (isArray(at)) {
			if (!/^[-+]?[0-9]{1,18}$/.test(token)) throw new Failure(`Invalid array index '${token}'`);
			const item = at[Number(token)];
			if (item === undefined) {
				throw new Failure(`Out of bound array[0,${at.length}] index '${BigInt(token.replace("+", ""))}'`);
			}
			at = item;
		} else if (isPlainObject(at)) {
			const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
			const member = getOwn(at, key);
			if (member === undefined) throw new Failure(`Object has no key '${key}'`);
			at = member;
		} else throw new Failure(`Invalid token reference '${token}'`);
	}
	return at;
}
