/**
 * Collections that comprehensions and partial rules make: why something is not in them that should be, or is in
 * them that should not.
 */
import { at } from "../at.ts";
import type { EvalContext } from "../eval/context.ts";
import { scan } from "../eval/runtime.ts";
import type { Block } from "../plan/plan.ts";
import { isCollection } from "../value/access.ts";
import { objectEntries, objectGet, RegoSet } from "../value/collections.ts";
import { equal } from "../value/compare.ts";
import { isArray, isObject, type Value } from "../value/value.ts";
import { type Blame, giving, type Leaf, noBlame, plus, told, unexplored } from "./blame.ts";
import { breakPath } from "./breaks.ts";
import type { End } from "./definitions.ts";
import { endsAlike } from "./distance.ts";
import { leafDiffers, slack } from "./equality.ts";
import type { Frame } from "./frame.ts";
import { type Comparison, type Goal, holds, meets, sizeOf } from "./goal.ts";
import type { EndStmt } from "./interpreter.ts";
import type { Relaxer } from "./relaxer.ts";
import { type Expected, noSiblings, type Siblings } from "./siblings.ts";
import { literal, type Place, placeKey, step, type Traced } from "./source.ts";
import { bindEntry } from "./statements.ts";

/** A body that yields members or entries. */
export interface Producer {
	readonly block: Block;
	readonly into: number;
	readonly frame: () => Frame;
}

/** Derivations of one member that are looked at. */
const mostDerivations = 8;
/** Entries that are looked at for those that give nothing. */
const mostEntries = 512;
/** Near misses and members that are looked at. */
const mostMembers = 32;

export function collectionReason(
	r: Relaxer,
	c: EvalContext,
	producers: readonly Producer[],
	now: Traced | undefined,
	goal: Goal,
	bound: number,
	document: readonly Place[],
): Blame {
	switch (goal.is) {
		case "true":
		case "defined":
			return now === undefined ? r.leaf({ kind: "false", policies: document }) : giving(now);
		case "with":
			return withEntry(r, c, producers, goal.key, goal.goal, bound, document);
		case "size":
			return now === undefined ? unexplored : ofSize(r, c, producers, now, goal.how, goal.to, bound, document);
		case "equal":
			return now === undefined ? unexplored : asWanted(r, c, producers, now, goal.to, bound);
		case "compared":
			if (now === undefined) return unexplored;
			return r.leaf({ kind: "differs", policies: document, actual: now.value, expected: goal.to.value });
	}
}

/** The cheapest way to something at a key. */
function withEntry(
	r: Relaxer,
	c: EvalContext,
	producers: readonly Producer[],
	key: Traced,
	goal: Goal,
	bound: number,
	document: readonly Place[],
): Blame {
	let best = unexplored;
	const { loc } = r;
	for (const p of producers) {
		r.loc = loc;
		const one = r.relax(c, p.frame(), p.block, 0, entryEnd(r, p.into, key, goal), Math.min(bound, best.cost));
		if (one.cost < best.cost) best = one;
		if (best.cost === 0) break;
	}
	r.loc = loc;
	if (best.cost === Number.POSITIVE_INFINITY && producers.length === 0) {
		return r.leaf({ kind: "member", policies: document, expected: key.value });
	}
	return best;
}

/** The end of a path that yields something at a key. */
function entryEnd(r: Relaxer, into: number, key: Traced, goal: Goal): End {
	return {
		into,
		exact: (c, f, s) => {
			const made = yielded(r, c, f, s);
			return made !== undefined && equal(made.key, key.value) && meets(made.value.value, goal) ? made.value : undefined;
		},
		blame: (c, f, s, bound) => {
			if (s === undefined || s.op === "return") return unexplored;
			const wanted: Goal = { is: "equal", to: key };
			if (s.op === "yield-member") return r.blame(c, f, s.value, wanted, bound);
			const first = s.path[0];
			if (first === undefined) return unexplored;
			const named = r.blame(c, f, first, wanted, bound);
			if (named.cost >= bound) return unexplored;
			// Deeper paths are not looked into.
			if (s.path.length > 1 || s.member) return named;
			return plus(named, r.blame(c, f, s.value, goal, bound - named.cost));
		},
	};
}

/** What an end yields: the member is its own key. */
function yielded(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	s: EndStmt | undefined,
): { readonly key: Value; readonly value: Traced } | undefined {
	if (s === undefined || s.op === "return") return undefined;
	const value = r.exact(c, f, s.value);
	if (value === undefined) return undefined;
	if (s.op === "yield-member") return { key: value.value, value };
	const key = s.path[0] === undefined ? undefined : r.exact(c, f, s.path[0]);
	return key === undefined ? undefined : { key: key.value, value };
}

