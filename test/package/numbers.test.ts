/** Numbers that have names in the sources stand as numbers in the modules for browsers. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Kind } from "../../src/parser/token.ts";

const scripts = new URL("../../scripts/build/numbers.js", import.meta.url);
const { numbersOf, withNumbers } = (await import(fileURLToPath(scripts))) as {
	readonly numbersOf: (text: string, table: { readonly literal: string }) => ReadonlyMap<string, number>;
	readonly withNumbers: (text: string, name: string, numbers: ReadonlyMap<string, number>) => string;
};

const folder = new URL("../../dist/esm/parser/", import.meta.url);
const built = existsSync(folder);
if (!built) console.log("dist is not built: its numbers are not tested");

describe.runIf(built)("kinds of tokens in modules for browsers", () => {
	const files = readdirSync(folder, { encoding: "utf8" }).filter((f) => f.endsWith(".js"));
	const texts = new Map(files.map((f) => [f, readFileSync(new URL(f, folder), "utf8")]));

	test("are numbers, those of the sources", () => {
		const written = [...texts.values()].flatMap((text) => [...text.matchAll(/(\d+) \/\* Kind\.(\w+) \*\//g)]);
		expect(written.length).toBeGreaterThan(200);
		for (const [, number, name] of written) expect(Number(number), name).toBe(Kind[name as keyof typeof Kind]);
	});
	test("are named nowhere else", () => {
		const left = [...texts].filter(([, text]) => /\bKind\.\w/.test(text.replace(/\/\*.*?\*\//g, "")));
		expect(left.map(([file]) => file)).toEqual([]);
	});
});

describe("withNumbers", () => {
	const numbers = numbersOf("const kinds = { Dot: 50, Not: 9 };\nexport const Kind = kinds;", { literal: "kinds" });
	const rows = [
		{
			note: "where it is imported",
			from: 'import { Kind } from "./token.js";\nf(Kind.Dot, [Kind.Not]);',
			to: 'import { Kind } from "./token.js";\nf(50 /* Kind.Dot */, [9 /* Kind.Not */]);',
		},
		{
			note: "where it is declared",
			from: "export const Kind = kinds;\nconst a = Kind.Dot;",
			to: "export const Kind = kinds;\nconst a = 50 /* Kind.Dot */;",
		},
		{
			note: "not what is computed, nor a property of that name",
			from: 'import { Kind } from "./token.js";\nf(Kind[x], y.Kind.Dot);',
			to: 'import { Kind } from "./token.js";\nf(Kind[x], y.Kind.Dot);',
		},
		{ note: "not another's table", from: "f(Kind.Dot);", to: "f(Kind.Dot);" },
	];
	test.each(rows)("$note", ({ from, to }) => expect(withNumbers(from, "Kind", numbers)).toBe(to));
	test("a name that is not in it ends the build", () => {
		expect(() => withNumbers("const Kind = kinds;\nf(Kind.Nothing);", "Kind", numbers)).toThrow(/no Nothing/);
		expect(() => numbersOf("const other = {};", { literal: "kinds" })).toThrow(/no table/);
	});
});
