/**
 * What OPA's compiler does to bodies once their variables have names: calls inside terms become expressions of
 * their own, and references and comprehensions that are operands are evaluated before. Each step goes through all
 * modules before the next begins, because the numbers of the variables it makes tell where it was.
 * Source of the rules: OPA v1/ast/compile.go, from RewriteTemplateStrings to RewriteTestRulesForTracing.
 */

import { isNumber } from "../value/value.ts";
import {
	array,
	type Body,
	builtinName,
	type Comprehension,
	constant,
	Expr,
	equation,
	object,
	type Rule,
	reference,
	set,
	sides,
	type Term,
	variable,
	type With,
} from "./nodes.ts";
import { walkBody, walkTerm } from "./walk.ts";

/** A fresh name at every call. */
export type Fresh = () => string;

/** Whether the body is the `true` of a rule without one: `not true`, or `true` with modifiers, is no such (to OPA it is). */
function isTrue(b: Body): boolean {
	const only = b.length === 1 ? b[0] : undefined;
	if (only?.what.kind !== "term" || only.negated || only.with.length > 0) return false;
	return only.what.term.kind === "value" && only.what.term.value === true;
}

/** Where only `true` stands, it gives way. */
export function append(b: Body, more: readonly Expr[]): Body {
	if (more.length === 0) return b;
	return isTrue(b) ? more : [...b, ...more];
}

function local(fresh: Fresh, t: Term): readonly [Term, Expr] {
	const v = variable(fresh(), t.place);
	const e = equation(v, t, t.place);
	e.generated = true;
	return [v, e];
}

function requiresEval(t: Term): boolean {
	switch (t.kind) {
		case "ref":
		case "comprehension":
		case "call":
		case "template":
			return true;
		case "array":
		case "set":
			return t.items.some(requiresEval);
		case "object":
			return t.entries.some(([k, v]) => requiresEval(k) || requiresEval(v));
		default:
			return false;
	}
}

// --- template strings and prints ---------------------------------------------------------------

/** Whether a reference is to a rule that is always defined. */
export type IsDefined = (t: Term) => boolean;

export class Templates {
	readonly #fresh: Fresh;
	readonly #isDefined: IsDefined;

	constructor(fresh: Fresh, isDefined: IsDefined) {
		this.#fresh = fresh;
		this.#isDefined = isDefined;
	}

	body(b: Body): void {
		for (const e of b) this.#expr(e);
	}

