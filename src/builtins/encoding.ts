/**
 * JSON, base64, hexadecimal and URL queries (YAML has its own file). Decoders return text; bytes
 * that are not UTF-8 survive in it (value/utf8.ts).
 */

import { type Alphabet, decodeBase64Text, encodeBase64 } from "../go/base64.ts";
import { hexDecode, hexEncode } from "../go/hex.ts";
import { queryEscape, queryUnescape } from "../go/query-escape.ts";
import { objectEntries, setOwn } from "../value/collections.ts";
import { isJson, JsonSyntaxError, parseJson, parseJsonLikeDecoder, type ToJsonOptions, toJson } from "../value/json.ts";
import { isPrintable, quoteGo, termText } from "../value/term-text.ts";
import { fromUtf8, toUtf8 } from "../value/utf8.ts";
import { isArray, isObject, isSet, type ObjectValue, type Value } from "../value/value.ts";
import { type Builtin, define, ofModule, operandTypeError, type PureContext, t } from "./define.ts";

const category = "encoding";

/** toJson, with what has no JSON form reported. */
function marshal(ctx: PureContext, v: Value, options: ToJsonOptions): string | undefined {
	try {
		const text = toJson(v, { escapeHtml: true, ...options });
		ctx.step(text.length);
		return text;
	} catch (e) {
		if (e instanceof TypeError) return ctx.error(e.message);
		throw e;
	}
}

const jsonMarshal: Builtin = define("json.marshal", {
	category,
	pure: true,
	keep: true,
	since: "0.17.0",
	args: [["x", t.any, "value to write"]],
	resultName: "y",
	result: t.string,
	resultDoc: "JSON text of x",
	doc: "Writes a value as JSON.",
	eval: (ctx, x) => marshal(ctx, x, {}),
});

interface MarshalOptions {
	readonly prefix: string;
	readonly indent: string;
	readonly pretty: boolean;
}

function marshalOptions(ctx: PureContext, opts: ObjectValue): MarshalOptions | undefined {
	let prefix: string | undefined;
	let indent: string | undefined;
	let pretty: boolean | undefined;
	for (const [i, [key, value]] of objectEntries(opts).entries()) {
		// OPA words these as errors of "operand <index of the key>".
		const notString = (v: Value): string => operandTypeError(i, v, ["string"]);
		if (typeof key !== "string") {
			return ctx.typeError(`operand 2 failed to stringify key ${termText(key)} at index ${i}: ${notString(key)}`);
		}
		const name = quoteGo(key);
		if (key === "prefix" || key === "indent") {
			if (typeof value !== "string") {
				return ctx.typeError(`operand 2 key ${name} failed cast to string: ${notString(value)}`);
			}
			if (key === "prefix") prefix = value;
			else indent = value;
		} else if (key === "pretty") {
			if (typeof value !== "boolean") return ctx.typeError(`operand 2 key ${name} failed cast to bool`);
			pretty = value;
		} else return ctx.typeError(`operand 2 object contained unknown key ${name}`);
	}
	return {
		prefix: prefix ?? "",
		indent: indent ?? "\t",
		pretty: pretty ?? (prefix !== undefined || indent !== undefined),
	};
}

const jsonMarshalWithOptions: Builtin = define("json.marshal_with_options", {
	category,
	pure: true,
	keep: true,
	since: "0.64.0",
	args: [
		["x", t.any, "value to write"],
		[
			"opts",
			t.object(
				[
					["indent", t.string],
					["prefix", t.string],
					["pretty", t.boolean],
				],
				{ key: t.string, value: t.any },
			),
			"pretty (lines and indentation), indent (a tab unless given), prefix (before every line)",
		],
	],
	resultName: "y",
	result: t.string,
	resultDoc: "JSON text of x",
	doc: "Writes a value as JSON, in lines if asked for.",
	eval: (ctx, x, opts) => {
		const options = marshalOptions(ctx, opts);
		if (options === undefined) return undefined;
		if (!options.pretty) return marshal(ctx, x, {});
		const text = marshal(ctx, x, { indent: options.indent, prefix: options.prefix });
		return text === undefined ? undefined : options.prefix + text;
	},
});

