/** Types of literals, which compare and look up names without taking their parts apart, against those of values. */
import { expect, test } from "vitest";
import { constantValue } from "../../src/compiler/syntax/constant-value.ts";
import { Literals } from "../../src/compiler/typecheck/literals.ts";
import type { Term } from "../../src/parser/ast.ts";
import { parseTerm } from "../../src/parser/parser.ts";
import { compareTypes, select, typeOfValue, unionOf } from "../../src/value/type-algebra.ts";
import type { Type } from "../../src/value/types.ts";
import type { Value } from "../../src/value/value.ts";

const texts = [
	`[1]`,
	`[1, "a"]`,
	`["a", 1]`,
	`["a", "b", "c"]`,
	`[["a"], {"x": 1}]`,
	`[["a"], {"x": "1"}]`,
	`{"a": 1, "b": "x"}`,
	`{"b": 1, "a": "x"}`,
	`{"b": "x", "a": 1}`,
	`{"b": "x", "a": [null]}`,
	`{"b": 2, "a": [null]}`,
	`{"b": 2, "a": {"z": true, "c": {1}}}`,
	`{"b": 2, "a": {"z": null, "c": {"1"}}}`,
	`{"b": 2, "a": {"z": "", "c": {1}}}`,
	`{"b": 2}`,
	`{1: 2, "b": 3}`,
	`{1: "2", "b": 3}`,
	`{1, "a"}`,
];

/** Made anew each time: types remember what they have taken apart. */
function literal(text: string): { readonly type: Type; readonly value: Value } {
	const term = parseTerm(text).value as Term;
	if (term.kind !== "array" && term.kind !== "object" && term.kind !== "set") throw new Error(text);
	return { type: new Literals().type(term) as Type, value: constantValue(term) as Value };
}

test.each(texts)("%s is ordered as its value's type is", (a) => {
	for (const b of texts) {
		const [x, y] = [literal(a), literal(b)];
		const wanted = Math.sign(compareTypes(typeOfValue(x.value), typeOfValue(y.value)));
		expect([b, Math.sign(compareTypes(x.type, y.type))]).toEqual([b, wanted]);
	}
});

test.each(texts)("names in %s are found as in its value's type", (text) => {
	for (const key of ["a", "b", "c", "x", 1, 0]) {
		const { type, value } = literal(text);
		expect([key, compareTypes(select(type, key), select(typeOfValue(value), key))]).toEqual([key, 0]);
	}
});

test("a union keeps each type once, few or many", () => {
	const few = texts.map((t) => literal(t).type);
	const many = Array.from({ length: 5 }, () => texts.map((t) => literal(t).type)).flat();
	expect(compareTypes(unionOf(few), unionOf(many))).toBe(0);
	expect(unionOf(many)).toMatchObject({ kind: "any" });
});
