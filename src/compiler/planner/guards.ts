/**
 * What OPA's rule index asks of a definition before it evaluates it: that the parts of input and base
 * data its body reads are there, and are the constants they are compared with. Asked first, they
 * decide which definitions can fail with an error at all: in `p if { f(1); input.a }` nobody calls f
 * while input.a is undefined. Only definitions with something that can fail before such a read get
 * guards; for the others the order cannot be observed.
 * Source of the rules: OPA v1/ast/index.go, refindices.Update, on bodies as rewriteDynamics leaves them.
 */

import { at } from "../../at.ts";
import type { Call, Expr, Ref, Rule, Term } from "../../parser/ast.ts";
import { nodeKey } from "../../plan/node-key.ts";
import type { Expression } from "../../plan/plan.ts";
import { operatorName } from "../syntax/calls.ts";
import { isPrintCall } from "../syntax/closures.ts";
import type { BodyPlanner } from "./body.ts";
import type { PlanNode } from "./context.ts";

/** Statements for the front of a definition's body: each fails where OPA would not look at it. */
export function planGuards(p: BodyPlanner, rule: Rule): void {
	// OPA does not index definitions that print: every print on the way is seen.
	if (p.context.prints && hasPrint(rule.body)) return;
	const guards = new Guards(p);
	for (const e of rule.body) guards.expr(e);
	const { head } = rule;
	guards.headBegins();
	for (const t of head.ref.terms) guards.operand(t);
	if (head.key !== undefined) guards.operand(head.key);
	if (head.value !== undefined) guards.operand(head.value);
	guards.emit();
}

/** Whether OPA's index may pass a definition by: it asks the others first. */
export function isIndexed(p: BodyPlanner, rule: Rule): boolean {
	for (let r: Rule | undefined = rule; r !== undefined; r = r.else) {
		if (hasPrint(r.body)) return false;
		const guards = new Guards(p);
		for (const e of r.body) guards.expr(e);
		const args = (r.head.args ?? []).some((t) => t.kind === "scalar");
		if (!args && !guards.requires) return false;
	}
	return true;
}

/** Whether a print is called anywhere below, but for comprehensions: OPA does not look into them. */
function hasPrint(x: unknown): boolean {
	if (typeof x !== "object" || x === null) return false;
	if (Array.isArray(x)) return x.some(hasPrint);
	const node = x as Partial<Call>;
	if (typeof node.kind === "string" && node.kind.endsWith("-comprehension")) return false;
	if (node.kind === "call" && node.operator !== undefined && operatorName(node.operator) === "internal.print")
		return true;
	return Object.values(x).some(hasPrint);
}

/** A ref that must be defined. */
interface Guard {
	readonly ref: Ref;
	/** What it must be; undefined: anything. */
	readonly value: Term | undefined;
	readonly late: boolean;
}

class Guards {
	readonly #planner: BodyPlanner;
	/** In the order met, a ref once for each time. */
	#required: Guard[] | undefined;
	/** Variables that stand for a ref. */
	#refs: Map<string, Ref> | undefined;
	/** Something before can fail. */
	#risky = false;
	/** Something was required after that. */
	#late = false;

	constructor(planner: BodyPlanner) {
		this.#planner = planner;
	}

	get requires(): boolean {
		return this.#required !== undefined;
	}

