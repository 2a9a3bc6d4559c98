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
