/**
 * What OPA's rule index asks of a definition before it evaluates it: that the parts of input and base
 * data its body reads are there, and are the constants they are compared with. Asked first, they
 * decide which definitions can fail with an error at all: in `p if { f(1); input.a }` nobody calls f
 * while input.a is undefined. Only definitions with something that can fail before such a read get
 * guards; for the others the order cannot be observed.
 * Source of the rules: OPA v1/ast/index.go, refindices.Update, on bodies as rewriteDynamics leaves them.
 */
import type { Call, Expr, Ref, Rule, Term } from "../parser/ast.ts";
import { dottedName } from "../parser/ast.ts";
import type { Expression } from "./plan.ts";
import type { BodyPlanner } from "./plan-body.ts";
import type { PlanNode } from "./plan-context.ts";

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

/** Whether a print is called anywhere below. */
function hasPrint(x: unknown): boolean {
	if (typeof x !== "object" || x === null) return false;
	if (Array.isArray(x)) return x.some(hasPrint);
	const node = x as Partial<Call>;
	if (node.kind === "call" && node.operator !== undefined && dottedName(node.operator) === "internal.print")
		return true;
	return Object.values(x).some(hasPrint);
}

/** Builtins that fail for no operands. */
const harmless = new Set([
	"eq",
	"equal",
	"neq",
	"lt",
	"lte",
	"gt",
	"gte",
	"assign",
	"internal.member_2",
	"internal.member_3",
]);

interface Guard {
	readonly ref: Ref | number;
	readonly key: string;
	/** What it must be; undefined: anything. */
	value: Term | undefined;
	readonly late: boolean;
}

class Guards {
	readonly #planner: BodyPlanner;
	readonly #guards: Map<string, Guard> = new Map();
	/** Variables that stand for a ref. */
	readonly #refs: Map<string, Ref> = new Map();
	/** Something before can fail. */
	#risky = false;

	constructor(planner: BodyPlanner) {
		this.#planner = planner;
	}

	emit(): void {
		for (const g of this.#guards.values()) {
			if (!g.late) continue;
			const p = this.#planner;
			const value: Expression = typeof g.ref === "number" ? { op: "local", local: g.ref } : p.term(g.ref);
			const loc = typeof g.ref === "number" ? -1 : p.loc(g.ref);
			if (g.value === undefined) p.emit({ op: "let", local: p.temp(), value, loc });
			else p.emit({ op: "test", value: { op: "equal", left: value, right: p.term(g.value) }, loc });
		}
	}

	/** Terms of a head are evaluated last. */
	headBegins(): void {
		this.#risky = true;
	}

	expr(e: Expr): void {
		if (e.with.length > 0) {
			// What OPA takes out of a modified expression is modified, too, and so not indexed.
			for (const w of e.with) this.operand(w.value);
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
			const [a, b] = t.args as [Term, Term];
			if (!negated && (this.#equality(a, b) || this.#equality(b, a))) return;
			for (const x of [a, b]) if (x.kind !== "ref") this.operand(x);
			return;
		}
		if (t.kind === "ref") {
			if (!negated) this.#require(t, undefined);
			else for (const x of t.terms.slice(1)) this.operand(x);
			return;
		}
		if (t.kind === "call") for (const a of t.args) this.operand(a);
		else this.operand(t);
	}

	/** `a = b` as seen from a; true when it says all there is to say. */
	#equality(a: Term, b: Term): boolean {
		if (a.kind === "var") {
			const ref = this.#refs.get(a.name);
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
			if (b.items.every((x) => x.kind === "scalar" || x.kind === "var")) this.#require(a, undefined);
			return false;
		}
		if (b.kind === "var") {
			this.#require(a, undefined);
			if (this.#isIndexed(a)) this.#refs.set(b.name, a);
			return true;
		}
		return false;
	}

	/** A term that OPA evaluates before its expression: the refs in it must be defined. */
	operand(t: Term): void {
		switch (t.kind) {
			case "ref":
				if (this.#isIndexed(t)) this.#require(t, undefined);
				else for (const x of t.terms.slice(1)) this.operand(x);
				return;
			case "call":
				for (const a of t.args) this.operand(a);
				return;
			case "array":
			case "set":
				for (const x of t.items) this.operand(x);
				return;
			case "object":
				for (const [k, v] of t.entries) {
					this.operand(k);
					this.operand(v);
				}
				return;
			default:
		}
	}

	#require(ref: Ref, value: Term | undefined): void {
		if (!this.#isIndexed(ref)) return;
		const key =
			ref.terms.map((t) => (t.kind === "scalar" ? JSON.stringify(String(t.value)) : "")).join(".") + rootOf(ref);
		const known = this.#guards.get(key);
		if (known === undefined) this.#guards.set(key, { ref, key, value, late: this.#risky });
		else if (known.value === undefined && value !== undefined) {
			this.#guards.set(key, { ref, key, value, late: known.late || this.#risky });
		}
	}

	/** A ground ref to input or base data: past the rules, and past every package that has rules. */
	#isIndexed(ref: Ref): boolean {
		const root = rootOf(ref);
		if (root !== "input" && root !== "data") return false;
		const keys = ref.terms.slice(1);
		if (!keys.every((t) => t.kind === "scalar")) return false;
		if (root === "input") return true;
		let node: PlanNode = this.#planner.context.root;
		for (const t of keys) {
			if (t.kind !== "scalar" || typeof t.value !== "string") return false;
			const next = node.children.get(t.value);
			if (next === undefined) return true;
			if (next.rule !== undefined || next.func !== undefined) return false;
			node = next;
		}
		return false;
	}

	#risk(t: Term): void {
		if (this.#risky) return;
		this.#risky = canFail(t, (r) => rootOf(r) === "data" && !this.#isIndexed(r));
	}
}

function rootOf(ref: Ref): string {
	const root = ref.terms[0];
	return root?.kind === "var" ? root.name : "";
}

function isEquality(operator: Ref): boolean {
	const name = dottedName(operator);
	return name === "eq" || name === "equal" || name === "assign";
}

/** Whether evaluating a term may end in an error: calls, rules, objects with computed keys. */
function canFail(t: Term, isRule: (r: Ref) => boolean): boolean {
	const any = (list: readonly Term[]): boolean => list.some((x) => canFail(x, isRule));
	switch (t.kind) {
		case "scalar":
		case "var":
			return false;
		case "ref":
			return isRule(t) || any(t.terms.slice(1)) || (t.terms[0] !== undefined && t.terms[0].kind !== "var");
		case "call":
			return !harmless.has(dottedName(t.operator) ?? "") || any(t.args);
		case "array":
		case "set":
			return any(t.items);
		case "object":
			return t.entries.some(([k, v]) => k.kind !== "scalar" || canFail(v, isRule));
		default:
			return true;
	}
}
