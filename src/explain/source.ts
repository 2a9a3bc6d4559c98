/**
 * Where a value is from: a place in the input, in base data or in a rule's value; a collection whose parts are
 * from different places; or something made of other values. Kept beside every value while it is explained.
 */
import { canonicalKey } from "../value/key.ts";
import { numberText } from "../value/number.ts";
import { isNumber, isSet, type Value } from "../value/value.ts";

/** A document, or something in it. */
export interface Place {
	readonly kind: "place";
	readonly root: "input" | "data" | "rule" | "parameters";
	/** The rule's function in the plan. */
	readonly rule: number;
	readonly parent: Place | undefined;
	readonly key: Value;
	/** What a rule's value is made of. */
	readonly inner: Source | undefined;
	/** What a `with` has put below it: paths from here, and where each value is from. */
	readonly patches: readonly Patch[] | undefined;
}

export interface Patch {
	readonly path: readonly string[];
	readonly from: Source;
}

/** A collection made of parts. */
export interface Parts {
	readonly kind: "parts";
	readonly items: readonly Part[];
	/** By canonical key; made when it is first needed. */
	index: Map<unknown, Source> | undefined;
}

/** Key of an object, position of an array, member of a set. */
export interface Part {
	readonly key: Value;
	readonly from: Source;
}

/** The result of a builtin, of a comparison; a literal is made of nothing. */
export interface Made {
	readonly kind: "made";
	readonly of: readonly Source[];
}

export type Source = Place | Parts | Made;

/** A value and where it is from. */
export interface Traced {
	readonly value: Value;
	readonly from: Source;
}

export const literal: Source = { kind: "made", of: [] };

export function root(of: "input" | "data" | "parameters", patches?: readonly Patch[]): Place {
	return { kind: "place", root: of, rule: -1, parent: undefined, key: "", inner: undefined, patches };
}

export const inputRoot: Place = root("input");
export const dataRoot: Place = root("data");

/**
 * The input of a constraint: what Gatekeeper hands a policy as `input.parameters` is no part of what is reviewed, but
 * says what is wanted of it.
 */
export const reviewRoot: Place = root("input", [{ path: ["parameters"], from: root("parameters") }]);

/** A rule's value. What only hands on a place in a document is that place. */
export function ruleValue(rule: number, inner: Source): Source {
	if (inner.kind === "place") return inner;
	return { kind: "place", root: "rule", rule, parent: undefined, key: "", inner, patches: undefined };
}

export function made(of: readonly Source[]): Source {
	return of.length === 0 ? literal : { kind: "made", of };
}

export function parts(items: readonly Part[]): Source {
	return { kind: "parts", items, index: undefined };
}

/** Where the part of a value at a key is from. */
export function step(from: Source, key: Value): Source {
	if (from.kind === "place") {
		const { root, rule, patches } = from;
		let below: Patch[] | undefined;
		for (const p of patches ?? []) {
			if (p.path[0] !== key) continue;
			if (p.path.length === 1) {
				if (below === undefined) return p.from;
			} else (below ??= []).push({ path: p.path.slice(1), from: p.from });
		}
		const inner = from.inner === undefined ? undefined : step(from.inner, key);
		if (inner?.kind === "place") return inner;
		return { kind: "place", root, rule, parent: from, key, inner, patches: below };
	}
	if (from.kind === "made") return from;
	if (from.index === undefined) {
		from.index = new Map();
		for (const p of from.items) from.index.set(canonicalKey(p.key), p.from);
	}
	return from.index.get(canonicalKey(key)) ?? made(from.items.slice(0, 8).map((p) => p.from));
}

/** Whether a pointer is another, or below it. */
export function isWithin(pointer: string, other: string): boolean {
	return `${pointer}/`.startsWith(`${other}/`);
}

/** The names on the way to a place. */
export function pathOf(p: Place): readonly Value[] {
	const out: Value[] = [];
	for (let x: Place = p; x.parent !== undefined; x = x.parent) out.push(x.key);
	return out.reverse();
}

/** A JSON pointer; keys that are no names are written as their text. */
export function pointerOf(path: readonly Value[]): string {
	return path.map((k) => `/${nameOf(k).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function nameOf(k: Value): string {
	if (typeof k === "string") return k;
	if (isNumber(k)) return numberText(k);
	return k === null || typeof k === "boolean" ? String(k) : isSet(k) ? "{…}" : "…";
}

/** Places that a value was made of, each once, the first first; no more than `most`. */
function placesOf(from: Source, most = 16): readonly Place[] {
	const out: Place[] = [];
	const seen = new Set<Source>();
	const visit = (s: Source): void => {
		if (out.length >= most || seen.has(s) || seen.size > 256) return;
		seen.add(s);
		if (s.kind === "place") {
			if (s.root === "rule" && s.inner !== undefined) visit(s.inner);
			out.push(s);
		} else if (s.kind === "made") for (const x of s.of) visit(x);
		else for (const p of s.items) visit(p.from);
	};
	visit(from);
	return out;
}

/** Whether a value is, at least in part, of the input. */
export function isOfInput(from: Source, depth = 0): boolean {
	if (from.kind === "place")
		return from.root === "input" || (from.inner !== undefined && depth < 32 && isOfInput(from.inner, depth + 1));
	if (depth >= 32) return false;
	if (from.kind === "made") return from.of.some((s) => isOfInput(s, depth + 1));
	return from.items.slice(0, 256).some((p) => isOfInput(p.from, depth + 1));
}

/** A text that only this place has. */
export function placeKey(p: Place): string {
	return `${p.root === "rule" ? p.rule : p.root}${pointerOf(pathOf(p))}`;
}

export function unique(places: readonly Place[]): readonly Place[] {
	if (places.length < 2) return places;
	const seen = new Set<string>();
	return places.filter((p) => {
		const key = placeKey(p);
		return !seen.has(key) && seen.add(key);
	});
}

/** Places in the input that a value is from. */
export function inputsOf(from: Source): readonly Place[] {
	return placesOf(from).filter((p) => p.root === "input");
}

/** Places in rules and base data that a value is from. */
export function policiesOf(from: Source): readonly Place[] {
	return placesOf(from).filter((p) => p.root !== "input");
}

export function isInputPlace(from: Source | undefined): from is Place {
	return from?.kind === "place" && from.root === "input";
}
