/**
 * Changes with which the decision is as wanted. Whatever is offered has been evaluated by the real engine: what
 * explains is never trusted to decide.
 */
import { equal } from "../value/compare.ts";
import { isArray, type Value } from "../value/value.ts";
import type { Blame, Hint, Leaf, Remedy } from "./blame.ts";
import { type Edit, edited, editedAll, valueAt } from "./edit.ts";
import { differences } from "./equality.ts";
import { isSmall } from "./small.ts";
import { inputRoot, literal, type Place, pathOf, placeKey, type Source, step } from "./source.ts";

/** Evaluates the decision for another input; whether it is as wanted. */
export type Check = (input: Value | undefined) => boolean;

/** Explains another input. */
export type Again = (input: Value | undefined) => Blame | undefined;

/** Changes that are tried. */
const mostTries = 60;
/** Explanations on the way to a change of several places. */
const mostRounds = 5;

export function inputFix(
	input: Value | undefined,
	blame: Blame,
	check: Check,
	again: Again,
): readonly Edit[] | undefined {
	let tries = 0;
	const holds = (edits: readonly Edit[]): boolean => {
		if (edits.length === 0 || ++tries > mostTries) return false;
		const changed = editedAll(input, edits);
		return changed !== undefined && check(changed);
	};
	const found = search(input, blame, holds, again);
	return found?.map((e) => narrowed(input, e, found, holds));
}

/** An edit of no more than what differs. */
function narrowed(
	input: Value | undefined,
	e: Edit,
	all: readonly Edit[],
	holds: (edits: readonly Edit[]) => boolean,
): Edit {
	const now = valueAt(input, e.path);
	if (e.op === "remove") return firstOfEqual(input, e);
	if (e.op !== "replace" || now === undefined || e.value === undefined) return e;
	let from: Source = inputRoot;
	for (const key of e.path) from = step(from, key);
	const [diff, more] = differences({ value: now, from }, { value: e.value, from: literal });
	if (diff?.place === undefined || more !== undefined) return e;
	const op = diff.kind === "surplus" ? "remove" : diff.kind === "lacking" ? "add" : "replace";
	const less: Edit = { op, path: pathOf(diff.place), value: diff.expected };
	if (samePath(less.path, e.path) || less.path.length < e.path.length) return e;
	return holds(all.map((x) => (x === e ? less : x))) ? less : e;
}

/** Of elements that are equal and side by side the first, if one of them has to go: it comes to the same. */
function firstOfEqual(input: Value | undefined, e: Edit): Edit {
	const list = valueAt(input, e.path.slice(0, -1));
	let i = e.path.at(-1);
	if (list === undefined || !isArray(list) || typeof i !== "number") return e;
	const now = list[i];
	while (i > 0 && now !== undefined && equal(list[i - 1] ?? null, now)) i--;
	return { ...e, path: [...e.path.slice(0, -1), i] };
}

function search(
	input: Value | undefined,
	blame: Blame,
	holds: (edits: readonly Edit[]) => boolean,
	again: Again,
): readonly Edit[] | undefined {
	const options = blame.leaves.map((l) => remediesOf(l, blame.hints, input));
	// One change may be enough, even where several things are said.
	const singles = options.flat();
	for (const e of singles.slice(0, 24)) if (holds([e])) return [e];
	const all = combined(options.flatMap((o) => o.slice(0, 1)));
	if (all.length > 1 && holds(all)) return minimal(all, holds);
	return byRounds(input, blame, holds, again) ?? allAtOnce(input, blame, holds, again);
}

/** What is said to mend every cause, and then every cause that is left. */
function allAtOnce(
	input: Value | undefined,
	first: Blame,
	holds: (edits: readonly Edit[]) => boolean,
	again: Again,
): readonly Edit[] | undefined {
	let now = input;
	let blame: Blame | undefined = first;
	let edits: readonly Edit[] = [];
	for (let round = 0; round < mostRounds && blame !== undefined && blame.leaves.length > 0; round++) {
		const { leaves, hints } = blame;
		const fits = (e: Edit): boolean => edited(now, e) !== undefined;
		const each = leaves.flatMap((l) => remediesOf(l, hints, now).filter(fits).slice(0, 1));
		const before = edits.length;
		for (const e of combined(each)) {
			const changed = edited(now, e);
			if (changed === undefined) continue;
			now = changed;
			edits = merged([...edits, e]);
		}
		if (edits.length === before && round > 0) return undefined;
		if (holds(edits)) return minimal(edits, holds);
		blame = again(now);
	}
	return undefined;
}

/** One change after the other, each explained anew: what is asked for next may only show then. */
function byRounds(
	input: Value | undefined,
	first: Blame,
	holds: (edits: readonly Edit[]) => boolean,
	again: Again,
): readonly Edit[] | undefined {
	let now = input;
	let blame: Blame | undefined = first;
	const edits: Edit[] = [];
	for (let round = 0; round < mostRounds && blame !== undefined && blame.leaves.length > 0; round++) {
		let better: { readonly edit: Edit; readonly blame: Blame; readonly input: Value | undefined } | undefined;
		const { cost, hints } = blame;
		const candidates = blame.leaves.flatMap((l) => remediesOf(l, hints, now).slice(0, 3));
		for (const e of candidates.slice(0, 4)) {
			if (holds([...edits, e])) return minimal(merged([...edits, e]), holds);
			const changed = edited(now, e);
			if (changed === undefined) continue;
			const after = again(changed);
			// What is only made room for is not yet as it should be.
			const room = isRoom(e) ? 1.5 : isEmpty(e) ? 4 : -0.05;
			if (after === undefined || after.cost >= cost + room) continue;
			if (better === undefined || after.cost < better.blame.cost) better = { edit: e, blame: after, input: changed };
		}
		if (better === undefined) return undefined;
		edits.push(better.edit);
		now = better.input;
		blame = better.blame;
	}
	return undefined;
}

