/**
 * What OPA's evaluator works on: terms, and expressions that have been taken apart, so that a call is an
 * expression of its own and every other term is a value, a variable, a reference or a comprehension. Nodes are
 * made from syntax trees (from-syntax.ts) and rewritten in place (rewrite.ts); once a rule is evaluated, they
 * no longer change. What is ground is one `Value`.
 */

import { at } from "../at.ts";
import type { Source } from "../location.ts";
import { ObjectBuilder, RegoSet } from "../value/collections.ts";
import { isArray, type Value } from "../value/value.ts";
import { compareTerms } from "./order-of-terms.ts";

/** Where a node stands in a text. */
export interface Place {
	readonly source: Source;
	readonly start: number;
	readonly end: number;
}

/** A ground value. */
export interface Constant {
	readonly kind: "value";
	readonly value: Value;
	readonly place: Place | undefined;
}

export interface Variable {
	readonly kind: "var";
	readonly name: string;
	readonly place: Place | undefined;
}

/** `head[a][b]`; the head is a variable, `input` or `data`. Before calls are taken out, any term. */
export interface Reference {
	readonly kind: "ref";
	terms: Term[];
	readonly place: Place | undefined;
}

export interface List {
	readonly kind: "array" | "set";
	readonly items: readonly Term[];
	readonly place: Place | undefined;
}

export interface Entries {
	readonly kind: "object";
	readonly entries: readonly (readonly [Term, Term])[];
	readonly place: Place | undefined;
}

export interface Comprehension {
	readonly kind: "comprehension";
	readonly of: "array" | "set" | "object";
	/** The key, of objects. */
	key: Term | undefined;
	/** What is collected; of objects, the value. */
	term: Term;
	body: Body;
	readonly place: Place | undefined;
}

/** A call inside a term: gone once calls are taken out. */
export interface Call {
	readonly kind: "call";
	readonly operator: Reference;
	args: Term[];
	readonly place: Place | undefined;
}

/** A template string, of texts and expressions: gone once they are calls of internal.template_string. */
export interface Template {
	readonly kind: "template";
	readonly parts: readonly (string | Expr)[];
	readonly place: Place | undefined;
}

export type Term = Constant | Variable | Reference | List | Entries | Comprehension | Call | Template;

export interface TermExpr {
	readonly kind: "term";
	term: Term;
}

export interface CallExpr {
	readonly kind: "call";
	operator: Reference;
	args: Term[];
}

export interface Every {
	readonly kind: "every";
	readonly key: Term;
	readonly value: Term;
	domain: Term;
	body: Body;
}

/** `not` under its improved meaning. */
export interface Not {
	readonly kind: "not";
	body: Body;
	readonly explicit: boolean;
}

export interface Logical {
	readonly kind: "and" | "or";
	left: Body;
	right: Body;
	readonly explicitLeft: boolean;
	readonly explicitRight: boolean;
}

export type ExprKind = TermExpr | CallExpr | Every | Not | Logical;

export interface With {
	readonly target: Reference;
	value: Term;
}

export class Expr {
	what: ExprKind;
	/** The plain `not`. */
	negated: boolean;
	with: readonly With[];
	readonly place: Place | undefined;
	/** It was `x := …`. */
	readonly assigns: boolean;
	/** Made by the compiler. */
	generated = false;
	/** Its position in its body. */
	index = 0;
	generatedFrom: Expr | undefined;
	readonly generates: Expr[] = [];

	constructor(
		what: ExprKind,
		place: Place | undefined,
		options: { negated?: boolean; with?: readonly With[]; assigns?: boolean } = {},
	) {
		this.what = what;
		this.place = place;
		this.negated = options.negated ?? false;
		this.with = options.with ?? [];
		this.assigns = options.assigns ?? false;
	}

	/** Without its `not` and its `with`s. */
	complement(): Expr {
		const out = new Expr(this.what, this.place);
		out.generated = this.generated;
		out.generatedFrom = this.generatedFrom;
		return out;
	}
}

export type Body = readonly Expr[];

