/**
 * Replacing strings, by the rules of Go's strings.Replacer: one pass, no match overlaps another,
 * and where several patterns match at a place the first in their order does. An empty pattern
 * matches before every byte, so it can cut characters apart, as it does in OPA, and as can a pattern that is no UTF-8.
 */

import { at as elementAt } from "../at.ts";
import { cutsCharacters, fromByteString, joined, toByteString } from "../go/byte-string.ts";
import { TextWriter } from "../go/text-writer.ts";
import { maxStringLength } from "../go/work.ts";
import { objectEntries } from "../value/collections.ts";
import { isWellFormed } from "../value/utf8.ts";
import type { ObjectValue } from "../value/value.ts";
import type { PureContext } from "./define.ts";
import { reserve } from "./operands.ts";

export function replaceAll(ctx: PureContext, s: string, old: string, by: string): string {
	if (old === "" || !isWellFormed(old)) return replacePatterns(ctx, s, [[old, by]]);
	let at = s.indexOf(old);
	if (at < 0) return s;
	if (s.length > longText) return replaceInLong(ctx, s, old, by);
	let out = "";
	let copied = 0;
	do {
		out += s.slice(copied, at) + by;
		reserve(ctx, by.length, maxStringLength - Math.min(out.length, maxStringLength));
		copied = at + old.length;
		at = s.indexOf(old, copied);
	} while (at >= 0);
	return joined(out + s.slice(copied));
}

/** Texts that are longer are cut into all their pieces before these are joined; others are put together at once. */
const longText = 4096;

function replaceInLong(ctx: PureContext, s: string, old: string, by: string): string {
	const pieces = s.split(old);
	const count = pieces.length - 1;
	reserve(ctx, count * by.length, maxStringLength - (s.length - count * old.length));
	return joined(pieces.join(by));
}

export function replaceN(ctx: PureContext, patterns: ObjectValue, s: string): string | undefined {
	const pairs: [string, string][] = [];
	for (const [k, v] of objectEntries(patterns)) {
		if (typeof k !== "string") return ctx.typeError("operand 1 non-string key found in pattern object");
		if (typeof v !== "string") return ctx.typeError("operand 1 non-string value found in pattern object");
		pairs.push([k, v]);
	}
	return replacePatterns(ctx, s, pairs);
}

function replacePatterns(ctx: PureContext, s: string, pairs: readonly (readonly [string, string])[]): string {
	const keys = pairs.map(([k]) => k);
	if (!keys.includes("") && !cutsCharacters(keys)) return joined(replaceByTrie(ctx, s, pairs));
	const bytes = pairs.map(([k, v]) => [toByteString(k), toByteString(v)] as const);
	return fromByteString(replaceByTrie(ctx, toByteString(s), bytes));
}

interface Node {
	readonly next: Map<number, Node>;
	/** Position of the pattern that ends here. */
	pattern: number | undefined;
}

function makeTrie(pairs: readonly (readonly [string, string])[]): Node {
	const root: Node = { next: new Map(), pattern: undefined };
	for (const [i, [key]] of pairs.entries()) {
		let node = root;
		for (let k = 0; k < key.length; k++) {
			const unit = key.charCodeAt(k);
			let child = node.next.get(unit);
			if (child === undefined) {
				child = { next: new Map(), pattern: undefined };
				node.next.set(unit, child);
			}
			node = child;
		}
		node.pattern ??= i;
	}
	return root;
}

/** Whether some pattern begins with a unit. */
function firstUnits(root: Node): (unit: number) => boolean {
	const ascii = new Uint8Array(128);
	for (const unit of root.next.keys()) if (unit < 128) ascii[unit] = 1;
	return (unit) => (unit < 128 ? ascii[unit] === 1 : root.next.has(unit));
}

/** The first pattern, in order, that matches at i. */
function lookup(ctx: PureContext, root: Node, s: string, i: number, skipEmpty: boolean): number | undefined {
	let best = skipEmpty ? undefined : root.pattern;
	let node: Node | undefined = root;
	let k = i;
	for (; k < s.length; k++) {
		node = node.next.get(s.charCodeAt(k));
		if (node === undefined) break;
		if (node.pattern !== undefined && (best === undefined || node.pattern < best)) best = node.pattern;
		if (node.next.size === 0) break;
	}
	ctx.step(k - i);
	return best;
}

function replaceByTrie(ctx: PureContext, s: string, pairs: readonly (readonly [string, string])[]): string {
	const root = makeTrie(pairs);
	const begins = firstUnits(root);
	ctx.step(s.length);
	const out = new TextWriter();
	let copied = 0;
	let afterEmpty = false;
	for (let i = 0; i <= s.length; ) {
		if (root.pattern === undefined) {
			// Most places begin nothing.
			while (i < s.length && !begins(s.charCodeAt(i))) i++;
			if (i === s.length) break;
		}
		const found = lookup(ctx, root, s, i, afterEmpty);
		if (found === undefined) {
			afterEmpty = false;
			i++;
			continue;
		}
		const pair = elementAt(pairs, found);
		const key = pair[0];
		const by = pair[1];
		// An empty match is not taken twice in a row at one place.
		afterEmpty = key === "";
		out.stretch(s, copied, i);
		reserve(ctx, by.length, maxStringLength - Math.min(out.length + by.length, maxStringLength));
		out.stretch(by, 0, by.length);
		i += key.length;
		copied = i;
	}
	if (copied === 0 && out.length === 0) return s;
	out.stretch(s, copied, s.length);
	return out.text();
}