const jsonUnmarshal: Builtin = define("json.unmarshal", {
	category,
	pure: true,
	keep: true,
	since: "0.17.0",
	args: [["x", t.string, "JSON text"]],
	resultName: "y",
	result: t.any,
	resultDoc: "the value x holds",
	doc: "Reads a value from JSON.",
	eval: (ctx, x) => {
		ctx.step(x.length);
		try {
			return parseJson(x);
		} catch (e) {
			if (!(e instanceof JsonSyntaxError)) throw e;
		}
		try {
			return parseJsonLikeDecoder(x);
		} catch (e) {
			if (e instanceof JsonSyntaxError) return ctx.error(e.message);
			throw e;
		}
	},
});

/** A check that answers false for anything but a string. */
function validity(name: string, since: string, what: string, isValid: (s: string) => boolean): Builtin {
	return define(name, {
		category,
		pure: true,
		keep: true,
		since,
		args: [["x", t.string]],
		resultName: "result",
		result: t.boolean,
		resultDoc: `true if x is ${what}`,
		doc: `Tells whether a string is ${what}.`,
		unchecked: true,
		eval: (ctx: PureContext, x: Value) => {
			if (typeof x !== "string") return false;
			ctx.step(x.length);
			return isValid(x);
		},
	});
}

function stringToString(
	name: string,
	since: string,
	doc: string,
	resultDoc: string,
	convert: (ctx: PureContext, s: string) => string | undefined,
): Builtin {
	return define(name, {
		category,
		pure: true,
		keep: true,
		since,
		args: [["x", t.string]],
		resultName: "y",
		result: t.string,
		resultDoc,
		doc,
		eval: (ctx: PureContext, x: string) => {
			ctx.step(x.length);
			return convert(ctx, x);
		},
	});
}

function decode(ctx: PureContext, s: string, alphabet: Alphabet): string | undefined {
	const out = decodeBase64Text(s, alphabet);
	return typeof out === "number" ? ctx.error(`illegal base64 data at input byte ${out}`) : out;
}

/** Padding may be missing, as in tokens. */
function decodeUrl(ctx: PureContext, s: string): string | undefined {
	if (s.endsWith("=")) return decode(ctx, s, "url");
	const left = toUtf8(s).length % 4;
	if (left === 1) return ctx.error(`illegal base64url string: ${s}`);
	return decode(ctx, s + "=".repeat((4 - left) % 4), "url");
}

function decodeHex(ctx: PureContext, s: string): string | undefined {
	const out = hexDecode(toUtf8(s));
	if (typeof out !== "number") return fromUtf8(out);
	if (out < 0) return ctx.error("encoding/hex: odd length hex string");
	const code = out.toString(16).toUpperCase().padStart(4, "0");
	return ctx.error(`encoding/hex: invalid byte: U+${code}${isPrintable(out) ? ` '${String.fromCodePoint(out)}'` : ""}`);
}

function unescapeQuery(ctx: PureContext, s: string): string | undefined {
	const out = queryUnescape(s);
	return out.invalid === undefined ? out.text : ctx.error(`invalid URL escape ${quoteGo(out.invalid)}`);
}

const urlqueryEncodeObject: Builtin = define("urlquery.encode_object", {
	category,
	pure: true,
	keep: true,
	since: "0.17.0",
	args: [
		["object", t.map(t.string, t.union(t.string, t.array(t.string), t.set(t.string))), "parameters and their values"],
	],
	resultName: "y",
	result: t.string,
	resultDoc: "the query, parameters in order",
	doc: "Writes an object as a URL query.",
	unchecked: true,
	eval: (ctx, object) => {
		if (!isObject(object)) return ctx.typeError(operandTypeError(1, object, ["object"]));
		const pairs: string[] = [];
		for (const [key, value] of parameters(object)) {
			const values = typeof value === "string" ? [value] : isSet(value) ? value.sorted() : value;
			if (!isArray(values) || values.some((v) => typeof v !== "string")) {
				return ctx.typeError("operand 1 values must be string, array[string], or set[string]");
			}
			ctx.step(values.length);
			for (const v of values) pairs.push(`${queryEscape(key)}=${queryEscape(v as string)}`);
		}
		return pairs.join("&");
	},
});

