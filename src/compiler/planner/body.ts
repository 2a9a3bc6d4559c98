/**
 * Bodies and terms to statements and expressions. One BodyPlanner per definition (or query): it owns
 * the frame's slots and knows, at each point of the body, which variables are bound. Because bodies
 * arrive in evaluation order, "bound or not" is settled here, and every unification becomes a
 * binding, a destructuring, a test or a loop.
 */

import { at, got, last } from "../../at.ts";
import type { Body, Call, Expr, Ref, Term, Var, With } from "../../parser/ast.ts";
import { dottedName, isWildcard } from "../../parser/ast.ts";
import { sortedEntries } from "../../parser/term-order.ts";
import { nodeKey } from "../../plan/node-key.ts";
import {
	type Block,
	type Expression,
	isLazyMock,
	type Local,
	type PlanLocation,
	type Replacement,
	type Stmt,
} from "../../plan/plan.ts";
import type { Value } from "../../value/value.ts";
import { equalName, isCallOf, operatorName, rootOf } from "../syntax/calls.ts";
import { isPrintCall } from "../syntax/closures.ts";
import { mapTerms } from "../syntax/transform.ts";
import { directVars } from "../syntax/vars.ts";
import { dataPath, locate, type PlanContext, type PlanNode, planningError, UnplannedTerm } from "./context.ts";
import { Hoist, hoistAll, hoistOperands, lentToClosures, mixesDynamics, readsInClosures } from "./hoist.ts";
import { bindNothing, isOpen, matchValue, refFirst, unify } from "./unification.ts";
import { withoutWalks } from "./walks.ts";

const none: readonly Replacement[] = [];