function ofSize(
	r: Relaxer,
	c: EvalContext,
	producers: readonly Producer[],
	now: Traced,
	how: Comparison,
	to: number,
	bound: number,
	document: readonly Place[],
): Blame {
	const size = sizeOf(now.value);
	if (size === undefined) return r.leaf({ kind: "shape", policies: document, actual: now.value });
	// The nearest size that is as wanted.
	let fewer = size;
	while (fewer >= 0 && !holds(fewer, how, to)) fewer--;
	let more = size;
	while (more <= size + mostMembers && !holds(more, how, to)) more++;
	let best = unexplored;
	if (fewer >= 0) best = without(r, c, producers, now, size - fewer, bound);
	if (holds(more, how, to)) {
		const other = withMore(r, c, producers, now, more - size, Math.min(bound, best.cost), document);
		if (other.cost < best.cost) best = other;
	}
	return best;
}

/** Members that should not be there: the cheapest to be rid of. */
function without(
	r: Relaxer,
	c: EvalContext,
	producers: readonly Producer[],
	now: Traced,
	n: number,
	bound: number,
): Blame {
	const { loc } = r;
	const each: Blame[] = [];
	scan(now.value, (key, value) => {
		r.loc = loc;
		const position = isArray(now.value) && typeof key === "number" ? key : undefined;
		each.push(breakMember(r, c, producers, now.value instanceof RegoSet ? value : key, value, bound, position));
		return each.length >= mostMembers;
	});
	r.loc = loc;
	return cheapest(each, n, bound);
}

function cheapest(each: readonly Blame[], n: number, bound: number): Blame {
	if (each.length < n) return unexplored;
	let total = noBlame;
	for (const b of [...each].sort((a, b) => a.cost - b.cost).slice(0, n)) total = merged(total, b);
	return total.cost >= bound ? unexplored : total;
}

/** Both; what is to blame for both counts once. */
function merged(a: Blame, b: Blame): Blame {
	const fresh = b.leaves.filter((x) => !a.leaves.some((y) => y.loc === x.loc && sameInputs(x.inputs, y.inputs)));
	const double = b.leaves.filter((x) => !fresh.includes(x)).reduce((sum, x) => sum + x.cost, 0);
	return plus(a, { ...b, leaves: fresh, cost: b.cost - double });
}

function sameInputs(a: readonly Place[], b: readonly Place[]): boolean {
	return (
		a.length === b.length && a.every((p, i) => p === b[i] || (p.key === at(b, i).key && p.parent === at(b, i).parent))
	);
}

/** Why a member is there that should not be: each of its derivations has to fail. */
function breakMember(
	r: Relaxer,
	c: EvalContext,
	producers: readonly Producer[],
	key: Value,
	value: Value,
	bound: number,
	/** Of a list: the member that is meant of those that are the same. */
	position?: number,
): Blame {
	let total = noBlame;
	let yields = 0;
	for (const p of producers) {
		const paths: { readonly c: EvalContext; readonly f: Frame }[] = [];
		const f = p.frame();
		const end: End = {
			into: p.into,
			exact: (x, g, s) => {
				const made = yielded(r, x, g, s);
				const isOther = made !== undefined && position !== undefined && yields++ !== position;
				if (
					made !== undefined &&
					!isOther &&
					(equal(made.key, key) || equal(made.value.value, value)) &&
					equal(made.value.value, value)
				) {
					paths.push({ c: x, f: g.copy() });
				}
				return paths.length >= mostDerivations ? made?.value : undefined;
			},
			blame: () => unexplored,
		};
		r.holds(c, f, p.block, 0, end);
		for (const path of paths) {
			total = merged(total, breakPath(r, path.c, path.f, p.block, value, bound - total.cost));
			if (total.cost >= bound) return unexplored;
		}
	}
	return total;
}

/** Members that are missing: the nearest misses of those that would have given some. */
function withMore(
	r: Relaxer,
	c: EvalContext,
	producers: readonly Producer[],
	now: Traced,
	n: number,
	bound: number,
	document: readonly Place[],
): Blame {
	const misses: Blame[] = [];
	const { loc } = r;
	for (const p of producers) {
		r.loc = loc;
		misses.push(...nearMisses(r, c, p, now, bound));
	}
	r.loc = loc;
	if (misses.length >= n) return cheapest(misses, n, bound);
	return r.leaf({ kind: "empty", policies: document, actual: now.value, note: `${n} more are wanted` });
}

