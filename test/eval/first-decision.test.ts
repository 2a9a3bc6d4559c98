/** A patient backend makes its program once closures have had a while to answer. */
import { expect, test } from "vitest";
import { type Backend, compile, generated, RegoError } from "../../src/index.ts";

const module = `package test
allow if input.user == "alice"
other := count(input.users)
bad := 1 if input.bad
bad := 2 if input.bad
`;

function watched(): { readonly backend: Backend; readonly made: number[] } {
	const made: number[] = [];
	const prepare: Backend["prepare"] = (plan, builtins) => {
		const program = generated.prepare(plan, builtins);
		return {
			rule: (c, func) => program.rule(c, func),
			document: (c, path) => program.document(c, path),
			query: (c, index, onRow) => program.query(c, index, onRow),
			entry: (func) => {
				made.push(func);
				return program.entry(func);
			},
		};
	};
	return { backend: { name: "js", patient: true, prepare }, made };
}

test("the first decisions of a policy need no program, those after them share one", () => {
	const { backend, made } = watched();
	const policy = compile({ "test.rego": module }, { backend });
	const allow = policy.rule("data.test.allow");
	const other = policy.rule("data.test.other");
	expect(allow({ user: "alice" })).toBe(true);
	expect(made).toEqual([]);
	expect(policy.decide("data.test.allow", { user: "alice" }).allowed).toBe(true);
	for (let i = 0; i < 100; i++) expect([other({ users: ["a", "b"] }), allow({ user: i })]).toEqual([2, undefined]);
	expect(made).toHaveLength(2);
	expect([allow({ user: "bob" }), allow({ user: "alice" }), allow({})]).toEqual([undefined, true, undefined]);
	expect(policy.evaluate("data.test.allow", { user: "alice" }).value).toBe(true);
	expect(made).toHaveLength(2);
});

test("what takes closures long goes over to the program, in the same decision", () => {
	const { backend, made } = watched();
	const slow = "slow if { some x in numbers.range(1, input.n); x == input.n }";
	const rule = compile({ "test.rego": `package test\n${slow}` }, { backend }).rule("data.test.slow");
	expect(rule({ n: 3_000_000 })).toBe(true);
	expect(made).toHaveLength(1);
	expect([rule({ n: 10 }), made.length]).toEqual([true, 2]);
});

test.each([1, 2, 3, 102])("an error is told alike at decision %d", (n) => {
	const policy = compile({ "test.rego": module }, { backend: watched().backend });
	const bad = policy.rule("data.test.bad");
	for (let i = 1; i < n; i++) expect(bad({})).toBeUndefined();
	let error: unknown;
	try {
		bad({ bad: true });
	} catch (e) {
		error = e;
	}
	expect(error).toBeInstanceOf(RegoError);
	const { code, location, stack_trace } = error as RegoError;
	expect([code, location?.row, stack_trace.map((f) => f.rule)]).toEqual(["eval_conflict_error", 5, ["data.test.bad"]]);
});

test("the backend by default is patient", () => {
	const rule = compile({ "test.rego": module }).rule("data.test.other");
	for (let n = 0; n < 105; n++) expect(rule({ users: Array.from({ length: n }, String) })).toBe(n);
});
