/**
 * Every tier that accepts a pattern gives the same answers as RE2 itself (re2-wasm) and as each other:
 * whether there is a match, where, and with which submatches.
 */
import fc from "fast-check";
import { RE2 } from "re2-wasm";
import { expect, test } from "vitest";
import { Dfa } from "../../src/regex/dfa.ts";
import { compileDirect } from "../../src/regex/direct.ts";
import { compileNative } from "../../src/regex/native.ts";
import { printNode, re2Spelling } from "../../src/regex/print.ts";
import { compileProgram } from "../../src/regex/program.ts";
import { findsInsideCharacters, type Re2, Re2Engine } from "../../src/regex/re2.ts";
import { compileUncached } from "../../src/regex/regex.ts";
import { parseRegex } from "../../src/regex/syntax.ts";
import type { Node, Pattern } from "../../src/regex/tree.ts";
import { backtrack, simulate } from "../../src/regex/vm.ts";
import { anyPattern, anyText, oddText, plainPattern } from "./arbitrary.ts";

const re2 = new Re2Engine({ load: () => ({ RE2 }) });
/** The package frees no pattern by itself. */
function re2Match(source: string, text: string): ReturnType<RE2["exec"]> {
	const pattern = new RE2(source, "u");
	try {
		return pattern.exec(text);
	} finally {
		(pattern as unknown as Re2).wrapper?.delete();
	}
}

/** More with `FUZZ_RUNS=10000 npx vitest run test/regex/tiers`. */
const runs = Number(process.env["FUZZ_RUNS"] ?? 300);
const timeout = 30_000 + runs * 50;

function offsets(m: Int32Array | undefined): number[] | undefined {
	return m === undefined ? undefined : [...m];
}

function nullable(n: Node): boolean {
	switch (n.op) {
		case "literal":
			return n.runes.length === 0;
		case "class":
		case "any":
		case "anyButNewline":
			return false;
		case "capture":
			return nullable(n.sub);
		case "repeat":
			return n.min === 0 || nullable(n.sub);
		case "concat":
			return n.subs.every(nullable);
		case "alternate":
			return n.subs.some(nullable);
		default:
			return true;
	}
}

/** A repetition of something that can be empty: the RE2 of re2-wasm prefers other matches there than Go. */
function repeatsEmpty(n: Node): boolean {
	switch (n.op) {
		case "capture":
			return repeatsEmpty(n.sub);
		case "repeat":
			return nullable(n.sub) || repeatsEmpty(n.sub);
		case "concat":
		case "alternate":
			return n.subs.some(repeatsEmpty);
		default:
			return false;
	}
}

/** Our tiers against each other; returns what they agree on. */
function agree(pattern: Pattern, text: string): Int32Array | undefined {
	const p = compileProgram(pattern);
	const m = backtrack(p, text, 0, p.groupCount);
	const found = m !== undefined;
	expect(offsets(simulate(p, text, 0, p.groupCount))).toEqual(offsets(m));
	const dfa = new Dfa(p);
	expect(dfa.test(text, 0)).toBe(found);
	const located = dfa.locate(text, 0) as number;
	if (found) {
		expect(located).toBeGreaterThanOrEqual(0);
		expect(located).toBeLessThanOrEqual(m[0] as number);
	} else expect(located).toBe(-1);
	const native = compileNative(pattern.root, p);
	if (native !== undefined) expect(native.test(text)).toBe(found);
	const direct = compileDirect(pattern.source);
	if (direct !== undefined) {
		expect(direct.test(text)).toBe(found);
		expect(offsets(direct.exec(text))).toEqual(found ? [m[0], m[1]] : undefined);
	}
	const spelled = printNode(pattern.root, re2Spelling);
	// Spelled out, classes of Unicode can be longer than the engine takes.
	if (spelled.length < 10_000 && !findsInsideCharacters(spelled, text)) expect(re2.test(spelled, text)).toBe(found);
	return m;
}

test(
	"all tiers agree, lone surrogates included",
	() => {
		fc.assert(
			fc.property(fc.oneof(anyPattern, plainPattern), oddText, (source, text) => {
				agree(parseRegex(source), text);
			}),
			{ numRuns: runs },
		);
	},
	timeout,
);

test(
	"plain patterns: the cheap tiers agree with the others",
	() => {
		let cheap = 0;
		fc.assert(
			fc.property(plainPattern, anyText, (source, text) => {
				agree(parseRegex(source), text);
				if (compileDirect(source) !== undefined) cheap++;
			}),
			{ numRuns: runs },
		);
		expect(cheap).toBeGreaterThan(runs / 8);
	},
	timeout,
);

test(
	"matches and submatches are RE2's",
	() => {
		fc.assert(
			fc.property(anyPattern, anyText, (source, text) => {
				const pattern = parseRegex(source);
				const m = agree(pattern, text);
				// Unicode classes and folding follow another version of Unicode there.
				if (/\\[pP]/.test(source)) return;
				if (findsInsideCharacters(source, text)) return;
				// It has no name twice, where Go has.
				if (
					new Set(pattern.groupNames.filter((n) => n !== "")).size < pattern.groupNames.filter((n) => n !== "").length
				) {
					return;
				}
				const theirs = re2Match(source, text);
				expect(theirs !== null).toBe(m !== undefined);
				// Without a match there is no more to compare: such runs do not count.
				fc.pre(m !== undefined && !repeatsEmpty(pattern.root));
				if (m === undefined || theirs === null) return;
				expect(theirs.index).toBe([...text.slice(0, m[0])].length);
				expect(theirs[0]).toBe(text.slice(m[0], m[1]));
				for (let g = 1; g <= pattern.groupCount; g++) {
					const start = m[2 * g] as number;
					expect(theirs[g] ?? undefined).toBe(start < 0 ? undefined : text.slice(start, m[2 * g + 1]));
				}
			}),
			{ numRuns: runs / 4 },
		);
	},
	timeout,
);

test(
	"a pattern answers the same before and after it is promoted to the host's RegExp",
	() => {
		fc.assert(
			fc.property(plainPattern, fc.array(oddText, { minLength: 2, maxLength: 4 }), (source, texts) => {
				const regex = compileUncached(source);
				const first = texts.map((t) => regex.test(t));
				for (let i = 0; i < 70; i++) regex.test("warm");
				expect(texts.map((t) => regex.test(t))).toEqual(first);
			}),
			{ numRuns: runs },
		);
	},
	timeout,
);

test(
	"searching on from any place sees what precedes it",
	() => {
		fc.assert(
			fc.property(anyPattern, anyText, fc.nat(10), (source, text, at) => {
				const from = Math.min(at, text.length);
				// Not between the halves of a pair.
				if (/[\udc00-\udfff]/.test(text.charAt(from))) return;
				const p = compileProgram(parseRegex(source));
				const m = offsets(backtrack(p, text, from, p.groupCount));
				expect(offsets(simulate(p, text, from, p.groupCount))).toEqual(m);
				expect(offsets(compileUncached(source).exec(text, from))).toEqual(m);
				expect(new Dfa(p).test(text, from)).toBe(m !== undefined);
			}),
			{ numRuns: runs },
		);
	},
	timeout,
);