/** By the entries of its first collection: what kept each from giving a member. */
function nearMisses(r: Relaxer, c: EvalContext, p: Producer, now: Traced, bound: number): Blame[] {
	const isNew: End = {
		into: p.into,
		exact: (x, g, s) => {
			const made = yielded(r, x, g, s);
			if (made === undefined) return undefined;
			return isArray(now.value) || !contains(now.value, made.key) ? made.value : undefined;
		},
		blame: (x, g, s, left) => {
			if (s === undefined || s.op === "return") return unexplored;
			const made = yielded(r, x, g, s);
			// What is there already adds nothing.
			if (made !== undefined && !isArray(now.value) && contains(now.value, made.key)) return unexplored;
			return r.blame(x, g, s.value, { is: "defined" }, left);
		},
	};
	const first = p.block.findIndex((s) => s.op === "scan");
	const s = p.block[first];
	if (s?.op !== "scan" || first < 0) return explored([r.relax(c, p.frame(), p.block, 0, isNew, bound)]);
	const f = p.frame();
	// What stands before it is done first, as far as it goes.
	let before = noBlame;
	const source = ((): Traced | undefined => {
		let found: Traced | undefined;
		r.tried(() =>
			r.p.block(c, f, p.block.slice(0, first), 0, () => {
				found = r.exact(c, f, s.source);
				return true;
			}),
		);
		return found;
	})();
	if (source === undefined || !isCollection(source.value)) {
		before = r.relax(c, p.frame(), p.block, 0, isNew, bound);
		return explored([before]);
	}
	const out: Blame[] = [];
	scan(source.value, (key, value) => {
		const g = f.copy();
		g.set(s.key, key, step(source.from, key));
		g.set(s.value, value, step(source.from, key));
		const fresh = r.holds(c, g.copy(), p.block, first + 1, anyYield(p.into));
		if (fresh !== undefined) return false;
		out.push(r.relax(c, g, p.block, first + 1, isNew, bound));
		return out.length >= mostMembers;
	});
	return explored(out);
}

function explored(list: readonly Blame[]): Blame[] {
	return list.filter((b) => b.cost !== Number.POSITIVE_INFINITY && b.cost > 0);
}

function anyYield(into: number): End {
	return { into, exact: () => ({ value: true, from: literal }), blame: () => unexplored };
}

function contains(collection: Value, key: Value): boolean {
	if (collection instanceof RegoSet) return collection.has(key);
	return (
		typeof collection === "object" &&
		collection !== null &&
		isObject(collection) &&
		objectGet(collection, key) !== undefined
	);
}

/** A collection that should be another: what is too much in it, and what is missing. */
function asWanted(
	r: Relaxer,
	c: EvalContext,
	producers: readonly Producer[],
	now: Traced,
	wanted: Traced,
	bound: number,
): Blame {
	const whole = leafDiffers(r, now, wanted);
	const apart = apartOf(now.value, wanted.value);
	if (apart === undefined) return whole;
	const { surplus, lacking } = apart;
	if (surplus.length + lacking.length > mostMembers) return whole;
	// Where each that is too much may be one that is missing, that is what is to say.
	const isOneSided = surplus.length === 0 || lacking.length === 0;
	const most = Math.min(bound, whole.cost + (isOneSided ? slack : 0));
	const { loc } = r;
	const outer = r.siblings;
	let total = noBlame;
	try {
		let idle: readonly Traced[] = [];
		if (lacking.length > 0) {
			({ siblings: r.siblings, idle } = needed(r, c, producers, wanted.value));
		}
		// Where none is left over, that is all there is to say.
		if ([...r.siblings.expected.values()].some((e) => e.isGap)) return whole;
		for (const [k, v] of lacking) {
			const key: Traced = { value: k, from: step(wanted.from, k) };
			const goal: Goal = { is: "equal", to: { value: v, from: key.from } };
			r.loc = loc;
			total = plus(total, withEntry(r, c, producers, key, goal, most - total.cost, []));
			if (total.cost >= most) return idle.length === lacking.length ? instead(r, idle, lacking, wanted, whole) : whole;
		}
	} finally {
		r.siblings = outer;
	}
	// What is replaced is no longer too much.
	for (const [k, v] of surplus.slice(lacking.length)) {
		r.loc = loc;
		const position = isArray(now.value) && typeof k === "number" ? k : undefined;
		total = plus(total, breakMember(r, c, producers, k, v, most - total.cost, position));
		if (total.cost >= most) return whole;
	}
	r.loc = loc;
	return total.cost === 0 ? whole : { ...total, value: wanted };
}

type Entry = readonly [key: Value, value: Value];

