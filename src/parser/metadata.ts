/**
 * The YAML of a metadata block -> its fields. YAML comes from the `yaml` package, loaded when the
 * first block is met. Values are checked node by node against the types OPA declares for the fields,
 * because its messages name those types and the line; messages about malformed YAML follow Go's
 * parser in wording where the same mistake has a counterpart.
 *
 * Plain dates become timestamps, as in Go; times of day are left as they are written.
 */

import type { Alias, Document, Node, Pair, Scalar, YAMLError, YAMLMap, YAMLSeq } from "yaml";
import { loadModule } from "#host";
import { ObjectBuilder } from "../value/collections.ts";
import { fromBigInt } from "../value/number.ts";
import type { Value } from "../value/value.ts";
import type { AnnotationSchema, Annotations, Ref, Term } from "./ast.ts";
import { ref } from "./ast.ts";
import { MetadataError } from "./metadata-error.ts";
import { goQuote, printTerm } from "./print.ts";

type Yaml = typeof import("yaml");

export type Metadata = Omit<Annotations, "kind" | "scope" | "target" | "start" | "end"> & { readonly scope: string };

/** Reads one Rego term; the text of the failure otherwise. */
export type TermReader = (text: string) => { readonly term: Term } | { readonly failure: string };

export function readMetadata(
	lines: readonly string[],
	rowOf: (line: number) => number,
	readTerm: TermReader,
): Metadata {
	const text = lines.map((l) => `${l.startsWith(" ") ? l.slice(1) : l}\n`).join("");
	if (text.trim() === "") throw new MetadataError("expected METADATA block, found whitespace");
	const yaml = loadModule("yaml") as Yaml | undefined;
	if (yaml === undefined) throw new MetadataError("metadata needs the yaml package");
	try {
		return new Reader(yaml, text, readTerm).read();
	} catch (e) {
		if (!(e instanceof MetadataError) || !e.message.startsWith("yaml: ")) throw e;
		throw new MetadataError(e.message + separatorHint(lines, rowOf), e.line);
	}
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
	const code = c.codePointAt(0) as number;
	if (c === "'") return "'\\''";
	if (code < 0x80) return `'${c === '"' ? c : goQuote(c).slice(1, -1)}'`;
	return code > 0xffff ? `'\\U${code.toString(16).padStart(8, "0")}'` : `'\\u${code.toString(16).padStart(4, "0")}'`;
}

/** With a line as Go prints it; 0 is left out. */
function yamlError(what: string, line: number): MetadataError {
	return new MetadataError(`yaml: ${line === 0 ? "" : `line ${line}: `}${what}`, line);
}

class Reader {
	readonly #yaml: Yaml;
	readonly #text: string;
	readonly #doc: Document.Parsed;
	readonly #readTerm: TermReader;
	readonly #mistakes: string[] = [];
	#mistakeLine: number | undefined;
	#nodes = 0;

	constructor(yaml: Yaml, text: string, readTerm: TermReader) {
		this.#yaml = yaml;
		this.#text = text;
		this.#readTerm = readTerm;
		const options = { intAsBigInt: true, merge: true, prettyErrors: false, logLevel: "silent" } as const;
		const documents = yaml.parseAllDocuments(text, options);
		this.#doc = ("empty" in documents ? yaml.parseDocument("", options) : documents[0]) as Document.Parsed;
	}

