/**
 * graphql.*: parsing GraphQL queries and schemas into objects and checking queries against schemas.
 * The stages are graphql/: lexer → parser (queries) and schema-parser → schema → rules; documents
 * may also be given as the objects that parsing returns (ast-json).
 */
import { LimitError } from "../limit-error.ts";
import { isObject, type Value } from "../value/value.ts";
import { type Builtin, define, ofModule, operandTypeError, type PureContext, t } from "./define.ts";
import { Failure, reporting } from "./failure.ts";
import type { QueryDocument, Schema, SchemaDocument } from "./graphql/ast.ts";
import { documentValue, queryFromValue, schemaFromValue } from "./graphql/ast-json.ts";
import { GraphqlError, locatedText } from "./graphql/error.ts";
import { parseQuery } from "./graphql/parser.ts";
import { validateQuery } from "./graphql/rules.ts";
import { makeSchema } from "./graphql/schema.ts";
import { parseSchema } from "./graphql/schema-parser.ts";

const category = "graphql";
const node = t.map(t.any, t.any);
const textOrNode = t.union(t.string, node);

/** Pairs of fields compared in one validation; far above what real queries need. */
const maxComparisons = 2_000_000;

/** Runs a parser, with syntax errors in OPA's words. */
function parsing<T>(parse: (text: string) => T, text: string): T {
	try {
		return parse(text);
	} catch (e) {
		if (e instanceof GraphqlError) throw new Failure(locatedText(e.text()));
		throw e;
	}
}

function queryDocument(v: Value): QueryDocument {
	if (typeof v === "string") return parsing(parseQuery, v);
	if (isObject(v)) return queryFromValue(v);
	throw new Failure(operandTypeError(0, v, ["string", "object"]), "type");
}

function schemaDocument(v: Value, position: number): SchemaDocument {
	if (typeof v === "string") return parsing((text) => parseSchema(text), v);
	if (isObject(v)) return schemaFromValue(v);
	throw new Failure(operandTypeError(position, v, ["string", "object"]), "type");
}

interface CheckedSchema {
	readonly schema: Schema;
	readonly value: Value;
}

/** The schema and its object, made once a query for schemas given as text. */
function checkedSchema(ctx: PureContext, v: Value, position: number): CheckedSchema {
	const key = typeof v === "string" ? `graphql.schema ${v}` : undefined;
	const known = key === undefined ? undefined : ctx.queryCache.get(key);
	// Only this function writes under these keys.
	if (known !== undefined) return known as CheckedSchema;
	const doc = schemaDocument(v, position);
	let schema: Schema;
	try {
		schema = makeSchema(doc);
	} catch (e) {
		if (!(e instanceof GraphqlError)) throw e;
		throw new Failure(`Error in gqlparser SchemaDocument to Schema conversion: ${e.text()}`);
	}
	const made = { schema, value: documentValue(doc) };
	if (key !== undefined) ctx.queryCache.set(key, made);
	return made;
}

/** Throws when the query does not fit the schema. */
function checkQuery(ctx: PureContext, schema: Schema, query: QueryDocument): void {
	let comparisons = 0;
	const errors = validateQuery(schema, query, (amount) => {
		ctx.step(amount);
		comparisons += amount;
		if (comparisons > maxComparisons) throw new LimitError("graphql: query is too complex to validate");
	});
	if (errors.length > 0) throw new Failure(locatedText(errors.map((e) => `${e.text()}\n`).join("")));
}

/** Query and schema as objects, once the query has been found valid. */
function verify(ctx: PureContext, query: Value, schema: Value): [Value, Value] {
	const doc = queryDocument(query);
	const checked = checkedSchema(ctx, schema, 1);
	checkQuery(ctx, checked.schema, doc);
	return [documentValue(doc), checked.value];
}

/** Whether the body finishes without a Failure. */
function succeeds(body: () => unknown): boolean {
	try {
		body();
		return true;
	} catch (e) {
		if (e instanceof Failure) return false;
		throw e;
	}
}

const queryArg = ["query", textOrNode, "a query: text, or an object made by graphql.parse_query"] as const;
const schemaArg = ["schema", textOrNode, "a schema: text, or an object made by graphql.parse_schema"] as const;

export const graphql: readonly Builtin[] = ofModule("graphql", [
	define("graphql.parse", {
		category,
		pure: true,
		args: [queryArg, schemaArg],
		resultName: "output",
		result: t.tuple([node, node]),
		resultDoc: "`[query, schema]` as objects",
		doc: "Parses a query and a schema; undefined unless the query is valid for the schema.",
		since: "0.41.0",
		unchecked: true,
		eval: reporting((ctx, query: Value, schema: Value) => verify(ctx, query, schema)),
	}),
	define("graphql.parse_and_verify", {
		category,
		pure: true,
		args: [queryArg, schemaArg],
		resultName: "output",
		result: t.tuple([t.boolean, node, node]),
		resultDoc: "`[true, query, schema]`, or `[false, {}, {}]`",
		doc: "Parses a query and a schema and tells whether the query is valid for the schema.",
		since: "0.41.0",
		unchecked: true,
		eval: (ctx, query: Value, schema: Value) => {
			let found: [Value, Value] | undefined;
			const valid = succeeds(() => {
				found = verify(ctx, query, schema);
			});
			return [valid, ...(found ?? [{}, {}])];
		},
	}),
	define("graphql.parse_query", {
		category,
		pure: true,
		args: [["query", t.string, "query text"]],
		resultName: "output",
		result: node,
		resultDoc: "the query as an object",
		doc: "Parses a query.",
		since: "0.41.0",
		eval: reporting((_ctx, query: string) => documentValue(parsing(parseQuery, query))),
	}),
	define("graphql.parse_schema", {
		category,
		pure: true,
		args: [["schema", t.string, "schema text"]],
		resultName: "output",
		result: node,
		resultDoc: "the schema as an object",
		doc: "Parses a schema, without checking it.",
		since: "0.41.0",
		eval: reporting((_ctx, schema: string) => documentValue(parsing((text) => parseSchema(text), schema))),
	}),
	define("graphql.is_valid", {
		category,
		pure: true,
		args: [queryArg, schemaArg],
		resultName: "output",
		result: t.boolean,
		resultDoc: "true when it is",
		doc: "Whether a query is valid for a schema.",
		since: "0.41.0",
		unchecked: true,
		eval: (ctx, query: Value, schema: Value) =>
			succeeds(() => checkQuery(ctx, checkedSchema(ctx, schema, 1).schema, queryDocument(query))),
	}),
	define("graphql.schema_is_valid", {
		category,
		pure: true,
		args: [schemaArg],
		resultName: "output",
		result: t.boolean,
		resultDoc: "true when it is",
		doc: "Whether a schema is valid.",
		since: "0.46.0",
		unchecked: true,
		eval: (ctx, schema: Value) => succeeds(() => checkedSchema(ctx, schema, 0)),
	}),
]);
