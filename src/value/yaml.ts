/**
 * YAML text to values by the rules OPA uses: Kubernetes' reader, which is go-yaml 2 followed by a
 * conversion to JSON. Scalars are those of YAML 1.1 (`yes`, `017`, `1_000`), timestamps stay strings,
 * merge keys apply, keys become strings, only the first document counts. The `yaml` package gives
 * the syntax tree, with every scalar left as text; what the scalars mean is decided here.
 */

import type * as Yaml from "yaml";
import { loadModule } from "#host";
import { setOwn } from "./collections.ts";
import { fromBigInt, numberFromText } from "./number.ts";
import type { NumberValue, PlainObject, Value } from "./value.ts";

export class YamlError extends Error {
	constructor(message: string) {
		super(message);
		this.name = "YamlError";
	}
}

/** Values that aliases may repeat in all, so that a few anchors cannot multiply into billions. */
const maxAliased = 400_000;
const maxDepth = 10_000;

const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;

/** The first document of a YAML text; `null` when there is none. Throws YamlError. */
export function parseYaml(text: string): Value {
	const yaml = loadModule("yaml") as typeof Yaml | undefined;
	if (yaml === undefined) throw new YamlError("yaml: the yaml package is not available here");
	if (forbidden.test(text)) throw new YamlError("yaml: control characters are not allowed");
	try {
		const documents = yaml.parseAllDocuments(text.startsWith("\ufeff") ? text.slice(1) : text, {
			version: "1.1",
			schema: "failsafe",
			merge: false,
			strict: false,
			uniqueKeys: false,
			logLevel: "silent",
			prettyErrors: true,
		});
		const first = Array.isArray(documents) ? documents[0] : undefined;
		if (first === undefined) return null;
		const error = first.errors[0];
		if (error !== undefined) throw syntaxError(error, text);
		const reader = new Reader(yaml, first as Yaml.Document.Parsed);
		const v = reader.value(first.contents);
		// Found when the document is written as JSON, after everything has been read.
		if (reader.infinite !== undefined) throw new YamlError(`json: unsupported value: ${reader.infinite}`);
		return v;
	} catch (e) {
		// The tree is built recursively: only nesting exhausts the stack.
		if (e instanceof RangeError) throw new YamlError(`yaml: exceeded max depth of ${maxDepth}`);
		throw e;
	}
}

class Reader {
	readonly #yaml: typeof Yaml;
	readonly #document: Yaml.Document.Parsed;
	readonly #open: Set<unknown> = new Set();
	/** The first infinity or NaN among the values, which JSON cannot say. */
	infinite: string | undefined;
	#aliased = 0;
	#inAlias = 0;

	constructor(yaml: typeof Yaml, document: Yaml.Document.Parsed) {
		this.#yaml = yaml;
		this.#document = document;
	}

	value(node: unknown): Value {
		if (this.#inAlias > 0 && ++this.#aliased > maxAliased)
			throw new YamlError("yaml: document contains excessive aliasing");
		const { isAlias, isMap, isScalar, isSeq } = this.#yaml;
		if (node === null || node === undefined) return null;
		if (isAlias(node)) return this.#alias(node);
		if (isScalar(node)) return this.#scalar(node);
		if (isSeq(node)) return this.#inside(node, () => node.items.map((item) => this.value(item)));
		if (isMap(node)) return this.#inside(node, () => this.#map(node));
		throw new YamlError("yaml: unknown node");
	}

	#scalar(node: Yaml.Scalar): Value {
		const infinite = isPlain(node) ? infinities.get(String(node.value)) : undefined;
		if (infinite === undefined) return resolveScalar(node);
		this.infinite ??= infinite;
		return null;
	}

	#inside<T>(node: { readonly anchor?: string | undefined }, read: () => T): T {
		if (this.#open.has(node)) throw new YamlError(`yaml: anchor '${node.anchor}' value contains itself`);
		this.#open.add(node);
		const v = read();
		this.#open.delete(node);
		return v;
	}

	#alias(alias: Yaml.Alias): Value {
		const target = alias.resolve(this.#document);
		if (target === undefined) throw new YamlError(`yaml: unknown anchor '${alias.source}' referenced`);
		this.#inAlias++;
		const v = this.value(target);
		this.#inAlias--;
		return v;
	}

