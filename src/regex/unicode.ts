/**
 * Unicode as Go's regular expressions see it: classes by name (`\p{Greek}`, `\pL`) and simple case
 * folding, read from the tables in unicode-tables.ts when first needed and kept.
 */

import { at } from "../at.ts";
import { appendRange, cleanRanges, maxRune, negateRanges, type Ranges } from "./ranges.ts";
import {
	categoryAliasData,
	categoryLengths,
	categoryNames,
	categoryRuns,
	foldData,
	scriptData,
} from "./unicode-tables.ts";

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/** The numbers of a base-32 variable-length text. */
function decode(text: string): number[] {
	const out: number[] = [];
	let n = 0;
	let shift = 0;
	for (let i = 0; i < text.length; i++) {
		const d = digits.indexOf(text.charAt(i));
		n |= (d & 31) << shift;
		if (d >= 32) shift += 5;
		else {
			out.push(n);
			n = 0;
			shift = 0;
		}
	}
	return out;
}

function decodeRanges(text: string): Ranges {
	const numbers = decode(text);
	const out: number[] = [];
	let next = 0;
	for (let i = 0; i < numbers.length; i += 2) {
		const lo = next + at(numbers, i);
		const hi = lo + at(numbers, i + 1);
		out.push(lo, hi);
		next = hi + 1;
	}
	return out;
}

function index(data: readonly string[]): Map<string, string> {
	return new Map(data.map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]));
}

let categories: ReadonlyMap<string, Ranges> | undefined;
/** Scripts and category aliases by canonical name. */
let scripts: Map<string, string> | undefined;
let aliases: Map<string, string> | undefined;
const decoded = new Map<string, Ranges>();

/** First letter upper case, the rest lower case, no `_`, `-` or spaces. ASCII only. */
function canonicalName(name: string): string {
	const bare = name.replace(/[-_ ]/g, "");
	const lower = bare.replace(/[A-Z]/g, (c) => c.toLowerCase());
	return lower.replace(/^[a-z]/, (c) => c.toUpperCase());
}

function loadCategories(): ReadonlyMap<string, Ranges> {
	const names = categoryNames.split(" ");
	const ranges = names.map((): number[] => []);
	let lo = 0;
	for (const [i, less] of decode(categoryLengths).entries()) {
		ranges[digits.indexOf(categoryRuns.charAt(i))]?.push(lo, lo + less);
		lo += less + 1;
	}
	return new Map(names.map((name, i) => [name, at(ranges, i)]));
}

function category(name: string): Ranges | undefined {
	categories ??= loadCategories();
	const cached = categories.get(name) ?? decoded.get(name);
	if (cached !== undefined) return cached;
	let out: Ranges | undefined;
	if (name === "LC") out = union(["Lu", "Ll", "Lt"]);
	else if (/^[CLMNPSZ]$/.test(name)) out = union([...categories.keys()].filter((k) => k.startsWith(name)));
	if (out !== undefined) decoded.set(name, out);
	return out;
}

function union(names: readonly string[]): Ranges {
	const all: number[] = [];
	for (const n of names) all.push(...(category(n) ?? []));
	return cleanRanges(all);
}

/** The code points of a class named as in `\p{name}`; undefined for an unknown name. */
export function unicodeClass(name: string): Ranges | undefined {
	const canonical = canonicalName(name);
	switch (canonical) {
		case "Any":
			return [0, maxRune];
		case "Assigned":
			return negateRanges(category("Cn") as Ranges);
		case "Ascii":
			return [0, 0x7f];
		case "Lc":
			return category("LC");
	}
	if (canonical === "") return undefined;
	const c = category(canonical);
	if (c !== undefined) return c;
	const cached = decoded.get(`script ${canonical}`);
	if (cached !== undefined) return cached;
	// Only names that are canonical in Go's own table are found: `\p{Old_Italic}` is not, since both
	// spellings lose their underscore before the lookup and the table keeps it.
	scripts ??= index(scriptData);
	const text = scripts.get(canonical);
	if (text !== undefined) {
		const out = decodeRanges(text);
		decoded.set(`script ${canonical}`, out);
		return out;
	}
	if (aliases === undefined) {
		aliases = new Map();
		for (const [long, short] of index(categoryAliasData)) aliases.set(canonicalName(long), short);
	}
	const actual = aliases.get(canonical);
	return actual === undefined ? undefined : category(actual);
}

interface FoldRun {
	readonly lo: number;
	readonly hi: number;
	readonly stride: number;
	readonly delta: number;
}

/** Sorted by lo. Runs may overlap where two strides interleave. */
let foldRuns: readonly FoldRun[] | undefined;
const folds = new Map<number, number>();

function loadFolds(): readonly FoldRun[] {
	if (foldRuns !== undefined) return foldRuns;
	const numbers = decode(foldData);
	const runs: FoldRun[] = [];
	let lo = 0;
	for (let i = 0; i < numbers.length; i += 3) {
		lo += at(numbers, i);
		const packed = at(numbers, i + 1);
		const z = at(numbers, i + 2);
		const stride = (packed & 1) + 1;
		const count = packed >> 1;
		const delta = z & 1 ? -((z + 1) >> 1) : z >> 1;
		runs.push({ lo, hi: lo + (count - 1) * stride, stride, delta });
		for (let k = 0; k < count; k++) folds.set(lo + k * stride, lo + k * stride + delta);
	}
	foldRuns = runs;
	return runs;
}

/** The next code point equivalent to c under simple case folding, in a cycle; c itself when alone. */
export function simpleFold(c: number): number {
	if (c < 0x80) {
		if (c === 0x4b || c === 0x6b) return c === 0x4b ? 0x6b : 0x212a;
		if (c === 0x53 || c === 0x73) return c === 0x53 ? 0x73 : 0x17f;
		if (c >= 0x41 && c <= 0x5a) return c + 32;
		if (c >= 0x61 && c <= 0x7a) return c - 32;
		return c;
	}
	loadFolds();
	return folds.get(c) ?? c;
}

/** The smallest code point equivalent to c. */
export function minFold(c: number): number {
	let m = c;
	for (let f = simpleFold(c); f !== c; f = simpleFold(f)) if (f < m) m = f;
	return m;
}

/** A clean set closed under simple case folding. */
export function foldRanges(r: Ranges): Ranges {
	let all: Ranges = r;
	let from: Ranges = r;
	// Cycles have at most four members: three rounds reach them all.
	for (let round = 0; round < 3; round++) {
		const added: number[] = [];
		for (let i = 0; i < from.length; i += 2) {
			const lo = at(from, i);
			const hi = at(from, i + 1);
			for (const run of loadFolds()) {
				if (run.lo > hi) break;
				if (run.hi < lo) continue;
				const start = lo <= run.lo ? run.lo : run.lo + Math.ceil((lo - run.lo) / run.stride) * run.stride;
				const end = Math.min(hi, run.hi);
				if (run.stride === 1) {
					if (start <= end) appendRange(added, start + run.delta, end + run.delta);
				} else for (let c = start; c <= end; c += run.stride) appendRange(added, c + run.delta, c + run.delta);
			}
		}
		from = cleanRanges(added);
		// A new array: what is clean is given back as it is.
		const grown = cleanRanges([...all, ...from]);
		if (grown.length === all.length && grown.every((x, i) => x === all[i])) break;
		all = grown;
	}
	return all;
}
