/** Two values that should be the same. */
import { at } from "../at.ts";
import type { EvalContext } from "../eval/context.ts";
import type { Expression } from "../plan/plan.ts";
import { isCollection } from "../value/access.ts";
import { objectGet, objectKeys, RegoSet } from "../value/collections.ts";
import { equal } from "../value/compare.ts";
import { isArray, isNumber, isObject, type ObjectValue, type Value } from "../value/value.ts";
import { type Blame, type Hint, isUnknown, plus, type Remedy } from "./blame.ts";
import { distance, partsApart } from "./distance.ts";
import { valueAt } from "./edit.ts";
import type { Frame, Via } from "./frame.ts";
import { isDefined } from "./goal.ts";
import { inversions } from "./invert.ts";
import type { LeafParts } from "./lazy-leaf.ts";
import { cheapestSide, explainable, makerOf } from "./makers.ts";
import type { Relaxer } from "./relaxer.ts";
import { resized } from "./sizes.ts";
import {
	inputsOf,
	isInputPlace,
	isOfInput,
	literal,
	type Place,
	pathOf,
	policiesOf,
	step,
	type Traced,
} from "./source.ts";

/** `left == right` is false or undefined. */
export function equalReason(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: { readonly left: Expression; readonly right: Expression },
	bound: number,
): Blame {
	const yes: Traced = { value: true, from: literal };
	const [x, y] = [r.exact(c, f, e.left), r.exact(c, f, e.right)];
	// What is known says what the other would have to be.
	const a = r.blame(c, f, e.left, y === undefined || x !== undefined ? isDefined : { is: "equal", to: y }, bound);
	const b = r.blame(
		c,
		f,
		e.right,
		x === undefined || y !== undefined ? isDefined : { is: "equal", to: x },
		bound - a.cost,
	);
	const both = plus(a, b);
	const { value: left } = a;
	const { value: right } = b;
	if (
		x === undefined ||
		y === undefined ||
		left === undefined ||
		right === undefined ||
		isUnknown(left) ||
		isUnknown(right)
	) {
		const hints = [...both.hints];
		for (const [e1, v, other] of [
			[e.left, left, y],
			[e.right, right, x],
		] as const) {
			if (v === undefined || other === undefined || !isUnknown(v)) continue;
			if (v.from?.kind === "place") hints.push({ place: v.from, value: other.value });
			for (const m of inversions(r, c, f, e1, other.value)) {
				if (m.value !== undefined) hints.push({ place: m.place, value: m.value });
			}
			hints.push(...countHints(r, c, f, e1, e1 === e.left ? e.right : e.left));
		}
		return { ...both, hints, value: yes };
	}
	if (equal(left.value, right.value)) return { ...both, value: yes };
	const ofNothing = [...madeOfNothing(r, c, f, e.left, right), ...madeOfNothing(r, c, f, e.right, left)];
	if (ofNothing.length > 0) {
		// What nothing is made of is to blame itself, where no other part of the expression is.
		const { place, value } = at(ofNothing, 0);
		const missing = { kind: "missing" as const, inputs: [place], expected: value };
		const lacking = both.cost > 0 ? both : r.leaf({ ...missing, remedies: [{ op: "add", place, value }] });
		return { ...lacking, hints: [...both.hints, ...ofNothing], value: yes };
	}
	const more = (): readonly Remedy[] => [
		...inversions(r, c, f, e.left, right.value),
		...inversions(r, c, f, e.right, left.value),
		...asMany(r, c, f, e.left, e.right),
		...asMany(r, c, f, e.right, e.left),
	];
	const ofScalars = isOfScalars(r, c, f, e.left) && isOfScalars(r, c, f, e.right);
	const leaf = leafDiffers(r, left, right, more, ofScalars);
	const isMade = isCollection(left.value) && isCollection(right.value);
	const best = isMade
		? refined(r, c, f, [e.left, e.right], [left, right], leaf, bound - both.cost)
		: cheaper(
				leaf,
				cheapestSide(r, c, f, [e.left, e.right], [left, right], "==", Math.min(bound, leaf.cost) - both.cost),
			);
	return plus(both, { ...best, value: yes });
}

/** Whether a value is no size, sum or other number of a collection. */
function isOfScalars(r: Relaxer, c: EvalContext, f: Frame, e: Expression): boolean {
	const made = makerOf(c, f, e);
	if (made.e.op !== "builtin") return made.e.op !== "call" && made.e.op !== "rule";
	return made.e.args.every((a) => {
		const v = r.exact(made.c, made.f, a);
		return v !== undefined && !isCollection(v.value);
	});
}

