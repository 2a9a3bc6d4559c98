/**
 * The evaluator that tells what happens gives the answers of the one that decides, on all our own cases: traces and
 * verdicts of `rego test --verbose` come from it.
 */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readCases } from "../../conformance/cases.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { compile } from "../../src/compile.ts";
import { RegoError, RegoErrors } from "../../src/errors.ts";
import { closures } from "../../src/eval/closures/closures.ts";
import { Source } from "../../src/location.ts";
import type { Module } from "../../src/parser/ast.ts";
import { parseModule } from "../../src/parser/parser.ts";
import { parsedQuery } from "../../src/query-text.ts";
import { tracedPolicy, watchQuery } from "../../src/topdown/query.ts";
import { termText } from "../../src/value/term-text.ts";
import type { Value } from "../../src/value/value.ts";

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
	[
		'closure beside a reference: x := {"a": 1, "c": input.e[m], "b": count({w | input.o1[m]})}',
		"a call around a closure is evaluated before the reference that binds what the closure reads",
	],
]);

function rowText(values: readonly Value[], bindings: readonly (readonly [string, Value])[]): string {
	const named = bindings.map(([name, v]) => `${name} = ${termText(v)}`).sort();
	return [...values.map(termText), ...named].join("; ");
}

test("answers and errors are those of closures", () => {
	const different: string[] = [];
	let compared = 0;
	for (const c of readCases(folders)) {
		const { regoVersion } = c;
		if (c.inputTerm !== undefined || Object.keys(c.env).length > 0) continue;
		const modules: Module[] = [];
		for (const [i, text] of c.modules.entries()) {
			const { value } = parseModule(new Source(`m${i}.rego`, text), { regoVersion });
			if (value !== undefined) modules.push(value);
		}
		if (modules.length < c.modules.length) continue;
		let decided: string;
		try {
			const policy = compile(modules, { data: c.data, values: "rego", inputs: "trusted", backend: closures, host });
			const { rows } = policy.query(c.query, c.input, { strictBuiltinErrors: c.strictError, regoVersion });
			decided = rows
				.map((r) =>
					rowText(
						r.expressions.map((e) => e.value),
						Object.entries(r.bindings),
					),
				)
				.sort()
				.join("\n");
		} catch (e) {
			if (e instanceof RegoErrors) continue;
			if (!(e instanceof RegoError)) throw e;
			decided = e.code;
		}
		const { body, source } = parsedQuery(c.query, { regoVersion });
		const options = { tracers: [], host, data: c.data, strictBuiltinErrors: c.strictError };
		const { rows, error } = watchQuery(tracedPolicy(modules, { builtins }), body, source, c.input, options);
		const watched =
			error instanceof RegoError
				? error.code
				: rows
						.map((r) => rowText(r.values, r.bindings))
						.sort()
						.join("\n");
		compared++;
		if (watched !== decided && !known.has(c.note)) different.push(`${c.id}: ${decided} but ${watched}`);
	}
	expect(different).toEqual([]);
	expect(compared).toBeGreaterThan(700);
});
