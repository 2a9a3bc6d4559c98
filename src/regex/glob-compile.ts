/**
 * Turns a parsed glob into matchers the way OPA's glob library does, merges included: which matchers a
 * pattern ends up with decides its answers in the corners (see glob-matchers.ts). Work is counted, as
 * the merging is cubic in the pattern.
 */

import { at, codePoint, at as elementAt } from "../at.ts";
import {
	Any,
	AnyOf,
	Contains,
	EveryOf,
	type Matcher,
	Max,
	Min,
	Nothing,
	One,
	Prefix,
	PrefixAny,
	PrefixSuffix,
	Row,
	runeBytes,
	Suffix,
	SuffixAny,
	Super,
	spend,
	Text,
	Tree,
	toBytes,
} from "./glob-matchers.ts";
import type { GlobNode, GlobPattern } from "./glob-syntax.ts";

export function compileMatcher(n: GlobNode, separators: readonly number[]): Matcher {
	switch (n.kind) {
		case "anyOf": {
			const factored = factorAlternatives(n.children);
			if (factored !== undefined) return compileMatcher(factored, separators);
			return new AnyOf(n.children.map((c) => simplify(compileMatcher(c, separators))));
		}
		case "pattern": {
			if (n.children.length === 0) return new Nothing();
			return simplify(join(merge(n.children.map((c) => simplify(compileMatcher(c, separators))))));
		}
		case "any":
			return simplify(new Any(separators.map(runeBytes)));
		case "super":
			return new Super();
		case "single":
			return new One("single", separators, true);
		case "nothing":
			return new Nothing();
		case "list":
			return simplify(
				new One(
					"list",
					[...n.chars].map((c) => codePoint(c)),
					n.not,
				),
			);
		case "range":
			return new One("range", [n.lo, n.hi], n.not);
		case "text":
			return new Text(toBytes(n.text));
	}
}

/** A cheaper matcher for the same texts, where there is one. */
function simplify(m: Matcher): Matcher {
	if (m instanceof Any) return m.separators.length === 0 ? new Super() : m;
	if (m instanceof AnyOf) return m.matchers.length === 1 ? at(m.matchers, 0) : m;
	if (m instanceof One) {
		return m.kind === "list" && !m.not && m.runes.length === 1 ? new Text(runeBytes(at(m.runes, 0))) : m;
	}
	if (!(m instanceof Tree)) return m;
	const left = m.left === undefined ? undefined : simplify(m.left);
	const right = m.right === undefined ? undefined : simplify(m.right);
	const value = m.value;
	if (value instanceof Text) {
		if (left === undefined) {
			if (right === undefined) return value;
			if (right instanceof Super) return new Prefix(value.text);
			if (right instanceof Suffix) return new PrefixSuffix(value.text, right.suffix);
			if (right instanceof Any) return new PrefixAny(value.text, right.separators);
		} else if (right === undefined) {
			if (left instanceof Super) return new Suffix(value.text);
			if (left instanceof Prefix) return new PrefixSuffix(left.prefix, value.text);
			if (left instanceof Any) return new SuffixAny(value.text, left.separators);
		} else if (left instanceof Super && right instanceof Super) return new Contains(value.text, false);
	}
	return new Tree(value, left, right, m);
}

/** One matcher for a sequence: split around its longest part of fixed length. */
function join(matchers: readonly Matcher[]): Matcher {
	if (matchers.length === 1) return elementAt(matchers, 0);
	const glued = glue(matchers);
	if (glued !== undefined) return glued;
	let at = -1;
	let longest = -1;
	for (const [i, m] of matchers.entries()) {
		if (m.length !== -1 && m.length >= longest) {
			longest = m.length;
			at = i;
		}
	}
	if (at < 0) return new Tree(elementAt(matchers, 0), undefined, join(matchers.slice(1)));
	const left = at === 0 ? undefined : join(matchers.slice(0, at));
	const right = at + 1 === matchers.length ? undefined : join(matchers.slice(at + 1));
	return new Tree(elementAt(matchers, at), left, right);
}

function glue(matchers: readonly Matcher[]): Matcher | undefined {
	spend(matchers.length);
	if (matchers.length <= 1) return undefined;
	const every = glueWildcards(matchers);
	if (every !== undefined) return every;
	return matchers.every((m) => m.length !== -1) ? new Row(matchers) : undefined;
}

