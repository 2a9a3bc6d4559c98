/**
 * The YAML of a metadata block -> its fields. Values are checked against the types OPA declares for the
 * fields (metadata-yaml.ts), because its messages name those types and the line.
 *
 * Plain dates and times become timestamps, as in Go.
 */

import { at, codePoint } from "../at.ts";
import { ObjectBuilder } from "../value/collections.ts";
import { quoteGo } from "../value/term-text.ts";
import type { Value } from "../value/value.ts";
import { YamlError } from "../value/yaml/error.ts";
import { parseYamlNodes, type YamlNode } from "../value/yaml/nodes.ts";
import type { AnnotationSchema, Annotations, Ref, Term } from "./ast.ts";
import { ref } from "./ast.ts";
import { MetadataError } from "./metadata-error.ts";
import { normalUrl, UrlError } from "./metadata-url.ts";
import { checkKeys, type Decoded, goText, isMap, MetadataDecoder, toValue } from "./metadata-yaml.ts";
import { printTerm } from "./print.ts";

export type Metadata = Omit<Annotations, "kind" | "scope" | "target" | "start" | "end"> & { readonly scope: string };

/** Reads one Rego term; the text of the failure otherwise. */
export type TermReader = (text: string) => { readonly term: Term } | { readonly failure: string };

export function readMetadata(
	lines: readonly string[],
	rowOf: (line: number) => number,
	readTerm: TermReader,
): Metadata {
	const text = lines.map((l) => `${l.startsWith(" ") ? l.slice(1) : l}\n`).join("");
	if (/^[\s\u0085]*$/.test(text)) throw new MetadataError("expected METADATA block, found whitespace");
	return readFields(decode(text, lines, rowOf), readTerm);
}

/** The fields as they are written. */
interface RawMetadata {
	scope: string;
	title: string;
	entrypoint: boolean;
	description: string;
	organizations: readonly string[];
	relatedResources: readonly Decoded[];
	authors: readonly Decoded[];
	schemas: readonly ReadonlyMap<string, Decoded>[];
	compile: ReadonlyMap<string, Decoded> | undefined;
	custom: ReadonlyMap<string, Decoded> | undefined;
	labels: ReadonlyMap<string, Decoded> | undefined;
}

function decode(text: string, lines: readonly string[], rowOf: (line: number) => number): RawMetadata {
	try {
		return decodeFields(parseYamlNodes(text));
	} catch (e) {
		const decoded = e instanceof MetadataError;
		if (!decoded && !(e instanceof YamlError) && !(e instanceof RangeError)) throw e;
		// The tree is made and read recursively: only nesting exhausts the stack.
		const message = decoded ? e.message : e instanceof YamlError ? e.fromStart : "yaml: exceeded max depth of 10000";
		const line = /^yaml:(?: unmarshal errors:\s*)? line (\d+):/.exec(message)?.[1];
		// The line METADATA stands on is not counted; without one in the message it is the first.
		throw new MetadataError(message + separatorHint(lines, rowOf), line === undefined ? 0 : Number(line));
	}
}

function decodeFields(root: YamlNode | undefined): RawMetadata {
	const d = new MetadataDecoder();
	const raw: RawMetadata = {
		scope: "",
		title: "",
		entrypoint: false,
		description: "",
		organizations: [],
		relatedResources: [],
		authors: [],
		schemas: [],
		compile: undefined,
		custom: undefined,
		labels: undefined,
	};
	const any = (n: YamlNode): Decoded => d.any(n);
	const fields = new Map<string, (n: YamlNode) => void>([
		["scope", (n) => (raw.scope = d.string(n) ?? "")],
		["title", (n) => (raw.title = d.string(n) ?? "")],
		["entrypoint", (n) => (raw.entrypoint = d.boolean(n) ?? false)],
		["description", (n) => (raw.description = d.string(n) ?? "")],
		["organizations", (n) => (raw.organizations = d.list(n, "[]string", (item) => d.string(item)))],
		["related_resources", (n) => (raw.relatedResources = d.list(n, "[]interface {}", any))],
		["authors", (n) => (raw.authors = d.list(n, "[]interface {}", any))],
		[
			"schemas",
			(n) =>
				(raw.schemas = d.list(n, "[]map[string]interface {}", (item) => d.map(item) ?? new Map<string, Decoded>())),
		],
		["compile", (n) => (raw.compile = d.map(n))],
		["custom", (n) => (raw.custom = d.map(n))],
		["labels", (n) => (raw.labels = d.map(n))],
	]);
	if (root !== undefined) d.struct(root, "ast.rawAnnotation", fields);
	d.finish();
	return raw;
}

/** A `:` followed by something that only looks like a blank is a common cause of puzzling errors. */
function separatorHint(lines: readonly string[], rowOf: (line: number) => number): string {
	let hints = "";
	for (const [i, line] of lines.entries()) {
		const parts = line.split(":").slice(1);
		const odd: string[] = [];
		for (const [k, part] of parts.entries()) {
			if (part === "" && k === parts.length - 1) break;
			const c = String.fromCodePoint(part.codePointAt(0) ?? 0xfffd);
			if (c === " " || c === "\t") break;
			odd.push(quoteRune(c));
		}
		if (odd.length > 0) {
			hints += `\n  Hint: on line ${rowOf(i)}, symbol(s) [${odd.join(" ")}] immediately following a key/value separator ':' is not a legal yaml space character`;
		}
	}
	return hints;
}

