/**
 * json.match_schema and json.verify_schema: JSON Schema drafts 4, 6 and 7, by json-schema/ (references
 * → schema → validate). Schemas and documents may be texts or values; both are taken through JSON, so
 * that sets are arrays and numbers keep their spelling. References to other hosts are never fetched.
 */
import { isJson, parseJson, toJson } from "../value/json.ts";
import { isArray, isObject, type Value } from "../value/value.ts";
import { type Builtin, define, ofModule, type PureContext, t } from "./define.ts";
import { Failure, reporting } from "./failure.ts";
import { parseJsonSchema, type SubSchema } from "./json-schema/schema.ts";
import { validateDocument } from "./json-schema/validate.ts";

const textOrObject = t.union(t.string, t.map(t.any, t.any));

/** The JSON a schema or document operand stands for, a tree of its own. Throws Failure. */
function jsonOf(v: Value): Value {
	if (typeof v === "string") {
		if (!isJson(v)) throw new Failure("invalid JSON string");
		return parseJson(v);
	}
	if (!isObject(v) && !isArray(v)) throw new Failure("wrong type, expected string or object");
	try {
		return parseJson(toJson(v));
	} catch (e) {
		if (e instanceof TypeError) throw new Failure(e.message);
		throw e;
	}
}

/** The parsed schema, made once a query for each schema text or object. */
function schemaOf(ctx: PureContext, v: Value): SubSchema {
	const byValue = schemaCache(ctx);
	const known = byValue.get(v);
	if (known !== undefined) return known;
	const schema = parseJsonSchema(jsonOf(v));
	byValue.set(v, schema);
	return schema;
}

/** Schemas of this query by operand: texts by value, objects by identity. */
function schemaCache(ctx: PureContext): Map<Value, SubSchema> {
	const key = "json.match_schema";
	let cache = ctx.queryCache.get(key);
	if (!(cache instanceof Map)) {
		cache = new Map<Value, SubSchema>();
		ctx.queryCache.set(key, cache);
	}
	return cache as Map<Value, SubSchema>;
}

const errorObject = t.object([
	["error", t.string],
	["type", t.string],
	["field", t.string],
	["desc", t.string],
]);

export const jsonSchema: readonly Builtin[] = ofModule("json-schema", [
	define("json.verify_schema", {
		category: "object",
		pure: true,
		args: [["schema", textOrObject, "the schema: JSON text or an object"]],
		resultName: "output",
		result: t.tuple([t.boolean, t.union(t.null, t.string)]),
		resultDoc: "`[true, null]`, or `[false, reason]`",
		doc: "Whether a JSON schema (draft 4, 6 or 7) is well formed. Patterns are regular expressions as everywhere in Rego.",
		since: "0.50.0",
		unchecked: true,
		eval: (_ctx, schema: Value) => {
			try {
				parseJsonSchema(jsonOf(schema));
				return [true, null];
			} catch (e) {
				if (e instanceof Failure) return [false, `jsonschema: ${e.message}`];
				throw e;
			}
		},
	}),
	define("json.match_schema", {
		category: "object",
		pure: true,
		args: [
			["document", textOrObject, "the document: JSON text, an object or an array"],
			["schema", textOrObject, "the schema: JSON text or an object"],
		],
		resultName: "output",
		result: t.tuple([t.boolean, t.array(errorObject)]),
		resultDoc: "`[true, []]`, or `[false, errors]` with `desc`, `error`, `field` and `type` for each",
		doc: "Checks a document by a JSON schema (draft 4, 6 or 7).",
		since: "0.50.0",
		unchecked: true,
		eval: reporting((ctx, document: Value, schema: Value) => {
			const node = jsonOf(document);
			const errors = validateDocument(schemaOf(ctx, schema), node, (n) => ctx.step(n));
			return [
				errors.length === 0,
				errors.map((e) => ({
					desc: e.description,
					error: `${e.field}: ${e.description}`,
					field: e.field,
					type: e.type,
				})),
			];
		}),
	}),
]);