function isRoom(e: Edit): boolean {
	return e.value === null && e.op === "add";
}

/** What was no collection is one now: what is missing in it shows only then. */
function isEmpty({ op, value }: Edit): boolean {
	return op === "replace" && value !== undefined && isArray(value) && value.length === 0;
}

/** What is put into a place that was made before is what the place is made with. */
function merged(edits: readonly Edit[]): readonly Edit[] {
	const out: Edit[] = [];
	for (const e of edits) {
		const i = out.findIndex((x) => x.op !== "remove" && samePath(x.path, e.path));
		const before = out[i];
		if (e.op === "replace" && before !== undefined && i >= 0) out[i] = { ...before, value: e.value };
		else out.push(e);
	}
	return out;
}

/** Without what is not needed. */
function minimal(edits: readonly Edit[], holds: (edits: readonly Edit[]) => boolean): readonly Edit[] {
	let out = edits;
	for (const e of edits) {
		const fewer = out.filter((x) => x !== e);
		if (fewer.length > 0 && holds(fewer)) out = fewer;
	}
	return out;
}

/** Edits of different places; removals of elements last, from the end. */
function combined(edits: readonly Edit[]): readonly Edit[] {
	const out: Edit[] = [];
	for (const e of edits) {
		if (!out.some((x) => samePath(x.path, e.path))) out.push(e);
	}
	const removals = out.filter((e) => e.op === "remove").sort((a, b) => Number(b.path.at(-1)) - Number(a.path.at(-1)));
	return [...out.filter((e) => e.op !== "remove"), ...removals];
}

function samePath(a: readonly Value[], b: readonly Value[]): boolean {
	return a.length === b.length && a.every((k, i) => k === b[i]);
}

/** What might mend a cause, with what is known of places that are not there. */
function remediesOf(leaf: Leaf, hints: readonly Hint[], input: Value | undefined): readonly Edit[] {
	const out: Edit[] = [];
	for (const m of leaf.remedies) {
		for (const e of editsOf(m, hints, input)) {
			const isKnown = out.some((x) => x.op === e.op && samePath(x.path, e.path) && same(x.value, e.value));
			if (!isKnown) out.push(e);
		}
	}
	const [place] = leaf.inputs;
	if (out.length > 0 || leaf.kind !== "missing" || place === undefined) return out;
	// Where nothing is said of what is missing, there may be nothing wrong with any value.
	const path = pathOf(place);
	return valueAt(input, path) === undefined ? [{ op: "add", path, value: "" }] : out;
}

function same(a: Value | undefined, b: Value | undefined): boolean {
	return a === undefined || b === undefined ? a === b : equal(a, b);
}

function editsOf(m: Remedy, hints: readonly Hint[], input: Value | undefined): readonly Edit[] {
	if (m.place.root !== "input") return [];
	const path = pathOf(m.place);
	if (m.op === "remove") return [{ op: "remove", path, value: undefined }];
	const value = m.value === undefined ? assembled(m.place, hints) : m.value;
	// Nobody reads, or makes, a change of so much.
	if (value === undefined || !isSmall(value)) return [];
	const there = valueAt(input, path);
	// What is there, if only null, is replaced.
	if (m.op === "add" && there !== undefined && typeof path.at(-1) !== "number") return [{ op: "replace", path, value }];
	if (m.op === "replace" && there === undefined) return [{ op: "add", path, value }];
	return [{ op: m.op, path, value }];
}

/** The value that hints put together for a place. */
export function assembled(place: Place, hints: readonly Hint[]): Value | undefined {
	const key = placeKey(place);
	const depth = pathOf(place).length;
	let out: Value | undefined;
	for (const h of hints) {
		const at = placeKey(h.place);
		if (at === key) return h.value;
		if (!at.startsWith(`${key}/`)) continue;
		const below = pathOf(h.place).slice(depth);
		out = putAt(out, below, h.value);
	}
	return out;
}

function putAt(doc: Value | undefined, path: readonly Value[], value: Value): Value | undefined {
	const [key, ...rest] = path;
	if (key === undefined) return value;
	if (key === "-" || typeof key === "number") {
		const list: Value[] = Array.isArray(doc) ? doc.slice() : [];
		// What is somewhere in it is there once.
		const isThere = key === "-" && rest.length === 0 && list.some((x) => equal(x, value));
		if (isThere || list.length >= 1024) return list;
		const i = key === "-" ? (rest.length === 0 ? list.length : 0) : typeof key === "number" && key < 1024 ? key : 0;
		const inner = putAt(list[i], rest, value);
		if (inner === undefined || i > list.length) return doc;
		list[i] = inner;
		return list;
	}
	const below = putAt(valueAt(doc, [key]), rest, value);
	if (below === undefined) return doc;
	return edited(doc ?? {}, { op: "add", path: [key], value: below }) ?? doc;
}
