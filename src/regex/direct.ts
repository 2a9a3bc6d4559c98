/**
 * The tier for simple patterns, above all for those that embed an id and are used once: a sequence of
 * literal texts and ASCII-defined character sets, each repeated a fixed number of times or until a
 * character that cannot belong to it. Every choice is decided by the next character, so matching
 * never goes back: linear without compilation. Anchored with `^`, or a plain text to search for, or
 * a sequence of bounded length behind a literal one.
 *
 * Reads the pattern in one pass, with no tree, and answers undefined for anything else; what it
 * accepts means the same as in syntax.ts (checked against it by property tests).
 */

import { compileNative, maxNativeText, promotionUses } from "./native.ts";
import { compileProgram } from "./program.ts";
import type { Regex } from "./regex.ts";
import { parseRegex } from "./syntax.ts";
import { work } from "./vm.ts";

/** Membership by code below 128; entry 128 is for everything above. */
type CharSet = Uint8Array;

interface Step {
	/** Text to match exactly; "" for a set. */
	readonly text: string;
	readonly set: CharSet;
	readonly min: number;
	readonly max: number;
}

const unlimited: number = Number.MAX_SAFE_INTEGER;
/** Longest match for which every start of a search may be tried. */
const maxSearched = 200;

/** Characters that end a run of literal text. */
const special = new Uint8Array(128);
for (const c of "\\.+*?()|[{^$") special[c.charCodeAt(0)] = 1;

const noSet: CharSet = new Uint8Array(129);
const notNewline: CharSet = new Uint8Array(129).fill(1);
notNewline[10] = 0;
const escapeSets: Map<number, CharSet> = new Map();
for (const [letter, pattern] of [
	["d", /[0-9]/],
	["w", /[0-9A-Za-z_]/],
	["s", /[\t\n\f\r ]/],
] as const) {
	const set = new Uint8Array(129);
	const negated = new Uint8Array(129).fill(1);
	for (let c = 0; c < 128; c++) {
		if (!pattern.test(String.fromCharCode(c))) continue;
		set[c] = 1;
		negated[c] = 0;
	}
	escapeSets.set(letter.charCodeAt(0), set);
	escapeSets.set(letter.toUpperCase().charCodeAt(0), negated);
}
const singles: (CharSet | undefined)[] = [];

function singleSet(c: number): CharSet {
	let set = singles[c];
	if (set === undefined) {
		set = new Uint8Array(129);
		set[c] = 1;
		singles[c] = set;
	}
	return set;
}

/** Sets by their text in brackets. Patterns repeat them; adversarial ones only cost a refill. */
let brackets: Map<string, CharSet> = new Map();
const maxBrackets = 256;

