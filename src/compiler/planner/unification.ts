/**
 * Unification, decided at compile time. A pattern is a term with unbound variables in array or
 * object positions; everything else is a value. Pattern against value destructures, pattern against
 * pattern goes element by element (in whatever order makes both sides known), value against value
 * is a test.
 */
import { isWildcard, type Term } from "../../parser/ast.ts";
import { sortedEntries } from "../../parser/term-order.ts";
import type { Expression, Local, PlanLocation } from "../../plan/plan.ts";
import { equal } from "../../value/compare.ts";
import type { Value } from "../../value/value.ts";
import { allVars } from "../syntax/vars.ts";
import type { BodyPlanner } from "./body.ts";
import { groundValue, planningError } from "./context.ts";

/** Whether unifying with the term would bind something: an unbound variable, or a literal holding one. */
export function hasUnbound(p: BodyPlanner, t: Term): boolean {
	switch (t.kind) {
		case "var":
			return t.name !== "input" && t.name !== "data" && !p.isBound(t.name);
		case "array":
			for (const i of t.items) if (hasUnbound(p, i)) return true;
			return false;
		case "object":
			for (const entry of t.entries) if (hasUnbound(p, entry[1])) return true;
			return false;
		default:
			return false;
	}
}

type Pair = readonly [Term, Term];

/** Plans a = b; false where nothing is known of variables on both sides. */
export function unify(p: BodyPlanner, a: Term, b: Term, loc: PlanLocation): boolean {
	let pending = unifyPair(p, a, b, undefined, loc);
	while (pending.length > 0) {
		const before = pending;
		pending = before.flatMap((pair) => unifyPair(p, pair[0], pair[1], pair, loc));
		if (pending.length === before.length && pending.every((pair, i) => pair === before[i])) return false;
	}
	return true;
}

const settled: readonly Pair[] = [];

/**
 * Plans what can be planned of a pair; the pairs within it, or itself, of which neither side is known yet.
 * `pair` is the two together where they have been put together before.
 */
function unifyPair(p: BodyPlanner, a: Term, b: Term, pair: Pair | undefined, loc: PlanLocation): readonly Pair[] {
	const ua = hasUnbound(p, a);
	const ub = hasUnbound(p, b);
	if ((!ua && neverMatches(p, a)) || (!ub && neverMatches(p, b))) return fail(p, a, b);
	if (!ua && !ub) {
		const left = p.term(a);
		const right = p.term(b);
		p.emit({ op: "test", value: { op: "equal", left, right }, loc });
		return settled;
	}
	const literals = a.kind === "array" && b.kind === "array";
	if (ua && !ub && !literals) {
		unifyValue(p, a, p.term(b), loc);
		return settled;
	}
	if (!ua && !literals) {
		unifyValue(p, b, p.term(a), loc);
		return settled;
	}
	if (literals) {
		if (a.items.length !== b.items.length) return fail(p, a, b);
		return a.items.flatMap((x, i) => unifyPair(p, x, b.items[i] as Term, undefined, loc));
	}
	if (a.kind === "object" && b.kind === "object") {
		const pairs = pairEntries(a.entries, b.entries);
		return pairs === undefined ? fail(p, a, b) : pairs.flatMap((x) => unifyPair(p, x[0], x[1], x, loc));
	}
	return a.kind !== "var" && b.kind !== "var" ? fail(p, a, b) : [pair ?? [a, b]];
}

/** What can never be equal. */
function fail(p: BodyPlanner, a: Term, b: Term): readonly Pair[] {
	bindNothing(p, a);
	bindNothing(p, b);
	return settled;
}

/** Whether a term by itself matches nothing: a composite may. */
function neverMatches(p: BodyPlanner, t: Term): boolean {
	const composite = t.kind === "array" || t.kind === "set" || t.kind === "object";
	return composite && matchesNothing(p, t, new Set());
}

/** Values of equal keys, or undefined when the key sets differ. Keys of patterns are constants. */
function pairEntries(
	a: readonly (readonly [Term, Term])[],
	b: readonly (readonly [Term, Term])[],
): readonly (readonly [Term, Term])[] | undefined {
	if (a.length !== b.length) return undefined;
	const out: (readonly [Term, Term])[] = [];
	for (const [ka, va] of a) {
		const x = groundValue(ka);
		const other = b.find(([kb]) => {
			const y = groundValue(kb);
			return x === undefined || y === undefined ? sameVariable(ka, kb) : equal(x as Value, y as Value);
		});
		if (other === undefined) return undefined;
		out.push([va, other[1]]);
	}
	return out;
}

