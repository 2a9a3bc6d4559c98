/**
 * Trees that are too high for the stack, made flat. Every stage after the parser walks trees by recursion; a term
 * of ten thousand nested brackets or operands would take all of the stack at the first of them. Here, and only
 * for modules and queries that have such trees, lower parts of a term become equations before its expression:
 *
 *     p := [[[[… x …]]]]     p := [[[v1]]] if { v1 = [[[v2]]]; …; vn = [[[x]]] }
 *
 * which means the same: a call or reference that has no value makes the expression undefined either way, and a
 * pattern is matched part by part. Long chains of `and` or `or` become balanced trees, which have the same operands in
 * the same order. Nothing here is recursive but over nested bodies, and of these the parser allows few.
 */

import { at } from "../../at.ts";
import {
	type Body,
	call,
	type Expr,
	type ExprKind,
	expr,
	type Head,
	type Logical,
	type Module,
	noWiths,
	type Rule,
	ref,
	scalar,
	type Term,
	termExpr,
	variable,
	type With,
} from "../../parser/ast.ts";
import { branchesOf } from "../../plan/else-chain.ts";
import { ObjectBuilder, RegoSet } from "../../value/collections.ts";
import type { Value } from "../../value/value.ts";

/** How the variables begin that stand for parts of terms: as no policy can write them. */
const prefix = "%deep";

/** Whether a variable stands for a part of a term that was too high. */
export function isCut(name: string): boolean {
	return name.startsWith(prefix);
}

/** How high terms may stay: the deeper bodies are nested, the lower. */
function allowed(bodies: number): number {
	return Math.max(3, Math.floor(80 / (bodies + 1)));
}

/** A module in which no tree is too high. */
export function shallowModule(m: Module): Module {
	return m.deep === true ? { ...m, rules: m.rules.map((r) => new Shallow().rule(r)) } : m;
}

/** A body of a query, likewise. */
export function shallowQuery(body: Body): Body {
	return body.some((e) => isHigh(e)) ? new Shallow().body(body, 0) : body;
}

/** Whether a tree is higher than all stages bear. */
function isHigh(root: Expr): boolean {
	const limit = 400;
	let level: unknown[] = [root];
	for (let height = 0; level.length > 0; height++) {
		if (height > limit * 3) return true;
		const next: unknown[] = [];
		for (const node of level) {
			for (const part of Object.values(node as object)) if (typeof part === "object" && part !== null) next.push(part);
		}
		level = next;
	}
	return false;
}

/** Steps of a reference that are taken at once. */
const longRef = 200;

/** A term whose parts are being gone through. */
interface Open {
	readonly term: Term;
	readonly parts: readonly Term[];
	readonly done: Term[];
	height: number;
}

class Shallow {
	#count = 0;
	/** Equations for the expression being rebuilt. */
	#equations: Expr[] = [];
	#bodies = 0;
	#with: readonly With[] = noWiths;

