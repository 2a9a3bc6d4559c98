/**
 * Bodies and terms to statements and expressions. One BodyPlanner per definition (or query): it owns
 * the frame's slots and knows, at each point of the body, which variables are bound. Because bodies
 * arrive in evaluation order, "bound or not" is settled here, and every unification becomes a
 * binding, a destructuring, a test or a loop.
 */
import type { Body, Call, Expr, Ref, Term, Var, With } from "../parser/ast.ts";
import { dottedName, isWildcard } from "../parser/ast.ts";
import { sortedEntries } from "../parser/term-order.ts";
import {
	type Block,
	type Expression,
	isLazyMock,
	type Local,
	type PlanLocation,
	type Replacement,
	type Stmt,
} from "./plan.ts";
import { dataPath, groundValue, locate, type PlanContext, type PlanNode, planningError } from "./plan-context.ts";
import { hoistOperands } from "./plan-hoist.ts";
import { bindTerm, hasUnbound, unify, unifyValue } from "./plan-unify.ts";
import { rootOf } from "./with-modifiers.ts";

export class BodyPlanner {
	readonly context: PlanContext;
	readonly base: number;
	/** The body is an ad-hoc query's. */
	isQuery = false;
	/** Slots by variable name. */
	readonly slots: Map<string, Local> = new Map();
	#bound: Set<string> = new Set();
	#block: Stmt[] = [];
	#next = 0;

	constructor(context: PlanContext, base: number) {
		this.context = context;
		this.base = base;
	}

	/** Slots allocated so far. */
	get locals(): number {
		return this.#next;
	}

	loc(node: { readonly start: number }): PlanLocation {
		return locate(this.base, node);
	}

	emit(stmt: Stmt): void {
		this.#block.push(stmt);
	}

	temp(): Local {
		return this.#next++;
	}

	isBound(name: string): boolean {
		return this.#bound.has(name);
	}

	/** Marks a variable bound and gives its slot; -1 for a wildcard, which nothing can read. */
	bind(name: string): Local {
		if (isWildcard(name)) return -1;
		let slot = this.slots.get(name);
		if (slot === undefined) {
			slot = this.temp();
			this.slots.set(name, slot);
		}
		this.#bound.add(name);
		return slot;
	}

	/** Binds a variable to a slot that already holds its value. */
	bindTo(name: string, slot: Local): void {
		if (isWildcard(name)) return;
		this.slots.set(name, slot);
		this.#bound.add(name);
	}

	/** Plans into a block of its own; variables bound inside stay bound. */
	block(plan: () => void): Block {
		const outer = this.#block;
		this.#block = [];
		plan();
		const inner = this.#block;
		this.#block = outer;
		return inner;
	}

	/** Plans into a block of its own whose bindings end with it. */
	scoped(plan: () => void): Block {
		const bound = this.#bound;
		this.#bound = new Set(bound);
		const inner = this.block(plan);
		this.#bound = bound;
		return inner;
	}

	body(body: Body): void {
		for (const e of body) this.expr(e);
	}

	expr(e: Expr): void {
		if (e.negated) {
			const inner = hoistOperands(this, e);
			// Values of modifiers are not under the negation: where one is undefined, so is all of it.
			const replacements = e.with.map((w) => this.#evaluated(this.#replacement(w, this.loc(e)), w));
			const body = this.scoped(() => this.#modified(e, replacements, () => this.#kind(placedAtNot(inner))));
			this.emit({ op: "not", body, loc: this.loc(e) });
		} else this.#withModifiers(e, () => this.#kind(e));
	}

	/** Plans `plan` under the expression's `with` modifiers. */
	#withModifiers(e: Expr, plan: () => void): void {
		this.#modified(
			e,
			e.with.map((w) => this.#replacement(w, this.loc(e))),
			plan,
		);
	}

	#modified(e: Expr, replacements: readonly Replacement[], plan: () => void): void {
		if (replacements.length === 0) {
			plan();
			return;
		}
		const body = this.block(plan);
		this.emit({ op: "with", replacements, body, loc: this.loc(e) });
	}