/** What a comprehension makes of something that is not there: that would have to be what is wanted of it. */
function madeOfNothing(r: Relaxer, c: EvalContext, f: Frame, e: Expression, { value }: Traced): readonly Hint[] {
	const made = makerOf(c, f, e);
	const s = made.e.op === "collect" ? made.e.body[0] : undefined;
	const list = value instanceof RegoSet ? value.sorted() : isArray(value) ? value : undefined;
	if (s?.op !== "scan" || list === undefined) return [];
	const of = r.blame(made.c, made.f, s.source, isDefined, Number.POSITIVE_INFINITY).value;
	return of !== undefined && isUnknown(of) && isInputPlace(of.from) ? [{ place: of.from, value: list }] : [];
}

function cheaper(a: Blame, b: Blame): Blame {
	return b.cost < a.cost ? b : a;
}

/** What a refined explanation may cost more than that two collections differ. */
export const slack = 0.8;

/** Which element is too much, or missing, says more than that two collections differ. */
function refined(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	[e1, e2]: readonly [Expression, Expression],
	[left, right]: readonly [Traced, Traced],
	whole: Blame,
	bound: number,
): Blame {
	let best = whole;
	for (const [x, to] of [
		[e1, right],
		[e2, left],
	] as const) {
		if (!explainable(r, c, f, x)) continue;
		const most = best === whole ? whole.cost + slack : best.cost;
		const one = r.blame(c, f, x, { is: "equal", to }, Math.min(bound, most));
		// What costs the same says the same.
		if (one.cost < most && Math.abs(one.cost - whole.cost) > 1e-9) best = one;
	}
	return best === whole ? whole : { ...best, cost: Math.min(best.cost, whole.cost) };
}

/** The operand of `count(…)`. */
function counted(r: Relaxer, c: EvalContext, f: Frame, e: Expression): Via | undefined {
	const made = makerOf(c, f, e);
	if (made.e.op !== "builtin" || r.p.builtin(made.e.builtin).name !== "count") return undefined;
	const [of] = made.e.args;
	return of === undefined ? undefined : { c: made.c, f: made.f, e: of };
}

/** The list of the input, where a comparison is one of its size. */
export function resizedBy(r: Relaxer, c: EvalContext, f: Frame, e: Expression): Place | undefined {
	if (e.op !== "equal") return undefined;
	for (const side of [e.left, e.right]) {
		const of = counted(r, c, f, side);
		const list = of === undefined ? undefined : r.exact(of.c, of.f, of.e);
		if (list !== undefined && isInputPlace(list.from) && isArray(list.value)) return list.from;
	}
	return undefined;
}

/** Where two collections should be of one size, one of them may be wanted as it is. */
function asMany(r: Relaxer, c: EvalContext, f: Frame, e: Expression, other: Expression): readonly Remedy[] {
	const of = counted(r, c, f, e);
	const like = counted(r, c, f, other);
	const list = of === undefined ? undefined : r.exact(of.c, of.f, of.e);
	const wanted = like === undefined ? undefined : r.exact(like.c, like.f, like.e);
	if (list === undefined || !isInputPlace(list.from)) return [];
	const out: Remedy[] = wanted === undefined ? [] : [{ op: "replace", place: list.from, value: wanted.value }];
	const size = r.exact(c, f, other)?.value;
	return typeof size === "number" ? [...out, ...resized(list, "==", size)] : out;
}

/** The same, where one of them is not there. */
function countHints(r: Relaxer, c: EvalContext, f: Frame, e: Expression, other: Expression): Hint[] {
	const of = counted(r, c, f, e);
	const like = counted(r, c, f, other);
	const wanted = like === undefined ? undefined : r.exact(like.c, like.f, like.e);
	if (of === undefined || wanted === undefined) return [];
	const { value } = r.blame(of.c, of.f, of.e, isDefined, Number.POSITIVE_INFINITY);
	return value?.from?.kind === "place" ? [{ place: value.from, value: wanted.value }] : [];
}

/** A part in which two values differ. */
export interface Diff {
	readonly place: Place | undefined;
	/** The place holds this very value, and not one that it was made into. */
	readonly direct: boolean;
	readonly kind: "differs" | "surplus" | "lacking";
	readonly actual: Value | undefined;
	readonly expected: Value | undefined;
	/** Position of what is lacking, in what was made. */
	readonly gap?: number;
}

const mostDiffs = 12;