function sameVariable(a: Term, b: Term): boolean {
	return a.kind === "var" && b.kind === "var" && a.name === b.name;
}

/** Plans pattern = value, where making the value may have bound the pattern's variables. */
export function unifyValue(p: BodyPlanner, pattern: Term, value: Expression, loc: PlanLocation): void {
	if (hasUnbound(p, pattern)) bindTerm(p, pattern, value);
	else p.emit({ op: "test", value: { op: "equal", left: value, right: p.term(pattern) }, loc });
}

/**
 * Whether a pattern has a set or a key with a variable that nothing before it binds. It matches no value
 * then: OPA does not look into sets and for keys. `known` collects what has been bound.
 */
export function matchesNothing(p: BodyPlanner, t: Term, known: Set<string>, inside = false): boolean {
	switch (t.kind) {
		case "var":
			if (inside) return hasUnbound(p, t) && !known.has(t.name);
			known.add(t.name);
			return false;
		case "array":
		case "set":
			return t.items.some((i) => matchesNothing(p, i, known, inside || t.kind === "set"));
		case "object":
			// OPA fills in all keys of an object, then it looks at the values in the order of the keys.
			return (
				t.entries.some(([k]) => matchesNothing(p, k, known, true)) ||
				sortedEntries(t).some(([, v]) => matchesNothing(p, v, known, inside))
			);
		default:
			return false;
	}
}

/** Plans a failure. What follows is never reached, but it is planned, and finds the pattern's variables. */
export function bindNothing(p: BodyPlanner, t: Term): void {
	const loc = p.loc(t);
	p.emit({ op: "test", value: p.context.constant(false), loc });
	const names = new Set<string>();
	allVars(t, names);
	for (const name of names) {
		if (isWildcard(name) || p.isBound(name)) continue;
		p.emit({ op: "let", local: p.bind(name), value: p.context.constant(false), loc });
	}
}

/** Plans pattern = value for a pattern with unbound variables. */
export function bindTerm(p: BodyPlanner, pattern: Term, value: Expression): void {
	if (neverMatches(p, pattern)) bindNothing(p, pattern);
	else bindPattern(p, pattern, value);
}

function bindPattern(p: BodyPlanner, pattern: Term, value: Expression): void {
	const loc = p.loc(pattern);
	switch (pattern.kind) {
		case "var": {
			const slot = p.bind(pattern.name);
			// A wildcard binds nothing, but its value must be defined.
			p.emit({ op: "let", local: slot === -1 ? p.temp() : slot, value, loc });
			return;
		}
		case "array": {
			const later: [Term, Local][] = [];
			const elements = pattern.items.map((t) => elementSlot(p, t, later));
			p.emit({ op: "unpack-array", value, elements, loc });
			bindElements(p, later);
			return;
		}
		case "object": {
			const later: [Term, Local][] = [];
			const keys = pattern.entries.map(([k]) => p.term(k));
			const entries = pattern.entries.map(([, t], i) => [keys[i] as Expression, elementSlot(p, t, later)] as const);
			p.emit({ op: "unpack-object", value, entries, loc });
			bindElements(p, later);
			return;
		}
		default:
			throw planningError(`${pattern.kind} is not a pattern`);
	}
}

/** Slot of one element: the variable's own where it is new, a temporary to look into otherwise. */
function elementSlot(p: BodyPlanner, t: Term, later: [Term, Local][]): Local {
	if (t.kind === "var" && hasUnbound(p, t)) return p.bind(t.name);
	const slot = p.temp();
	later.push([t, slot]);
	return slot;
}

function bindElements(p: BodyPlanner, later: readonly [Term, Local][]): void {
	for (const [t, slot] of later) {
		const value: Expression = { op: "local", local: slot };
		if (hasUnbound(p, t)) bindPattern(p, t, value);
		else unifyValue(p, t, value, p.loc(t));
	}
}
