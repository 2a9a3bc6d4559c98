/**
 * Bodies as Go decodes them into its structs: names of members match whatever their case, of equal ones the
 * last counts, members it does not know are kept apart, and types that do not fit are errors in its words.
 */
import { messageOf } from "../thrown.ts";
import { getOwn } from "../value/collections.ts";
import { JsonSyntaxError, parseFirstJson, parseJson, parseJsonLikeDecoder, toJson } from "../value/json.ts";
import { isArray, isPlainObject, type PlainObject, typeName, type Value } from "../value/value.ts";
import { parseYaml } from "../value/yaml.ts";
import { ApiError, badRequest } from "./errors.ts";

/** What a body with an input says. */
export interface InputRequest {
	/** Undefined where there is none, or null. */
	readonly input: Value | undefined;
	/** What else there is. */
	readonly metadata: PlainObject | undefined;
}

/** Go's name for a type of JSON. */
function jsonKind(v: Value): string {
	return typeName(v) === "boolean" ? "bool" : typeName(v);
}

function plainObject(v: Value): PlainObject | undefined {
	return isPlainObject(v) ? v : undefined;
}

/** The member that fits a name: the last of those that are equal but for their case. */
function fitting(o: PlainObject, name: string): Value | undefined {
	let found: Value | undefined;
	for (const key of Object.keys(o)) if (key === name || key.toLowerCase() === name) found = getOwn(o, key);
	return found;
}

/** Texts up to so many characters are read whatever is in them. */
const surelySmall = 1 << 24;
/** What a larger text may hold: each element takes some fifty bytes, and a process that has no memory left is gone. */
const maxElements = 8_000_000;

/** Throws Error where a text would become far more than it is. */
function checkSize(text: string): void {
	if (text.length <= surelySmall) return;
	let elements = 0;
	for (let i = 0; i < text.length; i++) {
		const c = text.charCodeAt(i);
		if ((c === 44 || c === 91 || c === 123) && ++elements > maxElements) throw badRequest("request body too large");
	}
}

/** The first value of a stream, in which none is undefined. Throws Error in Go's words. */
function firstValue(text: string): Value | undefined {
	checkSize(text);
	try {
		return parseFirstJson(text);
	} catch (e) {
		if (e instanceof JsonSyntaxError && e.message === "EOF") return undefined;
		throw e;
	}
}

/** A body of `POST /v1/data`. Throws ApiError. */
export function inputRequest(text: string, contentType: string): InputRequest {
	return wrapped("body contains malformed input document", () => {
		const value = document(text, contentType) ?? null;
		if (value === null) return { input: undefined, metadata: undefined };
		const fields = plainObject(value);
		if (fields === undefined) {
			throw new Error(`json: cannot unmarshal ${jsonKind(value)} into Go value of type types.alias`);
		}
		const input = fitting(fields, "input") ?? null;
		const { input: _, ...metadata } = fields;
		return {
			input: input === null ? undefined : input,
			metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
		};
	});
}

/** A body that is the input. Undefined where it is empty. Throws ApiError. */
export function bareInput(text: string, contentType: string): Value | undefined {
	return wrapped("unexpected parse error for input: body contains malformed input document", () =>
		document(text, contentType),
	);
}

/** JSON, or YAML where the client says so; undefined where there is nothing. */
function document(text: string, contentType: string): Value | undefined {
	if (!contentType.includes("yaml")) return firstValue(text);
	checkSize(text);
	return text === "" ? undefined : parseYaml(text);
}

function wrapped<T>(what: string, read: () => T): T {
	try {
		return read();
	} catch (e) {
		if (e instanceof ApiError) throw e;
		// A document nested too deeply ends the reader of YAML with a RangeError.
		throw badRequest(`${what}: ${messageOf(e)}`);
	}
}

/** The value of `?input=`: one document and nothing after it. Throws ApiError. */
export function inputParameter(text: string): Value {
	return wrapped("parameter contains malformed input document", () => wholeDocument(text));
}

/** One document, as util.UnmarshalJSON reads it. Throws Error. */
export function wholeDocument(text: string): Value {
	checkSize(text);
	try {
		return parseJson(text);
	} catch (e) {
		if (!(e instanceof JsonSyntaxError)) throw e;
		return parseJsonLikeDecoder(text);
	}
}

/** A document to store. Throws ApiError. */
export function storedDocument(text: string): Value {
	checkSize(text);
	try {
		return parseFirstJson(text);
	} catch (e) {
		throw badRequest(messageOf(e));
	}
}

export interface PatchOp {
	readonly op: string;
	readonly path: string;
	readonly value: Value;
}

/** The body of a PATCH. Throws ApiError. */
export function patchOps(text: string): readonly PatchOp[] {
	const value = storedDocument(text);
	if (value === null) return [];
	const wrong = (v: Value, type: string): Error => badRequest(`json: cannot unmarshal ${jsonKind(v)} into Go ${type}`);
	if (!isArray(value)) throw wrong(value, "value of type []types.PatchV1");
	return value.map((item) => {
		const fields = item === null ? {} : plainObject(item);
		if (fields === undefined) throw wrong(item, "value of type types.PatchV1");
		const text = (name: string): string => {
			const v = fitting(fields, name) ?? null;
			if (v === null) return "";
			if (typeof v !== "string") throw wrong(v, `struct field PatchV1.${name} of type string`);
			return v;
		};
		return { op: text("op"), path: text("path"), value: fitting(fields, "value") ?? null };
	});
}

/** What of `POST /v1/compile` has to parse. */
export interface CompileRequest {
	readonly query: string;
	readonly unknowns: readonly string[];
}

/** Throws ApiError. */
export function compileRequest(text: string): CompileRequest {
	const { query, unknowns } = wrapped("error(s) occurred while decoding request", () => {
		checkSize(text);
		const value = parseFirstJson(text);
		const fields = value === null ? {} : plainObject(value);
		const members = fields ?? {};
		const named = fitting(members, "unknowns") ?? null;
		const texts = isArray(named) ? named.filter((u) => typeof u === "string") : [];
		return { query: fitting(members, "query") ?? null, unknowns: texts };
	});
	if (query === null || query === "") throw badRequest("missing required 'query' value");
	return { query: typeof query === "string" ? query : toJson(query), unknowns };
}

export interface QueryRequest {
	readonly query: string;
	readonly input: Value | undefined;
}

/** The body of `POST /v1/query`. Throws ApiError. */
export function queryRequest(text: string): QueryRequest {
	return wrapped("error(s) occurred while decoding request", () => {
		checkSize(text);
		const value = parseFirstJson(text);
		const fields = value === null ? {} : plainObject(value);
		if (fields === undefined) {
			throw new Error(`json: cannot unmarshal ${jsonKind(value)} into Go value of type types.QueryRequestV1`);
		}
		const query = fitting(fields, "query") ?? "";
		if (typeof query !== "string") {
			throw new Error(
				`json: cannot unmarshal ${jsonKind(query)} into Go struct field QueryRequestV1.query of type string`,
			);
		}
		return { query, input: fitting(fields, "input") ?? undefined };
	});
}
