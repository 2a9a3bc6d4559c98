/**
 * Spells a parsed pattern for other engines, so that they need not agree with us on syntax, Unicode
 * version or case folding: every set as explicit ranges, no flags, no names. Two spellings: RE2's, for
 * a linear engine, and the host RegExp's, for native.ts.
 */

import { at } from "../at.ts";
import { maxRune, type Ranges } from "./ranges.ts";
import { type Assertion, literalRune, type Node } from "./tree.ts";

export interface Spelling {
	rune(c: number): string;
	/** The empty set. */
	readonly never: string;
	readonly assertions: { readonly [A in Assertion]: string };
	readonly open: string;
}

const wordOrDash = /^[0-9A-Za-z_]$/;

export const re2Spelling: Spelling = {
	rune: (c) => {
		const text = String.fromCharCode(c);
		return c < 0x80 && wordOrDash.test(text) ? text : `\\x{${c.toString(16)}}`;
	},
	// An empty set has no spelling; neither has anything that contradicts itself more briefly.
	never: "[^\\x{0}-\\x{10ffff}]",
	assertions: {
		beginText: "\\A",
		endText: "\\z",
		beginLine: "(?m:^)",
		endLine: "(?m:$)",
		wordBoundary: "\\b",
		noWordBoundary: "\\B",
	},
	open: "(?:",
};

/** For patterns without line assertions, which native.ts leaves alone. */
export function nativeSpelling(unicode: boolean): Spelling {
	return {
		rune: (c) => {
			const text = String.fromCharCode(c);
			if (c < 0x80 && wordOrDash.test(text)) return text;
			return unicode ? `\\u{${c.toString(16)}}` : `\\u${c.toString(16).padStart(4, "0")}`;
		},
		never: "[]",
		assertions: {
			beginText: "^",
			endText: "$",
			beginLine: "",
			endLine: "",
			wordBoundary: "\\b",
			noWordBoundary: "\\B",
		},
		open: "(?:",
	};
}

/** The text of n; captures become plain groups. */
export function printNode(n: Node, spelling: Spelling): string {
	switch (n.op) {
		case "empty":
			return "(?:)";
		case "literal":
			return n.runes.map((c) => (n.fold ? printSet(literalRune(c, true), spelling) : spelling.rune(c))).join("");
		case "class":
			return printSet(n.ranges, spelling);
		case "any":
			return printSet([0, maxRune], spelling);
		case "anyButNewline":
			return printSet([0, 9, 11, maxRune], spelling);
		case "assert":
			return spelling.assertions[n.kind];
		case "capture":
			return `${spelling.open}${printNode(n.sub, spelling)})`;
		case "concat":
			return n.subs.map((s) => (s.op === "alternate" ? group(s, spelling) : printNode(s, spelling))).join("");
		case "alternate":
			return n.subs.map((s) => printNode(s, spelling)).join("|");
		case "repeat": {
			const single = n.sub.op === "class" || n.sub.op === "any" || n.sub.op === "anyButNewline";
			const sub = single ? printNode(n.sub, spelling) : group(n.sub, spelling);
			return `${sub}${printCount(n.min, n.max)}${n.lazy ? "?" : ""}`;
		}
	}
}

function group(n: Node, spelling: Spelling): string {
	return `${spelling.open}${printNode(n, spelling)})`;
}

function printCount(min: number, max: number): string {
	if (max === -1) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
	if (min === 0 && max === 1) return "?";
	return min === max ? `{${min}}` : `{${min},${max}}`;
}

function printSet(set: Ranges, spelling: Spelling): string {
	if (set.length === 0) return spelling.never;
	let out = "[";
	for (let i = 0; i < set.length; i += 2) {
		const lo = at(set, i);
		const hi = at(set, i + 1);
		out += spelling.rune(lo);
		if (hi > lo) out += `-${spelling.rune(hi)}`;
	}
	return `${out}]`;
}
