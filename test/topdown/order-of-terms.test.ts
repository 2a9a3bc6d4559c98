/** OPA's order of terms: what a traced evaluation tries first when it sorts sets and keys that are not yet values. */
import { expect, test } from "vitest";
import type { Term } from "../../src/topdown/nodes.ts";
import { compareTerms } from "../../src/topdown/order-of-terms.ts";
import { parseJson } from "../../src/value/json.ts";

const value = (text: string): Term => ({ kind: "value", value: parseJson(text) }) as Term;
const variable: Term = { kind: "var", name: "x" } as Term;

const ordered: readonly { readonly note: string; readonly first: Term; readonly second: Term }[] = [
	{ note: "scalars are before variables", first: value("7"), second: variable },
	{ note: "strings are scalars", first: value('"z"'), second: variable },
	{ note: "variables are before arrays", first: variable, second: value("[1]") },
	{ note: "variables are before objects", first: variable, second: value('{"a": 1}') },
	{ note: "an object with a key named text is an object, no number", first: variable, second: value('{"text": 1}') },
	{ note: "arrays are before objects", first: value("[9]"), second: value('{"a": 1}') },
	{ note: "values go by value", first: value("2"), second: value("10") },
];

test.each(ordered)("$note", ({ first, second }) => {
	expect(compareTerms(first, second)).toBeLessThan(0);
	expect(compareTerms(second, first)).toBeGreaterThan(0);
});
