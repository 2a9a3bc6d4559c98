/**
 * Arrays, sets, objects and their comprehensions. `[x | …]` and `{x | …}` are comprehensions wherever
 * the part after `|` reads as a body; where it does not, `|` is the union of a first element.
 * Functions start at the opening bracket and end at the closing one.
 */

import { at, at as elementAt } from "../at.ts";
import { canonicalKey } from "../value/key.ts";
import { arrayTerm, type Body, objectTerm, type Scalar, setTerm, type Term } from "./ast.ts";
import * as Kind from "./kinds.ts";
import { parseBody } from "./literals.ts";
import { printTerm } from "./print.ts";
import type { Mark, ParserState } from "./state.ts";
import { continueListElement, parseListElement, parseTerm } from "./terms.ts";
import { kindNames } from "./token.ts";

type Entry = readonly [Term, Term];

/** Elements up to the closing token, which becomes the current one, after a `first` one read before. */
export function parseTermList(p: ParserState, close: number, first: Term | undefined): readonly Term[] | undefined {
	const from = p.listed;
	if (first !== undefined) p.list(first);
	let tallest = p.height;
	while (p.kind !== close) {
		const term = parseListElement(p);
		if (term === undefined) return p.dropList(from);
		tallest = Math.max(tallest, p.height);
		p.list(term);
		if (p.kind === Kind.Comma) p.advance();
		else if (p.kind !== close) {
			p.unexpected(`expected "," or "${kindNames[close]}"`);
			return p.dropList(from);
		}
	}
	p.height = tallest;
	return p.takeList(from);
}

export function parseArray(p: ParserState): Term | undefined {
	const start = p.start;
	p.advance();
	if (p.kind === Kind.RBrack) return arrayTerm([], start, p.end);
	let comprehension = true;
	if (p.kind === Kind.Comma) {
		comprehension = false;
		p.advance();
	}
	const first = p.mark();
	const head = parseTerm(p);
	if (head === undefined) return undefined;
	if (p.kind === Kind.Or && comprehension) {
		const headHeight = p.height;
		const body = parseComprehensionBody(p, Kind.RBrack);
		if (body !== undefined) {
			p.grow(Math.max(headHeight, p.height), 1);
			return { kind: "array-comprehension", term: head, body, start, end: p.end };
		}
		if (p.kind !== Kind.Comma) return undefined;
		// Not a comprehension after all but a list that begins with a union.
		p.restore(first);
		const again = parseTerm(p);
		return again === undefined ? undefined : finishList(p, again, Kind.RBrack, start);
	}
	return finishList(p, head, Kind.RBrack, start);
}

/** The rest of an array or set after the first operand of its first element. */
function finishList(p: ParserState, head: Term, close: number, start: number): Term | undefined {
	const first = continueListElement(p, head);
	if (first === undefined) return undefined;
	let items: readonly Term[] | undefined;
	if (p.kind === Kind.Comma) {
		p.advance();
		items = parseTermList(p, close, first);
		if (items === undefined) return undefined;
	} else if (p.kind === close) items = [first];
	else {
		p.unexpected(`expected "," or "${kindNames[close]}"`);
		return undefined;
	}
	p.grow(p.height, 1);
	return close === Kind.RBrack ? arrayTerm(items, start, p.end) : setTerm(items, start, p.end);
}

/** At `|`: the body of a comprehension, up to its closing token; undefined when it is not one. */
function parseComprehensionBody(p: ParserState, close: number): Body | undefined {
	p.enter();
	p.attempts++;
	p.advance();
	const body = parseBody(p, close);
	p.attempts--;
	p.leave();
	return body;
}

export function parseSetOrObject(p: ParserState): Term | undefined {
	const start = p.start;
	p.advance();
	if (p.kind === Kind.RBrace) return objectTerm([], start, p.end);
	let comprehension = true;
	if (p.kind === Kind.Comma) {
		comprehension = false;
		p.advance();
	}
	const first = p.mark();
	let head = parseTerm(p);
	if (head === undefined) return undefined;
	if (p.kind === Kind.Or && comprehension) {
		const headHeight = p.height;
		const body = parseComprehensionBody(p, Kind.RBrace);
		if (body !== undefined) {
			p.grow(Math.max(headHeight, p.height), 1);
			return { kind: "set-comprehension", term: head, body, start, end: p.end };
		}
		if (p.kind !== Kind.Comma) return undefined;
		p.restore(first);
		const again = parseTerm(p);
		return again === undefined ? undefined : finishList(p, again, Kind.RBrace, start);
	}
	if (p.kind !== Kind.RBrace && p.kind !== Kind.Comma && p.kind !== Kind.Colon) {
		head = continueListElement(p, head);
		if (head === undefined) return undefined;
	}
	switch (p.kind) {
		case Kind.RBrace:
		case Kind.Comma:
			return finishList(p, head, Kind.RBrace, start);
		case Kind.Colon:
			return parseObject(p, head, comprehension, start);
		default:
			p.unexpected("non-terminated set");
			return undefined;
	}
}

