/** Syntax trees, as they are once declared variables have names of their own, as what the evaluator works on. */

import { at, last } from "../at.ts";
import type { Source } from "../location.ts";
import type * as ast from "../parser/ast.ts";
import { dottedName } from "../parser/ast.ts";
import { assertNever } from "../value/value.ts";
import {
	array,
	type Body,
	constant,
	Expr,
	eq,
	equation,
	object,
	type Place,
	type Reference,
	reference,
	set,
	type Term,
	variable,
} from "./nodes.ts";

/** Names for variables of the compiler's own: those that stand for what nobody named, and further ones. */
export interface Names {
	/** The key of `some x in xs` and of `every x in xs`, numbered among the rule's own locals. */
	hidden(node: ast.SomeDecl | ast.Every): string;
}

export class FromSyntax {
	readonly #source: Source;
	readonly #names: Names;

	constructor(source: Source, names: Names) {
		this.#source = source;
		this.#names = names;
	}

	place(span: ast.Span): Place {
		return { source: this.#source, start: span.start, end: span.end };
	}

	readonly term = (t: ast.Term): Term => {
		const place = this.place(t);
		switch (t.kind) {
			case "scalar":
				return constant(t.value, place);
			case "var":
				return variable(t.name, place);
			case "ref":
				return this.reference(t);
			case "call":
				return { kind: "call", operator: this.reference(t.operator), args: t.args.map(this.term), place };
			case "array":
				return array(t.items.map(this.term), place);
			case "set":
				return set(t.items.map(this.term), place);
			case "object":
				return object(
					t.entries.map(([k, v]) => [this.term(k), this.term(v)] as const),
					place,
				);
			case "array-comprehension":
			case "set-comprehension": {
				const of = t.kind === "array-comprehension" ? "array" : "set";
				return { kind: "comprehension", of, key: undefined, term: this.term(t.term), body: this.body(t.body), place };
			}
			case "object-comprehension": {
				const body = this.body(t.body);
				return { kind: "comprehension", of: "object", key: this.term(t.key), term: this.term(t.value), body, place };
			}
			case "template-string":
				return { kind: "template", parts: t.parts.map((p) => (typeof p === "string" ? p : this.expr(p))), place };
			default:
				return assertNever(t, "term");
		}
	};

	reference(t: ast.Ref): Reference {
		return reference(t.terms.map(this.term), this.place(t));
	}

	body(b: ast.Body): Body {
		return b.map((e) => this.expr(e));
	}

	expr(e: ast.Expr): Expr {
		const place = this.place(e);
		const withs = e.with.map((w) => ({ target: this.#target(w.target), value: this.term(w.value) }));
		const options = { negated: e.negated, with: withs };
		const w = e.what;
		switch (w.kind) {
			case "term-expr": {
				const t = w.term;
				if (t.kind !== "call") return new Expr({ kind: "term", term: this.term(t) }, place, options);
				const name = dottedName(t.operator);
				const assigns = name === "assign" && t.args.length === 2;
				const operator = assigns ? reference([variable(eq)]) : this.reference(t.operator);
				return new Expr({ kind: "call", operator, args: t.args.map(this.term) }, place, { ...options, assigns });
			}
			case "some": {
				// Declarations are gone: this is `some … in`.
				const member = at(w.symbols, 0);
				if (member.kind !== "call") throw new Error("a declaration is left");
				const container = this.term(last(member.args));
				const patterns = member.args.slice(0, -1);
				const value = this.term(last(patterns));
				const key = patterns.length === 2 ? this.term(at(patterns, 0)) : variable(this.#names.hidden(w));
				const path = container.kind === "ref" ? [...container.terms, key] : [container, key];
				const out = equation(value, reference(path), place);
				out.with = withs;
				return out;
			}
			case "every": {
				const key = w.key === undefined ? variable(this.#names.hidden(w)) : this.term(w.key);
				const value = this.term(w.value);
				const domain = this.term(w.domain);
				return new Expr({ kind: "every", key, value, domain, body: this.body(w.body) }, place, options);
			}
			case "block":
				return new Expr({ kind: "not", body: this.body(w.body), explicit: w.braces }, place, { with: withs });
			case "logical": {
				const { op: kind, leftBraces: explicitLeft, rightBraces: explicitRight } = w;
				const [left, right] = [this.body(w.left), this.body(w.right)];
				return new Expr({ kind, left, right, explicitLeft, explicitRight }, place, options);
			}
			default:
				return assertNever(w, "expression");
		}
	}

	#target(t: ast.Term): Reference {
		const target = this.term(t);
		return target.kind === "ref" ? target : reference([target], target.place);
	}
}
