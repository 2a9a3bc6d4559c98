/** What is written as SARIF is SARIF: by its own JSON schema. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { explain } from "../../src/explain/explain.ts";
import { sarifOf } from "../../src/explain/sarif.ts";
import { people } from "./people/all.ts";

const schemaFile = createRequire(import.meta.url).resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
const check = compile(
	{ "check.rego": "package check\n\nresult := json.match_schema(input, data.schema)" },
	{ data: { schema: JSON.parse(readFileSync(schemaFile, "utf8")) } },
).rule<readonly [boolean, readonly object[]]>("data.check.result");

/** What the schema says of a log as it is written. */
function errorsOf(log: object): readonly object[] {
	const [valid, errors] = check(JSON.parse(JSON.stringify(log))) ?? [false, [{ error: "no result" }]];
	expect(valid).toBe(errors.length === 0);
	return errors;
}

test("the schema is one that refuses", () => {
	expect(errorsOf({ version: "2.0.0", runs: [] })).not.toEqual([]);
	expect(errorsOf({ version: "2.1.0", runs: [{ results: [{ level: "loud" }] }] })).not.toEqual([]);
	expect(errorsOf({ version: "2.1.0" })).not.toEqual([]);
});

describe("every explanation", () => {
	const explanations = people.map((row) => {
		const policy = compile({ "a folder/p #1.rego": `package p\n${row.policy}` }, { data: row.data ?? {} });
		const want = row.want === undefined ? {} : { want: row.want };
		return explain(policy, row.path ?? "data.p.allow", row.input, { timeMs: 60_000, fixes: "both", ...want });
	});
	for (const [i, e] of explanations.entries()) {
		test(people[i]?.note ?? "", () => expect(errorsOf(sarifOf([e]))).toEqual([]));
	}
	test("all of them in one log", () => expect(errorsOf(sarifOf(explanations))).toEqual([]));
	test("none", () => expect(errorsOf(sarifOf([]))).toEqual([]));
});

test("a decision as wanted, an error, and a plan without its text", () => {
	const policy = compile({
		"p.rego": "package p\n\nallow if input.a == 1\n\nx := 1 if input.a == 1\n\nx := 2 if input.b == 1",
	});
	const logs = [
		explain(policy, "data.p.allow", { a: 1 }),
		explain(policy, "data.p.x", { a: 1, b: 1 }),
		explain(policy, "data.p.nothing", {}),
	];
	expect(errorsOf(sarifOf(logs))).toEqual([]);
});