	rule(first: Rule): Rule {
		const chain = branchesOf(first);
		// The arguments are those of the first head, in every branch.
		this.#equations = [];
		const args = first.head.args?.map((t) => this.#term(t));
		const unpacked = this.#equations;
		let out: Rule | undefined;
		for (const r of chain.reverse()) out = this.#one(r, out, args, unpacked);
		return out ?? first;
	}

	#one(r: Rule, otherwise: Rule | undefined, args: Head["args"], unpacked: readonly Expr[]): Rule {
		if (r.default) {
			const { value } = r.head;
			return { ...r, head: { ...r.head, value: value === undefined ? undefined : constant(value) }, else: otherwise };
		}
		const body = this.body(r.body, 0);
		this.#equations = [];
		const { head } = r;
		const part = (t: Term): Term => this.#term(t);
		const flat: Head = {
			...head,
			ref: { ...head.ref, terms: head.ref.terms.map(part) },
			args: head.args === undefined ? undefined : args,
			key: head.key === undefined ? undefined : part(head.key),
			value: head.value === undefined ? undefined : part(head.value),
		};
		return { ...r, head: flat, body: [...body, ...unpacked, ...this.#equations], else: otherwise };
	}

	body(body: Body, bodies: number): Body {
		const outer = { equations: this.#equations, bodies: this.#bodies, withs: this.#with };
		this.#bodies = bodies;
		const out: Expr[] = [];
		for (const e of body) {
			this.#equations = [];
			this.#with = noWiths;
			const flat = this.#expr(e);
			out.push(...this.#equations, flat);
		}
		this.#equations = outer.equations;
		this.#bodies = outer.bodies;
		this.#with = outer.withs;
		return out;
	}

	#inner(body: Body): Body {
		return this.body(body, this.#bodies + 1);
	}

	#expr(e: Expr): Expr {
		const withs = e.with.map((w): With => ({ ...w, target: this.#term(w.target), value: this.#term(w.value) }));
		this.#with = withs;
		const what = this.#what(e.what);
		return expr(what, e.negated, withs, e.start, e.end);
	}

	#what(what: ExprKind): ExprKind {
		switch (what.kind) {
			case "term-expr":
				return termExpr(this.#whole(what.term));
			case "some":
				return { ...what, symbols: what.symbols.map((s) => this.#whole(s)) };
			case "every":
				return { ...what, domain: this.#term(what.domain), body: this.#inner(what.body) };
			case "logical":
				return this.#logical(what);
			case "block":
				return { ...what, body: this.#inner(what.body) };
		}
	}

	/** Operands of a chain of one operator, in the order in which they are written, as a balanced tree. */
	#logical(chain: Logical): Logical {
		const operands: { readonly body: Body; readonly braces: boolean }[] = [];
		let rest = chain;
		for (;;) {
			operands.push({ body: this.#inner(rest.right), braces: rest.rightBraces });
			const only = rest.left.length === 1 && !rest.leftBraces ? rest.left[0] : undefined;
			const plain = only !== undefined && !only.negated && only.with.length === 0;
			if (!plain || only.what.kind !== "logical" || only.what.op !== chain.op) break;
			rest = only.what;
		}
		operands.push({ body: this.#inner(rest.left), braces: rest.leftBraces });
		operands.reverse();
		const { op, start, end } = chain;
		const joined = (from: number, to: number): { readonly body: Body; readonly braces: boolean } => {
			if (to - from === 1) return at(operands, from);
			const middle = (from + to) >> 1;
			return { body: [expr(join(from, middle, to), false, noWiths, start, end)], braces: false };
		};
		const join = (from: number, middle: number, to: number): Logical => {
			const left = joined(from, middle);
			const right = joined(middle, to);
			return {
				kind: "logical",
				op,
				left: left.body,
				right: right.body,
				leftBraces: left.braces,
				rightBraces: right.braces,
				start,
				end,
			};
		};
		return join(0, operands.length >> 1, operands.length);
	}

	/** A term that is an expression: it stays one, its operands may be cut. */
	#whole(t: Term): Term {
		return t.kind === "call"
			? call(
					t.operator,
					t.args.map((a) => this.#term(a)),
					t.infix,
					t.start,
					t.end,
				)
			: this.#term(t);
	}

	#term(root: Term): Term {
		const most = allowed(this.#bodies);
		const open: Open[] = [this.#open(root)];
		for (;;) {
			const top = at(open, open.length - 1);
			if (top.done.length < top.parts.length) {
				open.push(this.#open(at(top.parts, top.done.length)));
				continue;
			}
			open.pop();
			const outer = open.at(-1);
			const built = this.#build(top);
			if (outer === undefined) return built;
			const height = top.height + 1;
			if (height < most || top.parts.length === 0) {
				outer.done.push(built);
				outer.height = Math.max(outer.height, height);
			} else outer.done.push(this.#cut(built));
		}
	}

	/** Many steps of a reference, one after the other. */
	#steps(terms: readonly Term[], start: number, end: number): Term {
		const first = at(terms, 0);
		let from = longRef;
		if (terms.length <= longRef || (first.kind === "var" && first.name === "data")) return ref(terms, start, end);
		let head = this.#cut(ref(terms.slice(0, from), start, end));
		for (; terms.length - from > longRef; from += longRef) {
			head = this.#cut(ref([head, ...terms.slice(from, from + longRef)], start, end));
		}
		return ref([head, ...terms.slice(from)], start, end);
	}

	#cut(t: Term): Term {
		const local = variable(`${prefix}${this.#count++}`, t.start, t.end);
		const eq = ref([variable("eq", t.start, t.end)], t.start, t.end);
		this.#equations.push(expr(termExpr(call(eq, [local, t], true, t.start, t.end)), false, this.#with, t.start, t.end));
		return local;
	}

	#open(term: Term): Open {
		return { term, parts: partsOf(term), done: [], height: 0 };
	}

	#build({ term: t, done }: Open): Term {
		switch (t.kind) {
			case "scalar":
			case "var":
				return t;
			case "ref":
				return this.#steps(done, t.start, t.end);
			case "call":
				return call(t.operator, done, t.infix, t.start, t.end);
			case "array":
			case "set":
				return { ...t, items: done };
			case "object": {
				const entries: (readonly [Term, Term])[] = [];
				for (let i = 0; i < done.length; i += 2) entries.push([at(done, i), at(done, i + 1)]);
				return { ...t, entries };
			}
			case "template-string":
				return { ...t, parts: t.parts.map((p) => (typeof p === "string" ? p : this.#hole(p))) };
			default:
				return this.#comprehension(t);
		}
	}

	/** Terms of a comprehension are evaluated in its body. */
	#comprehension(
		t: Exclude<
			Term,
			{ readonly kind: "scalar" | "var" | "ref" | "call" | "array" | "set" | "object" | "template-string" }
		>,
	): Term {
		const body = this.#inner(t.body);
		const outer = { equations: this.#equations, bodies: this.#bodies, withs: this.#with };
		this.#equations = [];
		this.#bodies++;
		this.#with = noWiths;
		const flat =
			t.kind === "object-comprehension"
				? { ...t, key: this.#term(t.key), value: this.#term(t.value) }
				: { ...t, term: this.#term(t.term) };
		const out: Term = { ...flat, body: [...body, ...this.#equations] };
		this.#equations = outer.equations;
		this.#bodies = outer.bodies;
		this.#with = outer.withs;
		return out;
	}

	/** A hole is a body of one expression: what is cut from it becomes a comprehension's business. */
	#hole(part: Expr): Expr {
		const body = this.#inner([part]);
		const only = body.length === 1 ? body[0] : undefined;
		if (only !== undefined) return only;
		const { start, end } = part;
		const last = at(body, body.length - 1);
		if (last.what.kind !== "term-expr") return part;
		// `{[t | equations][_]}` has the value of t, or none.
		const all: Term = { kind: "array-comprehension", term: last.what.term, body: body.slice(0, -1), start, end };
		const first = ref([all, scalar(0, start, end)], start, end);
		return expr(termExpr(first), false, part.with, start, end);
	}
}

/** The terms a term is made of; those in bodies are not counted. */
function partsOf(t: Term): readonly Term[] {
	switch (t.kind) {
		case "ref":
			return t.terms;
		case "call":
			return t.args;
		case "array":
		case "set":
			return t.items;
		case "object":
			return t.entries.flat();
		default:
			return [];
	}
}

/** A default value as one constant; comprehensions in it stay as they are. */
function constant(root: Term): Term {
	const open: { readonly term: Term; readonly parts: readonly Term[]; readonly done: Value[] }[] = [
		{ term: root, parts: partsOf(root), done: [] },
	];
	for (;;) {
		const top = at(open, open.length - 1);
		if (top.done.length < top.parts.length) {
			const term = at(top.parts, top.done.length);
			open.push({ term, parts: partsOf(term), done: [] });
			continue;
		}
		open.pop();
		const value = constantOf(top.term, top.done);
		if (value === undefined) return root;
		const outer = open.at(-1);
		if (outer === undefined) return scalar(value, root.start, root.end);
		outer.done.push(value);
	}
}

function constantOf(t: Term, parts: readonly Value[]): Value | undefined {
	switch (t.kind) {
		case "scalar":
			return t.value;
		case "array":
			return parts;
		case "set": {
			const out = new RegoSet();
			for (const p of parts) out.add(p);
			return out;
		}
		case "object": {
			const out = new ObjectBuilder();
			for (let i = 0; i < parts.length; i += 2) out.set(at(parts, i), at(parts, i + 1));
			return out.finish();
		}
		default:
			return undefined;
	}
}
