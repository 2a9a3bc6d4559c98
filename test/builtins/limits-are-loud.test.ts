/**
 * A limit that OPA does not have ends the query. Were it an error of the builtin, the call would be
 * undefined, and `not` of it true: what is too big to be looked at would be allowed.
 */
import { expect, test } from "vitest";
import { closures, compile, generated, RegoError } from "../../src/index.ts";

interface Row {
	readonly note: string;
	readonly call: string;
	readonly input: unknown;
	readonly reason: RegExp;
}

const nested = (open: string, close: string, depth: number, inner = ""): string =>
	open.repeat(depth) + inner + close.repeat(depth);

const deep = /too deeply/;

const rows: readonly Row[] = [
	{
		note: "templates that call themselves",
		call: 'strings.render_template(input, {"a": 1})',
		input: '{{define "x"}}{{template "x"}}{{end}}{{template "x"}}',
		reason: deep,
	},
	{
		note: "a template of ranges within ranges",
		call: 'strings.render_template(input, {"a": [1,2,3,4,5,6,7,8,9,0]})',
		input: `${"{{range $.a}}".repeat(8)}x${"{{end}}".repeat(8)}`,
		reason: /template takes too many steps/,
	},
	{
		note: "a schema that means itself",
		call: "json.match_schema({}, input)[0]",
		input: { $ref: "#" },
		reason: /refers to itself/,
	},
	{
		note: "a schema that means itself by way of another",
		call: "json.match_schema({}, input)[0]",
		input: { allOf: [{ $ref: "#" }] },
		reason: deep,
	},
	{
		note: "a document deeper than the validator goes",
		call: 'json.match_schema(input, {"items": {"$ref": "#"}})[0]',
		input: nested("[", "]", 9000),
		reason: deep,
	},
	{ note: "glob braces", call: 'glob.match(input, [], "a")', input: nested("{", "}", 20_000, "a"), reason: deep },
	{ note: "yaml", call: "yaml.unmarshal(input)", input: nested("[", "]", 9900), reason: deep },
	{ note: "yaml.is_valid", call: "yaml.is_valid(input)", input: nested("[", "]", 9900), reason: deep },
	{ note: "graphql query", call: "graphql.parse_query(input)", input: nested("{a", "}", 5000), reason: deep },
	{
		note: "graphql.is_valid",
		call: 'graphql.is_valid(input, "type Query {a: String}")',
		input: nested("{a", "}", 5000),
		reason: deep,
	},
	{
		note: "graphql schema",
		call: "graphql.schema_is_valid(input)",
		input: `type Query {a: ${nested("[", "]", 5000, "Int")}}`,
		reason: deep,
	},
];

for (const backend of [closures, generated]) {
	for (const row of rows) {
		test(`${row.note}, ${backend.name}`, () => {
			const rego = `package t\nallow if not deny\ndeny if not ${row.call}\ndeny if ${row.call}`;
			const policy = compile({ "t.rego": rego }, { backend });
			let found: unknown;
			try {
				found = policy.evaluate("data.t.allow", row.input);
			} catch (e) {
				found = e;
			}
			expect(found).toBeInstanceOf(RegoError);
			const { code, reason } = found as RegoError;
			expect(code).toBe("eval_cancel_error");
			expect(reason).toMatch(row.reason);
		});
	}
}