	emit(): void {
		// Most definitions have none, and then no keys are made.
		if (!this.#late || this.#required === undefined) return;
		const guards = new Map<string, Guard>();
		for (const g of this.#required) {
			const key = keyOf(g.ref);
			const known = guards.get(key);
			if (known === undefined) guards.set(key, g);
			else if (known.value === undefined && g.value !== undefined) {
				guards.set(key, { ref: g.ref, value: g.value, late: known.late || g.late });
			}
		}
		for (const g of guards.values()) {
			if (!g.late) continue;
			const p = this.#planner;
			const value: Expression = p.term(g.ref);
			const loc = p.loc(g.ref);
			if (g.value === undefined) p.emit({ op: "let", local: p.temp(), value, loc });
			else p.emit({ op: "test", value: { op: "equal", left: value, right: p.term(g.value) }, loc });
		}
	}

	/** Terms of a head are evaluated last. */
	headBegins(): void {
		this.#risky = true;
	}

	expr(e: Expr): void {
		// Only met where prints are left out of the plan.
		if (e.what.kind === "term-expr" && isPrintCall(e.what.term)) return;
		if (e.with.length > 0) {
			// What OPA takes out of a modified expression is modified, too, and so not indexed.
			for (const w of e.with) {
				this.operand(w.value);
				this.#risk(w.value);
			}
			this.#risky = true;
			return;
		}
		const what = e.what;
		switch (what.kind) {
			case "term-expr":
				// Calls within calls come before the refs beside them.
				if (what.term.kind === "call") for (const a of what.term.args) this.#risk(a);
				this.#termExpr(what.term, e.negated);
				this.#risk(what.term);
				break;
			case "every":
				this.operand(what.domain);
				this.#risky = true;
				break;
			case "some": {
				const member = what.symbols[0];
				if (member?.kind === "call") for (const a of member.args) if (a.kind !== "ref") this.operand(a);
				if (member !== undefined) this.#risk(member);
				break;
			}
			default:
				this.#risky = true;
		}
	}

	#termExpr(t: Term, negated: boolean): void {
		if (t.kind === "call" && isEquality(t.operator) && t.args.length === 2) {
			const a = at(t.args, 0);
			const b = at(t.args, 1);
			if (!negated && (this.#equality(a, b) || this.#equality(b, a))) return;
			if (a.kind !== "ref") this.operand(a);
			if (b.kind !== "ref") this.operand(b);
			return;
		}
		if (t.kind === "ref") {
			if (!negated) this.#require(t, undefined);
			else this.#brackets(t);
			return;
		}
		if (t.kind === "call") for (const a of t.args) this.operand(a);
		else this.operand(t);
	}

	/** `a = b` as seen from a; true when it says all there is to say. */
	#equality(a: Term, b: Term): boolean {
		if (a.kind === "var") {
			const ref = this.#refs?.get(a.name);
			if (ref === undefined || b.kind !== "scalar") return false;
			this.#require(ref, b);
			return true;
		}
		if (a.kind !== "ref") return false;
		if (b.kind === "scalar") {
			this.#require(a, b);
			return true;
		}
		if (b.kind === "array") {
			if (b.items.every((x) => x.kind === "scalar")) this.#require(a, b);
			else if (b.items.every((x) => x.kind === "scalar" || x.kind === "var")) this.#require(a, undefined);
			return false;
		}
		// What is evaluated before the equation stands there as a variable.
		if (b.kind === "call" || b.kind.endsWith("-comprehension")) {
			this.#require(a, undefined);
			return false;
		}
		if (b.kind === "var") {
			this.#require(a, undefined);
			if (this.#isIndexed(a)) {
				this.#refs ??= new Map();
				this.#refs.set(b.name, a);
			}
			return true;
		}
		return false;
	}

	/** A term that OPA evaluates before its expression: the refs in it must be defined. */
	operand(t: Term): void {
		switch (t.kind) {
			case "ref":
				if (this.#isIndexed(t)) this.#require(t, undefined);
				else this.#brackets(t);
				return;
			case "call":
				for (const a of t.args) this.operand(a);
				return;
			case "array":
			case "set":
				if (this.#planner.context.ground(t) === undefined) for (const x of t.items) this.operand(x);
				return;
			case "object":
				if (this.#planner.context.ground(t) !== undefined) return;
				for (const entry of t.entries) {
					this.operand(entry[0]);
					this.operand(entry[1]);
				}
				return;
			default:
		}
	}

	#brackets(ref: Ref): void {
		for (let i = 1; i < ref.terms.length; i++) this.operand(at(ref.terms, i));
	}

	#require(ref: Ref, value: Term | undefined): void {
		if (!this.#isIndexed(ref)) return;
		this.#required ??= [];
		this.#required.push({ ref, value, late: this.#risky });
		if (this.#risky) this.#late = true;
	}

	/** A ground ref to input or base data: past the rules, and past every package that has rules. */
	#isIndexed(ref: Ref): boolean {
		const root = rootOf(ref);
		if (root !== "input" && root !== "data") return false;
		const terms = ref.terms;
		for (let i = 1; i < terms.length; i++) if (at(terms, i).kind !== "scalar") return false;
		if (root === "input") return true;
		let node: PlanNode = this.#planner.context.root;
		for (let i = 1; i < terms.length; i++) {
			const t = at(terms, i);
			if (t.kind !== "scalar") return false;
			const next = node.children.get(nodeKey(t.value));
			if (next === undefined) return true;
			if (next.rule !== undefined || next.func !== undefined) return false;
			node = next;
		}
		return false;
	}

	#risk(t: Term): void {
		if (!this.#risky) this.#risky = this.#canFail(t);
	}

	#isTotal(t: Call): boolean {
		const name = operatorName(t.operator);
		return name !== undefined && this.#planner.context.builtins.get(name)?.total === true;
	}

	/** Whether evaluating a term may end in an error: calls, rules, objects with computed keys. */
	#canFail(t: Term): boolean {
		switch (t.kind) {
			case "scalar":
			case "var":
				return false;
			case "ref": {
				const head = t.terms[0];
				if (head === undefined) return false;
				if (head.kind !== "var" || (head.name === "data" && !this.#isIndexed(t))) return true;
				return this.#anyCanFail(t.terms, 1);
			}
			case "call":
				return !this.#isTotal(t) || this.#anyCanFail(t.args, 0);
			case "array":
			case "set":
				return this.#anyCanFail(t.items, 0);
			case "object":
				for (const entry of t.entries) if (entry[0].kind !== "scalar" || this.#canFail(entry[1])) return true;
				return false;
			default:
				return true;
		}
	}

	#anyCanFail(list: readonly Term[], from: number): boolean {
		for (let i = from; i < list.length; i++) if (this.#canFail(at(list, i))) return true;
		return false;
	}
}

/** Equal for refs to the same place. */
function keyOf(ref: Ref): string {
	return ref.terms.map((t) => (t.kind === "scalar" ? JSON.stringify(String(t.value)) : "")).join(".") + rootOf(ref);
}

function rootOf(ref: Ref): string {
	const root = ref.terms[0];
	return root?.kind === "var" ? root.name : "";
}

function isEquality(operator: Ref): boolean {
	const name = operatorName(operator);
	return name === "eq" || name === "equal" || name === "assign";
}