/** Wildcards in sequence as conditions on the whole: how many characters, without which text. */
function glueWildcards(matchers: readonly Matcher[]): Matcher | undefined {
	let any = false;
	let anything = false;
	let ones = 0;
	let separators: string | undefined;
	for (const m of matchers) {
		let own: string;
		if (m instanceof Super) {
			own = "";
			anything = true;
		} else if (m instanceof Any) {
			own = m.separators.join("");
			any = true;
		} else if (m instanceof One && (m.kind === "single" || (m.kind === "list" && m.not))) {
			own = m.runes.map(runeBytes).join("");
			ones++;
		} else return undefined;
		separators ??= own;
		if (own !== separators) return undefined;
	}
	const excluded = separators ?? "";
	if (anything && !any && ones === 0) return new Super();
	if (any && !anything && ones === 0) return at(matchers, 0);
	if ((any || anything) && ones > 0 && excluded === "") return new Min(ones);
	const conditions: Matcher[] = [];
	if (ones > 0) {
		conditions.push(new Min(ones));
		if (!any && !anything) conditions.push(new Max(ones));
	}
	if (excluded !== "") conditions.push(new Contains(excluded, true));
	return new EveryOf(conditions);
}

/** Glue the longest stretch that can be, again and again. */
function merge(parts: readonly Matcher[]): readonly Matcher[] {
	let matchers = parts;
	for (;;) {
		let done: Matcher | undefined;
		let left = 0;
		let right = 0;
		for (let l = 0; l < matchers.length; l++) {
			for (let r = matchers.length; r > l; r--) {
				const glued = glue(matchers.slice(l, r));
				if (glued === undefined) continue;
				if (done === undefined || right - left < r - l || (done.length >= 0 && glued.length > done.length)) {
					done = glued;
					left = l;
					right = r;
				}
			}
		}
		if (done === undefined) return matchers;
		const next: readonly Matcher[] = [...matchers.slice(0, left), done, ...matchers.slice(right)];
		if (next.length === matchers.length) return next;
		matchers = next;
	}
}

/** Alternatives with a common beginning or end, as that and what differs; undefined without one. */
function factorAlternatives(alternatives: readonly GlobNode[]): GlobPattern | undefined {
	const patterns: (readonly GlobNode[])[] = [];
	for (const a of alternatives) {
		if (a.kind !== "pattern") return undefined;
		patterns.push(a.children);
	}
	const [left, right] = commonEnds(patterns);
	if (left.length === 0 && right.length === 0) return undefined;
	const out: GlobNode[] = [];
	if (left.length > 0) out.push({ kind: "pattern", children: left });
	const rest: GlobNode[] = [];
	for (const p of patterns) {
		const middle = p.slice(left.length, p.length - right.length);
		const node: GlobNode = middle.length === 0 ? { kind: "nothing" } : { kind: "pattern", children: middle };
		spend(rest.length);
		if (!rest.some((r) => equalNodes(r, node))) rest.push(node);
	}
	if (rest.length > 1) out.push({ kind: "anyOf", children: rest });
	else if (rest[0] !== undefined && rest[0].kind !== "nothing") out.push(rest[0]);
	if (right.length > 0) out.push({ kind: "pattern", children: right });
	return { kind: "pattern", children: out };
}

function commonEnds(patterns: readonly (readonly GlobNode[])[]): readonly [readonly GlobNode[], readonly GlobNode[]] {
	if (patterns.length <= 1) return [[], []];
	let shortest = 0;
	for (const [i, p] of patterns.entries()) if (p.length < elementAt(patterns, shortest).length) shortest = i;
	const model = elementAt(patterns, shortest);
	const n = model.length;
	const left: GlobNode[] = [];
	const right: GlobNode[] = [];
	let leftEnded = false;
	let rightEnded = false;
	for (let i = 0, j = n - 1; left.length + right.length < n && j >= 0 && !(leftEnded && rightEnded); i++, j--) {
		const fromLeft = at(model, i);
		const fromRight = at(model, j);
		for (const [k, p] of patterns.entries()) {
			if (leftEnded && rightEnded) break;
			if (k === shortest) continue;
			spend(1);
			leftEnded ||= !equalNodes(fromLeft, at(p, i));
			// Stop taking from the right where the left has taken it.
			rightEnded ||= !leftEnded && j <= i;
			rightEnded ||= !equalNodes(fromRight, at(p, j + p.length - n));
		}
		if (!leftEnded) left.push(fromLeft);
		if (!rightEnded) right.unshift(fromRight);
	}
	return [left, right];
}

function equalNodes(a: GlobNode, b: GlobNode): boolean {
	spend(1);
	switch (a.kind) {
		case "pattern":
		case "anyOf":
			return (
				a.kind === b.kind &&
				a.children.length === b.children.length &&
				a.children.every((c, i) => equalNodes(c, at(b.children, i)))
			);
		case "text":
			return b.kind === "text" && a.text === b.text;
		case "list":
			return b.kind === "list" && a.chars === b.chars && a.not === b.not;
		case "range":
			return b.kind === "range" && a.lo === b.lo && a.hi === b.hi && a.not === b.not;
		default:
			return a.kind === b.kind;
	}
}