/** The cause that two values differ; what is of the input is the actual one. */
export function leafDiffers(
	r: Relaxer,
	left: Traced,
	right: Traced,
	more: () => readonly Remedy[] = () => [],
	/** Numbers among them were made of numbers and texts. */
	ofScalars = false,
): Blame {
	const swap = rank(right) > rank(left);
	const [actual, expected] = swap ? [right, left] : [left, right];
	const apart = Math.max(1, partsApart(actual.value, expected.value));
	// A number says little by itself where it was made of the input.
	const isBare = !ofScalars && isNumber(actual.value) && !isInputPlace(actual.from) && !isInputPlace(expected.from);
	const base = apart + distance(actual.value, expected.value) / 2 + (isBare ? 0.9 : 0);
	const from = [actual.from, expected.from];
	return r.lazyLeaf({ kind: "differs", base, value: expected }, from, () => differing(actual, expected, more()));
}

function differing(actual: Traced, expected: Traced, more: readonly Remedy[]): LeafParts {
	const diffs = differences(actual, expected);
	const refined = diffs.flatMap((d) => (isInputPlace(d.place) ? [d.place] : []));
	const direct = isInputPlace(actual.from) ? [actual.from] : [];
	// Where several parts differ, what they are all in says more than each of them.
	const whole = refined.length > 1 ? commonPlace(refined) : undefined;
	const single = diffs.length === 1 ? diffs[0] : undefined;
	const isPart = single?.kind === "differs" && single.place !== undefined;
	const remedies: Remedy[] = diffs.flatMap((d): Remedy[] => {
		if (!isInputPlace(d.place) || !d.direct) return [];
		if (d.kind === "surplus") return [{ op: "remove", place: d.place, value: undefined }];
		return [{ op: d.kind === "lacking" ? "add" : "replace", place: d.place, value: d.expected }];
	});
	const directs = remedies.length;
	if (whole !== undefined) {
		const value = valueAt(
			expected.value,
			pathOf(whole).slice(isInputPlace(actual.from) ? pathOf(actual.from).length : 0),
		);
		if (value !== undefined && isInputPlace(actual.from)) remedies.push({ op: "replace", place: whole, value });
	}
	if (isInputPlace(actual.from)) remedies.push({ op: "replace", place: actual.from, value: expected.value });
	if (isInputPlace(expected.from)) remedies.push({ op: "replace", place: expected.from, value: actual.value });
	// Where a value was made of one place, that place may be what the value should be.
	const guesses: Remedy[] = diffs.flatMap((d): Remedy[] => {
		if (!isInputPlace(d.place) || d.direct) return [];
		if (d.kind === "surplus") return [{ op: "remove", place: d.place, value: undefined }];
		if (d.kind === "lacking") return fillings(d.place, d);
		return [{ op: "replace", place: d.place, value: d.expected }];
	});
	return {
		kind: "differs",
		made: isPart ? !single.direct : !isInputPlace(actual.from),
		inputs: [
			...(whole === undefined ? [] : [whole]),
			...refined.slice(0, 3),
			...(refined.length === 0 ? direct : []),
			...inputsOf(actual.from),
			...inputsOf(expected.from),
		],
		policies: [...policiesOf(expected.from), ...policiesOf(actual.from)],
		parts: diffs.flatMap((d) => (isInputPlace(d.place) ? [{ ...d, place: d.place }] : [])),
		actual: isPart ? single.actual : actual.value,
		expected: isPart ? single.expected : expected.value,
		...(single !== undefined && single.kind !== "differs" ? { note: single.kind } : {}),
		remedies: [...(whole === undefined ? remedies : remedies.slice(directs)), ...more, ...guesses],
	};
}

/** What is lacking in something that was made of a list: in its place, or at the end. */
function fillings(list: Place, { gap, expected }: Diff): Remedy[] {
	const at = gap === undefined ? undefined : step(list, gap);
	const end = step(list, "-");
	return [
		...(at?.kind === "place"
			? [
					{ op: "add" as const, place: at, value: expected },
					{ op: "replace" as const, place: at, value: expected },
				]
			: []),
		...(end.kind === "place" ? [{ op: "add" as const, place: end, value: expected }] : []),
	];
}

/** The deepest place that all of them are in. */
export function commonPlace(places: readonly Place[]): Place | undefined {
	const ancestors = (p: Place): Place[] => {
		const out: Place[] = [];
		for (let x: Place | undefined = p; x !== undefined; x = x.parent) out.push(x);
		return out.reverse();
	};
	const [first, ...others] = places.map(ancestors);
	let common: Place | undefined;
	for (const [i, p] of (first ?? []).entries()) {
		const isCommon = others.every((o) => o[i] !== undefined && o[i].root === p.root && (i === 0 || o[i].key === p.key));
		if (!isCommon) break;
		common = p;
	}
	return common?.parent === undefined ? undefined : common;
}

/** How much a value is of the input. */
function rank(v: Traced): number {
	if (isInputPlace(v.from)) return 2;
	return isOfInput(v.from) ? 1 : 0;
}

