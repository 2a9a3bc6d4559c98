/**
 * Unification, decided at compile time by going through it as OPA's evaluator does: left to right, deep
 * first, with what is bound by then. A term is open while a variable in it is unbound. A closed term is a
 * value; an open one against a value is taken apart; two open ones are put together part by part, and a
 * variable that meets an open term stands for it (BodyPlanner.alias) until that closes.
 *
 * References, calls and comprehensions have no open parts here: inside composites with unbound variables
 * they are evaluated before (hoist.ts). OPA does not look for bindings inside sets and keys of objects,
 * so one that is still open when it is met equals no value: that, and different lengths, kinds or keys, is all
 * that is ever planned as a failure.
 * Source of the rules: OPA v1/topdown/eval.go, biunify.
 */

import { at, at as elementAt, got } from "../../at.ts";
import { isWildcard, type ObjectTerm, type SetTerm, type Term } from "../../parser/ast.ts";
import { compareTerms, sortedEntries } from "../../parser/term-order.ts";
import type { Expression, Local, PlanLocation } from "../../plan/plan.ts";
import { constantValue } from "../syntax/constant-value.ts";
import { directVars } from "../syntax/vars.ts";
import type { BodyPlanner } from "./body.ts";
import { UnplannedTerm } from "./context.ts";
import { hoistAll, isComprehension, lentToClosures, mixesDynamics } from "./hoist.ts";

/** Whether the term's value is not known yet for an unbound variable in it. */
export function isOpen(p: BodyPlanner, t: Term): boolean {
	switch (t.kind) {
		case "var": {
			if (t.name === "input" || t.name === "data" || p.isBound(t.name)) return false;
			const alias = p.aliasOf(t.name);
			return alias === undefined || isOpen(p, alias);
		}
		case "array":
		case "set":
			for (const i of t.items) if (isOpen(p, i)) return true;
			return false;
		case "object":
			for (const [key, value] of t.entries) if (isOpen(p, key) || isOpen(p, value)) return true;
			return false;
		default:
			return false;
	}
}

/** What a variable stands for, where that is another term. */
function resolved(p: BodyPlanner, t: Term): Term {
	let term = t;
	while (term.kind === "var") {
		const alias = p.isBound(term.name) ? undefined : p.aliasOf(term.name);
		if (alias === undefined) return term;
		term = alias;
	}
	return term;
}

/** Plans a = b. */
export function unify(p: BodyPlanner, a: Term, b: Term, loc: PlanLocation): void {
	const lent = lentToClosures(p, [a, b]);
	if (lent.length > 0 || mixesDynamics(p, a) || mixesDynamics(p, b)) {
		const [left = a, right = b] = hoistAll(p, [a, b], (t) => p.hold(t), { compares: true, lent });
		unifyPair(p, left, right, loc);
	} else unifyPair(p, a, b, loc);
	p.settle(loc);
}

function unifyPair(p: BodyPlanner, x: Term, y: Term, loc: PlanLocation): void {
	const a = resolved(p, x);
	const b = resolved(p, y);
	const openA = isOpen(p, a);
	const openB = isOpen(p, b);
	if (!openA && !openB) {
		const [first, second] = refFirst(a, b);
		const left = p.term(first);
		p.emit({ op: "test", value: { op: "equal", left, right: p.term(second) }, loc });
	} else if (a.kind === "array" && b.kind === "array") {
		if (a.items.length !== b.items.length) fail(p, a, b);
		else for (const [i, item] of a.items.entries()) unifyPair(p, item, at(b.items, i), loc);
	} else if (a.kind === "object" && b.kind === "object" && (hasConstantKeys(a, b) || (openA && openB))) {
		unifyObjects(p, a, b, loc);
	} else if (!openB) matchValue(p, a, p.term(b), loc);
	else if (!openA) matchValue(p, b, p.term(a), loc);
	else if (a.kind === "var") {
		// A wildcard is whatever the other is, and stands for nothing.
		if (b.kind !== "var" || (a.name !== b.name && !isWildcard(b.name))) p.alias(a, b);
	} else if (b.kind === "var") p.alias(b, a);
	else if (a.kind === "set" && b.kind === "set") unifySets(p, a, b, loc);
	else fail(p, a, b);
}

/** Both sides of an equation: a reference is gone through before a comprehension, which may read what it binds. */
export function refFirst(a: Term, b: Term): readonly [Term, Term] {
	return b.kind === "ref" && isComprehension(a) ? [b, a] : [a, b];
}

function hasConstantKeys(...objects: readonly ObjectTerm[]): boolean {
	return objects.every((o) => o.entries.every(([key]) => constantValue(key) !== undefined));
}

type Entry = readonly [key: Term, value: Term];

