/**
 * What patterns become, as text for reading: which tier takes them, their instructions, the alphabet that tells their
 * characters apart, what the host's RegExp is given where it is safe, and what the machines find in some texts, how many
 * characters they look at for it, and what they hold then. A pattern a line in
 * test/golden/patterns.txt; `UPDATE_GOLDEN=1 npx vitest run test/regex/shapes.test.ts` writes what is made of them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Dfa } from "../../src/regex/dfa.ts";
import { compileNative } from "../../src/regex/native.ts";
import { printNode, re2Spelling } from "../../src/regex/print.ts";
import {
	compileProgram,
	makeAlphabet,
	opAlt,
	opAssert,
	opCapture,
	opMatch,
	opRune,
	type Program,
} from "../../src/regex/program.ts";
import { compileUncached } from "../../src/regex/regex.ts";
import { parseRegex } from "../../src/regex/syntax.ts";
import { backtrack, simulate, work } from "../../src/regex/vm.ts";

const golden = (name: string): URL => new URL(`../golden/${name}`, import.meta.url);
const update = process.env["UPDATE_GOLDEN"] === "1";
const patterns = readFileSync(golden("patterns.txt"), "utf8").split("\n").filter(Boolean);

const hex = (n: number | undefined): string => (n ?? -1).toString(16);
const shown = (set: readonly number[] | undefined): string =>
	(set ?? []).length > 16 ? `${(set ?? []).length / 2} ranges` : (set ?? []).map(hex).join(" ");

function instruction(p: Program, i: number): string {
	const out = p.outs[i] ?? -1;
	const arg = p.args[i] ?? -1;
	switch (p.ops[i]) {
		case opRune:
			return `${hex(arg)}>${out}`;
		case opAlt:
			return `${out}|${arg}`;
		case opCapture:
			return `(${arg}>${out}`;
		case opAssert:
			return `^${arg}>${out}`;
		case opMatch:
			return "match";
		default:
			return `[${arg}]>${out}`;
	}
}

const texts = ["", "abc", "aab\nb x-1", "é😀a.b/k", "ab_1@ab.com x", `${"ab".repeat(150)}c`];

/** What each machine finds in the texts, how many characters it looks at for that, and what it then holds. */
function runs(p: Program): string {
	const counted = (run: () => string): string => {
		const before = work.units;
		const found = run();
		return `${found}:${work.units - before}`;
	};
	const place = (m: Int32Array | undefined): string => (m === undefined ? "-" : [...m].join(","));
	const dfa = new Dfa(p);
	const found = texts.map((s) =>
		[
			counted(() => (dfa.test(s, 0) === true ? "t" : "f")),
			counted(() => String(dfa.locate(s, 0))),
			counted(() => String(dfa.locate(s, Math.min(1, s.length)))),
			counted(() => place(backtrack(p, s, 0, 1))),
			counted(() => place(simulate(p, s, 0, 1))),
		].join(" "),
	);
	return `finds ${found.join("; ")}; ${dfa.bytes} bytes`;
}

function shape(source: string): string {
	const pattern = parseRegex(source);
	const p = compileProgram(pattern);
	const alphabet = makeAlphabet(p);
	const members = [...alphabet.members].slice(0, 12).map(hex).join(" ");
	const flags = [p.anchored ? "anchored" : "", p.usesLines ? "lines" : "", p.usesWords ? "words" : ""];
	const program = Array.from(p.ops, (_, i) => `${i}:${instruction(p, i)}`);
	return [
		`# ${source}`,
		`tier ${compileUncached(source).constructor.name.replace("GeneralRegex", "general")}`,
		`as ${printNode(pattern.root, re2Spelling).slice(0, 200)}`,
		`from ${p.start} ${program.length > 60 ? `${program.length} instructions` : program.join(" ")}`,
		...(p.sets.length === 0 ? [] : [`sets ${p.sets.slice(0, 5).map(shown).join("; ")}`]),
		`alphabet ${alphabet.size}: ${members}`,
		`host ${compileNative(pattern.root, p)?.toString() ?? "no"}`.slice(0, 200),
		...(flags.join("") === "" ? [] : [flags.filter(Boolean).join(" ")]),
		runs(p),
	].join("\n");
}

describe("patterns", () => {
	if (update) writeFileSync(golden("patterns.shapes.txt"), `${patterns.map(shape).join("\n\n")}\n`);
	const wants = new Map(
		readFileSync(golden("patterns.shapes.txt"), "utf8")
			.trimEnd()
			.split("\n\n")
			.map((block) => [block.split("\n", 1)[0], block]),
	);
	test.each(patterns)("%s", (source) => expect(shape(source)).toBe(wants.get(`# ${source}`)));
});