/** Where two values differ, as deep as it can be said. */
export function differences(actual: Traced, expected: Traced): readonly Diff[] {
	const out: Diff[] = [];
	compareParts(actual, expected, out, 0);
	return out;
}

function compareParts(a: Traced, b: Traced, out: Diff[], depth: number): void {
	if (out.length >= mostDiffs || equal(a.value, b.value)) return;
	const place = placeOf(a);
	const direct = isInputPlace(a.from);
	const x = a.value;
	const y = b.value;
	if (depth < 16 && isArray(x) && isArray(y)) {
		if (x.length === y.length) {
			for (const [i, v] of x.entries()) compareParts(part(a, i, v), part(b, i, y[i] ?? null), out, depth + 1);
			return;
		}
		const i = x.findIndex((v, at) => y[at] === undefined || !equal(v, y[at]));
		let first = i < 0 ? x.length : i;
		const isOne = Math.abs(x.length - y.length) === 1;
		if (isOne && x.length > y.length && alike(x.slice(first + 1), y.slice(first))) {
			// The first of several that are equal is meant.
			while (first > 0 && equal(x[first - 1] ?? null, x[first] ?? null)) first--;
			const extra = placeOf({ value: x[first] ?? null, from: step(a.from, first) });
			out.push({ place: extra ?? place, direct, kind: "surplus", actual: x[first], expected: undefined });
		} else if (isOne && x.length < y.length && alike(x.slice(first), y.slice(first + 1))) {
			const gap = step(a.from, first);
			out.push({
				direct,
				place: gap.kind === "place" ? gap : place,
				kind: "lacking",
				actual: undefined,
				expected: y[first],
				gap: first,
			});
		} else out.push({ place, direct, kind: "differs", actual: x, expected: y });
		return;
	}
	if (x instanceof RegoSet && y instanceof RegoSet) {
		compareSets(a, x, b, y, out, depth);
		return;
	}
	if (depth < 16 && isRecord(x) && isRecord(y)) {
		for (const k of objectKeys(x)) {
			const v = objectGet(x, k);
			const w = objectGet(y, k);
			if (v === undefined) continue;
			if (w !== undefined) compareParts(part(a, k, v), part(b, k, w), out, depth + 1);
			else if (out.length < mostDiffs) {
				out.push({
					place: placeOf(part(a, k, v)) ?? place,
					direct: isInputPlace(part(a, k, v).from),
					kind: "surplus",
					actual: v,
					expected: undefined,
				});
			}
		}
		for (const k of objectKeys(y)) {
			if (out.length >= mostDiffs || objectGet(x, k) !== undefined) continue;
			const gap = step(a.from, k);
			out.push({
				direct,
				place: gap.kind === "place" ? gap : place,
				kind: "lacking",
				actual: undefined,
				expected: objectGet(y, k),
			});
		}
		return;
	}
	out.push({ place, direct, kind: "differs", actual: x, expected: y });
}

function compareSets(a: Traced, x: RegoSet, b: Traced, y: RegoSet, out: Diff[], depth: number): void {
	const surplus = x.sorted().filter((m) => !y.has(m));
	const lacking = y.sorted().filter((m) => !x.has(m));
	for (const m of surplus) {
		if (out.length >= mostDiffs) return;
		// The member it should have been, if there is one.
		const nearest = lacking.map((w) => ({ w, d: distance(m, w) })).sort((p, q) => p.d - q.d)[0];
		if (nearest === undefined) {
			out.push({ place: placeOf(part(a, m, m)), direct: false, kind: "surplus", actual: m, expected: undefined });
			continue;
		}
		lacking.splice(lacking.indexOf(nearest.w), 1);
		compareParts(part(a, m, m), part(b, nearest.w, nearest.w), out, depth + 1);
	}
	for (const m of lacking) {
		if (out.length < mostDiffs)
			out.push({ place: placeOf(a), direct: false, kind: "lacking", actual: undefined, expected: m });
	}
}

function isRecord(v: Value): v is ObjectValue {
	return typeof v === "object" && v !== null && isObject(v);
}

function part(of: Traced, key: Value, value: Value): Traced {
	return { value, from: step(of.from, key) };
}

function alike(a: readonly Value[], b: readonly Value[]): boolean {
	return a.length === b.length && a.every((v, i) => equal(v, b[i] ?? null));
}

/** The place in the input that a value is from, or that all it was made of is in. */
function placeOf(v: Traced): Place | undefined {
	if (v.from.kind === "place") return v.from;
	const inputs = inputsOf(v.from);
	// What was made of several parts of one thing is of that.
	return inputs.length < 2 ? inputs[0] : commonPlace(inputs);
}