/** Entries by the JSON text of their keys, sorted by that text. */
function parameters(object: ObjectValue): readonly (readonly [string, Value])[] {
	const out: { [key: string]: Value } = {};
	for (const [k, v] of objectEntries(object))
		setOwn(out, typeof k === "string" ? k : toJson(k, { escapeHtml: true }), v);
	return objectEntries(out) as readonly (readonly [string, Value])[];
}

const urlqueryDecodeObject: Builtin = define("urlquery.decode_object", {
	category,
	pure: true,
	keep: true,
	since: "0.24.0",
	args: [["x", t.string, "query"]],
	resultName: "object",
	result: t.map(t.string, t.array(t.string)),
	resultDoc: "each parameter with its values",
	doc: "Reads a URL query into an object.",
	eval: (ctx, x) => {
		ctx.step(x.length);
		const out = new Map<string, string[]>();
		let error: string | undefined;
		for (const pair of x.split("&")) {
			if (pair.includes(";")) {
				// Go lets a semicolon take the place of any error before it.
				error = "invalid semicolon separator in query";
				continue;
			}
			if (pair === "") continue;
			const eq = pair.indexOf("=");
			const key = queryUnescape(eq < 0 ? pair : pair.slice(0, eq));
			const value = queryUnescape(eq < 0 ? "" : pair.slice(eq + 1));
			const invalid = key.invalid ?? value.invalid;
			if (invalid !== undefined) error ??= `invalid URL escape ${quoteGo(invalid)}`;
			else {
				const values = out.get(key.text);
				if (values === undefined) out.set(key.text, [value.text]);
				else values.push(value.text);
			}
		}
		if (error !== undefined) return ctx.error(error);
		const object: { [key: string]: Value } = {};
		for (const [k, values] of out) setOwn(object, k, values);
		return object;
	},
});

export const encoding: readonly Builtin[] = ofModule("encoding", [
	jsonMarshal,
	jsonMarshalWithOptions,
	jsonUnmarshal,
	validity("json.is_valid", "0.25.0", "JSON", isJson),
	validity("base64.is_valid", "0.24.0", "base64", (s) => typeof decodeBase64Text(s, "standard") === "string"),
	stringToString("base64.encode", "0.17.0", "Encodes a string in base64.", "base64 of x", (_, s) =>
		encodeBase64(s, "standard", true),
	),
	stringToString("base64.decode", "0.17.0", "Decodes a base64 string.", "the text x encodes", (ctx, s) =>
		decode(ctx, s, "standard"),
	),
	stringToString("base64url.encode", "0.17.0", "Encodes a string in URL-safe base64.", "base64url of x", (_, s) =>
		encodeBase64(s, "url", true),
	),
	stringToString(
		"base64url.encode_no_pad",
		"0.25.0",
		"Encodes a string in URL-safe base64 without padding.",
		"base64url of x",
		(_, s) => encodeBase64(s, "url", false),
	),
	stringToString(
		"base64url.decode",
		"0.17.0",
		"Decodes a URL-safe base64 string, padded or not.",
		"the text x encodes",
		decodeUrl,
	),
	stringToString("hex.encode", "0.25.0", "Encodes a string in hexadecimal.", "hexadecimal digits of x", (_, s) =>
		hexEncode(toUtf8(s)),
	),
	stringToString("hex.decode", "0.25.0", "Decodes a hexadecimal string.", "the text x encodes", decodeHex),
	stringToString("urlquery.encode", "0.17.0", "Escapes a string for a URL query.", "x escaped", (_, s) =>
		queryEscape(s),
	),
	stringToString("urlquery.decode", "0.17.0", "Undoes the escapes of a URL query.", "x unescaped", unescapeQuery),
	urlqueryEncodeObject,
	urlqueryDecodeObject,
]);