	read(): Metadata {
		const malformed = this.#doc.errors.filter((e) => e.code !== "DUPLICATE_KEY");
		if (malformed.length > 0) throw this.#malformed(malformed);
		this.#checkDuplicateKeys();
		const root = this.#doc.contents as Node | null;
		const fields = new Map<string, Node>();
		if (root !== null && !this.#isNull(root)) {
			const map = this.#typed(root, "map", "ast.rawAnnotation") as YAMLMap | undefined;
			for (const [key, value] of this.#pairs(map)) fields.set(this.#keyText(key), value);
		}
		const raw = {
			scope: this.#string(fields.get("scope")),
			title: this.#string(fields.get("title")),
			entrypoint: this.#boolean(fields.get("entrypoint")),
			description: this.#string(fields.get("description")),
			organizations: this.#list(fields.get("organizations"), "[]string").map((n) => this.#string(n)),
			relatedResources: this.#list(fields.get("related_resources"), "[]interface {}"),
			authors: this.#list(fields.get("authors"), "[]interface {}"),
			schemas: this.#list(fields.get("schemas"), "[]map[string]interface {}").map((n) => this.#map(n)),
			compile: this.#optionalMap(fields.get("compile")),
			custom: this.#optionalMap(fields.get("custom")),
			labels: this.#optionalMap(fields.get("labels")),
		};
		if (this.#mistakes.length > 0) {
			throw new MetadataError(`yaml: unmarshal errors:\n  ${this.#mistakes.join("\n  ")}`, this.#mistakeLine);
		}
		return {
			scope: raw.scope,
			title: raw.title,
			description: raw.description,
			entrypoint: raw.entrypoint,
			organizations: raw.organizations,
			relatedResources: raw.relatedResources.map((n) => this.#relatedResource(n)),
			compile: raw.compile === undefined ? undefined : this.#compile(raw.compile),
			schemas: raw.schemas.map((m) => this.#schema(m)),
			authors: raw.authors.map((n) => this.#author(n)),
			custom: raw.custom === undefined ? undefined : this.#object(raw.custom),
			labels: raw.labels === undefined ? [] : [...raw.labels].map(([k, n]) => [k, this.#checkedValue(n)] as const),
		};
	}

	// --- YAML mistakes -----------------------------------------------------------------------

	#lineOf(offset: number): number {
		let line = 0;
		for (let i = this.#text.indexOf("\n"); i >= 0 && i < offset; i = this.#text.indexOf("\n", i + 1)) line++;
		return line;
	}

	/**
	 * Go's parser counts lines from 1 in what its scanner rejects and from 0 in what its grammar
	 * rejects, and leaves the first line unsaid.
	 */
	#malformed(errors: readonly YAMLError[]): MetadataError {
		const first = errors[0] as YAMLError;
		const line = this.#lineOf(first.pos[0]);
		const lastLine = this.#lineOf(this.#text.length);
		const scanner = (what: string, at: number): MetadataError => yamlError(what, at === 0 ? 0 : at + 1);
		switch (first.code) {
			case "BLOCK_AS_IMPLICIT_KEY":
				return scanner(
					"mapping values are not allowed in this context",
					Math.max(...errors.map((e) => this.#lineOf(e.pos[1]))),
				);
			case "MULTILINE_IMPLICIT_KEY":
				if (errors.length > 1) return yamlError("did not find expected key", line);
				return scanner("could not find expected ':'", line);
			case "BAD_SCALAR_START":
			case "TAB_AS_INDENT":
				return scanner("found character that cannot start any token", line);
			case "MISSING_CHAR":
			case "BAD_INDENT": {
				if (/closing.*quote/i.test(first.message)) return scanner("found unexpected end of stream", lastLine);
				const flow = /flow (sequence|map)/i.exec(first.message)?.[1]?.toLowerCase();
				if (flow !== undefined) {
					return yamlError(`did not find expected ',' or '${flow === "map" ? "}" : "]"}'`, lastLine);
				}
				if (first.code === "MISSING_CHAR") return scanner("could not find expected ':'", line);
				return yamlError("did not find expected key", line);
			}
			case "UNEXPECTED_TOKEN":
				return yamlError("did not find expected node content", line);
			case "BAD_DQ_ESCAPE":
				return scanner("found unknown escape character", line);
			default:
				return yamlError("did not find expected key", line);
		}
	}

	/** Go lets nothing redefine a key. */
	#checkDuplicateKeys(): void {
		this.#yaml.visit(this.#doc, {
			Map: (_, map) => {
				const seen = new Map<string, number>();
				for (const pair of map.items) {
					const key = pair.key as Scalar;
					if (!this.#yaml.isScalar(key)) continue;
					const name = String(key.value);
					const line = this.#lineOf(key.range?.[0] ?? 0) + 1;
					const before = seen.get(name);
					if (before === undefined) seen.set(name, line);
					else this.#mistake(`line ${line}: mapping key ${goQuote(name)} already defined at line ${before}`, line);
				}
			},
		});
	}

	#mistake(text: string, line: number): void {
		this.#mistakes.push(text);
		this.#mistakeLine ??= line;
	}

	#mismatch(n: Node, wanted: string): undefined {
		const line = this.#lineOf(n.range?.[0] ?? 0) + 1;
		this.#mistake(`line ${line}: cannot unmarshal ${this.#tagAndText(n)} into ${wanted}`, line);
		return undefined;
	}

	#tagAndText(n: Node): string {
		if (this.#yaml.isMap(n)) return "!!map";
		if (this.#yaml.isSeq(n)) return "!!seq";
		const s = n as Scalar;
		const source = typeof s.value === "string" ? s.value : (s.source ?? String(s.value));
		// Go cuts by bytes; what is cut inside a character shows as U+FFFD.
		const bytes = new TextEncoder().encode(source);
		const shown = bytes.length > 10 ? `${new TextDecoder().decode(bytes.subarray(0, 7))}...` : source;
		return `${this.#tagOf(s)} \`${shown}\``;
	}

	#tagOf(s: Scalar): string {
		if (s.tag !== undefined) return s.tag.replace("tag:yaml.org,2002:", "!!");
		switch (typeof s.value) {
			case "boolean":
				return "!!bool";
			case "bigint":
				return "!!int";
			case "number":
				return "!!float";
			default:
				return s.value === null ? "!!null" : "!!str";
		}
	}

	// --- typed fields ------------------------------------------------------------------------

	#resolve(n: Node | null | undefined): Node | undefined {
		if (n === null || n === undefined) return undefined;
		// An alias bomb grows by reference: bound what we walk.
		if (++this.#nodes > 100_000) throw new MetadataError("yaml: document contains excessive aliasing");
		if (!this.#yaml.isAlias(n)) return n;
		const target = (n as Alias).resolve(this.#doc) as Node | undefined;
		if (target === undefined) throw yamlError(`unknown anchor '${(n as Alias).source}' referenced`, 0);
		return target;
	}

	#isNull(n: Node): boolean {
		return this.#yaml.isScalar(n) && n.value === null;
	}

	#typed(n: Node | undefined, kind: "map" | "seq", wanted: string): Node | undefined {
		const node = this.#resolve(n);
		if (node === undefined || this.#isNull(node)) return undefined;
		const fits = kind === "map" ? this.#yaml.isMap(node) : this.#yaml.isSeq(node);
		return fits ? node : this.#mismatch(node, wanted);
	}

	#string(n: Node | undefined): string {
		const node = this.#resolve(n);
		if (node === undefined || this.#isNull(node)) return "";
		if (!this.#yaml.isScalar(node)) return this.#mismatch(node, "string") ?? "";
		return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
	}

	#boolean(n: Node | undefined): boolean {
		const node = this.#resolve(n);
		if (node === undefined || this.#isNull(node)) return false;
		if (this.#yaml.isScalar(node)) {
			if (typeof node.value === "boolean") return node.value;
			// YAML 1.1's other words for the two.
			if (typeof node.value === "string" && node.type === "PLAIN") {
				if (/^(y|Y|yes|Yes|YES|on|On|ON)$/.test(node.value)) return true;
				if (/^(n|N|no|No|NO|off|Off|OFF)$/.test(node.value)) return false;
			}
		}
		return this.#mismatch(node, "bool") ?? false;
	}

	#list(n: Node | undefined, wanted: string): readonly Node[] {
		const seq = this.#typed(n, "seq", wanted) as YAMLSeq<Node> | undefined;
		return seq?.items ?? [];
	}

	#map(n: Node | undefined): ReadonlyMap<string, Node> {
		return this.#optionalMap(n) ?? new Map();
	}

	#optionalMap(n: Node | undefined): ReadonlyMap<string, Node> | undefined {
		const map = this.#typed(n, "map", "map[string]interface {}") as YAMLMap | undefined;
		return map === undefined ? undefined : new Map(this.#pairs(map).map(([k, v]) => [this.#keyText(k), v]));
	}

	#pairs(map: YAMLMap | undefined): readonly (readonly [Node, Node])[] {
		if (map === undefined) return [];
		const out: (readonly [Node, Node])[] = [];
		for (const pair of map.items as Pair<Node, Node | null>[]) {
			const value = pair.value ?? (this.#doc.createNode(null) as Node);
			const merged = this.#keyText(pair.key) === "<<" ? this.#resolve(value) : undefined;
			if (merged !== undefined && this.#yaml.isMap(merged)) out.unshift(...this.#pairs(merged as YAMLMap));
			else out.push([pair.key, value]);
		}
		return out;
	}

	#keyText(key: Node): string {
		return this.#yaml.isScalar(key) ? String(key.source ?? key.value) : String(key);
	}

	// --- values ------------------------------------------------------------------------------

	#value(n: Node | null | undefined): Value {
		const node = this.#resolve(n);
		if (node === undefined) return null;
		if (this.#yaml.isSeq(node)) return node.items.map((item) => this.#value(item as Node));
		if (this.#yaml.isMap(node)) {
			const builder = new ObjectBuilder();
			for (const [k, v] of this.#pairs(node as YAMLMap)) builder.set(this.#value(k), this.#value(v));
			return builder.finish();
		}
		const { value, type } = node as Scalar;
		if (typeof value === "bigint") return fromBigInt(value);
		if (typeof value === "string" && type === "PLAIN") {
			const date = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(value);
			if (date !== null) return `${date[1]}-${date[2]?.padStart(2, "0")}-${date[3]?.padStart(2, "0")}T00:00:00Z`;
		}
		return value as Value;
	}

	/** OPA looks for keys that are not strings here, and in lists, but not deeper in maps. */
	#checkedValue(n: Node, path: readonly string[] = []): Value {
		const node = this.#resolve(n);
		if (node !== undefined && this.#yaml.isSeq(node)) {
			for (const [i, item] of node.items.entries()) this.#checkedValue(item as Node, [...path, String(i)]);
		} else if (node !== undefined && this.#yaml.isMap(node)) {
			const keys = this.#pairs(node as YAMLMap).map(([k]) => this.#value(k));
			if (!keys.every((k) => typeof k === "string")) {
				throw new MetadataError(`invalid map key type(s): ${path.join("/")}`);
			}
		}
		return this.#value(node);
	}

	#object(fields: ReadonlyMap<string, Node>): Value {
		const builder = new ObjectBuilder();
		for (const [k, n] of fields) builder.set(k, this.#checkedValue(n));
		return builder.finish();
	}

	#field(n: Node, name: string): string {
		const node = this.#resolve(n);
		if (node === undefined || !this.#yaml.isMap(node)) return "";
		for (const [k, v] of this.#pairs(node as YAMLMap)) {
			const value = this.#keyText(k) === name ? this.#value(v) : undefined;
			if (typeof value === "string") return value.trim();
		}
		return "";
	}

	/** Reads a string or a map, naming the whole in what goes wrong. */
	#within<T>(what: string, n: Node, read: (value: string | undefined) => T): T {
		try {
			const value = this.#checkedValue(n);
			const node = this.#resolve(n);
			if (typeof value !== "string" && (node === undefined || !this.#yaml.isMap(node))) {
				throw new MetadataError("invalid value type, must be string or map");
			}
			return read(typeof value === "string" ? value : undefined);
		} catch (e) {
			if (!(e instanceof MetadataError)) throw e;
			throw new MetadataError(`invalid ${what} definition ${this.#goText(n)}: ${e.message}`);
		}
	}

	#relatedResource(n: Node): Metadata["relatedResources"][number] {
		return this.#within("related-resource", n, (text) => {
			if (text === "") throw new MetadataError("ref URL may not be empty string");
			const url = text ?? this.#field(n, "ref");
			if (url === "") throw new MetadataError("'ref' value required in object");
			return { ref: checkUrl(url), description: text === undefined ? this.#field(n, "description") : "" };
		});
	}

	#author(n: Node): Metadata["authors"][number] {
		return this.#within("author", n, (text) => {
			if (text === undefined) {
				const author = { name: this.#field(n, "name"), email: this.#field(n, "email") };
				if (author.name !== "" || author.email !== "") return author;
				throw new MetadataError("'name' and/or 'email' values required in object");
			}
			const words = text.split(/\s+/).filter((w) => w !== "");
			if (words.length === 0) throw new MetadataError("author is an empty string");
			const email = /^<(.*)>$/.exec(words[words.length - 1] as string)?.[1];
			if (email !== undefined) words.pop();
			return { name: words.join(" "), email: email ?? "" };
		});
	}