function unifyObjects(p: BodyPlanner, a: ObjectTerm, b: ObjectTerm, loc: PlanLocation): void {
	const right = [...b.entries];
	const pairs: (readonly [Entry, Entry])[] = [];
	const alone: Entry[] = [];
	for (const entry of sortedEntries(a)) {
		const at = right.findIndex(([key]) => isSame(p, key, entry[0]));
		if (at < 0) alone.push(entry);
		else pairs.push([entry, elementAt(right.splice(at, 1), 0)]);
	}
	const left = alone[0];
	const other = right[0];
	if (left !== undefined || other !== undefined) {
		const rest = [...alone, ...right].map(([key]) => key);
		const known = (key: Term): boolean => constantValue(key) !== undefined;
		// An open key is none of a value's, and constants that have no partner find none.
		const hopeless =
			rest.some((key) => isOpen(p, key)) || (alone.every(([k]) => known(k)) && right.every(([k]) => known(k)));
		if (hopeless) {
			fail(p, a, b);
			return;
		}
		if (left === undefined || other === undefined || alone.length > 1 || right.length > 1) throw unplanned(p, a);
		// One computed key: it must be the one that is left, and not collapse with another.
		const key = { left: p.term(left[0]), right: p.term(other[0]) };
		p.emit({ op: "test", value: { op: "equal", ...key }, loc });
		for (const [[k]] of pairs) {
			const body = p.scoped(() =>
				p.emit({ op: "test", value: { op: "equal", left: key.left, right: p.term(k) }, loc }),
			);
			p.emit({ op: "not", body, loc });
		}
		pairs.push([left, other]);
	}
	for (const [[, x], [, y]] of pairs) unifyPair(p, x, y, loc);
}

/** Sets of which each has an open member: the open ones must be the same, and the others equal. */
function unifySets(p: BodyPlanner, a: SetTerm, b: SetTerm, loc: PlanLocation): void {
	const open = (s: SetTerm): Term[] => s.items.filter((t) => isOpen(p, t));
	const closed = (s: SetTerm): SetTerm => ({ ...s, items: s.items.filter((t) => !isOpen(p, t)) });
	const within = (list: readonly Term[], of: readonly Term[]): boolean =>
		list.every((x) => of.some((y) => isSame(p, x, y)));
	if (!within(open(a), open(b)) || !within(open(b), open(a))) {
		// Members such as [n, x] and [n, y] may turn out to be the same.
		if ([...open(a), ...open(b)].some((t) => resolved(p, t).kind !== "var")) throw unplanned(p, a);
		fail(p, a, b);
		return;
	}
	const left = p.term(closed(a));
	p.emit({ op: "test", value: { op: "equal", left, right: p.term(closed(b)) }, loc });
}

/** Whether two terms are the same as written, up to what variables stand for. */
function isSame(p: BodyPlanner, x: Term, y: Term): boolean {
	return compareTerms(resolved(p, x), resolved(p, y)) === 0;
}

function unplanned(p: BodyPlanner, t: Term): UnplannedTerm {
	const vars = new Set<string>();
	directVars(t, vars);
	const name = [...vars].find((n) => !p.isBound(n));
	return new UnplannedTerm(name ?? "_", t.start);
}

/** What can never be equal. */
function fail(p: BodyPlanner, ...terms: readonly Term[]): void {
	bindNothing(p, terms, p.loc(at(terms, 0)));
}

/** Plans a failure. What follows is never reached, but it is planned, and finds the terms' variables. */
export function bindNothing(p: BodyPlanner, terms: readonly Term[], loc: PlanLocation): void {
	p.emit({ op: "test", value: p.context.constant(false), loc });
	const names = new Set<string>();
	for (const t of terms) directVars(t, names);
	for (const name of names) {
		if (isWildcard(name) || name === "input" || name === "data" || p.isBound(name)) continue;
		p.emit({ op: "let", local: p.bind(name), value: p.context.constant(false), loc });
	}
}

/** Plans term = value, where making the value may have bound the term's variables. */
export function matchValue(p: BodyPlanner, term: Term, value: Expression, loc: PlanLocation): void {
	const t = resolved(p, term);
	if (!isOpen(p, t)) {
		p.emit({ op: "test", value: { op: "equal", left: value, right: p.term(t) }, loc });
		return;
	}
	switch (t.kind) {
		case "var": {
			const slot = p.bind(t.name);
			// A wildcard binds nothing, but its value must be defined.
			p.emit({ op: "let", local: slot === -1 ? p.temp() : slot, value, loc: p.loc(t) });
			return;
		}
		case "array": {
			const elements: Local[] = [];
			const inner = p.block(() => {
				for (const item of t.items) elements.push(matchPart(p, item));
			});
			p.emit({ op: "unpack-array", value, elements, loc: p.loc(t) });
			for (const s of inner) p.emit(s);
			return;
		}
		case "object": {
			if (t.entries.some(([key]) => isOpen(p, key))) {
				fail(p, t);
				return;
			}
			const keys = new Map(t.entries.map(([key]) => [key, p.term(key)] as const));
			const slots = new Map<Term, Local>();
			const inner = p.block(() => {
				for (const [key, part] of sortedEntries(t)) slots.set(key, matchPart(p, part));
			});
			const entries = t.entries.map(([key]) => [got(keys, key), got(slots, key)] as const);
			p.emit({ op: "unpack-object", value, entries, loc: p.loc(t) });
			for (const s of inner) p.emit(s);
			return;
		}
		default:
			fail(p, t);
	}
}

/** Slot of one part of a pattern: the variable's own where it is new, a temporary to look into otherwise. */
function matchPart(p: BodyPlanner, part: Term): Local {
	const t = resolved(p, part);
	if (t.kind === "var" && isOpen(p, t)) return p.bind(t.name);
	const slot = p.temp();
	matchValue(p, t, { op: "local", local: slot }, p.loc(t));
	return slot;
}
