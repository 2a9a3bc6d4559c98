import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Source } from "../../src/location.ts";
import { parseAnnotations } from "../../src/parser/annotations.ts";
import type { Annotations } from "../../src/parser/ast.ts";
import { parseModule } from "../../src/parser/parser.ts";
import { printRef } from "../../src/parser/print.ts";

/** `[module, OPA's errors as [row, column, message], the annotations it reads]`, recorded from OPA 1.20. */
type Row = readonly [string, readonly (readonly [number, number, string])[], (readonly Record<string, unknown>[])?];
const rows = JSON.parse(readFileSync(new URL("annotations.json", import.meta.url), "utf8")) as readonly Row[];

const parse = (text: string) => parseModule(new Source("m.rego", text), { annotations: parseAnnotations });

/** The fields that were written. */
function written(a: Annotations): Record<string, unknown> {
	const { scope, title, description, entrypoint, organizations, authors, relatedResources, custom, labels } = a;
	const all = { title, description, entrypoint, organizations, authors, relatedResources, custom, labels };
	const empty = (v: unknown): boolean =>
		v === undefined || v === "" || v === false || (Array.isArray(v) && v.length === 0);
	return { scope, ...Object.fromEntries(Object.entries(all).filter(([, v]) => !empty(v))) };
}

describe("metadata blocks are read as OPA reads them", () => {
	test.each(rows.map(([text, errors, want]) => ({ note: JSON.stringify(text), text, errors, want })))(
		"$note",
		({ text, errors, want }) => {
			const result = parse(text);
			expect(result.errors.map((e) => [e.location?.row, e.location?.col, e.reason])).toEqual(errors);
			if (want === undefined) return;
			const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
			expect((result.value?.annotations ?? []).map(written).sort(byText)).toEqual([...want].sort(byText));
		},
	);
});

describe("metadata", () => {
	test("schemas, compile and the target", () => {
		const text = `package a
# METADATA
# schemas:
#   - input: schema.input
#   - data.x: {type: string}
# compile:
#   unknowns: [input.y]
#   mask_rule: data.m
p := 1
`;
		const [a] = parse(text).value?.annotations ?? [];
		expect(a?.schemas.map((s) => [printRef(s.path), s.schema && printRef(s.schema), s.definition])).toEqual([
			["input", "schema.input", undefined],
			["data.x", undefined, { type: "string" }],
		]);
		expect(a?.compile?.unknowns.map(printRef)).toEqual(["input.y"]);
		expect(a?.compile?.maskRule && printRef(a.compile.maskRule)).toBe("data.m");
		expect(text.slice(a?.target)).toBe("p := 1\n");
	});

	test("is left alone unless asked for", () => {
		const { value, errors } = parseModule(new Source("", "package a\n# METADATA\n# title: [\np := 1\n"));
		expect([value?.annotations, errors]).toEqual([[], []]);
	});

	test("an alias bomb ends in an error", () => {
		const levels = Array.from({ length: 9 }, (_, i) => {
			const items = Array.from({ length: 9 }, () => (i === 0 ? "x" : `*l${i - 1}`)).join(", ");
			return `#  l${i}: &l${i} [${items}]`;
		});
		const text = `package a\n# METADATA\n# custom:\n${levels.join("\n")}\np := 1\n`;
		expect(parse(text).errors.map((e) => e.reason)).toEqual(["yaml: document contains excessive aliasing"]);
	});

	test("keys named like prototypes' members are ordinary", () => {
		const text = "package a\n# METADATA\n# custom:\n#  __proto__: {x: 1}\n#  constructor: 2\np := 1\n";
		const custom = parse(text).value?.annotations[0]?.custom as object;
		expect(Object.keys(custom)).toEqual(["__proto__", "constructor"]);
		expect(Object.getPrototypeOf(custom)).toBe(Object.prototype);
	});
});
