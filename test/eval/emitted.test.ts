/**
 * The JavaScript made of single rules, as text for reading: a file of rows for each subject, `# note`, then Rego, then
 * nothing. What the emitter leaves out or adds for speed changes no answer, so that only its text tells whether it is
 * still done. A line `#? …` before the Rego has choices of the emitter as JSON; a line `#* N …` stands for N lines, with
 * a number in the place of each `$`. Functions of rules and of their definitions are shown, and what they close over.
 * `UPDATE_GOLDEN=1 npx vitest run test/eval/emitted.test.ts` writes them anew: read what has changed. That the answers
 * stay is asked by the suites of agreement and conformance.
 */
import { describe, expect, test } from "vitest";
import type { Builtin } from "../../src/builtins/define.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { ProgramEmitter } from "../../src/eval/generated/emit.ts";
import type { EmitterChoices, Optimisation } from "../../src/eval/generated/emit-choices.ts";
import { compile, type Plan } from "../../src/index.ts";
import { testGoldenRows } from "../golden-rows.ts";

function repeated(line: string): readonly string[] {
	const [, count, what = ""] = /^#\* (\d+) (.*)/.exec(line) ?? [];
	return count === undefined
		? [line]
		: Array.from({ length: Number(count) }, (_, i) => what.replaceAll("$", String(i)));
}

function choicesOf(text: string | undefined): EmitterChoices {
	if (text === undefined) return {};
	const { without, ...rest } = JSON.parse(text) as { readonly without?: readonly Optimisation[] };
	return { ...rest, without: new Set(without) };
}

function textOf(plan: Plan, choices: EmitterChoices): string {
	const used = plan.builtins.map((b) => builtins.get(b) as Builtin);
	const emitter = new ProgramEmitter(plan, used, choices);
	const rules = plan.funcs.flatMap((f, i) => (f.kind === "function" ? [] : [i]));
	// What is made of other rules is what these ask for.
	const roots = rules.filter((i) => plan.funcs[i]?.path.at(-1) === "x");
	return emitter.program(roots.length === 0 ? rules : roots, rules.slice(0, 1)).text;
}

/** The text without what every program has alike: its head and its last line, and the entry of a rule. */
function emitted(rego: string, choices: EmitterChoices): string {
	const { plan } = compile({ "t.rego": `package t\n\n${rego}\n` });
	return textOf(plan, choices)
		.split("\n")
		.slice(2)
		.join("\n")
		.replace(/^function e\d+.*\n/gm, "")
		.replace(/\nreturn \{ rules: .*$/, "");
}

testGoldenRows(new URL("../golden/emitted/", import.meta.url), "js", ({ lines }) => {
	const choices = lines[0]?.startsWith("#? ") === true ? lines[0].slice(3) : undefined;
	const rego = choices === undefined ? lines : lines.slice(1);
	return emitted(rego.flatMap(repeated).join("\n"), choicesOf(choices));
});

describe("bodies too deep to emit are left to the closures", () => {
	const loops = (n: number): string =>
		Array.from({ length: n }, (_, i) => `some v${i + 1} in v${i}`)
			.join("; ")
			.replace("v0", "input.v");
	const others = (n: number): string =>
		Array.from({ length: n }, (_, i) => `x := ${i} if { input.k == "a${i}"; input.n == ${i} }`).join("\n");
	const rows: readonly {
		readonly note: string;
		readonly rego: string;
		readonly deep: boolean;
		readonly from?: number;
	}[] = [
		{ note: "loops that are not", rego: `x if { ${loops(199)} }`, deep: false },
		{ note: "one more", rego: `x if { ${loops(200)} }`, deep: true },
		{
			note: "many blocks one after the other",
			rego: `x if { ${Array.from({ length: 300 }, (_, i) => `not input.a${i}`).join("; ")} }`,
			deep: false,
		},
		{ note: "a definition of a table", rego: `x := 9 if { input.k == "b"; ${loops(200)} }\n${others(6)}`, deep: true },
		{ note: "that is not", rego: `x := 9 if { input.k == "b"; ${loops(198)} }\n${others(6)}`, deep: false },
		{
			note: "a shape",
			rego: `${others(3)}\nx := 8 if { input.k == "b"; ${loops(200)} }\nx := 9 if { input.k == "c"; ${loops(200)} }\n${others(6)}`,
			deep: true,
			from: 2,
		},
		{
			note: "that is not",
			rego: `x := 8 if { input.k == "b"; ${loops(198)} }\nx := 9 if { input.k == "c"; ${loops(198)} }\n${others(6)}`,
			deep: false,
			from: 2,
		},
	];
	for (const { note, rego, deep, from } of rows) {
		test(`${note}: ${from ?? "unshared"}`, () => {
			const text = textOf(compile({ "t.rego": `package t\n${rego}\n` }).plan, { shareFrom: from ?? 99 });
			expect(/R\.interpret\(c, \d+, \[\]\)/.test(text)).toBe(deep);
		});
	}
});

test("a builtin that is not pure is not kept, whatever else it says", () => {
	const rego = 'x := 1 if { upper(input.a) == "A" }\nx := 2 if { upper(input.a) == "B" }';
	const { plan } = compile({ "t.rego": `package t\n${rego}\n` });
	const upper = builtins.get("upper") as Builtin;
	const texts = [true, false].map((pure) => new ProgramEmitter(plan, [{ ...upper, pure }]).program([0], [0]).text);
	expect(texts.map((t) => /=== undefined\) t\d+ = b0/.test(t))).toEqual([true, false]);
});

describe("builtins that an embedder has put in the place of ours are called", () => {
	const rows: readonly (readonly [note: string, rego: string, sign: RegExp])[] = [
		["a test of strings", 'x if startswith(input.a, "b")', /\.startsWith\(/],
		["a count of a comprehension", "x := count([y | some y in input.a])", /\+\+;\n/],
		["a list that is joined", 'x := concat(",", [input.a, "b"])', /isWellFormed/],
		[
			"a call in two definitions",
			'x := 1 if upper(input.a) == "A"\nx := 2 if upper(input.a) == "B"',
			/=== undefined\) t\d+ = b0/,
		],
		["a string that is one by its declaration", "x if upper(input.a) == input.b", /^(?![\s\S]*[^.]equal\(t)/],
	];
	for (const [note, rego, sign] of rows) {
		test(note, () => {
			const { plan } = compile({ "t.rego": `package t\n${rego}\n` });
			const ours = plan.builtins.map((b) => builtins.get(b) as Builtin);
			const texts = [ours, ours.map((b) => ({ ...b, module: "" }))].map(
				(used) => new ProgramEmitter(plan, used).program([0], []).text,
			);
			expect(texts.map((t) => sign.test(t))).toEqual([true, false]);
			expect(texts[1]).toMatch(/b0\(c\.calling\("/);
		});
	}
});

test("what only a plan from elsewhere has is left to the builtin: nothing to join, a pattern that is no text", () => {
	const { plan } = compile({ "t.rego": 'package t\nw := concat(",", [input.a])\ny if regex.match("a+", input.b)\n' });
	const changed = JSON.parse(
		JSON.stringify(plan, (key, value) => (key === "items" ? [] : value === "a+" ? 7 : value)),
	) as Plan;
	const text = textOf(changed, {});
	expect(text).toMatch(/b\d\(c\.calling\("concat", \d+\), ",", t\d+\)/);
	expect(text).toMatch(/regexMatch\(\(7\), /);
});