/** What one collection has and another of its kind has not, and the other way round. */
function apartOf(
	now: Value,
	wanted: Value,
): { readonly surplus: readonly Entry[]; readonly lacking: readonly Entry[] } | undefined {
	if (typeof now !== "object" || typeof wanted !== "object" || now === null || wanted === null) return undefined;
	if (isArray(now) && isArray(wanted)) return listsApart(now, wanted);
	const entries = (v: Extract<Value, object>): readonly Entry[] | undefined => {
		if (v instanceof RegoSet) return v.sorted().map((m) => [m, m] as const);
		return isObject(v) ? objectEntries(v) : undefined;
	};
	const there = entries(now);
	const should = entries(wanted);
	if (there === undefined || should === undefined) return undefined;
	const isIn = (of: Extract<Value, object>, [k, v]: Entry): boolean => {
		if (of instanceof RegoSet) return of.has(v);
		const x = isObject(of) ? objectGet(of, k) : undefined;
		return x !== undefined && equal(x, v);
	};
	return { surplus: there.filter((e) => !isIn(wanted, e)), lacking: should.filter((e) => !isIn(now, e)) };
}

/** Elements without those at both ends that are the same; the members of lists are told by their values. */
function listsApart(now: readonly Value[], wanted: readonly Value[]): ReturnType<typeof apartOf> {
	const { start, end } = endsAlike(now, wanted);
	return {
		surplus: now.slice(start, now.length - end).map((v, i) => [start + i, v] as const),
		lacking: wanted.slice(start, wanted.length - end).map((v) => [v, v] as const),
	};
}

/**
 * Entries that give something that is wanted: what gives it again, or gives nothing, is not needed. It is likely to be
 * what should give what is missing.
 */
function needed(
	r: Relaxer,
	c: EvalContext,
	producers: readonly Producer[],
	wanted: Value,
): { readonly siblings: Siblings; readonly idle: readonly Traced[] } {
	const unused: Traced[] = [];
	const taken = new Map<string, number>();
	const expected = new Map<string, Expected>();
	const seen = new RegoSet();
	for (const p of producers) {
		const [s] = p.block;
		const of = s?.op === "scan" ? r.exact(c, p.frame(), s.source) : undefined;
		if (s?.op !== "scan" || of?.from.kind !== "place" || !isArray(of.value) || of.value.length > mostEntries) continue;
		const list = of.value;
		const idle = new Set(list.keys());
		const end: End = {
			into: p.into,
			exact: (x, g, end) => {
				const made = yielded(r, x, g, end);
				const from = g.slots[s.value]?.from;
				if (made === undefined || from?.kind !== "place" || seen.has(made.value.value)) return undefined;
				if (!has(wanted, made.value.value)) return undefined;
				seen.add(made.value.value);
				taken.set(placeKey(from), 1);
				if (typeof from.key === "number") idle.delete(from.key);
				return undefined;
			},
			blame: () => unexplored,
		};
		r.holds(c, p.frame(), p.block, 0, end);
		const f = p.frame();
		const left = [...idle].filter((i) => {
			bindEntry(f, s, of, i, at(list, i));
			return !isFiltered(r, c, f.copy(), p.block);
		});
		const [index] = left;
		unused.push(...left.map((i) => ({ value: at(list, i), from: step(of.from, i) })));
		expected.set(placeKey(of.from), { index: index ?? of.value.length, isGap: index === undefined });
	}
	return { siblings: { ...noSiblings, taken, expected }, idle: unused };
}

/** What gives nothing stands where something should that gives what is missing. */
function instead(r: Relaxer, idle: readonly Traced[], lacking: readonly Entry[], wanted: Traced, whole: Blame): Blame {
	let total = noBlame;
	for (const [i, one] of idle.entries()) {
		const [key, value] = at(lacking, i);
		total = plus(total, leafDiffers(r, one, { value, from: step(wanted.from, key) }));
	}
	const [first, ...others] = total.leaves;
	const [also] = whole.leaves;
	if (first === undefined || also === undefined) return whole;
	// What is missing may be put beside it as well.
	const both: Leaf = { ...told(first), remedies: [...first.remedies, ...also.remedies] };
	return { ...whole, leaves: [both, ...others] };
}

/** Whether a check says no to an entry, and not that something is missing in it. */
function isFiltered(r: Relaxer, c: EvalContext, f: Frame, block: Block): boolean {
	for (const s of block.slice(1)) {
		if (s.op === "let") {
			const v = r.exact(c, f, s.value);
			if (v === undefined) return false;
			f.bind(s.local, v, undefined);
		} else if (s.op === "test") {
			const v = r.exact(c, f, s.value);
			if (v === undefined) return false;
			if (v.value === false) return true;
		} else if (s.op === "not" && r.tried(() => r.p.block(c, f.copy(), s.body, 0, () => true)) === true) return true;
	}
	return false;
}

function has(collection: Value, value: Value): boolean {
	if (isArray(collection)) return collection.some((v) => equal(v, value));
	return collection instanceof RegoSet && collection.has(value);
}
