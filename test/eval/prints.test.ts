/** Prints of calls that are answered from an earlier one: expected lines are OPA 1.20.2's. */
import { expect, test } from "vitest";
import { compile } from "../../src/index.ts";

const functions = `package test
f(x) := x if { print("f", x) } else := 7 if { print("else", x); false }
g(x) := x if { print("g", x); x == 2 } else := 7 if { print("else", x); false }
h(x) := y if { print("h", x); y := x; y > 5 }
`;

test.each([
	["the same operands", "p if { f(1); f(1) }", ["f 1"]],
	["other operands", "p := [f(1), f(1), f(3)]", ["f 1", "f 3"]],
	["a replaced document between", "p if { f(1); f(1) with input.x as 1; f(1) }", ["f 1", "f 1"]],
	["no value is not remembered", "p if { not g(1); not g(1) }", ["g 1", "else 1", "g 1", "else 1"]],
	["else branches", "p if { not h(3); not h(3) }", ["h 3", "h 3"]],
	["calls in a loop", 'p if { some i in [1, 2, 1]; print("it", f(i)); i > 5 }', ["f 1", "it 1", "f 2", "it 2", "it 1"]],
	["equal numbers", "p if { f(1); f(1.0) }", ["f 1"]],
	["of what an equation binds", "p if { n := 4; it = n; print(it) }", ["4"]],
	["of what an equation takes apart", 'p if { [a, {"b": b}] = [1, {"b": 2}]; c = b; print(a, b, c) }', ["1 2 2"]],
	["beside a negation that waits", 'p if { not [2][n]; n = 3; print("n", n) }', ["n 3"]],
	["of what nothing binds in a comprehension", "p if { print([x | x := [1, 2][_]], {1 | false}) }", ["[1, 2] set()"]],
	["of an array", 'p if print([1, "a"])', ['[1, "a"]']],
	["of sets", "p if { x := {1, 2}; print({y | y := x[_]}, x) }", ["{1, 2} {1, 2}"]],
	[
		"of a definition that an index would leave out",
		'p if { count(q) == 1 }\nq contains 1 if { print("q"); input.a == 1 }\nq contains 2',
		["q"],
	],
	["equal lists", "p if { f([1, input.x]); f([1, input.x]) }", []],
	["lists that are made twice", 'p if { f(["a", count("bc")]); f(["a", count("bc")]) }', ['f ["a", 2]']],
	[
		"sets and objects",
		'p if { f({1, count("a")}); f({count("a")}); f({"k": count("a")}); f({"k": 1}) }',
		["f {1}", 'f {"k": 1}'],
	],
	[
		"other definitions when the caller has gone on",
		'm(x) := 1 if print("a", x)\nm(x) := 2 if { print("b", x); x > 9 }\np if { y := m(1); print("p", y); z := m(2); print("q", z) }',
		["a 1", "p 1", "a 2", "q 1", "b 2", "b 1"],
	],
	[
		"other definitions at the end of a turn",
		'm(x) := 1 if print("a", x)\nm(x) := 2 if { print("b", x); x > 9 }\np := [y | some x in [1, 2]; y := m(x); print("p", x)]',
		["a 1", "p 1", "b 1", "a 2", "p 2", "b 2"],
	],
	[
		"other definitions when the caller has failed",
		'm(x) := 1 if print("a", x)\nm(x) := 2 if { print("b", x); x > 9 }\np if { m(1) == 2; print("p") }',
		["a 1", "b 1"],
	],
	[
		"each success under a block of not",
		"import future.keywords.not\np if { not { some x in [1, 2]; print(x) } }",
		["1", "2"],
	],
	["definitions without a condition first", 'p if { q }\nq if { input.nope == 7 }\nq if { print("q") }', ["q"]],
	["a call before what stands beside it", "p := [1 | input.nope in f(1)]", ["f 1"]],
	["a key before its rule", 'p if { r[input.nope] }\nr := {"a": 1} if { print("r") }', []],
	["a call without a value among operands", 'p if { print("2", (input.a in f(1))) }', ["f 1", "2 <undefined>"]],
	["a template before what stands beside it", 'p := [1 | object.get(input.q, $"{f(1)}", 1)]', ["f 1"]],
	[
		"what a modifier reads before a rule in another",
		"r if print(7)\np if { 1 with input.b as r with input.c as input.q }",
		[],
	],
	["in a comprehension beside a document that is not there", "p if { some y in [1 | f(1)]; input.q == y }", []],
	["an object with other keys", 'p if { f({count("a"): 1}); f({1: 1}) }', ["f {1: 1}"]],
])("%s", (_, rule, want) => {
	const policy = compile({ "test.rego": `${functions}${rule}\n` });
	expect(policy.evaluate("data.test.p", undefined, { prints: true }).prints.map((l) => l.text)).toEqual(want);
	expect(policy.query("data.test.p", undefined, { prints: true }).prints.map((l) => l.text)).toEqual(want);
	expect(
		policy
			.decide("data.test.p")
			.prints()
			.map((l) => l.text),
	).toEqual(want);
});

test.each([
	["an undeclared variable", 'p if print("got", zz)', "var zz is undeclared"],
	["a variable that is bound later", "p if { print(x); x = 1 }", "var x is undeclared"],
	["a variable in a template", 'p if print($"{zz}")', "var zz is undeclared"],
	["in a comprehension", "p if { [1 | print(zz)] }", "var zz is undeclared"],
	["a wrong type", 'p if print(1 + "a")', "plus: invalid argument(s)"],
	["in the pattern of an argument", "f([1 | print(zz)]) := 1", "var zz is unsafe"],
])("a policy with a wrong print does not load: %s", (_, rule, message) => {
	expect(() => compile({ "test.rego": `package test\n${rule}\n` })).toThrow(message);
});

const long = `${"x".repeat(5000)}`;

test("a large operand is told from others by its identity, whose text costs nothing", () => {
	const policy = compile({
		"test.rego": `${functions.replaceAll('("f", x)', '("f", count(x))')}
p if { f(input.xs); f(input.xs); f(input.ys) }
`,
	});
	const input = { xs: [long], ys: [long] };
	expect(policy.evaluate("data.test.p", input, { prints: true }).prints.map((l) => l.text)).toEqual(["f 1", "f 1"]);
});

test("prints up to a length, kept where the evaluation is ended by it", () => {
	const policy = compile({
		"test.rego": 'package test\np if { some i in numbers.range(1, 100); print("line", i, input.long); i > 1000 }\n',
	});
	const { prints, whole, error } = policy.printed("data.test.p", { long }, { maxText: 12_000 });
	expect(prints.map((l) => l.text.slice(0, 6))).toEqual(["line 1", "line 2", "line 3"]);
	expect(prints.reduce((n, l) => n + l.text.length, 0)).toBeLessThan(12_010);
	expect(whole).toBe(false);
	expect(error?.code).toBe("eval_cancel_error");
	const all = policy.printed("data.test.p", { long: "" }, { maxText: 1_000_000 });
	expect([all.prints.length, all.whole]).toEqual([100, true]);
});