	#expr(e: Expr): void {
		const w = e.what;
		switch (w.kind) {
			case "term":
				w.term = this.term(w.term);
				break;
			case "call":
				w.args = w.args.map(this.term);
				break;
			case "every":
				w.domain = this.term(w.domain);
				this.body(w.body);
				break;
			case "not":
				this.body(w.body);
				break;
			default:
				this.body(w.left);
				this.body(w.right);
		}
		for (const x of e.with) x.value = this.term(x.value);
	}

	readonly term = (t: Term): Term => {
		switch (t.kind) {
			case "ref":
				t.terms = t.terms.map(this.term);
				return t;
			case "array":
				return array(t.items.map(this.term), t.place);
			case "set":
				return set(t.items.map(this.term), t.place);
			case "object":
				return object(
					t.entries.map(([k, v]) => [this.term(k), this.term(v)] as const),
					t.place,
				);
			case "comprehension":
				this.body(t.body);
				if (t.key !== undefined) t.key = this.term(t.key);
				t.term = this.term(t.term);
				return t;
			case "call":
				t.args = t.args.map(this.term);
				return t;
			case "template":
				return this.#template(t);
			default:
				return t;
		}
	};

	#template(t: Term & { readonly kind: "template" }): Term {
		const captures: Expr[] = [];
		const items = t.parts.map((p): Term => {
			if (typeof p === "string") return { kind: "value", value: p, place: t.place };
			const w = p.what;
			const inner: Term =
				w.kind === "call"
					? { kind: "call", operator: w.operator, args: w.args, place: undefined }
					: w.kind === "term"
						? w.term
						: { kind: "value", value: true, place: p.place };
			if (
				inner.kind === "value" &&
				(typeof inner.value !== "object" || inner.value === null || isNumber(inner.value))
			) {
				return inner;
			}
			if (inner.kind === "var" || (inner.kind === "ref" && this.#isDefined(inner))) return set([inner], inner.place);
			const v = variable(this.#fresh(), inner.place);
			const capture = equation(v, inner, inner.place);
			capture.with = p.with;
			captures.push(capture);
			return { kind: "comprehension", of: "set", key: undefined, term: v, body: [capture], place: inner.place };
		});
		// Those inside come after all of this one's own.
		this.body(captures);
		const name: Term = { kind: "value", value: "template_string", place: undefined };
		const operator = reference([variable("internal"), name]);
		return { kind: "call", operator, args: [array(items)], place: t.place };
	}
}

/** Bodies of the comprehensions in a term changed, inner ones first. */
export function changeBodiesIn(t: Term, change: (b: Body) => Body): void {
	walkTerm(t, (x) => {
		if (x.kind !== "comprehension") return false;
		x.body = change(x.body);
		if (x.key !== undefined) changeBodiesIn(x.key, change);
		changeBodiesIn(x.term, change);
		return true;
	});
}

/** `print(a, b)` as `internal.print([{x | x = a}, {y | y = b}])`; inner bodies first. */
export function rewritePrints(b: Body, fresh: Fresh): Body {
	for (const e of b) eachInnerBody(e, (inner) => rewritePrints(inner, fresh));
	for (const e of b) {
		const w = e.what;
		if (w.kind !== "call") continue;
		const name = builtinName(w.operator);
		if (name !== "print" && name !== "internal.print") continue;
		const args = w.args.map((a): Term => {
			const v = variable(fresh(), a.place);
			const capture = equation(v, a, a.place);
			return { kind: "comprehension", of: "set", key: undefined, term: v, body: [capture], place: a.place };
		});
		// A print stands alone, whatever is written at it.
		e.negated = false;
		e.with = [];
		e.what = {
			kind: "call",
			operator: reference([variable("internal"), { kind: "value", value: "print", place: undefined }]),
			args: [array(args, e.place)],
		};
	}
	return b;
}

/** A body without its prints; of nothing but prints, `true` is left. */
export function withoutPrints(b: Body): Body {
	for (const e of b) changeInnerBodies(e, withoutPrints);
	const kept = b.filter(({ what }) => {
		if (what.kind !== "call") return true;
		const name = builtinName(what.operator);
		return name !== "print" && name !== "internal.print";
	});
	const [first] = b;
	if (kept.length > 0 || first === undefined) return kept;
	return [new Expr({ kind: "term", term: constant(true) }, first.place)];
}

/** Bodies directly inside an expression. */
export function eachInnerBody(e: Expr, visit: (b: Body) => void): void {
	changeInnerBodies(e, (b) => {
		visit(b);
		return b;
	});
}

function changeInnerBodies(e: Expr, change: (b: Body) => Body): void {
	const w = e.what;
	const inTerm = (t: Term): void => changeBodiesIn(t, change);
	switch (w.kind) {
		case "term":
			inTerm(w.term);
			break;
		case "call":
			w.args.forEach(inTerm);
			break;
		case "every":
			inTerm(w.domain);
			w.body = change(w.body);
			break;
		case "not":
			w.body = change(w.body);
			break;
		default:
			w.left = change(w.left);
			w.right = change(w.right);
	}
	for (const x of e.with) inTerm(x.value);
}

// --- calls inside terms ------------------------------------------------------------------------

export class TakeApart {
	readonly #fresh: Fresh;

	constructor(fresh: Fresh) {
		this.#fresh = fresh;
	}

	head(r: Rule): void {
		const term = (t: Term): Term => {
			const support: Expr[] = [];
			const out = this.#term(t, support);
			r.body = append(r.body, support);
			return out;
		};
		if (r.args !== undefined) r.args = r.args.map(term);
		if (r.key !== undefined) r.key = term(r.key);
		if (r.value !== undefined) r.value = term(r.value);
	}

	body(b: Body): Body {
		return b.flatMap((e) => this.#expr(e));
	}

	#expr(e: Expr): readonly Expr[] {
		const out: Expr[] = [];
		for (const w of e.with) w.value = this.#term(w.value, out);
		const w = e.what;
		const inside = (support: readonly Expr[]): void => {
			if (e.with.length > 0) for (const x of support) x.with = e.with;
			out.push(...support);
		};
		switch (w.kind) {
			case "term": {
				const support: Expr[] = [];
				w.term = this.#term(w.term, support);
				inside(support);
				break;
			}
			case "call":
				w.args = w.args.map((t) => {
					const support: Expr[] = [];
					const rest = this.#term(t, support);
					connect(e, support);
					inside(support);
					return rest;
				});
				break;
			case "every": {
				const [v, assignment] = local(this.#fresh, w.domain);
				assignment.with = e.with;
				out.push(...this.#expr(assignment));
				w.domain = v;
				w.body = this.body(w.body);
				break;
			}
			case "not":
				w.body = this.body(w.body);
				break;
			default:
				w.left = this.body(w.left);
				w.right = this.body(w.right);
		}
		out.push(e);
		return out;
	}

	#term(t: Term, support: Expr[]): Term {
		const inner = (x: Term): Term => this.#term(x, support);
		switch (t.kind) {
			case "call": {
				const args = t.args.map(inner);
				const out = variable(this.#fresh(), t.place);
				const e = new Expr({ kind: "call", operator: t.operator, args: [...args, out] }, t.place);
				e.generated = true;
				support.push(e);
				return out;
			}
			case "ref": {
				t.terms = t.terms.map(inner);
				const head = t.terms[0];
				if (head === undefined || head.kind === "var" || head.kind === "ref") return t;
				if (head.kind === "value" && (typeof head.value !== "object" || head.value === null)) return t;
				const [v, assignment] = local(this.#fresh, head);
				support.push(assignment);
				t.terms = [v, ...t.terms.slice(1)];
				return t;
			}
			case "array":
				return array(t.items.map(inner), t.place);
			case "set":
				return set(t.items.map(inner), t.place);
			case "object":
				return object(
					t.entries.map(([k, v]) => [inner(k), inner(v)] as const),
					t.place,
				);
			case "comprehension":
				this.#comprehension(t);
				return t;
			default:
				return t;
		}
	}

	#comprehension(t: Comprehension): void {
		const own = (x: Term): Term => {
			const support: Expr[] = [];
			const out = this.#term(x, support);
			t.body = append(t.body, support);
			return out;
		};
		if (t.key !== undefined) t.key = own(t.key);
		t.term = own(t.term);
		t.body = this.body(t.body);
	}
}

function connect(parent: Expr, children: readonly Expr[]): void {
	for (const c of children) {
		c.generatedFrom = parent;
		parent.generates.push(c);
	}
}

// --- terms of comprehensions, heads, with ------------------------------------------------------

export function rewriteComprehensions(heads: readonly Term[], b: Body, fresh: Fresh): void {
	const rewrite = (t: Term): boolean => {
		if (t.kind !== "comprehension") return false;
		const hold = (x: Term): Term => {
			if (!requiresEval(x)) return x;
			const [v, e] = local(fresh, x);
			t.body = append(t.body, [e]);
			return v;
		};
		if (t.key !== undefined) t.key = hold(t.key);
		t.term = hold(t.term);
		return false;
	};
	for (const t of heads) walkTerm(t, rewrite);
	walkBody(b, rewrite);
}

export function rewriteHead(r: Rule, fresh: Fresh): void {
	const hold = (t: Term): Term => {
		if (!requiresEval(t)) return t;
		const [v, e] = local(fresh, t);
		r.body = append(r.body, [e]);
		return v;
	};
	if (r.key !== undefined) r.key = hold(r.key);
	if (r.value !== undefined) r.value = hold(r.value);
	if (r.args !== undefined) r.args = r.args.map(hold);
}

/** Values of `with` that have to be evaluated are, before and outside of the expression; functions are named. */
export function rewriteWiths(b: Body, replacement: (w: With) => Term | undefined, fresh: Fresh): Body {
	const own = b.flatMap((e) => {
		const before: Expr[] = [];
		for (const w of e.with) {
			const named = replacement(w);
			if (named !== undefined) {
				w.value = named;
				continue;
			}
			if (!requiresEval(w.value)) continue;
			const [v, assignment] = local(fresh, w.value);
			before.push(assignment);
			w.value = v;
		}
		return [...before, e];
	});
	for (const e of own) changeInnerBodies(e, (inner) => rewriteWiths(inner, replacement, fresh));
	return own;
}

/** `a == b` is a unification, in rules. */
export function rewriteEquals(b: Body): void {
	for (const e of b) {
		const w = e.what;
		if (w.kind === "call" && w.args.length === 2 && builtinName(w.operator) === "equal") {
			w.operator = reference([variable("eq")]);
		}
		eachInnerBody(e, rewriteEquals);
	}
}

// --- dynamic terms -----------------------------------------------------------------------------

/** References and comprehensions inside operands become variables, evaluated just before. */
export class Dynamics {
	readonly #fresh: Fresh;

	constructor(fresh: Fresh) {
		this.#fresh = fresh;
	}

	body(b: Body): Body {
		const out: Expr[] = [];
		for (const e of b) {
			const w = e.what;
			switch (w.kind) {
				case "term":
					w.term = this.#stays(e, w.term, out);
					break;
				case "call":
					if (sides(e) !== undefined) w.args = w.args.map((t) => this.#stays(e, t, out));
					else w.args = w.args.map((t) => this.#one(e, t, out));
					break;
				case "every":
					w.domain = this.#one(e, w.domain, out);
					w.body = this.body(w.body);
					break;
				case "not":
					w.body = this.body(w.body);
					break;
				default:
					w.left = this.body(w.left);
					w.right = this.body(w.right);
			}
			out.push(e);
		}
		return out;
	}

	/** A term that is compared, or is the expression: only what it is made of is evaluated before. */
	#stays(e: Expr, t: Term, out: Expr[]): Term {
		if (t.kind === "ref") {
			t.terms = t.terms.map((x, i) => (i === 0 ? x : this.#one(e, x, out)));
			return t;
		}
		if (t.kind === "comprehension") {
			t.body = this.body(t.body);
			return t;
		}
		return this.#one(e, t, out);
	}

	#one(e: Expr, t: Term, out: Expr[]): Term {
		const inner = (x: Term): Term => this.#one(e, x, out);
		switch (t.kind) {
			case "ref":
				t.terms = t.terms.map((x, i) => (i === 0 ? x : inner(x)));
				return this.#hold(e, t, out);
			case "comprehension":
				t.body = this.body(t.body);
				return this.#hold(e, t, out);
			case "array":
				return array(t.items.map(inner), t.place);
			case "set":
				return set(t.items.map(inner), t.place);
			case "object":
				return object(
					t.entries.map(([k, v]) => [inner(k), inner(v)] as const),
					t.place,
				);
			default:
				return t;
		}
	}

	#hold(e: Expr, t: Term, out: Expr[]): Term {
		const [v, assignment] = local(this.#fresh, t);
		assignment.with = e.with;
		out.push(assignment);
		connect(e, [assignment]);
		return v;
	}
}

/** Sides of equations in tests become variables, so that a trace knows their values. */
export function rewriteTestEqualities(b: Body, fresh: Fresh): Body {
	const out: Expr[] = [];
	for (const e of b) {
		const w = e.what;
		if (!e.negated && !e.generated) {
			if (w.kind === "call" && sides(e) !== undefined) {
				w.args = w.args.map((t) => {
					if (t.kind !== "ref" && t.kind !== "comprehension") return t;
					const [v, assignment] = local(fresh, t);
					assignment.with = e.with;
					out.push(assignment);
					connect(e, [assignment]);
					return v;
				});
			} else if (w.kind === "every") w.body = rewriteTestEqualities(w.body, fresh);
		}
		out.push(e);
	}
	return isTrue(b) ? b : out;
}