	#map(map: Yaml.YAMLMap): PlainObject {
		const out: { [key: string]: Value } = {};
		for (const { key, value } of map.items) {
			if (isMergeKey(key, this.#yaml)) this.#merge(value, out);
			else setOwn(out, this.#key(key, value), this.value(value));
		}
		return out;
	}

	#merge(node: unknown, out: { [key: string]: Value }): void {
		const { isAlias, isMap, isSeq } = this.#yaml;
		const target = isAlias(node) ? node.resolve(this.#document) : node;
		if (isMap(target)) {
			const from = this.value(target) as PlainObject;
			for (const k of Object.keys(from)) setOwn(out, k, from[k] as Value);
		} else if (isSeq(target)) {
			// Earlier ones win.
			for (const item of [...target.items].reverse()) this.#merge(item, out);
		} else throw new YamlError("yaml: map merge requires map or sequence of maps as the value");
	}

	#key(node: unknown, value: unknown): string {
		const infinite = this.#yaml.isScalar(node) && isPlain(node) ? infinities.get(String(node.value)) : undefined;
		if (infinite !== undefined) return infinite === "NaN" ? ".nan" : infinite === "+Inf" ? ".inf" : "-.inf";
		const k = this.value(node);
		if (typeof k === "string") return k;
		if (typeof k === "boolean" || typeof k === "bigint") return String(k);
		if (typeof k === "number")
			return Number.isInteger(k) ? String(k) : String(Math.fround(k) === k ? k : shortest32(k));
		if (k === null) {
			const shown = goSyntax(this.value(value));
			throw new YamlError(`unsupported map key of type: %!s(<nil>), key: <nil>, value: ${shown}`);
		}
		throw new YamlError("yaml: invalid map key");
	}
}

/** A double as the shortest decimal that names the same 32-bit float. */
function shortest32(n: number): string {
	const target = Math.fround(n);
	for (let digits = 1; digits <= 9; digits++) {
		const text = target.toPrecision(digits);
		if (Math.fround(Number(text)) === target) return String(Number(text));
	}
	return String(target);
}

/** As Go's %#v, for the scalars that occur in one error message. */
function goSyntax(v: Value): string {
	if (v === null) return "<nil>";
	return typeof v === "string" ? JSON.stringify(v) : String(v);
}

/** Unquoted and without a tag that forbids a number. */
function isPlain(node: Yaml.Scalar): boolean {
	return (
		(node.type === "PLAIN" || node.type === undefined) && (node.tag === undefined || node.tag === `${tagPrefix}float`)
	);
}

function isMergeKey(key: unknown, yaml: typeof Yaml): boolean {
	return yaml.isScalar(key) && key.type === "PLAIN" && key.tag === undefined && key.source === "<<";
}

const words: ReadonlyMap<string, Value> = new Map<string, Value>([
	...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((w) => [w, true] as const),
	...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((w) => [w, false] as const),
	...["", "~", "null", "Null", "NULL"].map((w) => [w, null] as const),
]);

const infinities: ReadonlyMap<string, string> = new Map([
	...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((w) => [w, "+Inf"] as const),
	...["-.inf", "-.Inf", "-.INF"].map((w) => [w, "-Inf"] as const),
	...[".nan", ".NaN", ".NAN"].map((w) => [w, "NaN"] as const),
]);

const tagPrefix = "tag:yaml.org,2002:";

function resolveScalar(node: Yaml.Scalar): Value {
	const text = typeof node.value === "string" ? node.value : (node.source ?? "");
	const tag = node.tag?.startsWith(tagPrefix) ? `!!${node.tag.slice(tagPrefix.length)}` : node.tag;
	// Quoted and block scalars are strings, unless a tag says otherwise.
	if (tag === undefined || tag === "!") return node.type === "PLAIN" || node.type === undefined ? plain(text) : text;
	if (tag === "!!str") return text;
	if (tag === "!!binary") return decodeBinary(text);
	if (!["!!bool", "!!int", "!!float", "!!null", "!!timestamp"].includes(tag)) return text;
	const v = plain(text);
	const is = scalarTag(v, text);
	if (is !== tag && !(tag === "!!float" && is === "!!int")) {
		throw new YamlError(`yaml: cannot decode ${is} \`${text}\` as a ${tag}`);
	}
	return v;
}

function scalarTag(v: Value, text: string): string {
	if (v === null) return "!!null";
	if (typeof v === "boolean") return "!!bool";
	if (typeof v === "string") return isTimestamp(text) ? "!!timestamp" : "!!str";
	return integer(text.replaceAll("_", "")) === undefined ? "!!float" : "!!int";
}

/** What a plain scalar means. */
function plain(text: string): Value {
	const word = words.get(text);
	if (word !== undefined) return word;
	const c = text.charCodeAt(0);
	if (c === 46) return float(text) ?? text;
	if (c !== 43 && c !== 45 && !(c >= 48 && c <= 57)) return text;
	if (isTimestamp(text)) return text;
	const digits = text.replaceAll("_", "");
	return (
		integer(digits) ??
		(/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(digits) ? (float(digits) ?? text) : text)
	);
}

/** Decimal, 0x, 0o, 0b, and 0 before octal digits; within 64 bits. */
function integer(text: string): NumberValue | undefined {
	const m = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)$/.exec(text);
	if (m === null) return undefined;
	const digits = m[2] as string;
	const n = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
	if (m[1] === "-") return n <= 1n << 63n ? fromBigInt(-n) : undefined;
	return n < 1n << 64n ? fromBigInt(n) : undefined;
}

