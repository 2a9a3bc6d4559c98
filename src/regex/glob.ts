/**
 * Glob matching for glob.match. Answers are those of OPA's glob library, corner cases included
 * (glob-matchers.ts), as long as they take reasonable work; patterns and texts on which that library
 * would run for seconds or for ever are decided by our linear automaton instead, from what the
 * pattern says. Compiled globs are kept, bounded in number and size.
 */
import { Dfa } from "./dfa.ts";
import { compileMatcher } from "./glob-compile.ts";
import { type Matcher, Row, toBytes, within } from "./glob-matchers.ts";
import { type GlobNode, type GlobPattern, parseGlob } from "./glob-syntax.ts";
import { runeAt } from "./pattern-reader.ts";
import { compileProgram, type Program } from "./program.ts";
import { anyRune, cleanRanges, negateRanges, type Ranges } from "./ranges.ts";
import type { Node } from "./tree.ts";
import { execProgram } from "./vm.ts";

export { GlobSyntaxError } from "./glob-syntax.ts";

export interface Glob {
	/** Whether the whole of s matches. */
	match(s: string): boolean;
}

const maxEntries = 512;
/** Work for compiling a pattern and for one match, the latter plus some for each character. */
const compileWork = 100_000;
const matchWork = 100_000;
const matchWorkPerUnit = 64;

let young: Map<string, Glob> = new Map();
let old: Map<string, Glob> = new Map();

/** Separators are single characters. Throws GlobSyntaxError. */
export function compileGlob(pattern: string, separators: readonly string[]): Glob {
	// Separators are one character each, so the key is unambiguous.
	const key = `${separators.join("")}\u0000${pattern}`;
	const hit = young.get(key);
	if (hit !== undefined) return hit;
	const glob = old.get(key) ?? new CompiledGlob(parseGlob(pattern), separators);
	// A huge pattern must not be kept at the price of many: it is rebuilt when it comes again.
	if (pattern.length > 1 << 14) return glob;
	if (young.size >= maxEntries) {
		old = young;
		young = new Map();
	}
	young.set(key, glob);
	return glob;
}

class CompiledGlob implements Glob {
	readonly #pattern: GlobPattern;
	readonly #separators: readonly number[];
	readonly #matcher: Matcher | undefined;
	/** The one text that matches. */
	readonly #literal: string | undefined;
	readonly #begin: string = "";
	readonly #end: string = "";
	/** The longest of its texts. */
	readonly #within: string = "";
	#program: Program | undefined;
	#dfa: Dfa | undefined;

	constructor(pattern: GlobPattern, separators: readonly string[]) {
		this.#pattern = pattern;
		this.#separators = separators.map((c) => runeAt(c, 0));
		const { children } = pattern;
		const [first] = children;
		const last = children[children.length - 1];
		if (children.length === 1 && first?.kind === "text") this.#literal = first.text;
		// The library's ways with alternatives are its own.
		if (!children.some((c) => c.kind === "anyOf" || c.kind === "pattern")) {
			this.#begin = first?.kind === "text" ? first.text : "";
			this.#end = last?.kind === "text" ? last.text : "";
			for (const c of children) if (c.kind === "text" && c.text.length > this.#within.length) this.#within = c.text;
		}
		this.#matcher = within(compileWork, () => compileMatcher(pattern, this.#separators));
		// A row takes each character for one byte, and may end before a text with others in it: `??a` matches "éab".
		if (this.#matcher instanceof Row) this.#end = "";
	}

	match(s: string): boolean {
		// What does not begin or end as the pattern does is told without looking at all of it.
		if (this.#literal !== undefined) return s === this.#literal;
		if (!s.startsWith(this.#begin) || !s.endsWith(this.#end) || !s.includes(this.#within)) return false;
		const m = this.#matcher;
		if (m !== undefined) {
			const bytes = toBytes(s);
			const found = within(matchWork + matchWorkPerUnit * bytes.length, () => m.match(bytes));
			if (found !== undefined) return found;
		}
		return this.#matchLinear(s);
	}

	#matchLinear(s: string): boolean {
		this.#program ??= compileProgram({
			source: "",
			root: {
				op: "concat",
				subs: [
					{ op: "assert", kind: "beginText" },
					toRegex(this.#pattern, this.#separators),
					{ op: "assert", kind: "endText" },
				],
			},
			groupCount: 0,
			groupNames: [""],
		});
		this.#dfa ??= new Dfa(this.#program);
		return this.#dfa.test(s, 0) ?? execProgram(this.#program, s, 0, 0) !== undefined;
	}
}

/** The glob as a regular expression. */
function toRegex(n: GlobNode, separators: readonly number[]): Node {
	const pieces = separators.flatMap((c) => [c, c]);
	const unseparated: Node = { op: "class", ranges: negateRanges(cleanRanges(pieces)) };
	const star = (sub: Node): Node => ({ op: "repeat", min: 0, max: -1, lazy: false, counted: false, sub });
	const set = (ranges: Ranges, not: boolean): Node => ({ op: "class", ranges: not ? negateRanges(ranges) : ranges });
	const convert = (node: GlobNode): Node => {
		switch (node.kind) {
			case "pattern":
				return node.children.length === 0 ? { op: "empty" } : { op: "concat", subs: node.children.map(convert) };
			case "anyOf":
				return { op: "alternate", subs: node.children.map(convert) };
			case "text":
				return { op: "literal", runes: [...node.text].map((c) => runeAt(c, 0)), fold: false };
			case "list":
				return set(cleanRanges([...node.chars].flatMap((c) => [runeAt(c, 0), runeAt(c, 0)])), node.not);
			case "range":
				return set([node.lo, node.hi], node.not);
			case "any":
				return star(unseparated);
			case "super":
				return star({ op: "class", ranges: anyRune });
			case "single":
				return unseparated;
			case "nothing":
				return { op: "empty" };
		}
	};
	return convert(n);
}

/** `pattern` with every character special in globs escaped. */
export function quoteGlob(pattern: string): string {
	return pattern.replace(/[*?\\[\]{}]/g, "\\$&");
}