/** The pattern as a direct matcher, or undefined when it needs another tier. */
export function compileDirect(source: string): Regex | undefined {
	const n = source.length;
	const steps: Step[] = [];
	let i = 0;
	const anchored = source.charCodeAt(0) === 0x5e;
	if (anchored) i = 1;
	let toEnd = false;
	while (i < n) {
		let c = source.charCodeAt(i);
		let set: CharSet;
		if (c === 0x5b) {
			// A bracketed set ends at the first bracket: escapes of brackets are left to the parser.
			const close = source.indexOf("]", i + 2);
			if (close < 0) return undefined;
			const text = source.slice(i, close + 1);
			const known = brackets.get(text) ?? bracketSet(text);
			if (known === undefined) return undefined;
			set = known;
			i = close + 1;
		} else if (c === 0x2e) {
			set = notNewline;
			i++;
		} else if (c === 0x24) {
			if (i !== n - 1) return undefined;
			toEnd = true;
			break;
		} else {
			// A literal run; an escaped character may only begin one, so that runs are parts of the pattern.
			let start = i;
			if (c === 0x5c) {
				if (i + 1 >= n) return undefined;
				c = source.charCodeAt(i + 1);
				const escaped = escapeSets.get(c);
				if (escaped === undefined && !isPunctuation(c)) return undefined;
				start = i + 1;
				i += 2;
				if (escaped !== undefined) {
					i = pushSet(source, i, escaped, steps);
					if (i < 0) return undefined;
					continue;
				}
			} else if (c < 128 && special[c] === 1) return undefined;
			else {
				if (c >= 0x80 && !isPlainUnit(source, i)) return undefined;
				i++;
			}
			for (; i < n; i++) {
				c = source.charCodeAt(i);
				if (c < 128 ? special[c] === 1 : !isPlainUnit(source, i)) break;
			}
			if (i < n) {
				c = source.charCodeAt(i);
				if (c >= 128) return undefined;
				if (c === 0x2a || c === 0x2b || c === 0x3f || c === 0x7b) {
					// The operator applies to the last character alone.
					const last = source.charCodeAt(i - 1);
					if (last >= 128) return undefined;
					if (i - 1 > start) steps.push({ text: source.slice(start, i - 1), set: noSet, min: 1, max: 1 });
					i = pushSet(source, i, singleSet(last), steps);
					if (i < 0) return undefined;
					continue;
				}
			}
			steps.push({ text: source.slice(start, i), set: noSet, min: 1, max: 1 });
			continue;
		}
		i = pushSet(source, i, set, steps);
		if (i < 0) return undefined;
	}
	if (!isDecided(steps, toEnd)) return undefined;
	if (steps.length === 0) return new AffixRegex(source, "", anchored, toEnd);
	if (steps.length === 1 && (steps[0] as Step).text !== "") {
		return new AffixRegex(source, (steps[0] as Step).text, anchored, toEnd);
	}
	if (anchored) return new SequenceRegex(source, steps, toEnd);
	if (steps.length === 1 && !toEnd && (steps[0] as Step).min < 2) return new RunRegex(source, steps[0] as Step);
	const first = (steps[0] as Step).text;
	if (first === "" || longest(steps) > maxSearched) return undefined;
	return new SearchRegex(source, steps, toEnd, first);
}

function isPunctuation(c: number): boolean {
	return (c >= 0x21 && c <= 0x2f) || (c >= 0x3a && c <= 0x40) || (c >= 0x5b && c <= 0x60) || (c >= 0x7b && c <= 0x7e);
}

/** Above ASCII: neither a surrogate without its pair nor the character that stands for one. */
function isPlainUnit(s: string, i: number): boolean {
	const c = s.charCodeAt(i);
	if (c < 0xd800) return true;
	if (c < 0xdc00) {
		const next = i + 1 < s.length ? s.charCodeAt(i + 1) : 0;
		return next >= 0xdc00 && next <= 0xdfff;
	}
	if (c < 0xe000) {
		const previous = i > 0 ? s.charCodeAt(i - 1) : 0;
		return previous >= 0xd800 && previous < 0xdc00;
	}
	return c !== 0xfffd;
}

/** Add a set with the repetition operator at i, if any; returns where that ends, -1 to give up. */
function pushSet(source: string, i: number, set: CharSet, steps: Step[]): number {
	let min = 1;
	let max = 1;
	let at = i;
	switch (source.charCodeAt(i)) {
		case 0x2a:
			min = 0;
			max = unlimited;
			at++;
			break;
		case 0x2b:
			max = unlimited;
			at++;
			break;
		case 0x3f:
			min = 0;
			at++;
			break;
		case 0x7b: {
			at = readCount(source, i + 1);
			if (at < 0) return -1;
			min = count;
			max = count;
			if (source.charCodeAt(at) === 0x2c) {
				max = unlimited;
				at++;
				if (source.charCodeAt(at) !== 0x7d) {
					at = readCount(source, at);
					if (at < 0) return -1;
					max = count;
				}
			}
			if (source.charCodeAt(at) !== 0x7d || max < min) return -1;
			at++;
			break;
		}
	}
	if (at > i) {
		// Lazy, or an operator on an operator.
		const next = source.charCodeAt(at);
		if (next === 0x3f || next === 0x2a || next === 0x2b || next === 0x7b) return -1;
	}
	steps.push({ text: "", set, min, max });
	return at;
}

/** What readCount read. */
let count = 0;

/** A repetition count of at most 1000 without leading zeros; returns where it ends, or -1. */
function readCount(source: string, i: number): number {
	let at = i;
	let n = 0;
	for (; ; at++) {
		const d = source.charCodeAt(at) - 0x30;
		if (!(d >= 0 && d <= 9)) break;
		if (at > i && n === 0) return -1;
		n = n * 10 + d;
		if (n > 1000) return -1;
	}
	if (at === i) return -1;
	count = n;
	return at;
}