/** A double, spelled as Go's JSON encoder spells it. */
function float(text: string): NumberValue | undefined {
	const n = Number(text);
	if (!Number.isFinite(n) || !/^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/.test(text)) return undefined;
	return numberFromText(Object.is(n, -0) ? "-0" : String(n));
}

function isTimestamp(text: string): boolean {
	const m = /^\d{4}-(\d\d?)-(\d\d?)(?:[Tt ](\d\d?):(\d\d?):(\d\d?)(?:\.\d*)?(?:Z|[-+]\d\d:\d\d)?)?$/.exec(text);
	if (m === null) return false;
	const [month, day, hour, minute, second] = m.slice(1).map((x) => Number(x ?? 0)) as [
		number,
		number,
		number,
		number,
		number,
	];
	return month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 && second < 60;
}

function decodeBinary(text: string): string {
	const compact = text.replace(/\s/g, "");
	if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact)) {
		throw new YamlError("yaml: !!binary value contains invalid base64 data");
	}
	const bytes = Uint8Array.from(atob(compact), (c) => c.charCodeAt(0));
	return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** go-yaml's words for a syntax error. Its lines count from 0 in its parser and from 1 in its scanner; 0 is not shown. */
function syntaxError(error: Yaml.YAMLParseError, text: string): YamlError {
	const [what, scanner] = describe(error);
	const row = (error.linePos?.[0].line ?? 1) - 1;
	// What is missing at the end of the text is missing on the line after the last one.
	const atEnd = error.pos[0] >= text.trimEnd().length;
	const lines = text.trimEnd().split("\n").length;
	const line = atEnd && !scanner ? lines : row === 0 ? 0 : scanner ? row + 1 : row;
	return new YamlError(`yaml: ${line === 0 ? "" : `line ${line}: `}${what}`);
}

function describe(error: Yaml.YAMLParseError): [what: string, scanner: boolean] {
	switch (error.code) {
		case "BAD_INDENT":
		case "MISSING_CHAR":
			if (/Flow sequence|end with a \]/.test(error.message)) return ["did not find expected ',' or ']'", false];
			if (/Flow map|end with a }/.test(error.message)) return ["did not find expected ',' or '}'", false];
			if (/closing/.test(error.message)) return ["found unexpected end of stream", true];
			return ["did not find expected key", false];
		case "BLOCK_AS_IMPLICIT_KEY":
			return ["mapping values are not allowed in this context", true];
		case "MULTILINE_IMPLICIT_KEY":
			return ["could not find expected ':'", true];
		case "TAB_AS_INDENT":
		case "BAD_SCALAR_START":
			return ["found character that cannot start any token", true];
		case "BAD_DQ_ESCAPE":
			return ["found unknown escape character", true];
		case "BAD_ALIAS":
			return ["did not find expected alphabetic or numeric character", true];
		case "UNEXPECTED_TOKEN":
			return ["did not find expected node content", false];
		default:
			return ["did not find expected key", false];
	}
}