/** Go's %+q of a rune. */
function quoteRune(c: string): string {
	const code = codePoint(c);
	if (c === "'") return "'\\''";
	if (code < 0x80) return `'${c === '"' ? c : quoteGo(c).slice(1, -1)}'`;
	return code > 0xffff ? `'\\U${code.toString(16).padStart(8, "0")}'` : `'\\u${code.toString(16).padStart(4, "0")}'`;
}

function readFields(raw: RawMetadata, readTerm: TermReader): Metadata {
	return {
		scope: raw.scope,
		title: raw.title,
		description: raw.description,
		entrypoint: raw.entrypoint,
		organizations: raw.organizations,
		relatedResources: raw.relatedResources.map(readRelatedResource),
		compile: raw.compile && readCompile(raw.compile, readTerm),
		schemas: raw.schemas.map((pair) => readSchema(pair, readTerm)),
		authors: raw.authors.map(readAuthor),
		custom: raw.custom && readObject(raw.custom),
		labels: [...(raw.labels ?? [])].map(([k, v]) => [k, checkedValue(v)] as const),
	};
}

function checkedValue(d: Decoded): Value {
	checkKeys(d);
	return toValue(d);
}

function readObject(fields: ReadonlyMap<string, Decoded>): Value {
	const builder = new ObjectBuilder();
	for (const [k, v] of fields) builder.set(k, checkedValue(v));
	return builder.finish();
}

/** A field of a map that is a string. */
function fieldOf(d: Decoded, name: string): string {
	const value = isMap(d) ? d.entries.find(([k]) => k === name)?.[1] : undefined;
	return typeof value === "string" ? value.trim() : "";
}

/** Reads a string (else undefined) or a map, naming the whole in what goes wrong. */
function within<T>(what: string, d: Decoded, read: (text: string | undefined) => T): T {
	try {
		checkKeys(d);
		if (typeof d !== "string" && !isMap(d)) throw new MetadataError("invalid value type, must be string or map");
		return read(typeof d === "string" ? d : undefined);
	} catch (e) {
		if (!(e instanceof MetadataError || e instanceof UrlError)) throw e;
		throw new MetadataError(`invalid ${what} definition ${goText(d)}: ${e.message}`);
	}
}

function readRelatedResource(d: Decoded): Metadata["relatedResources"][number] {
	return within("related-resource", d, (text) => {
		if (text === "") throw new MetadataError("ref URL may not be empty string");
		const url = text ?? fieldOf(d, "ref");
		if (url === "") throw new MetadataError("'ref' value required in object");
		return { ref: normalUrl(url), description: text === undefined ? fieldOf(d, "description") : "" };
	});
}

function readAuthor(d: Decoded): Metadata["authors"][number] {
	return within("author", d, (text) => {
		if (text === undefined) {
			const author = { name: fieldOf(d, "name"), email: fieldOf(d, "email") };
			if (author.name !== "" || author.email !== "") return author;
			throw new MetadataError("'name' and/or 'email' values required in object");
		}
		const words = text.split(/[\s\u0085]+/).filter((w) => w !== "");
		if (words.length === 0) throw new MetadataError("author is an empty string");
		const email = /^<(.*)>$/.exec(at(words, words.length - 1))?.[1];
		if (email !== undefined) words.pop();
		return { name: words.join(" "), email: email ?? "" };
	});
}

function readCompile(fields: ReadonlyMap<string, Decoded>, readTerm: TermReader): Metadata["compile"] {
	const unknowns: Ref[] = [];
	const list = fields.get("unknowns");
	for (const text of Array.isArray(list) ? list : []) {
		if (typeof text !== "string") continue;
		const read = readTerm(text);
		const failure =
			"failure" in read
				? `failed to parse ref: ${read.failure}`
				: read.term.kind === "ref"
					? undefined
					: `expected ref but got ${printTerm(read.term)}`;
		if (failure !== undefined) throw new MetadataError(`invalid unknowns element ${quoteGo(text)}: ${failure}`);
		unknowns.push((read as { term: Ref }).term);
	}
	const mask = fields.get("mask_rule");
	return { unknowns, maskRule: typeof mask === "string" ? readMaskRule(mask, readTerm) : undefined };
}

function readMaskRule(text: string, readTerm: TermReader): Ref {
	const read = readTerm(text);
	if ("failure" in read) throw new MetadataError(`invalid mask_rule annotation ${quoteGo(text)}: ${read.failure}`);
	const { term } = read;
	if (term.kind === "ref") return term;
	if (term.kind === "var" || (term.kind === "scalar" && typeof term.value === "string")) {
		return ref([term], term.start, term.end);
	}
	throw new MetadataError(`invalid mask_rule annotation type ${quoteGo(text)}: string`);
}

function readSchema(pair: ReadonlyMap<string, Decoded>, readTerm: TermReader): AnnotationSchema {
	const [name, definition] = [...pair][0] ?? ["", null];
	const path = readTerm(name);
	if ("failure" in path || path.term.kind !== "ref") throw new MetadataError("invalid document reference");
	if (isMap(definition) && definition.plain)
		return { path: path.term, schema: undefined, definition: toValue(definition) };
	if (typeof definition !== "string") throw new MetadataError(`invalid schema declaration for path ${quoteGo(name)}`);
	const schema = readTerm(definition);
	const term = "failure" in schema ? undefined : schema.term;
	const head = term?.kind === "ref" ? term.terms[0] : term;
	if (term === undefined || head?.kind !== "var" || head.name !== "schema") {
		throw new MetadataError("invalid schema reference");
	}
	return {
		path: path.term,
		schema: term.kind === "ref" ? term : ref([term], term.start, term.end),
		definition: undefined,
	};
}
