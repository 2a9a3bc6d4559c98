/** Where a text stops matching a regular expression, and what would have matched. */

import { compileProgram, opAssert, opMatch, opRune, opSet, type Program } from "../regex/program.ts";
import { inRanges } from "../regex/ranges.ts";
import { compileRegex } from "../regex/regex.ts";
import { parseRegex } from "../regex/syntax.ts";
import type { Value } from "../value/value.ts";
import { follow, takes } from "./regex-steps.ts";

export interface RegexFailure {
	/** How much of the text is left where it stops matching, from 0 to 1. */
	readonly distance: number;
	readonly text: () => string | undefined;
	/** A text near this one that matches. */
	readonly completion: () => string | undefined;
}

/** Longest pattern and text that are looked into. */
const longest = 8192;
const mostInstructions = 4000;
/** Instructions that are looked at for one text. */
const mostWork = 4e6;
/** Characters before the one it stops at that are left out for a try. */
const mostLeftOut = 32;
/** Longest text that is made up. */
const longestMadeUp = 256;

/** Where a text stops being what a pattern wants, if a builtin that takes both said no. */
export function regexFailure(name: string, args: readonly Value[]): RegexFailure | undefined {
	if (name !== "regex.match" && name !== "re_match") return undefined;
	const [pattern, subject] = args;
	if (typeof pattern !== "string" || typeof subject !== "string") return undefined;
	if (pattern.length > longest || subject.length > longest) return undefined;
	const p = programOf(pattern);
	if (p === undefined) return undefined;
	const runes = [...subject];
	const { position, threads } = furthest(p, runes);
	return {
		distance: runes.length === 0 ? 1 : (runes.length - position) / (runes.length + 1),
		text: () => (p.anchored ? stopText(p, runes, position, threads) : undefined),
		completion: () => completed(p, pattern, runes, position, threads),
	};
}

/** Programs of patterns that have been met: the same one is asked for each candidate. */
const programs = new Map<string, Program | undefined>();
const mostPrograms = 64;

function programOf(pattern: string): Program | undefined {
	const known = programs.get(pattern);
	if (known !== undefined || programs.has(pattern)) return known;
	let p: Program | undefined;
	try {
		p = compileProgram(parseRegex(pattern));
	} catch {
		p = undefined;
	}
	if (p !== undefined && p.ops.length > mostInstructions) p = undefined;
	if (programs.size >= mostPrograms) programs.clear();
	programs.set(pattern, p);
	return p;
}

function stopText(p: Program, runes: readonly string[], position: number, threads: ReadonlySet<number>): string {
	const at = runes[position];
	const found = at === undefined ? "its end" : JSON.stringify(at);
	const set = wantedText(p, threads);
	return `stops matching at character ${position + 1}: ${found}${set === "" ? "" : `, wanted ${set}`}`;
}

/** A text near this one that matches. */
function completed(
	p: Program,
	pattern: string,
	runes: readonly string[],
	position: number,
	threads: ReadonlySet<number>,
): string | undefined {
	const rest = shortest(p, threads);
	const matches = compileRegex(pattern);
	const head = runes.slice(0, position).join("");
	const wanted = rest?.[0];
	const tries = [head + runes.slice(position + 1).join("")];
	if (wanted !== undefined) {
		tries.push(head + wanted + runes.slice(position + 1).join(""), head + wanted + runes.slice(position).join(""));
	}
	// A character too many may be read as part of what stands before it.
	for (let i = position - 1; i >= Math.max(0, position - mostLeftOut); i--) tries.push(runes.toSpliced(i, 1).join(""));
	if (rest !== undefined) tries.push(head + rest);
	return tries.find((t) => t !== runes.join("") && matches.test(t));
}

/** How far a text can be read from its beginning, and the instructions that wait there. */
function furthest(
	p: Program,
	runes: readonly string[],
): { readonly position: number; readonly threads: ReadonlySet<number> } {
	let threads = new Set<number>();
	follow(p, [p.start], true, threads);
	let work = 0;
	for (const [i, ch] of runes.entries()) {
		const rune = ch.codePointAt(0) ?? 0;
		const next = new Set<number>();
		const seen = new Set<number>();
		for (const pc of threads) {
			if (takes(p, pc, rune)) follow(p, [p.outs[pc] ?? 0], false, next, seen);
		}
		work += threads.size + seen.size;
		if (work > mostWork) return { position: i, threads };
		// Where a match could still begin anywhere, the beginning is as good a place as any.
		if (next.size === 0) return { position: i, threads };
		threads = next;
	}
	return { position: runes.length, threads };
}

/** The shortest text that leads from these instructions to a match; undefined where none is found. */
function shortest(p: Program, from: ReadonlySet<number>): string | undefined {
	interface Way {
		readonly pc: number;
		readonly text: string;
	}
	let front: Way[] = [...from].map((pc) => ({ pc, text: "" }));
	const seen = new Set<number>();
	for (let length = 0; length <= longestMadeUp && front.length > 0; length++) {
		const next: Way[] = [];
		for (const { pc, text } of front) {
			if (seen.has(pc)) continue;
			seen.add(pc);
			const op = p.ops[pc];
			if (op === opMatch) return text;
			const out = p.outs[pc] ?? 0;
			if (op === opAssert) {
				const after = new Set<number>();
				follow(p, [out], false, after);
				for (const x of after) if (p.ops[x] === opMatch) return text;
				continue;
			}
			const ch = memberOf(p, pc);
			if (ch === undefined) continue;
			const after = new Set<number>();
			follow(p, [out], false, after);
			for (const x of after) {
				if (p.ops[x] === opMatch) return text + ch;
				next.push({ pc: x, text: text + ch });
			}
		}
		front = next;
	}
	return undefined;
}

/** A character that an instruction takes: one that people write, if it takes one. */
function memberOf(p: Program, pc: number): string | undefined {
	const arg = p.args[pc] ?? 0;
	if (p.ops[pc] === opRune) return String.fromCodePoint(arg);
	const ranges = p.sets[arg];
	if (p.ops[pc] !== opSet || ranges === undefined) return undefined;
	for (const usual of ["a", "0", "A", "-", "/", " "]) if (inRanges(ranges, usual.codePointAt(0) ?? 0)) return usual;
	return ranges[0] === undefined ? undefined : String.fromCodePoint(ranges[0]);
}

/** What is taken at a place, in a few characters. */
function wantedText(p: Program, threads: ReadonlySet<number>): string {
	const out = new Set<string>();
	for (const pc of threads) {
		const op = p.ops[pc];
		const arg = p.args[pc] ?? 0;
		if (op === opRune) out.add(JSON.stringify(String.fromCodePoint(arg)));
		else if (op === opSet) out.add(setText(p.sets[arg] ?? []));
		else out.add("its end");
	}
	const all = [...out];
	return all.length > 4 ? `${all.slice(0, 4).join(" or ")} or …` : all.join(" or ");
}

function setText(ranges: readonly number[]): string {
	let out = "";
	for (let i = 0; i < ranges.length && i < 12; i += 2) {
		const lo = ranges[i] ?? 0;
		const hi = ranges[i + 1] ?? 0;
		const show = (c: number): string => (c > 32 && c < 127 ? String.fromCharCode(c) : `\\x{${c.toString(16)}}`);
		out += lo === hi ? show(lo) : `${show(lo)}-${show(hi)}`;
	}
	return `[${out}${ranges.length > 12 ? "…" : ""}]`;
}