	/** The replacement with its value in a slot, evaluated here. */
	#evaluated(r: Replacement, w: With): Replacement {
		const held = (value: Expression): Expression => {
			if (value.op === "const" || value.op === "local" || isLazyMock(r)) return value;
			const local = this.temp();
			this.emit({ op: "let", local, value, loc: this.loc(w) });
			return { op: "local", local };
		};
		if (!("by" in r)) return { ...r, value: held(r.value) };
		return "value" in r.by ? { ...r, by: { value: held(r.by.value) } } : r;
	}

	/** Value of an expression under its modifiers, into a fresh slot: for queries, which show values. */
	valueOf(e: Expr, term: Term): Local {
		const slot = this.temp();
		this.#withModifiers(e, () => {
			const value = this.term(term);
			this.emit({ op: "let", local: slot, value, loc: this.loc(e) });
		});
		return slot;
	}

	/** A variable holding the value of a term under an expression's modifiers. */
	valueVariable(e: Expr, term: Term): Var {
		const slot = this.valueOf(e, term);
		// No name of a policy begins with a percent sign.
		const name = `%${slot}`;
		this.bindTo(name, slot);
		return { kind: "var", name, start: term.start, end: term.end };
	}

	#replacement(w: With, loc: PlanLocation): Replacement {
		const target = w.target;
		const terms: readonly Term[] = target.kind === "ref" ? target.terms : [target];
		const name = rootOf(target);
		const path = dataPath({ kind: "ref", terms, start: 0, end: 0 });
		if (path === undefined) return { target: "nowhere", value: this.term(w.value), loc };
		if (name === "input") return { target: "input", path, value: this.term(w.value), shadows: [] };
		if (name === "data") {
			const node = this.context.node(path);
			if (node?.func !== undefined) {
				this.context.mockedFuncs.add(node.func);
				return { target: "func", index: node.func, by: this.#mock(w.value) };
			}
			const shadows = rulesBelow(node);
			for (const f of shadows) this.context.shadowed.add(f);
			if (this.#functionNamed(w.value) !== undefined) {
				return { target: "data", path, value: this.context.constant(false), shadows, absent: true };
			}
			return { target: "data", path, value: this.term(w.value), shadows };
		}
		const builtin = this.context.builtin([name, ...path].join("."));
		this.context.mockedBuiltins.add(builtin);
		return { target: "builtin", index: builtin, by: this.#mock(w.value) };
	}

	/** The function of the policy that a term names without calling it. */
	#functionNamed(t: Term): number | undefined {
		if (t.kind !== "ref" || rootOf(t) !== "data") return undefined;
		const path = dataPath(t);
		return path === undefined ? undefined : this.context.node(path)?.func;
	}

	/** What replaces a function: another function, a builtin, or a value. */
	#mock(value: Term): { readonly func: number } | { readonly builtin: number } | { readonly value: Expression } {
		const func = this.#functionNamed(value);
		if (func !== undefined) return { func };
		const root = rootOf(value);
		const name = value.kind === "ref" ? dottedName(value) : root;
		if (root !== "" && root !== "data" && !this.isBound(root)) {
			if (name !== undefined && this.context.builtins.has(name)) return { builtin: this.context.builtin(name) };
		}
		return { value: this.term(value) };
	}

	#kind(e: Expr): void {
		const what = e.what;
		switch (what.kind) {
			case "term-expr":
				this.#termExpr(what.term, this.loc(e));
				return;
			case "some":
				for (const symbol of what.symbols) if (symbol.kind === "call") this.#someIn(symbol, this.loc(e));
				return;
			case "every": {
				const source = this.term(what.domain);
				let key: Local = -1;
				let value: Local = -1;
				const body = this.scoped(() => {
					if (what.key !== undefined) key = this.#loopVariable(what.key);
					value = this.#loopVariable(what.value);
					this.body(what.body);
				});
				this.emit({ op: "every", source, key, value, body, loc: this.loc(e) });
				return;
			}
			case "logical": {
				const left = this.scoped(() => this.body(what.left));
				const right = this.scoped(() => this.body(what.right));
				const loc = this.loc(e);
				if (what.op === "or") this.emit({ op: "once", blocks: [left, right], loc });
				else {
					this.emit({ op: "once", blocks: [left], loc });
					this.emit({ op: "once", blocks: [right], loc });
				}
				return;
			}
			case "block":
				// Under `not` the enclosing statement already stops at the first success.
				if (e.negated) this.body(what.body);
				else this.emit({ op: "once", blocks: [this.scoped(() => this.body(what.body))], loc: this.loc(e) });
				return;
		}
	}

	/** A loop variable of `every`: a plain variable gets the slot, a pattern is destructured in the body. */
	#loopVariable(t: Term): Local {
		if (t.kind === "var" && !this.isBound(t.name)) return this.bind(t.name);
		const slot = this.temp();
		bindTerm(this, t, { op: "local", local: slot });
		return slot;
	}

	#termExpr(t: Term, loc: PlanLocation): void {
		if (t.kind === "call") {
			const name = dottedName(t.operator);
			if ((name === "eq" || name === "assign") && t.args.length === 2) {
				if (!unify(this, t.args[0] as Term, t.args[1] as Term, loc)) throw planningError("unification out of order");
				return;
			}
			if (name === "internal.print") {
				if (this.context.prints) this.#print(t, loc);
				return;
			}
			if ((name === "internal.member_2" || name === "internal.member_3") && this.#memberBinds(t)) {
				this.#someIn(t, loc);
				return;
			}
			const arity = this.#arity(t, name);
			if (arity !== undefined && t.args.length === arity + 1) {
				// f(x, y): the last argument unifies with the result
				const output = t.args[arity] as Term;
				const value = this.#call({ ...t, args: t.args.slice(0, arity) });
				unifyValue(this, output, value, loc);
				return;
			}
		}
		const value = this.term(t);
		if (value.op === "const") {
			const v = this.context.constants[value.index];
			if (v !== undefined && v !== false) return;
		}
		this.emit({ op: "test", value, loc });
	}

	#memberBinds(t: Call): boolean {
		return t.args.slice(0, -1).some((a) => hasUnbound(this, a));
	}

	/** `some k, v in xs` and membership whose patterns bind: a loop. */
	#someIn(t: Call, loc: PlanLocation): void {
		const domain = t.args[t.args.length - 1] as Term;
		const valuePattern = t.args[t.args.length - 2] as Term;
		const keyPattern = t.args.length === 3 ? t.args[0] : undefined;
		const source = this.term(domain);
		const later: [Term, Local][] = [];
		const slot = (p: Term): Local => {
			if (p.kind === "var" && !this.isBound(p.name)) return this.bind(p.name);
			const temp = this.temp();
			later.push([p, temp]);
			return temp;
		};
		const key = keyPattern === undefined ? -1 : slot(keyPattern);
		const value = slot(valuePattern);
		this.emit({ op: "scan", source, key, value, loc });
		for (const [p, local] of later) unifyValue(this, p, { op: "local", local }, loc);
	}

	#print(t: Call, loc: PlanLocation): void {
		const only = t.args[0];
		const args = t.args.length === 1 && only?.kind === "array" ? only.items : t.args;
		this.context.printsSomething = true;
		this.emit({
			op: "print",
			args: args.map((a) => {
				// OPA hands print each operand as { x | x = operand }: undefined operands are empty sets
				const inner = a.kind === "set-comprehension" && a.body.length > 0 ? a : undefined;
				const target = this.temp();
				const block = this.scoped(() => {
					let value: Expression;
					if (inner !== undefined) {
						this.body(inner.body);
						value = this.term(inner.term);
					} else value = this.term(a);
					this.emit({ op: "yield-member", into: target, value, loc });
				});
				return { block, target };
			}),
			loc,
		});
	}

	#arity(t: Call, name: string | undefined): number | undefined {
		const head = t.operator.terms[0];
		if (head?.kind === "var" && head.name === "data") {
			const path = dataPath(t.operator);
			const func = path === undefined ? undefined : this.context.node(path)?.func;
			return func === undefined ? undefined : this.arityOf(func);
		}
		const b = name === undefined ? undefined : this.context.builtins.get(name);
		return b?.args.length;
	}

	/** Set by the policy planner. */
	arityOf: (func: number) => number = () => {
		throw planningError("function arities are not known here");
	};

	// --- terms ---------------------------------------------------------------------------

	/**
	 * Expressions for terms side by side. Loops come first: in `f(x, input.a[x])` the ref binds x.
	 */
	terms(list: readonly Term[]): Expression[] {
		const out: (Expression | undefined)[] = list.map((t) => (hasUnbound(this, t) ? undefined : this.term(t)));
		return out.map((e, i) => e ?? this.term(list[i] as Term));
	}

	/** The expression for a term. Emits the loops its unbound variables need. */
	term(t: Term): Expression {
		switch (t.kind) {
			case "scalar":
				return this.context.constant(t.value);
			case "var":
				return this.#variable(t);
			case "ref":
				return this.#ref(t);
			case "call":
				return this.#call(t);
			case "array": {
				const v = groundValue(t);
				if (v !== undefined) return this.context.constant(v);
				return { op: "array", items: this.terms(t.items) };
			}
			case "set": {
				const v = groundValue(t);
				if (v !== undefined) return this.context.constant(v);
				const items = this.terms(t.items);
				// Of equal numbers the first one's spelling stays, and OPA's order of terms begins with scalars.
				const isScalar = (i: number): boolean => t.items[i]?.kind === "scalar";
				const sorted = items.map((_, i) => i).sort((a, b) => Number(isScalar(b)) - Number(isScalar(a)));
				return { op: "set", items: sorted.map((i) => items[i] as Expression) };
			}
			case "object": {
				const v = groundValue(t);
				if (v !== undefined) return this.context.constant(v);
				const parts = this.terms(t.entries.flat());
				const entries = t.entries.map((_, i) => [parts[2 * i] as Expression, parts[2 * i + 1] as Expression] as const);
				// Where keys turn out to be equal, the last in OPA's order of terms counts.
				const order = new Map(sortedEntries(t).map(([key], i) => [key, i]));
				const rank = (i: number): number => order.get(t.entries[i]?.[0] as Term) ?? 0;
				const sorted = entries.map((_, i) => i).sort((a, b) => rank(a) - rank(b));
				return { op: "object", entries: sorted.map((i) => entries[i] as (typeof entries)[number]) };
			}
			case "array-comprehension":
				return this.#comprehension(t.body, "array", t.term, undefined, this.loc(t));
			case "set-comprehension":
				return this.#comprehension(t.body, "set", t.term, undefined, this.loc(t));
			case "object-comprehension":
				return this.#comprehension(t.body, "object", t.value, t.key, this.loc(t.key));
			case "template-string": {
				const items = t.parts.map((p): Expression => {
					if (typeof p === "string") return this.context.constant(p);
					return this.#templatePart(p);
				});
				return {
					op: "builtin",
					builtin: this.context.builtin("internal.template_string"),
					args: [{ op: "array", items }],
					loc: this.loc(t),
				};
			}
		}
	}

	/** A template expression is handed over as the set of its values: empty when undefined. */
	#templatePart(e: Expr): Expression {
		const target = this.temp();
		const loc = this.loc(e);
		const body = this.scoped(() => {
			const what = e.what;
			if (what.kind !== "term-expr") throw planningError("template expression is not a term");
			const local = this.valueOf(e, what.term);
			this.emit({ op: "yield-member", into: target, value: { op: "local", local }, loc });
		});
		return { op: "collect", into: "set", target, body, loc };
	}

	#variable(t: Var): Expression {
		if (t.name === "input") return { op: "input" };
		if (t.name === "data") return { op: "document", path: [], loc: this.loc(t) };
		const slot = this.slots.get(t.name);
		if (slot === undefined || !this.isBound(t.name)) throw planningError(`variable ${t.name} is not bound`);
		return { op: "local", local: slot };
	}

	#comprehension(
		body: Body,
		into: "array" | "set" | "object",
		value: Term,
		key: Term | undefined,
		loc: PlanLocation,
	): Expression {
		const target = this.temp();
		const block = this.scoped(() => {
			this.body(body);
			if (key === undefined) this.emit({ op: "yield-member", into: target, value: this.term(value), loc });
			else {
				const path = [this.term(key)];
				this.emit({ op: "yield-entry", into: target, path, value: this.term(value), member: false, loc });
			}
		});
		return { op: "collect", into, target, body: block, loc };
	}

	#call(t: Call): Expression {
		const loc = this.loc(t);
		const head = t.operator.terms[0];
		if (head?.kind === "var" && head.name === "data") {
			const path = dataPath(t.operator);
			const func = path === undefined ? undefined : this.context.node(path)?.func;
			// A head with an empty list of arguments is a rule, and its call without any reads it.
			if (func === undefined && t.args.length === 0) return this.#ref(t.operator);
			if (func === undefined) throw planningError(`no function at ${path?.join(".")}`);
			return { op: "call", func, args: this.terms(t.args), loc };
		}
		const name = dottedName(t.operator);
		const builtin = name === undefined ? undefined : this.context.builtins.get(name);
		if (name === undefined || builtin === undefined) throw planningError(`no builtin ${name}`);
		const args = this.terms(t.args);
		if (name === "equal" || name === "eq" || name === "assign") {
			return { op: "equal", left: args[0] as Expression, right: args[1] as Expression };
		}
		const index = this.context.builtin(name);
		if (builtin.relation) {
			const value = this.temp();
			this.emit({ op: "relation", builtin: index, args, value, loc });
			return { op: "local", local: value };
		}
		return { op: "builtin", builtin: index, args, loc };
	}

	// --- refs ----------------------------------------------------------------------------

	#ref(t: Ref): Expression {
		const head = t.terms[0] as Term;
		if (head.kind === "var" && head.name === "data") return this.#data(t);
		return this.#steps(this.term(head), t.terms, 1, this.loc(t));
	}

	/** Follows terms[from …] into a value. */
	#steps(start: Expression, terms: readonly Term[], from: number, loc: PlanLocation): Expression {
		const stored = start.op === "base";
		let e = start;
		for (let i = from; i < terms.length; i++) {
			const key = terms[i] as Term;
			if (!hasUnbound(this, key)) {
				const step = { op: "dot", value: e, key: this.term(key) } as const;
				e = stored && !isName(key) ? { ...step, stored } : step;
				continue;
			}
			const value = this.temp();
			if (key.kind === "var") {
				this.emit({ op: "scan", source: e, key: this.bind(key.name), value, loc });
			} else {
				const k = this.temp();
				this.emit({ op: "scan", source: e, key: k, value, loc });
				bindTerm(this, key, { op: "local", local: k });
			}
			e = { op: "local", local: value };
		}
		return e;
	}

	/** A ref into data: rules, packages and base documents are told apart here, at compile time. */
	#data(t: Ref): Expression {
		const loc = this.loc(t);
		const terms = t.terms;
		let node: PlanNode = this.context.root;
		let i = 1;
		for (; i < terms.length; i++) {
			if (node.rule !== undefined) break;
			const key = terms[i] as Term;
			if (key.kind !== "scalar" || typeof key.value !== "string") break;
			const child = node.children.get(key.value);
			if (child === undefined) break;
			node = child;
		}
		if (node.rule !== undefined) return this.#steps({ op: "rule", func: node.rule, loc }, terms, i, loc);
		if (i === terms.length) {
			if (node.func !== undefined) return { op: "base", path: node.path };
			return { op: "document", path: node.path, loc };
		}
		const key = terms[i] as Term;
		if (node.children.size === 0 || (key.kind === "scalar" && !node.children.has(String(key.value)))) {
			const path = [...node.path];
			for (; i < terms.length; i++) {
				const k = terms[i] as Term;
				if (k.kind !== "scalar" || typeof k.value !== "string") break;
				path.push(k.value);
			}
			return this.#steps({ op: "base", path }, terms, i, loc);
		}
		// A computed name among packages and rules: looked up when it is known.
		const keys: Expression[] = [];
		for (; i < terms.length; i++) {
			const k = terms[i] as Term;
			if (!hasUnbound(this, k)) {
				keys.push(this.term(k));
				continue;
			}
			const slot = k.kind === "var" && !isWildcard(k.name) ? this.bind(k.name) : this.temp();
			const source: Expression = { op: "document-keys", path: node.path, keys: [...keys], loc };
			this.emit({ op: "scan", source, key: -1, value: slot, loc });
			if (k.kind !== "var") bindTerm(this, k, { op: "local", local: slot });
			keys.push({ op: "local", local: slot });
		}
		return { op: "document-dot", path: node.path, keys, loc };
	}
}

/** A key that is the same whether it is looked up in the store or in a value. */
function isName(key: Term): boolean {
	return key.kind === "scalar" && typeof key.value === "string" && !/^[+-]?[0-9]+$/.test(key.value);
}

/** Rules of a subtree: what a replacement of its root hides. */
function rulesBelow(node: PlanNode | undefined): number[] {
	if (node === undefined) return [];
	const out: number[] = [];
	const stack = [node];
	for (let n = stack.pop(); n !== undefined; n = stack.pop()) {
		if (n.rule !== undefined) out.push(n.rule);
		stack.push(...n.children.values());
	}
	return out;
}

/** OPA places the errors of a negated call at the `not`. */
function placedAtNot(e: Expr): Expr {
	if (e.what.kind !== "term-expr" || e.what.term.kind !== "call") return e;
	return { ...e, what: { kind: "term-expr", term: { ...e.what.term, start: e.start } } };
}
