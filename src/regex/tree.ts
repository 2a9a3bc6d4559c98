/**
 * The tree of a parsed regular expression. Leaves match one code point (class) or a run of them
 * (literal) or assert a position; everything Go's syntax has reduces to these.
 */

import { at } from "../at.ts";
import { anyButNewline, anyRune, cleanRanges, type Ranges } from "./ranges.ts";
import { simpleFold } from "./unicode.ts";

export type Assertion = "beginLine" | "endLine" | "beginText" | "endText" | "wordBoundary" | "noWordBoundary";

export type Node =
	| { readonly op: "empty" }
	| LiteralNode
	| ClassNode
	| { readonly op: "any" }
	| { readonly op: "anyButNewline" }
	| { readonly op: "assert"; readonly kind: Assertion }
	| CaptureNode
	| RepeatNode
	| ConcatNode
	| AlternateNode;

/** Code points in sequence; `fold` matches each in any case. */
export interface LiteralNode {
	readonly op: "literal";
	runes: number[];
	fold: boolean;
}

/** `ranges` is clean. */
export interface ClassNode {
	readonly op: "class";
	readonly ranges: Ranges;
}

export interface CaptureNode {
	readonly op: "capture";
	/** From 1. */
	readonly index: number;
	readonly name: string;
	readonly sub: Node;
}

/** `*`, `+`, `?` and `{min,max}`; max is -1 for no limit. */
export interface RepeatNode {
	readonly op: "repeat";
	readonly min: number;
	readonly max: number;
	readonly lazy: boolean;
	/** Written as `{…}`: counts against the limit on repetition. */
	readonly counted: boolean;
	readonly sub: Node;
}

export interface ConcatNode {
	readonly op: "concat";
	readonly subs: readonly Node[];
}

export interface AlternateNode {
	readonly op: "alternate";
	readonly subs: readonly Node[];
}

/** A parsed pattern. */
export interface Pattern {
	readonly source: string;
	readonly root: Node;
	/** Capturing groups, the whole match not counted. */
	readonly groupCount: number;
	/** By group number; index 0 and unnamed groups are "". */
	readonly groupNames: readonly string[];
}

/** What a one-code-point node matches; undefined for other nodes. */
export function runeSet(n: Node): Ranges | undefined {
	switch (n.op) {
		case "literal":
			return n.runes.length === 1 ? literalRune(at(n.runes, 0), n.fold) : undefined;
		case "class":
			return n.ranges;
		case "any":
			return anyRune;
		case "anyButNewline":
			return anyButNewline;
		default:
			return undefined;
	}
}

/** The set one rune of a literal matches. */
export function literalRune(c: number, fold: boolean): Ranges {
	if (!fold) return [c, c];
	const out = [c, c];
	for (let f = simpleFold(c); f !== c; f = simpleFold(f)) out.push(f, f);
	return cleanRanges(out);
}