/** `[…]` with ASCII characters, ranges and escaped punctuation. */
function bracketSet(text: string): CharSet | undefined {
	const end = text.length - 1;
	let i = 1;
	const negated = text.charCodeAt(1) === 0x5e;
	if (negated) i++;
	if (i >= end) return undefined;
	const set = new Uint8Array(129);
	while (i < end) {
		const lo = bracketRune(text, i, end);
		if (lo < 0) return undefined;
		i += text.charCodeAt(i) === 0x5c ? 2 : 1;
		let hi = lo;
		if (text.charCodeAt(i) === 0x2d && i + 1 < end) {
			hi = bracketRune(text, i + 1, end);
			if (hi < lo) return undefined;
			i += text.charCodeAt(i + 1) === 0x5c ? 3 : 2;
		}
		set.fill(1, lo, hi + 1);
	}
	if (negated) for (let c = 0; c <= 128; c++) set[c] = 1 - (set[c] as number);
	if (brackets.size >= maxBrackets) brackets = new Map();
	// A copy of the key: a part of a long pattern would keep all of it alive.
	brackets.set(` ${text}`.slice(1), set);
	return set;
}

function bracketRune(text: string, i: number, end: number): number {
	const c = text.charCodeAt(i);
	if (c === 0x5c) {
		const escaped = text.charCodeAt(i + 1);
		return i + 1 < end && isPunctuation(escaped) ? escaped : -1;
	}
	// An opening bracket may begin a named class.
	return c >= 128 || c === 0x5b ? -1 : c;
}

/** Whether every repetition ends where a character that cannot continue it begins. */
function isDecided(steps: readonly Step[], toEnd: boolean): boolean {
	for (let k = 0; k < steps.length; k++) {
		const step = steps[k] as Step;
		if (step.min === step.max) continue;
		// All that may follow: steps that may be absent, up to one that may not.
		let j = k + 1;
		for (; j < steps.length; j++) {
			const next = steps[j] as Step;
			if (next.text !== "") {
				const c = next.text.charCodeAt(0);
				if (step.set[Math.min(c, 128)] === 1) return false;
				break;
			}
			for (let c = 0; c <= 128; c++) if ((step.set[c] as number) + (next.set[c] as number) === 2) return false;
			if (next.min > 0) break;
		}
		// Without `$` a text may go on with anything, but by then everything has matched.
		if (j === steps.length && !toEnd) continue;
	}
	return true;
}

function longest(steps: readonly Step[]): number {
	let n = 0;
	for (const s of steps) n += s.text !== "" ? s.text.length : 2 * s.max;
	return n;
}

/** Match the steps from `at`: where the greedy match ends, or -1. */
function runSteps(steps: readonly Step[], s: string, at: number): number {
	let pos = at;
	for (let k = 0; k < steps.length; k++) {
		const step = steps[k] as Step;
		const text = step.text;
		if (text !== "") {
			if (!s.startsWith(text, pos)) return -1;
			pos += text.length;
			continue;
		}
		const { set, max } = step;
		let count = 0;
		while (count < max && pos < s.length) {
			const c = s.charCodeAt(pos);
			if (c < 128) {
				if (set[c] !== 1) break;
				pos++;
			} else {
				if (set[128] !== 1) break;
				pos += c >= 0xd800 && c < 0xdc00 && isLowSurrogate(s, pos + 1) ? 2 : 1;
			}
			count++;
		}
		if (count < step.min) return -1;
	}
	return pos;
}

function isLowSurrogate(s: string, i: number): boolean {
	const c = i < s.length ? s.charCodeAt(i) : 0;
	return c >= 0xdc00 && c <= 0xdfff;
}

const noNames: readonly string[] = [""];

/** One text: equal to, at the start, at the end or inside of. */
class AffixRegex implements Regex {
	readonly source: string;
	readonly groupCount = 0;
	readonly groupNames: readonly string[] = noNames;
	readonly #text: string;
	readonly #anchored: boolean;
	readonly #toEnd: boolean;