	#compile(fields: ReadonlyMap<string, Node>): Metadata["compile"] {
		const unknowns: Ref[] = [];
		const list = this.#resolve(fields.get("unknowns"));
		for (const item of list !== undefined && this.#yaml.isSeq(list) ? list.items : []) {
			const text = this.#value(item as Node);
			if (typeof text !== "string") continue;
			const read = this.#readTerm(text);
			const failure =
				"failure" in read
					? `failed to parse ref: ${read.failure}`
					: read.term.kind === "ref"
						? undefined
						: `expected ref but got ${printTerm(read.term)}`;
			if (failure !== undefined) throw new MetadataError(`invalid unknowns element ${goQuote(text)}: ${failure}`);
			unknowns.push((read as { term: Ref }).term);
		}
		const mask = this.#value(fields.get("mask_rule"));
		return { unknowns, maskRule: typeof mask === "string" ? this.#maskRule(mask) : undefined };
	}

	#maskRule(text: string): Ref {
		const read = this.#readTerm(text);
		if ("failure" in read) throw new MetadataError(`invalid mask_rule annotation ${goQuote(text)}: ${read.failure}`);
		const { term } = read;
		if (term.kind === "ref") return term;
		if (term.kind === "var" || (term.kind === "scalar" && typeof term.value === "string")) {
			return ref([term], term.start, term.end);
		}
		throw new MetadataError(`invalid mask_rule annotation type ${goQuote(text)}: string`);
	}

	#schema(fields: ReadonlyMap<string, Node>): AnnotationSchema {
		const [name, n] = [...fields][0] ?? ["", undefined];
		const path = this.#readTerm(name);
		if ("failure" in path || path.term.kind !== "ref") throw new MetadataError("invalid document reference");
		const node = this.#resolve(n);
		if (node !== undefined && this.#yaml.isMap(node)) {
			return { path: path.term, schema: undefined, definition: this.#definition(node) };
		}
		const value = this.#value(node);
		if (typeof value !== "string") throw new MetadataError(`invalid schema declaration for path ${goQuote(name)}`);
		const schema = this.#readTerm(value);
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

	#definition(n: Node): Value {
		try {
			return this.#checkedValue(n);
		} catch (e) {
			if (!(e instanceof MetadataError)) throw e;
			throw new MetadataError(`invalid schema definition: ${e.message}`);
		}
	}

	/** Go's %s of a decoded value. */
	#goText(n: Node | null | undefined): string {
		const node = this.#resolve(n);
		if (node === undefined || this.#isNull(node)) return "%!s(<nil>)";
		if (this.#yaml.isSeq(node)) return `[${node.items.map((i) => this.#goText(i as Node)).join(" ")}]`;
		if (this.#yaml.isMap(node)) {
			const pairs = this.#pairs(node as YAMLMap).map(([k, v]) => `${this.#goText(k)}:${this.#goText(v)}`);
			return `map[${pairs.sort().join(" ")}]`;
		}
		const value = (node as Scalar).value;
		if (typeof value === "string") return value;
		const type = typeof value === "boolean" ? "bool" : typeof value === "bigint" ? "int" : "float64";
		return `%!s(${type}=${String(value)})`;
	}
}

/** The mistakes Go's URL parser finds, and its escaping of what it accepts. */
function checkUrl(text: string): string {
	const fail = (what: string): never => {
		throw new MetadataError(`parse ${goQuote(text)}: ${what}`);
	};
	if (/[\0-\x1f\x7f]/.test(text)) fail("net/url: invalid control character in URL");
	if (text.startsWith(":")) fail("missing protocol scheme");
	const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(text)?.[0] ?? "";
	const rest = text.slice(scheme.length);
	if (scheme === "" && !text.startsWith("/") && /^[^/?#]*:/.test(text)) {
		fail("first path segment in URL cannot contain colon");
	}
	const host = /^\/\/([^/?#]*)/.exec(rest)?.[1] ?? "";
	if (host.replace(/^.*@/, "").startsWith("[") && !host.includes("]")) fail("missing ']' in host");
	const badEscape = /%(?![0-9A-Fa-f]{2}).{0,2}/s.exec(rest.replace(/\?[^#]*/, ""));
	if (badEscape !== null) fail(`invalid URL escape ${goQuote(badEscape[0])}`);
	return encodeURI(text.replace(/\p{Surrogate}/gu, "\ufffd")).replaceAll("%25", "%");
}
