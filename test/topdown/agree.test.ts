/**
 * The evaluator that tells what happens gives the answers of the one that decides, on all our own cases: traces and
 * verdicts of `rego test --verbose` come from it.
 */
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readCases } from "../../conformance/cases.ts";
import { type ProgramKind, programs, programTexts } from "../../conformance/differential/program.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { compile } from "../../src/compile.ts";
import { RegoError, RegoErrors } from "../../src/errors.ts";
import { closures } from "../../src/eval/closures/closures.ts";
import { Source } from "../../src/location.ts";
import type { Module } from "../../src/parser/ast.ts";
import { parseModule } from "../../src/parser/parser.ts";
import { parsedQuery } from "../../src/query-text.ts";
import { tracedPolicy, watchQuery } from "../../src/topdown/query.ts";
import { parseJson } from "../../src/value/json.ts";
import { termText } from "../../src/value/term-text.ts";
import type { PlainObject, Value } from "../../src/value/value.ts";

const folders = ["v0", "v1"].map((v) => fileURLToPath(new URL(`../../conformance/cases/${v}`, import.meta.url)));

const host = {
	nowNs: (): bigint => 1_700_000_000_000_000_000n,
	randomBytes: (n: number): Uint8Array => new Uint8Array(n).fill(7),
	runtime: {},
	permissions: {},
};

/** Not alike, each for a reason. */
const known = new Map([
	[
		"print stands alone, whatever not or with is written at it",
		"a print under the improved not prints, and is no failing",
	],
]);

function rowText(values: readonly Value[], bindings: readonly (readonly [string, Value])[]): string {
	const named = bindings.map(([name, v]) => `${name} = ${termText(v)}`).sort();
	return [...values.map(termText), ...named].join("; ");
}

interface Asked {
	readonly modules: readonly Module[];
	readonly query: string;
	readonly input: Value | undefined;
	readonly data: PlainObject;
	readonly strict: boolean;
	readonly regoVersion: "v0" | "v1";
}

/** The rows, or the code of the error; undefined where it is refused. */
function decided({ modules, query, input, data, strict, regoVersion }: Asked): string | undefined {
	try {
		const policy = compile(modules, { data, values: "rego", inputs: "trusted", backend: closures, host });
		const { rows } = policy.query(query, input, {
			strictBuiltinErrors: strict,
			regoVersion,
			limits: { steps: 300_000 },
		});
		return rows
			.map((r) =>
				rowText(
					r.expressions.map((e) => e.value),
					Object.entries(r.bindings),
				),
			)
			.sort()
			.join("\n");
	} catch (e) {
		if (e instanceof RegoErrors) return undefined;
		if (!(e instanceof RegoError)) throw e;
		return e.code;
	}
}

function watched({ modules, query, input, data, strict, regoVersion }: Asked): string {
	const { body, source } = parsedQuery(query, { regoVersion });
	const options = { tracers: [], host, data, strictBuiltinErrors: strict };
	const { rows, error } = watchQuery(tracedPolicy(modules, { builtins }), body, source, input, options);
	if (error instanceof RegoError) return error.code;
	return rows
		.map((r) => rowText(r.values, r.bindings))
		.sort()
		.join("\n");
}

function parsed(texts: readonly string[], regoVersion: "v0" | "v1"): readonly Module[] | undefined {
	const modules: Module[] = [];
	for (const [i, text] of texts.entries()) {
		const { value } = parseModule(new Source(`m${i}.rego`, text), { regoVersion });
		if (value === undefined) return undefined;
		modules.push(value);
	}
	return modules;
}

test("answers and errors are those of closures", () => {
	const different: string[] = [];
	let compared = 0;
	for (const c of readCases(folders)) {
		const { regoVersion, query, input, data, strictError: strict } = c;
		if (c.inputTerm !== undefined || Object.keys(c.env).length > 0) continue;
		const modules = parsed(c.modules, regoVersion);
		if (modules === undefined) continue;
		const asked: Asked = { modules, query, input, data, strict, regoVersion };
		const want = decided(asked);
		if (want === undefined) continue;
		const got = watched(asked);
		compared++;
		if (got !== want && !known.has(c.note)) different.push(`${c.id}: ${want} but ${got}`);
	}
	expect(different).toEqual([]);
	expect(compared).toBeGreaterThan(700);
});

test.each<ProgramKind>(["all", "free", "patterns", "trees"])("random programs: %s", (kind) => {
	let compared = 0;
	for (const p of fc.sample(programs(kind, false), { seed: 21, numRuns: 60 })) {
		const texts = programTexts(p, false);
		const modules = parsed(texts.modules, "v1");
		if (modules === undefined) continue;
		const data = parseJson(texts.data) as PlainObject;
		const input = texts.input === undefined ? undefined : parseJson(texts.input);
		for (const query of ["data.test = x", "data.test.p0 = x", "data.a = x"]) {
			const asked: Asked = { modules, query, input, data, strict: false, regoVersion: "v1" };
			const want = decided(asked);
			// Of failures, each may come across another, or across none.
			if (want === undefined || want.startsWith("eval_")) continue;
			const got = watched(asked);
			if (got.startsWith("eval_")) continue;
			expect(got, `${query}\n${texts.modules.join("\n")}\n${texts.input}\n${texts.data}`).toBe(want);
			compared++;
		}
	}
	expect(compared).toBeGreaterThan(20);
});

const text = `package test

g(k) := 1 if k == 3
default g(_) := null

a := [1 | print(input.q)]
b := {[1 | print(input.q)]: 1 | true}
c contains [[1 | print(input.q, "c")] | true]
d := $"{[1 | print(input.q)]}"

e := "e" if { 1 == 2 } else := input.x if { not true with input.y as 1 }
f := input.x if not true

h if { x := input.x; x in [x, 1] }
i(p) if p in [false, p, true]
`;

/** `eval --explain` is asked for by who wonders at an answer of `eval`: where OPA's own is a fault, too, they must be one. */
test.each([
	["a null", "data.test.g(1)", "null"],
	["prints in a head", "data.test = x", undefined],
	["a variable beside constants", 'data.test.i("z")', "true"],
	["what is asked whether it is true", "1 in {1 | 1 == v}; v = 2", ""],
])("the same answer: %s", (_, query, want) => {
	const modules = parsed([text], "v1") ?? [];
	const asked: Asked = { modules, query, input: { x: "c" }, data: {}, strict: false, regoVersion: "v1" };
	expect(watched(asked)).toBe(decided(asked));
	if (want !== undefined) expect(watched(asked)).toBe(want);
});