export class BodyPlanner {
	readonly context: PlanContext;
	readonly base: number;
	/** The body is an ad-hoc query's. */
	isQuery = false;
	/** Slots by variable name; of a variable that is not bound (any more), the slot's complement. */
	#slots: Map<string, Local> | undefined;
	/** Variables bound in the scopes that are open. */
	#trail: string[] | undefined;
	#scopes = 0;
	#next = 0;
	/** Unbound variables that stand for open terms. Never changed, but replaced: scopes put back the one before. */
	#aliases: ReadonlyMap<string, Term> | undefined;
	readonly #outerAliases: (ReadonlyMap<string, Term> | undefined)[] = [];

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
		this.context.emit(stmt);
	}

	temp(): Local {
		return this.#next++;
	}

	isBound(name: string): boolean {
		const slot = this.#slots?.get(name);
		return slot !== undefined && slot >= 0;
	}

	/** Marks a variable bound and gives its slot; -1 for a wildcard, which nothing can read. */
	bind(name: string): Local {
		if (isWildcard(name)) return -1;
		const known = this.#slots?.get(name);
		if (known !== undefined && known >= 0) return known;
		const slot = known === undefined ? this.temp() : ~known;
		this.#set(name, slot);
		return slot;
	}

	/** Binds a variable to a slot that already holds its value. */
	bindTo(name: string, slot: Local): void {
		if (isWildcard(name)) return;
		if (this.isBound(name)) this.#slots?.set(name, slot);
		else this.#set(name, slot);
	}

	/** What an unbound variable stands for, if that is known. */
	aliasOf(name: string): Term | undefined {
		return this.#aliases?.get(name);
	}

	/** From here on the variable stands for the term. */
	alias(v: Var, t: Term): void {
		if (isWildcard(v.name)) return;
		// No finite value is a part of itself.
		if (this.#mentions(t, v.name)) throw new UnplannedTerm(v.name, v.start);
		this.#aliases = new Map([...(this.#aliases ?? []), [v.name, t]]);
	}

	#mentions(t: Term, name: string): boolean {
		const vars = new Set<string>();
		directVars(t, vars);
		return [...vars].some((v) => {
			if (v === name) return true;
			const alias = this.isBound(v) ? undefined : this.aliasOf(v);
			return alias !== undefined && this.#mentions(alias, name);
		});
	}

	/** Gives slots to variables that stand for terms whose values are known by now. */
	settle(loc: PlanLocation): void {
		if (this.#aliases === undefined) return;
		const open = new Map<string, Term>();
		for (const [name, t] of this.#aliases) {
			if (isOpen(this, t)) open.set(name, t);
			else {
				const value = this.term(t);
				this.emit({ op: "let", local: this.bind(name), value, loc });
			}
		}
		if (open.size < this.#aliases.size) this.#aliases = open.size === 0 ? undefined : open;
	}

	#set(name: string, slot: Local): void {
		this.#slots ??= new Map();
		this.#slots.set(name, slot);
		if (this.#scopes === 0) return;
		this.#trail ??= [];
		this.#trail.push(name);
	}

	/** Every variable that has a slot, in the order of their first binding. */
	eachVariable(f: (name: string, slot: Local, bound: boolean) => void): void {
		if (this.#slots === undefined) return;
		for (const [name, slot] of this.#slots) f(name, slot < 0 ? ~slot : slot, slot >= 0);
	}

	/** Plans into a block of its own; variables bound inside stay bound. */
	block(plan: () => void): Block {
		const start = this.context.open();
		plan();
		return this.close(start);
	}

	#walks = false;

	/** The statements of a block that context.open() began. */
	close(start: number): Block {
		const block = this.context.close(start);
		if (!this.#walks) return block;
		const { constants, builtinNames, builtins } = this.context;
		const isWalk = (b: number): boolean => {
			const name = builtinNames[b];
			return name === "walk" && builtins.get(name)?.module !== "";
		};
		let variables: ReadonlySet<Local> | undefined;
		const isVariable = (local: Local): boolean => {
			variables ??= this.#variableSlots();
			return variables.has(local);
		};
		return withoutWalks(block, { constants, isWalk, temp: () => this.temp(), isVariable });
	}

	#variableSlots(): ReadonlySet<Local> {
		const out = new Set<Local>();
		this.eachVariable((_, slot) => {
			out.add(slot);
		});
		return out;
	}

	/** Plans into a block of its own whose bindings end with it. */
	scoped(plan: () => void): Block {
		const bound = this.#enter();
		const inner = this.block(plan);
		this.#leave(bound);
		return inner;
	}

	/** Begins a scope; what it gives is for #leave. */
	#enter(): number {
		this.#scopes++;
		this.#outerAliases.push(this.#aliases);
		return this.#trail === undefined ? 0 : this.#trail.length;
	}

	/** Ends a scope: what it bound is bound no longer, and keeps its slots. */
	#leave(bound: number): void {
		this.#scopes--;
		this.#aliases = this.#outerAliases.pop();
		const trail = this.#trail;
		const slots = this.#slots;
		if (trail === undefined || slots === undefined) return;
		for (let i = bound; i < trail.length; i++) {
			const name = at(trail, i);
			slots.set(name, ~got(slots, name));
		}
		trail.length = bound;
	}

	body(body: Body): void {
		for (const e of body) this.expr(e);
	}

	expr(e: Expr): void {
		if (!e.negated) {
			this.#modified(e, e.with.length === 0 ? none : this.#replacements(e), e);
			return;
		}
		const inner = hoistOperands(this, e);
		// Values of modifiers are not under the negation: where one is undefined, so is all of it.
		const replacements =
			e.with.length === 0 ? none : e.with.map((w) => this.#evaluated(this.#replacement(w, this.loc(e)), w));
		const bound = this.#enter();
		const start = this.context.open();
		this.#modified(e, replacements, placedAtNot(inner));
		const block = this.close(start);
		this.#leave(bound);
		const loc = this.loc(e);
		this.emit({ op: "not", body: this.context.prints && iterates(block) ? this.#whole(block, loc) : block, loc });
	}

	/** The same, but all of it, and not only up to its first success: OPA goes on, which is seen by what is printed. */
	#whole(block: Block, loc: PlanLocation): Block {
		const target = this.temp();
		const found: Stmt = { op: "yield-member", into: target, value: this.context.constant(true), loc };
		const source: Expression = { op: "collect", into: "set", target, body: [...block, found], loc };
		return [{ op: "scan", source, key: -1, value: -1, loc }];
	}

	#replacements(e: Expr): readonly Replacement[] {
		return e.with.map((w) => this.#replacement(w, this.loc(e)));
	}

	/** Plans what `inner` is under the replacements of the expression. */
	#modified(e: Expr, replacements: readonly Replacement[], inner: Expr): void {
		if (replacements.length === 0) {
			this.#kind(inner);
			return;
		}
		const start = this.context.open();
		this.#kind(inner);
		const body = this.close(start);
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
		const replacements = e.with.length === 0 ? none : this.#replacements(e);
		const start = this.context.open();
		const value = this.term(term);
		const loc = this.loc(e);
		this.emit({ op: "let", local: slot, value, loc });
		if (replacements.length > 0) this.emit({ op: "with", replacements, body: this.close(start), loc });
		return slot;
	}

	/** A variable holding the value of a term under an expression's modifiers. */
	valueVariable(e: Expr, term: Term): Var {
		return this.#variableOf(this.valueOf(e, term), term);
	}

	/** A variable holding the value of a term, evaluated here. */
	hold(term: Term): Var {
		const value = this.term(term);
		const slot = this.temp();
		this.emit({ op: "let", local: slot, value, loc: this.loc(term) });
		return this.#variableOf(slot, term);
	}

	#variableOf(slot: Local, term: Term): Var {
		// No name of a policy begins with a percent sign.
		const name = `%${slot}`;
		this.bindTo(name, slot);
		return { kind: "var", name, start: term.start, end: term.end };
	}

	#replacement(w: With, loc: PlanLocation): Replacement {
		const target = w.target;
		const terms: readonly Term[] = target.kind === "ref" ? target.terms : [target];
		const name = rootOf(target);
		const func = name === "data" && target.kind === "ref" ? this.context.nodeOf(target)?.func : undefined;
		if (func !== undefined) {
			this.context.mockedFuncs.add(func);
			return { target: "func", index: func, by: this.#mock(w.value) };
		}
		const path = dataPath({ kind: "ref", terms, start: 0, end: 0 });
		if (path === undefined) return { target: "nowhere", value: this.term(w.value), loc };
		if (name === "input") return { target: "input", path, value: this.term(w.value), shadows: [] };
		if (name === "data") {
			const shadows = rulesBelow(this.context.node(path));
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
		return this.context.nodeOf(t)?.func;
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
		if (this.#isNew(t)) return this.bind(t.name);
		const slot = this.temp();
		matchValue(this, t, { op: "local", local: slot }, this.loc(t));
		return slot;
	}

	#termExpr(written: Term, loc: PlanLocation): void {
		let t = written;
		if (written.kind === "call" && !isPrintCall(written)) {
			const args = this.#callsFirst(written.args);
			if (args !== written.args) t = { ...written, args };
		}
		if (t.kind === "call") {
			const name = operatorName(t.operator);
			if ((name === "eq" || name === "assign") && t.args.length === 2) {
				unify(this, at(t.args, 0), at(t.args, 1), loc);
				return;
			}
			if (name === "internal.print") {
				if (this.context.prints) this.#print(t, loc);
				return;
			}
			const arity = this.#arity(t, name);
			if (arity !== undefined && t.args.length === arity + 1) {
				// f(x, y): the last argument unifies with the result
				const waits = t.args.some((a, i) => (i < arity ? isOpen(this, a) : mixesDynamics(this, a)));
				const args = waits ? this.#ready(t.args) : t.args;
				const value = this.#call(t, args.slice(0, arity));
				matchValue(this, at(args, arity), value, loc);
				return;
			}
		}
		// A comparison is an equation there.
		if (t.kind === "call" && t.args.length === 2 && !this.isQuery && isCallOf(t, equalName)) {
			t = { ...t, args: refFirst(at(t.args, 0), at(t.args, 1)) };
		}
		const value = this.term(t);
		if (value.op === "const") {
			const v = this.context.constants[value.index];
			if (v !== undefined && v !== false) return;
		}
		this.emit({ op: "test", value, loc });
	}

	/** Calls and templates in a call come before what stands beside them, which is seen by what is printed. */
	#callsFirst(operands: readonly Term[]): readonly Term[] {
		if (!this.context.prints || operands.length < 2) return operands;
		const isFirst = (a: Term): boolean => (a.kind === "call" || a.kind === "template-string") && !isOpen(this, a);
		return mapTerms(operands, (a) => (isFirst(a) ? this.hold(a) : a));
	}

	/** `some k, v in xs`: a loop; OPA's `v = xs[k]`. */
	#someIn(t: Call, loc: PlanLocation): void {
		const hoist = new Hoist((x) => this.hold(x));
		const domain = last(t.args);
		const lent = lentToClosures(this, t.args);
		const before = (p: Term): Term =>
			(p.kind === "ref" || mixesDynamics(this, p)) && !readsInClosures(p, lent) ? hoist.operand(p) : p;
		const valuePattern = before(at(t.args, t.args.length - 2));
		const keyPattern = t.args.length === 3 ? before(at(t.args, 0)) : undefined;
		if (domain.kind === "var" && this.#isNew(domain)) {
			bindNothing(this, t.args, loc);
			return;
		}
		// Data by its names, as `data[k]`: all of it would go without `data.system`.
		const [root, ...below] = domain.kind === "ref" ? domain.terms : [domain];
		const isData = root?.kind === "var" && root.name === "data" && below.length === 0;
		if (isData || (keyPattern !== undefined && !isOpen(this, keyPattern))) {
			const key: Term = keyPattern ?? { kind: "var", name: "$key", start: domain.start, end: domain.end };
			const terms = [root as Term, ...below, key];
			const value = this.#ref({ kind: "ref", terms, start: domain.start, end: domain.end });
			matchValue(this, valuePattern, value, loc);
			return;
		}
		const source = this.term(domain);
		const bindsKey = keyPattern !== undefined && this.#isNew(keyPattern);
		const key = keyPattern === undefined ? -1 : bindsKey ? this.bind(keyPattern.name) : this.temp();
		const bindsValue = this.#isNew(valuePattern);
		const value = bindsValue ? this.bind(valuePattern.name) : this.temp();
		this.emit({ op: "scan", source, key, value, loc });
		if (keyPattern !== undefined && !bindsKey) matchValue(this, keyPattern, { op: "local", local: key }, loc);
		if (!bindsValue) matchValue(this, valuePattern, { op: "local", local: value }, loc);
		this.settle(loc);
	}

	#isNew(t: Term): t is Var {
		return t.kind === "var" && !this.isBound(t.name) && this.aliasOf(t.name) === undefined;
	}

	#print(t: Call, loc: PlanLocation): void {
		const only = t.args[0];
		// A call of internal.print in the policy's own text has OPA's form: one array of sets.
		const own = !t.infix && t.args.length === 1 && only?.kind === "array" ? only.items : undefined;
		const args = own ?? t.args;
		this.context.printsSomething = true;
		this.emit({
			op: "print",
			args: args.map((a) => {
				// OPA hands print each operand as { x | x = operand }: undefined operands are empty sets
				const inner = own !== undefined && a.kind === "set-comprehension" && a.body.length > 0 ? a : undefined;
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
			const func = this.context.nodeOf(t.operator)?.func;
			return func === undefined ? undefined : this.context.arities[func];
		}
		const b = name === undefined ? undefined : this.context.builtins.get(name);
		return b?.args.length;
	}

	// --- terms ---------------------------------------------------------------------------

	/** Terms side by side, such as operands of a call, with what is in them made ready where it binds variables. */
	#ready(list: readonly Term[], isSet = false): readonly Term[] {
		const lent = lentToClosures(this, list);
		if (lent.length === 0 && !list.some((t) => isOpen(this, t))) return list;
		return hoistAll(this, list, (x) => this.hold(x), { isSet, lent });
	}

	/** Expressions for terms side by side: in `f(x, input.a[x])` the ref binds x. */
	terms(list: readonly Term[], isSet = false): Expression[] {
		return this.#ready(list, isSet).map((t) => this.term(t));
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
				return this.#call(t, t.args);
			case "array": {
				const v = this.context.ground(t);
				if (v !== undefined) return this.context.constant(v);
				return { op: "array", items: this.terms(t.items) };
			}
			case "set": {
				const v = this.context.ground(t);
				if (v !== undefined) return this.context.constant(v);
				const items = this.terms(t.items, true);
				// Of equal numbers the first one's spelling stays, and OPA's order of terms begins with scalars.
				const isScalar = (i: number): boolean => t.items[i]?.kind === "scalar";
				const sorted = items.map((_, i) => i).sort((a, b) => Number(isScalar(b)) - Number(isScalar(a)));
				return { op: "set", items: sorted.map((i) => at(items, i)) };
			}
			case "object": {
				const v = this.context.ground(t);
				if (v !== undefined) return this.context.constant(v);
				const inOrder = sortedEntries(t);
				// OPA evaluates objects in its order of terms, which is seen where a closure reads what a reference binds.
				const written = lentToClosures(this, t.entries.flat()).length > 0 ? inOrder : t.entries;
				const parts = this.terms(written.flat());
				const entries = written.map((_, i) => [at(parts, 2 * i), at(parts, 2 * i + 1)] as const);
				// Where keys turn out to be equal, the last in OPA's order of terms counts.
				const order = new Map(inOrder.map(([key], i) => [key, i]));
				const rank = (i: number): number => order.get(written[i]?.[0] as Term) ?? 0;
				const sorted = entries.map((_, i) => i).sort((a, b) => rank(a) - rank(b));
				return { op: "object", entries: sorted.map((i) => at(entries, i)) };
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
		const slot = this.#slots?.get(t.name);
		if (slot !== undefined && slot >= 0) return { op: "local", local: slot };
		const alias = this.aliasOf(t.name);
		if (alias === undefined) throw new UnplannedTerm(t.name, t.start);
		return this.term(alias);
	}

	#comprehension(
		body: Body,
		into: "array" | "set" | "object",
		value: Term,
		key: Term | undefined,
		loc: PlanLocation,
	): Expression {
		const target = this.temp();
		const bound = this.#enter();
		const start = this.context.open();
		this.body(body);
		if (key === undefined) this.emit({ op: "yield-member", into: target, value: this.term(value), loc });
		else {
			const path = [this.term(key)];
			this.emit({ op: "yield-entry", into: target, path, value: this.term(value), member: false, loc });
		}
		const block = this.close(start);
		this.#leave(bound);
		return { op: "collect", into, target, body: block, loc };
	}

	/** The call with these of its arguments. */
	#call(t: Call, written: readonly Term[]): Expression {
		const operands = this.#callsFirst(written);
		const loc = this.loc(t);
		const head = t.operator.terms[0];
		if (head?.kind === "var" && head.name === "data") {
			const func = this.context.nodeOf(t.operator)?.func;
			// A head with an empty list of arguments is a rule, and its call without any reads it.
			if (func === undefined && operands.length === 0) return this.#ref(t.operator);
			if (func === undefined) throw planningError(`no function at ${dataPath(t.operator)?.join(".")}`);
			return { op: "call", func, args: this.terms(operands), loc };
		}
		const name = operatorName(t.operator);
		const builtin = name === undefined ? undefined : this.context.builtins.get(name);
		if (name === undefined || builtin === undefined) throw planningError(`no builtin ${name}`);
		const args = this.terms(operands);
		if (name === "equal" || name === "eq" || name === "assign") {
			return { op: "equal", left: at(args, 0), right: at(args, 1) };
		}
		const index = this.context.builtin(name);
		if (builtin.relation) {
			const value = this.temp();
			this.#walks = true;
			this.emit({ op: "relation", builtin: index, args, value, loc });
			return { op: "local", local: value };
		}
		return { op: "builtin", builtin: index, args, loc };
	}

	// --- refs ----------------------------------------------------------------------------

	#ref(t: Ref): Expression {
		const head = at(t.terms, 0);
		// What is not bound has no parts.
		if (head.kind === "var" && isOpen(this, head) && this.aliasOf(head.name) === undefined) {
			bindNothing(this, [t], this.loc(t));
			return this.context.constant(false);
		}
		const ref = this.#readyRef(t);
		if (head.kind === "var" && head.name === "data") return this.#data(ref);
		return this.#steps(this.term(head), ref.terms, 1, this.loc(t));
	}

	/** References in the brackets are looked up first where a composite beside them may wait for them. */
	#readyRef(t: Ref): Ref {
		const waits = (x: Term): boolean => x.kind !== "scalar" && x.kind !== "var" && x.kind !== "ref" && isOpen(this, x);
		// Nor are rules asked for where there is no key: what they print would tell.
		const late = this.context.prints && rootOf(t) === "data";
		const inBrackets = t.terms.slice(1);
		const lent = lentToClosures(this, inBrackets);
		if (!late && !inBrackets.some(waits) && lent.length === 0) return t;
		return { ...t, terms: [at(t.terms, 0), ...hoistAll(this, inBrackets, (x) => this.hold(x), { lent })] };
	}

	/** Follows terms[from …] into a value. */
	#steps(start: Expression, terms: readonly Term[], from: number, loc: PlanLocation): Expression {
		const stored = start.op === "base";
		let e = start;
		for (let i = from; i < terms.length; i++) {
			const key = at(terms, i);
			if (!isOpen(this, key)) {
				const step = { op: "dot", value: e, key: this.term(key) } as const;
				e = stored && !isName(key) ? { ...step, stored } : step;
				continue;
			}
			const value = this.temp();
			if (this.#isNew(key)) {
				this.emit({ op: "scan", source: e, key: this.bind(key.name), value, loc });
			} else {
				const k = this.temp();
				this.emit({ op: "scan", source: e, key: k, value, loc });
				matchValue(this, key, { op: "local", local: k }, loc);
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
			const key = at(terms, i);
			const child = key.kind === "scalar" ? node.children.get(nodeKey(key.value)) : undefined;
			if (child === undefined) break;
			node = child;
		}
		if (node.rule !== undefined) return this.#ofRule(node.rule, terms, i, loc);
		if (i === terms.length) {
			if (node.func === undefined) return this.#document(node.path, [], loc);
			return this.#base(terms, loc);
		}
		const key = at(terms, i);
		if (node.children.size === 0 || key.kind === "scalar") return this.#base(terms, loc);
		// A computed name among packages and rules: looked up when it is known.
		const keys: Expression[] = [];
		for (; i < terms.length; i++) {
			const k = at(terms, i);
			if (!isOpen(this, k)) {
				keys.push(this.term(k));
				continue;
			}
			const isNew = this.#isNew(k);
			const slot = isNew && !isWildcard(k.name) ? this.bind(k.name) : this.temp();
			const { path, keys: ruleKeys } = this.#split(node.path, keys);
			const source: Expression = { op: "document-keys", path, keys: ruleKeys, loc };
			this.emit({ op: "scan", source, key: -1, value: slot, loc });
			if (!isNew) matchValue(this, k, { op: "local", local: slot }, loc);
			keys.push({ op: "local", local: slot });
		}
		this.context.useKeyedBelow(node, keys.length);
		return this.#document(node.path, keys, loc);
	}

	/** A ref to a rule that has been reached with the terms before `from`: to all of it, or to what is at its keys. */
	#ofRule(func: number, terms: readonly Term[], from: number, loc: PlanLocation): Expression {
		let closed = from;
		while (closed < terms.length && !isOpen(this, at(terms, closed))) closed++;
		const count = this.context.keyed.keysOf(func, closed - from);
		if (count === 0) return this.#steps({ op: "rule", func, loc }, terms, from, loc);
		this.context.keyed.use(func, count);
		const keys = terms.slice(from, from + count).map((t) => this.term(t));
		return this.#steps({ op: "rule-at", func, keys, loc }, terms, from + count, loc);
	}

	/** A ref to base data only. */
	#base(terms: readonly Term[], loc: PlanLocation): Expression {
		const path: string[] = [];
		let i = 1;
		for (; i < terms.length; i++) {
			const k = at(terms, i);
			if (k.kind !== "scalar" || typeof k.value !== "string") break;
			path.push(k.value);
		}
		return this.#steps({ op: "base", path }, terms, i, loc);
	}

	/** What is at a node of the tree, or at keys below it. */
	#document(path: readonly Value[], keys: readonly Expression[], loc: PlanLocation): Expression {
		const split = this.#split(path, keys);
		return split.keys.length === 0 ? { op: "document", path: split.path, loc } : { op: "document-dot", ...split, loc };
	}

	/** The names a path begins with, and whatever follows as keys. */
	#split(
		path: readonly Value[],
		keys: readonly Expression[],
	): { readonly path: readonly string[]; readonly keys: readonly Expression[] } {
		const other = path.findIndex((k) => typeof k !== "string");
		const names = (other < 0 ? path : path.slice(0, other)) as readonly string[];
		const rest = path.slice(names.length).map((k) => this.context.constant(k));
		return { path: names, keys: [...rest, ...keys] };
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

/** Whether there may be more than one success. */
function iterates(block: Block): boolean {
	return block.some((s) => s.op === "scan" || s.op === "relation" || (s.op === "with" && iterates(s.body)));
}
