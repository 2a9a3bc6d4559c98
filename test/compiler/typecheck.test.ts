/** Types by themselves, schemas through compile(), and types too large to go through. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { unifies } from "../../src/compiler/typecheck/unify.ts";
import { RegoErrors } from "../../src/errors.ts";
import { showType, typeToJson } from "../../src/value/show-type.ts";
import { compareTypes, keysOf, select, typeOfValue, union, valuesOf } from "../../src/value/type-algebra.ts";
import {
	anyType,
	arrayOf,
	booleanType,
	functionType,
	mapOf,
	nullType,
	numberType,
	objectOf,
	setOf,
	stringType,
	type Type,
	tuple,
	unknownType,
} from "../../src/value/types.ts";
import type { Value } from "../../src/value/value.ts";

const record = objectOf([
	{ key: "b", value: stringType },
	{ key: "a", value: numberType },
]);

describe("unions", () => {
	const rows: readonly { note: string; args: readonly [Type, Type]; want: string }[] = [
		{ note: "same", args: [numberType, numberType], want: "number" },
		{ note: "sorted by kind", args: [stringType, nullType], want: "any<null, string>" },
		{ note: "unknown adds nothing", args: [unknownType, stringType], want: "string" },
		{ note: "any takes all", args: [union(stringType, numberType), anyType], want: "any" },
		{
			note: "flat",
			args: [union(stringType, numberType), union(booleanType, numberType)],
			want: "any<boolean, number, string>",
		},
		{
			note: "structure counts",
			args: [arrayOf(numberType), tuple([numberType])],
			want: "any<array<number>, array[number]>",
		},
		{
			note: "functions of one arity",
			args: [functionType([numberType], stringType), functionType([nullType], stringType)],
			want: "(any<null, number>) => string",
		},
		{
			note: "functions of different arity",
			args: [functionType([numberType], stringType), functionType([], stringType)],
			want: "???",
		},
		{ note: "function and value", args: [functionType([], stringType), stringType], want: "???" },
	];
	test.each(rows)("$note", ({ args: [a, b], want }) => {
		expect(showType(union(a, b))).toBe(want);
		expect(showType(union(b, a))).toBe(want);
	});
});

describe("look-ups", () => {
	const rows: readonly { note: string; args: readonly [Type, Value]; want: string }[] = [
		{ note: "property", args: [record, "a"], want: "number" },
		{ note: "no such property", args: [record, "c"], want: "???" },
		{ note: "dynamic property", args: [mapOf(stringType, nullType), "x"], want: "null" },
		{ note: "dynamic property of another key", args: [mapOf(stringType, nullType), 1], want: "???" },
		{ note: "element", args: [tuple([stringType, nullType]), 1], want: "null" },
		{ note: "element past the end", args: [tuple([stringType]), 1], want: "???" },
		{ note: "dynamic element", args: [tuple([stringType], numberType), 7], want: "number" },
		{ note: "huge index", args: [arrayOf(numberType), 10n ** 30n], want: "???" },
		{ note: "member", args: [setOf(stringType), "x"], want: "string" },
		{ note: "member of a union", args: [union(record, mapOf(stringType, nullType)), "a"], want: "any<null, number>" },
		{ note: "part of any", args: [anyType, "a"], want: "any" },
		{ note: "part of a scalar", args: [numberType, "a"], want: "???" },
		{ note: "own names only", args: [objectOf([{ key: "a", value: nullType }]), "__proto__"], want: "???" },
	];
	test.each(rows)("$note", ({ args: [t, key], want }) => {
		expect(showType(select(t, key))).toBe(want);
	});

	test("keys and values", () => {
		expect(showType(keysOf(record))).toBe("string");
		expect(showType(valuesOf(record))).toBe("any<number, string>");
		expect(showType(valuesOf(tuple([], undefined)))).toBe("???");
		expect(showType(keysOf(arrayOf(stringType)))).toBe("number");
	});

	test("of values", () => {
		const t = typeOfValue({ k: [1, "a", null], n: { deep: true } });
		expect(showType(t)).toBe("object<k: array<number, string, null>, n: object<deep: boolean>>");
		expect(compareTypes(t, typeOfValue({ k: [2, "b", null], n: { deep: false } }))).toBe(0);
		expect(typeToJson(tuple([unknownType], stringType))).toEqual({
			dynamic: { type: "string" },
			static: [null],
			type: "array",
		});
	});
});

function failure(run: () => unknown): string {
	try {
		run();
	} catch (e) {
		if (e instanceof RegoErrors) return e.errors.map((x) => x.reason).join("; ");
		throw e;
	}
	return "";
}

describe("compile", () => {
	const schemas = new Map<string, Value>([["schema", { type: "object", properties: { user: { type: "string" } } }]]);

	test("input as its schema says", () => {
		const files = { "p.rego": "package p\n\nallow := input.usr" };
		expect(failure(() => compile(files))).toBe("");
		expect(failure(() => compile(files, { schemas }))).toBe("undefined ref: input.usr");
	});

	test("queries see it, too", () => {
		const policy = compile({}, { schemas });
		expect(policy.query("input.user", { user: "a" }).rows[0]?.expressions[0]?.value).toBe("a");
		expect(failure(() => policy.query("input.usr"))).toBe("undefined ref: input.usr");
		expect(failure(() => policy.query("input.user + 1"))).toBe("plus: invalid argument(s)");
	});

	test("a wrong schema", () => {
		const wrong = new Map<string, Value>([["schema", { type: "nothing" }]]);
		expect(failure(() => compile({}, { schemas: wrong }))).toMatch(/^unable to compile the schema: /);
	});
});

describe("types larger than can be gone through", () => {
	const doubled = (name: string): string =>
		Array.from(
			{ length: 200 },
			(_, i) => `${name}${i} := [${i === 0 ? "input.x" : `${name}${i - 1}, ${name}${i - 1}`}]`,
		).join("\n");

	test("only their kind is known", () => {
		const text = `package p\n\n${doubled("r")}\n${doubled("s")}\n\nok if r199 == s199\n\nwrong if r199 == 1`;
		expect(failure(() => compile({ "p.rego": text }))).toBe("match error");
	});

	test("comprehensions are checked once each", () => {
		let nested = "1";
		for (let i = 0; i < 60; i++) nested = `[x | x := ${nested}]`;
		expect(failure(() => compile({ "p.rego": `package p\n\nq := ${nested}` }))).toBe("");
		expect(failure(() => compile({ "p.rego": `package p\n\nq if ${nested} == "a"` }))).toBe("match error");
	});
});

describe("types that can be equal", () => {
	const recursive = (type: Type): Type => ({ kind: "recursive", name: "#/$defs/r", type });
	const list = recursive(arrayOf(stringType));
	const node = recursive(record);
	const rows: readonly { readonly note: string; readonly of: readonly [Type, Type]; readonly want: boolean }[] = [
		{ note: "recursive types of one kind", of: [list, recursive(arrayOf(numberType))], want: true },
		{ note: "recursive types of different kinds", of: [list, node], want: false },
		{ note: "a recursive type and what it is", of: [list, arrayOf(stringType)], want: true },
		{ note: "a recursive type and another kind", of: [list, record], want: false },
		{ note: "recursive types within arrays", of: [arrayOf(list), arrayOf(node)], want: false },
		{ note: "recursive types within sets", of: [setOf(node), setOf(node)], want: true },
		{ note: "a recursive type and a union with one of its kind", of: [list, union(numberType, node)], want: false },
		{ note: "a recursive type and anything", of: [list, anyType], want: true },
		{ note: "arrays of other lengths", of: [tuple([stringType]), tuple([stringType, stringType])], want: false },
		{ note: "an array of a length and one of any", of: [tuple([stringType]), arrayOf(stringType)], want: true },
		{ note: "objects that lack each other's keys", of: [record, objectOf([])], want: false },
		{ note: "an object and one of any keys", of: [record, mapOf(stringType, anyType)], want: true },
		{
			note: "functions of one arity",
			of: [functionType([anyType], nullType), functionType([anyType], nullType)],
			want: true,
		},
		{
			note: "functions of different arity",
			of: [functionType([anyType], nullType), functionType([], nullType)],
			want: false,
		},
		{ note: "nothing known", of: [unknownType, stringType], want: false },
	];
	test.each(rows)("$note", ({ of: [a, b], want }) => {
		expect([unifies(a, b), unifies(b, a)]).toEqual([want, want]);
	});
});