	constructor(source: string, text: string, anchored: boolean, toEnd: boolean) {
		this.source = source;
		this.#text = text;
		this.#anchored = anchored;
		this.#toEnd = toEnd;
	}

	test(s: string): boolean {
		const text = this.#text;
		if (this.#anchored) return this.#toEnd ? s === text : s.startsWith(text);
		return this.#toEnd ? s.endsWith(text) : s.includes(text);
	}

	exec(s: string, from: number = 0): Int32Array | undefined {
		const text = this.#text;
		let at: number;
		if (this.#anchored) at = from === 0 && (this.#toEnd ? s === text : s.startsWith(text)) ? 0 : -1;
		else if (this.#toEnd) at = s.length - text.length >= from && s.endsWith(text) ? s.length - text.length : -1;
		else at = s.indexOf(text, from);
		return at < 0 ? undefined : Int32Array.of(at, at + text.length);
	}
}

/** A sequence from the beginning of the text. */
class SequenceRegex implements Regex {
	readonly source: string;
	readonly groupCount = 0;
	readonly groupNames: readonly string[] = noNames;
	#uses = 0;
	#native: RegExp | undefined;
	readonly #steps: readonly Step[];
	readonly #toEnd: boolean;

	constructor(source: string, steps: readonly Step[], toEnd: boolean) {
		this.source = source;
		this.#steps = steps;
		this.#toEnd = toEnd;
	}

	test(s: string): boolean {
		if (this.#native !== undefined && s.length <= maxNativeText) return this.#native.test(s);
		if (++this.#uses === promotionUses) {
			const pattern = parseRegex(this.source);
			this.#native = compileNative(pattern.root, compileProgram(pattern));
		}
		const end = runSteps(this.#steps, s, 0);
		return this.#toEnd ? end === s.length : end >= 0;
	}

	exec(s: string, from: number = 0): Int32Array | undefined {
		if (from > 0) return undefined;
		const end = runSteps(this.#steps, s, 0);
		return end < 0 || (this.#toEnd && end !== s.length) ? undefined : Int32Array.of(0, end);
	}
}

/** Characters of one set anywhere: `[a-z]+`, `\s*`. */
class RunRegex implements Regex {
	readonly source: string;
	readonly groupCount = 0;
	readonly groupNames: readonly string[] = noNames;
	readonly #step: Step;
	readonly #steps: readonly Step[];

	constructor(source: string, step: Step) {
		this.source = source;
		this.#step = step;
		this.#steps = [step];
	}

	test(s: string): boolean {
		return this.#begin(s, 0) <= s.length;
	}

	exec(s: string, from: number = 0): Int32Array | undefined {
		const at = this.#begin(s, from);
		if (at > s.length) {
			work.units += s.length - from;
			return undefined;
		}
		const end = runSteps(this.#steps, s, at);
		work.units += end - from;
		return Int32Array.of(at, end);
	}

	/** Where the first match begins; past the end of the text when there is none. */
	#begin(s: string, from: number): number {
		const { set, min } = this.#step;
		if (min === 0) return from;
		for (let at = from; at < s.length; at++) if (set[Math.min(s.charCodeAt(at), 128)] === 1) return at;
		return s.length + 1;
	}
}

/** A sequence of bounded length anywhere, behind the text it begins with. */
class SearchRegex implements Regex {
	readonly source: string;
	readonly groupCount = 0;
	readonly groupNames: readonly string[] = noNames;
	readonly #steps: readonly Step[];
	readonly #toEnd: boolean;
	readonly #first: string;

	constructor(source: string, steps: readonly Step[], toEnd: boolean, first: string) {
		this.source = source;
		this.#steps = steps;
		this.#toEnd = toEnd;
		this.#first = first;
	}

	test(s: string): boolean {
		return this.exec(s, 0) !== undefined;
	}

	exec(s: string, from: number = 0): Int32Array | undefined {
		for (let at = s.indexOf(this.#first, from); at >= 0; at = s.indexOf(this.#first, at + 1)) {
			const end = runSteps(this.#steps, s, at);
			if (end >= 0 && (!this.#toEnd || end === s.length)) return Int32Array.of(at, end);
		}
		return undefined;
	}
}