/** A definition, or one of its else branches. */
export interface Rule {
	/** `data`, the package and the rule's own ref. */
	readonly path: readonly Term[];
	/** How much of the path is the package's. */
	readonly packageLength: number;
	/** The last part of its ref, where that is a name: what OPA calls the rule. */
	readonly name: string;
	readonly default: boolean;
	/** Written with `:=`. */
	readonly assign: boolean;
	/** One value for the whole rule, at a path that stands fast: its first match may be enough. */
	readonly complete: boolean;
	/** The last part of a ref of two, where OPA takes it for the key of an object. */
	readonly pairKey: Term | undefined;
	args: readonly Term[] | undefined;
	/** The member, of rules that make sets. */
	key: Term | undefined;
	/** Undefined of sets. */
	value: Term | undefined;
	body: Body;
	/** The next else branch. */
	readonly else: Rule | undefined;
	readonly place: Place;
	readonly headPlace: Place;
}

export const eq = "eq";

export function constant(value: Value, place?: Place): Constant {
	return { kind: "value", value, place };
}

/** The items of an array that is written or known. */
export function itemsOf(t: Term): readonly Term[] | undefined {
	if (t.kind === "array") return t.items;
	return t.kind === "value" && isArray(t.value) ? t.value.map((v) => constant(v)) : undefined;
}

export function variable(name: string, place?: Place): Variable {
	return { kind: "var", name, place };
}

export function reference(terms: Term[], place?: Place): Reference {
	return { kind: "ref", terms, place };
}

export function array(items: readonly Term[], place?: Place): Term {
	const values = grounds(items);
	return values === undefined ? { kind: "array", items, place } : constant(values, place);
}

/** Items in order, each once. */
export function set(items: readonly Term[], place?: Place): Term {
	const values = grounds(items);
	if (values !== undefined) return constant(RegoSet.of(values), place);
	const sorted = [...items].sort(compareTerms);
	const unique = sorted.filter((t, i) => i === 0 || compareTerms(at(sorted, i - 1), t) !== 0);
	return { kind: "set", items: unique, place };
}

/** Entries in order of their keys; of equal keys the last counts. */
export function object(entries: readonly (readonly [Term, Term])[], place?: Place): Term {
	if (entries.every(([k, v]) => k.kind === "value" && v.kind === "value")) {
		const out = new ObjectBuilder();
		for (const [k, v] of entries) if (k.kind === "value" && v.kind === "value") out.set(k.value, v.value);
		return constant(out.finish(), place);
	}
	const sorted = [...entries].sort((a, b) => compareTerms(a[0], b[0]));
	const unique = sorted.filter(([k], i) => {
		const next = sorted[i + 1];
		return next === undefined || compareTerms(k, next[0]) !== 0;
	});
	return { kind: "object", entries: unique, place };
}

function grounds(items: readonly Term[]): Value[] | undefined {
	const out: Value[] = [];
	for (const t of items) {
		if (t.kind !== "value") return undefined;
		out.push(t.value);
	}
	return out;
}

/** `a = b`. */
export function equation(a: Term, b: Term, place: Place | undefined, assigns = false): Expr {
	const operator = reference([variable(eq)]);
	return new Expr({ kind: "call", operator, args: [a, b] }, place, { assigns });
}

/** The two sides of an equation, or undefined. */
export function sides(e: Expr): readonly [Term, Term] | undefined {
	const w = e.what;
	if (w.kind !== "call" || w.args.length !== 2 || w.operator.terms.length !== 1) return undefined;
	const [head] = w.operator.terms;
	if (head?.kind !== "var" || head.name !== eq) return undefined;
	const [a, b] = w.args;
	return a === undefined || b === undefined ? undefined : [a, b];
}

/** What a builtin is called, of its operator; undefined for a rule's path. */
export function builtinName(operator: Reference): string | undefined {
	const [head, ...rest] = operator.terms;
	if (head?.kind !== "var" || head.name === "data") return undefined;
	let out = head.name;
	for (const t of rest) {
		if (t.kind !== "value" || typeof t.value !== "string") return undefined;
		out += `.${t.value}`;
	}
	return out;
}

export function isRoot(t: Term | undefined, name: "data" | "input"): boolean {
	return t?.kind === "var" && t.name === name;
}

/** Whether there is no variable in it, roots of references and what comprehensions hold aside. */
export function isGround(t: Term): boolean {
	switch (t.kind) {
		case "value":
		case "comprehension":
			return true;
		case "var":
		case "template":
			return false;
		case "ref":
			return t.terms.every((x, i) => (i === 0 && x.kind === "var" ? isRootName(x.name) : isGround(x)));
		case "array":
		case "set":
			return t.items.every(isGround);
		case "object":
			return t.entries.every(([k, v]) => isGround(k) && isGround(v));
		default:
			return t.args.every(isGround);
	}
}

export function isRootName(name: string): boolean {
	return name === "data" || name === "input";
}
