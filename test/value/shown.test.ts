/** What console.log and JSON.stringify make of values. */
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { compile, RegoNumber, toJson } from "../../src/index.ts";

const policy = compile(
	{
		"a.rego": `package a
set := {2, 1, {3}}
object := {1: "a", "b": {"__proto__"}, [1]: 2}
number := 1.0
big := 18446744073709551615`,
	},
	{ values: "rego" },
);
const value = (name: string) => policy.rule(`data.a.${name}`)();

test("JSON.stringify writes what OPA does, as far as it can", () => {
	for (const name of ["set", "object"]) expect(JSON.stringify(value(name))).toBe(toJson(value(name) as never));
	expect(JSON.stringify({ n: value("number") })).toBe('{"n":1}');
	expect(JSON.stringify(new RegoNumber("1e400"))).toBe("null");
	expect(() => JSON.stringify(value("big"))).toThrow(TypeError);
});

test("the console names them", () => {
	expect(inspect(value("set"))).toBe("RegoSet [ 1, 2, RegoSet [ 3 ] ]");
	expect(inspect(value("number"))).toBe("RegoNumber 1.0");
	expect(inspect({ o: value("object") }, { depth: 5, breakLength: 1000 })).toBe(
		"{ o: RegoObject Map(3) { 1 => 'a', 'b' => RegoSet [ '__proto__' ], [ 1 ] => 2 } }",
	);
});