/** After the first key, at its colon. */
function parseObject(p: ParserState, key: Term, comprehension: boolean, start: number): Term | undefined {
	const keyHeight = p.height;
	p.advance();
	const first = p.mark();
	let value = parseTerm(p);
	if (value === undefined) return undefined;
	let tallest = Math.max(keyHeight, p.height);
	let plain = false;
	if (p.kind === Kind.Or && comprehension) {
		const body = parseComprehensionBody(p, Kind.RBrace);
		if (body !== undefined) {
			p.grow(Math.max(tallest, p.height), 1);
			return { kind: "object-comprehension", key, value, body, start, end: p.end };
		}
		// Perhaps the first value is a union.
		p.restore(first);
		value = parseListElement(p);
		if (value === undefined) return undefined;
	} else if (p.kind === Kind.RBrace || p.kind === Kind.Comma) plain = comprehension;
	else {
		value = continueListElement(p, value);
		if (value === undefined) return undefined;
	}
	tallest = Math.max(tallest, p.height);
	let entries: readonly Entry[] | undefined;
	if (p.kind === Kind.Comma) {
		p.advance();
		entries = parsePairs(p, [key, value]);
		if (entries === undefined) {
			if (plain) blameFirstValue(p, first);
			return undefined;
		}
		tallest = Math.max(tallest, p.height);
	} else if (p.kind === Kind.RBrace) entries = [[key, value]];
	else {
		p.unexpected("non-terminated object");
		return undefined;
	}
	p.grow(tallest, 1);
	const distinct = withoutRepeatedKeys(entries);
	const term = objectTerm(distinct, start, p.end);
	return distinct.length === entries.length ? term : { ...term, written: entries };
}

/** Entries that are compared each with each other, rather than put in a map. */
const fewEntries = 12;

/** Whether all keys are strings and no two the same: nearly every object written out. */
function areDistinctStrings(entries: readonly Entry[]): boolean {
	if (entries.length > fewEntries) return false;
	for (let i = 0; i < entries.length; i++) {
		const key = at(entries, i)[0];
		if (key.kind !== "scalar" || typeof key.value !== "string") return false;
		for (let j = 0; j < i; j++) {
			if ((elementAt(entries, j)[0] as Scalar).value === key.value) return false;
		}
	}
	return true;
}

/** Where keys are written alike, OPA keeps the first key, with the last value. */
function withoutRepeatedKeys(entries: readonly Entry[]): readonly Entry[] {
	if (entries.length < 2 || areDistinctStrings(entries)) return entries;
	const known = new Map<unknown, number>();
	const out: Entry[] = [];
	for (const entry of entries) {
		const key = entry[0];
		const id = key.kind === "scalar" ? canonicalKey(key.value) : `\u0000t${printTerm(key)}`;
		const at = known.get(id);
		if (at === undefined) {
			known.set(id, out.length);
			out.push(entry);
		} else out[at] = [elementAt(out, at)[0], entry[1]];
	}
	return out;
}

/** OPA reports any later mistake of an object at its first value; we add where it is. */
function blameFirstValue(p: ParserState, first: Mark): void {
	const last = p.errors[p.errors.length - 1];
	const cause = p.errors.slice(first.errors).find((e) => e.offset === last?.offset);
	p.restore(first);
	p.unexpected("non-terminated object");
	if (cause !== undefined) p.errors.push(cause);
}

/** The entries after a `first` one and its comma, up to the closing brace. */
function parsePairs(p: ParserState, first: Entry): readonly Entry[] | undefined {
	const from = p.listed;
	p.list(first);
	let tallest = 0;
	while (p.kind !== Kind.RBrace) {
		const key = parseListElement(p);
		if (key === undefined) return p.dropList(from);
		tallest = Math.max(tallest, p.height);
		if (p.kind !== Kind.Colon) {
			p.unexpected('expected ":"');
			return p.dropList(from);
		}
		p.advance();
		const value = parseListElement(p);
		if (value === undefined) return p.dropList(from);
		tallest = Math.max(tallest, p.height);
		p.list([key, value]);
		if (p.kind === Kind.Comma) p.advance();
		else if (p.kind !== Kind.RBrace) {
			p.unexpected('expected "," or "}"');
			return p.dropList(from);
		}
	}
	p.height = tallest;
	return p.takeList(from);
}
