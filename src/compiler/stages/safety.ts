/**
 * CheckSafetyRuleHeads and CheckSafetyRuleBodies: every variable is bound before it is needed. A
 * body whose expressions can be evaluated as written stays as it is; another is put in the order OPA
 * would, and if there is none, the variables in the way are reported.
 *
 * Most bodies are in order, so that is tried first, on the syntax as written (in-order.ts). Only when
 * it fails is the body split into steps (expand.ts), ordered as OPA does (opa-order.ts), and given to the
 * planner to try: what that binds is what is bound.
 *
 * OPA accepts some bodies that it cannot evaluate, for an expression with a closure over bound variables
 * passes whatever else in it is unbound. Those are refused here unless another order can be planned.
 */

import { at, at as elementAt, got } from "../../at.ts";
import type { Source } from "../../location.ts";
import type { Body, Call, Expr, Ref, Term } from "../../parser/ast.ts";
import { call as makeCall, expr as makeExpr, termExpr, variable } from "../../parser/ast.ts";
import type { Compilation, Unplanned } from "../compilation.ts";
import type { RuleState } from "../rule-state.ts";
import { callOf, eqName, equalName, isCallOf } from "../syntax/calls.ts";
import {
	type Closure,
	closuresIn,
	closureVars,
	isPrintCall,
	replaceClosures,
	replaceInTerm,
} from "../syntax/closures.ts";
import { isGenerated, shownVar } from "../syntax/local-names.ts";
import { BoundVars, expressionOutputs } from "../syntax/outputs.ts";
import { showPath } from "../syntax/show.ts";
import { mapTerm, mapTerms } from "../syntax/transform.ts";
import { allVars, directVars, directVarsInExpr, type Names, requiresEval } from "../syntax/vars.ts";
import { type Expanded, equation, expandBody, type Step } from "./expand.ts";
import { InOrder } from "./in-order.ts";
import { orderAsOpa } from "./opa-order.ts";
import { headTerms } from "./prints.ts";
import { withoutValues, withValues } from "./query-values.ts";

/** Bodies of more steps are not gone over a second time to report what OPA would. */
const maxRepeated = 300;

/** Variables that nothing binds, and where they are needed. */
interface Unsafe {
	readonly at: number;
	readonly names: ReadonlySet<string>;
}

interface Ordered {
	readonly body: Body;
	readonly heads: readonly Term[];
}

/** Calls in patterns of arguments (in keys, and in sets) become expressions of the body; OPA's output stays in the pattern. */
function withoutCalls(c: Compilation, t: Term, extra: Expr[]): Term {
	const inner = (x: Term): Term => withoutCalls(c, x, extra);
	switch (t.kind) {
		case "call": {
			const args = mapTerms(t.args, inner);
			const out = variable(c.names.fresh(), t.start, t.end);
			const step = makeCall(t.operator, [...args, out], false, t.start, t.end);
			extra.push(makeExpr(termExpr(step), false, [], t.start, t.end));
			return out;
		}
		case "ref":
		case "array":
		case "set":
		case "object":
			return mapTerm(
				t,
				inner,
				(b) => b,
				(e) => e,
			);
		default:
			return t;
	}
}

/** Patterns of arguments that have to be evaluated (`f(data.x)`) become equations in the body. */
export function hoistArguments(c: Compilation): void {
	for (const m of c.modules) {
		for (const r of m.all) {
			const args = r.head.args;
			if (args === undefined || !args.some(requiresEval)) continue;
			const extra: Expr[] = [];
			const plain = mapTerms(args, (arg) => {
				const a = withoutCalls(c, arg, extra);
				if (!requiresEval(a)) return a;
				const local = c.names.fresh();
				extra.push(equation(local, a));
				return variable(local, a.start, a.end);
			});
			r.setHead({ ...r.head, args: plain });
			r.body = withoutTrue(r.body, [...r.body, ...extra]);
		}
	}
}

/** Variables of heads must occur in the body or among the arguments. */
export function checkHeadSafety(c: Compilation): void {
	for (const m of c.modules) {
		const scope = sharedRows(m.all, m.source);
		for (const r of m.all) {
			const vars = headVars(c, r);
			if (vars === undefined) continue;
			const known: Names = new Set(["data", "input"]);
			for (const a of r.head.args ?? []) allVars(a, known);
			if ([...vars.keys()].every((v) => known.has(v))) continue;
			for (const e of r.body) {
				directVarsInExpr(e, known);
				for (const w of e.with) directVars(w.value, known);
			}
			for (const t of headTerms(r)) if (requiresEval(t)) directVars(t, known);
			for (const [v, at] of vars) {
				if (known.has(v)) continue;
				const shown = c.names.shown(v);
				if (isGenerated(shown)) continue;
				c.fail("rego_unsafe_var_error", `var ${shownVar(shown)} is unsafe${scope(r)}`, m.source, at);
			}
		}
	}
}

/** Variables of head terms that are used as they are, with the last place of each, keys after values; undefined: none. */
function headVars(c: Compilation, r: RuleState): Map<string, number> | undefined {
	let out: Map<string, number> | undefined;
	const collect = (t: Term): void => {
		if (t.kind === "var") {
			out ??= new Map();
			out.set(t.name, t.start);
		} else if (t.kind === "array" || t.kind === "set") for (const x of t.items) collect(x);
		else if (t.kind === "object") {
			for (const [k, v] of t.entries) {
				collect(k);
				collect(v);
			}
		}
	};
	const { ref, key, value } = r.head;
	for (let i = 0; i <= ref.terms.length; i++) {
		const t = i === 0 ? key : i === 1 ? value : ref.terms[i - 1];
		if (t !== undefined && t.kind !== "scalar" && !c.constants.has(t) && !requiresEval(t)) collect(t);
	}
	return out;
}

export function checkBodySafety(c: Compilation): void {
	for (const m of c.modules) {
		const scope = sharedRows(m.all, m.source);
		for (const r of m.all) {
			if (c.isConstant(r)) continue;
			const args: Names = new Set();
			for (const a of r.head.args ?? []) allVars(a, args);
			const orderer = new Orderer(c);
			const heads = headTerms(r);
			const bound = args.size === 0 ? BoundVars.roots : BoundVars.of(args, BoundVars.roots);
			const ordered = orderer.order(r.body, heads, bound, r.rule.start);
			if (orderer.unsafe.length > 0) {
				reportUnsafe(c, orderer.unsafe, m.source, scope(r));
				continue;
			}
			r.body = ordered.body;
			replaceHeads(r, heads, ordered.heads);
		}
	}
}

/** With captured, as `opa eval`, which keeps values of expressions in variables. */
export function checkQuerySafety(c: Compilation, body: Body, source: Source, captured: boolean): Body {
	const orderer = new Orderer(c, true);
	const ordered = orderer.order(captured ? withValues(c, body) : body, [], BoundVars.roots, 0);
	if (orderer.unsafe.length > 0) reportUnsafe(c, orderer.unsafe, source, "");
	return captured ? withoutValues(ordered.body) : ordered.body;
}

function replaceHeads(r: RuleState, before: readonly Term[], after: readonly Term[]): void {
	if (before.every((t, i) => t === after[i])) return;
	const head = r.head;
	const next = (t: Term | undefined): Term | undefined => {
		const i = t === undefined ? -1 : before.indexOf(t);
		return i < 0 ? t : after[i];
	};
	const [name, ...rest] = head.ref.terms;
	const terms = [name as Term, ...rest.map((t) => next(t) as Term)];
	const ref: Ref = terms.every((t, i) => t === head.ref.terms[i]) ? head.ref : { ...head.ref, terms };
	r.setHead({ ...head, ref, key: next(head.key), value: next(head.value) });
}

class Orderer {
	readonly #c: Compilation;
	readonly unsafe: Unsafe[] = [];

	readonly #isQuery: boolean;

	constructor(c: Compilation, isQuery = false) {
		this.#isQuery = isQuery;
		this.#c = c;
	}

	/**
	 * Orders a body whose results are the head terms, given what is bound around it. `at` is where a
	 * head term's unknown variable is reported.
	 */
	order(body: Body, heads: readonly Term[], outer: BoundVars, at: number): Ordered {
		const inOrder = new InOrder(this.#c, body, heads, new BoundVars(outer));
		if (inOrder.succeeds()) {
			if (inOrder.closures.length === 0) return { body, heads };
			const bound = new BoundVars(outer);
			const rewritten = new Map<Closure, Closure>();
			let done = 0;
			for (const { node, bindings, from } of inOrder.closures) {
				while (done < bindings) bound.add(elementAt(inOrder.bindings, done++));
				const next = this.#closure(node, bound, from);
				if (next !== node) rewritten.set(node, next);
			}
			if (rewritten.size === 0) return { body, heads };
			return {
				body: body.map((e) => replaceClosures(e, rewritten)),
				heads: heads.map((t) => replaceInTerm(t, rewritten)),
			};
		}
		return this.#reorder(body, heads, outer, at);
	}

	/** Checks and orders what is inside a closure. */
	#closure(node: Closure, bound: BoundVars, at: number): Closure {
		switch (node.kind) {
			case "array-comprehension":
			case "set-comprehension": {
				const { body, heads } = this.order(node.body, [node.term], bound, at);
				return body === node.body && heads[0] === node.term ? node : { ...node, body, term: elementAt(heads, 0) };
			}
			case "object-comprehension": {
				const { body, heads } = this.order(node.body, [node.key, node.value], bound, at);
				const [key, value] = heads as readonly [Term, Term];
				if (body === node.body && key === node.key && value === node.value) return node;
				return { ...node, body, key, value };
			}
			case "every": {
				const locals: Names = new Set();
				if (node.key !== undefined) allVars(node.key, locals);
				allVars(node.value, locals);
				const { body } = this.order(node.body, [], BoundVars.of(locals, bound), at);
				return body === node.body ? node : { ...node, body };
			}
			case "block": {
				const { body } = this.order(node.body, [], bound, at);
				return body === node.body ? node : { ...node, body };
			}
			case "logical": {
				const left = this.order(node.left, [], bound, at).body;
				const right = this.order(node.right, [], bound, at).body;
				return left === node.left && right === node.right ? node : { ...node, left, right };
			}
			case "template-string": {
				const parts = node.parts.map((p) => (typeof p === "string" ? p : this.#single(p, bound, at)));
				return parts.every((p, i) => p === node.parts[i]) ? node : { ...node, parts };
			}
			default: {
				const args = mapTerms(node.args, (a) => {
					const e: Expr = { ...equation("", a), what: termExpr(a) };
					const { what } = this.#single(e, bound, at);
					return what.kind === "term-expr" ? what.term : a;
				});
				return args === node.args ? node : { ...node, args };
			}
		}
	}

	/** One expression on its own; it stays one even where its steps would have to be apart. */
	#single(e: Expr, bound: BoundVars, at: number): Expr {
		const { body } = this.order([e], [], bound, at);
		return body.length === 1 ? elementAt(body, 0) : e;
	}

	#reorder(body: Body, heads: readonly Term[], outer: BoundVars, at: number): Ordered {
		const expanded = expandBody(this.#c, body, heads);
		const { steps } = expanded;
		this.#checkHeadTerms(expanded, outer, at);
		// Each holds all of the steps: an order that has no place for one of them is none.
		const orders: (() => { readonly placed: readonly Step[]; readonly body: Body } | undefined)[] = [];
		if (steps.length > maxRepeated) {
			const { placed, stuck } = this.#placeSteps(steps, outer);
			if (stuck.length > 0) {
				this.unsafe.push(...stuck);
				return { body, heads };
			}
			orders.push(() => ({ placed, body }));
		} else {
			const { placed, unsafe } = orderAsOpa(this.#c, steps, outer, stepNeeds, this.#isQuery);
			if (unsafe.length > 0) {
				this.#reportSteps(placed, unsafe, outer);
				return { body, heads };
			}
			orders.push(
				() => ({ placed, body }),
				() => this.#withEquations(placed, body),
				() => {
					const { placed: others, stuck } = this.#placeSteps(steps, outer);
					return stuck.length > 0 ? undefined : { placed: others, body };
				},
			);
		}
		let problem: Unplanned | undefined;
		for (const order of orders) {
			const before = this.unsafe.length;
			const found = order();
			if (found === undefined) continue;
			const ordered = this.#inOrderOf(found.placed, expanded, found.body, heads, outer);
			if (this.unsafe.length > before) return { body, heads };
			const unplanned = this.#c.options.unplanned(ordered.body, ordered.heads, this.#c, outer.has);
			if (unplanned === undefined) return ordered;
			problem ??= unplanned;
		}
		// Accepted by OPA, which then evaluates something whose operands are missing.
		if (problem !== undefined) this.unsafe.push({ at: problem.at, names: new Set([problem.variable]) });
		return { body, heads };
	}

	/**
	 * In modules a comparison is an equation to OPA once the order is found, and binds what is not bound by then:
	 * `input.k[m] == x; x = count({y | y := m})`. Undefined where there is none.
	 */
	#withEquations(
		placed: readonly Step[],
		body: Body,
	): { readonly placed: readonly Step[]; readonly body: Body } | undefined {
		if (this.#isQuery || !body.some(isComparison)) return undefined;
		const steps = placed.map((s) => (isComparison(s.expr) ? { ...s, expr: asEquation(s.expr) } : s));
		return { placed: steps, body: body.map((e) => (isComparison(e) ? asEquation(e) : e)) };
	}

	/** The body with its steps in an order, and its closures seeing what earlier steps bind. */
	#inOrderOf(
		steps: readonly Step[],
		expanded: Expanded,
		body: Body,
		heads: readonly Term[],
		outer: BoundVars,
	): Ordered {
		const seen = new BoundVars(outer);
		const rewritten = new Map<Closure, Closure>();
		const outputs: Names[] = [];
		for (const step of steps) {
			for (const node of closuresIn(step.expr)) {
				const next = this.#closure(node, seen, step.expr.start);
				if (next === node) continue;
				rewritten.set(node, next);
				// The step's `every` has a variable for its domain; the one in the body must be found too.
				const original = body[step.origin]?.what;
				if (next.kind === "every" && original?.kind === "every") rewritten.set(original, next);
			}
			const own = expressionOutputs(this.#c, step.expr, seen.has);
			outputs.push(own);
			seen.addAll(own);
		}
		return assemble(this.#c, body, heads, expanded.heads, steps, outputs, rewritten);
	}

	/** Rounds over the steps in the order written; each step is taken as soon as it can be. */
	#placeSteps(
		steps: readonly Step[],
		outer: BoundVars,
	): { readonly placed: readonly Step[]; readonly stuck: readonly Unsafe[] } {
		const bound = new BoundVars(outer);
		const bodyVars: Names = new Set();
		const pending = steps.map((step) => {
			const needs = stepNeeds(step.expr);
			for (const n of needs) bodyVars.add(n);
			return { step, needs, closed: [] as string[], dirty: true, done: false, missing: new Set<string>() };
		});
		type Pending = (typeof pending)[number];
		const waiting = new Map<string, Pending[]>();
		for (const p of pending) {
			const inside: Names = new Set();
			for (const node of closuresIn(p.step.expr)) closureVars(node, inside);
			for (const n of inside) if (bodyVars.has(n) && !outer.has(n)) p.closed.push(n);
			for (const n of new Set([...p.needs, ...p.closed])) {
				if (bound.has(n)) continue;
				const list = waiting.get(n);
				if (list === undefined) waiting.set(n, [p]);
				else list.push(p);
			}
		}
		const placed: Step[] = [];
		let rest = pending;
		for (;;) {
			const before = placed.length;
			for (const p of rest) {
				if (!p.dirty) continue;
				p.dirty = false;
				const outputs = expressionOutputs(this.#c, p.step.expr, bound.has);
				const closed = p.closed.filter((n) => !bound.has(n));
				p.missing = new Set(closed.length > 0 ? closed : p.needs.filter((n) => !bound.has(n) && !outputs.has(n)));
				if (p.missing.size > 0) continue;
				p.done = true;
				placed.push(p.step);
				for (const n of outputs) {
					bound.add(n);
					for (const other of waiting.get(n) ?? []) other.dirty = true;
				}
			}
			if (placed.length === before) break;
			rest = rest.filter((p) => !p.done);
		}
		return { placed, stuck: rest.map((p) => ({ at: p.step.expr.start, names: p.missing })) };
	}

	/** What OPA reports of a body that has no order: its own order's leftovers, and those inside closures it got to. */
	#reportSteps(placed: readonly Step[], unsafe: readonly Unsafe[], outer: BoundVars): void {
		this.unsafe.push(...unsafe);
		const seen = new BoundVars(outer);
		for (const step of placed) {
			for (const node of closuresIn(step.expr)) this.#closure(node, seen, step.expr.start);
			seen.addAll(stepNeeds(step.expr));
		}
	}

	/** Variables of head terms that nothing in the body so much as mentions. */
	#checkHeadTerms(expanded: Expanded, outer: BoundVars, at: number): void {
		const wanted: Names = new Set();
		for (const t of expanded.heads) allVars(t, wanted);
		if (wanted.size === 0) return;
		const known: Names = new Set();
		for (const s of expanded.steps) for (const n of stepNeeds(s.expr)) known.add(n);
		const names = new Set([...wanted].filter((n) => !known.has(n) && !outer.has(n)));
		if (names.size > 0) this.unsafe.push({ at, names });
	}
}

function isComparison(e: Expr): boolean {
	const call = e.negated ? undefined : callOf(e);
	return call !== undefined && call.args.length === 2 && isCallOf(call, equalName);
}

/** `a = b` for `a == b`. */
function asEquation(e: Expr): Expr {
	const call = callOf(e) as Call;
	const { start, end } = call.operator;
	const operator: Ref = { ...call.operator, terms: [variable(eqName, start, end)] };
	return { ...e, what: termExpr({ ...call, operator }) };
}

/** What a step needs or binds itself; operands of not, and, or written without braces need all they use. */
function stepNeeds(e: Expr): readonly string[] {
	const out: Names = new Set();
	if (e.what.kind === "term-expr" && isPrintCall(e.what.term)) return [];
	directVarsInExpr(e, out);
	const w = e.what;
	if (w.kind === "block" && !w.braces) for (const x of w.body) directVarsInExpr(x, out);
	if (w.kind === "logical") {
		if (!w.leftBraces) for (const x of w.left) directVarsInExpr(x, out);
		if (!w.rightBraces) for (const x of w.right) directVarsInExpr(x, out);
	}
	return [...out];
}

/** The body from ordered steps: expressions whole where their steps stayed together, in steps otherwise. */
function assemble(
	c: Compilation,
	body: Body,
	heads: readonly Term[],
	rest: readonly Term[],
	steps: readonly Step[],
	outputs: readonly Names[],
	rewritten: ReadonlyMap<Closure, Closure>,
): Ordered {
	const counts = new Map<number, number>();
	for (const s of steps) counts.set(s.origin, (counts.get(s.origin) ?? 0) + 1);
	let headsFrom = steps.length;
	while (headsFrom > 0 && at(steps, headsFrom - 1).origin >= body.length) headsFrom--;
	const out: Expr[] = [];
	const outHeads = heads.map((t) => replaceInTerm(t, rewritten));
	for (let i = 0; i < steps.length; ) {
		const { origin } = at(steps, i);
		const count = got(counts, origin);
		const group = steps.slice(i, i + count);
		const together = group.length === count && group.every((s, k) => s.origin === origin && s.index === k);
		const binds = outputs.slice(i, i + count);
		const isHead = origin >= body.length;
		const bindsMore = isHead && group.some((step, k) => bindsNamed(step, at(binds, k)));
		// What is early of a head is only its calls: its other variables may be bound after them.
		if (together && isHead && (bindsMore || i >= headsFrom)) {
			const head = at(outHeads, origin - body.length);
			if (bindsMore) {
				const local = c.names.fresh();
				out.push(equation(local, head));
				outHeads[origin - body.length] = variable(local, head.start, head.end);
			}
			i += count;
		} else if (together && !isHead && !mustSplit(at(body, origin), group, binds)) {
			out.push(replaceClosures(at(body, origin), rewritten));
			i += count;
		} else {
			const step = at(steps, i);
			out.push(replaceClosures(step.expr, rewritten));
			if (isHead) outHeads[origin - body.length] = replaceInTerm(at(rest, origin - body.length), rewritten);
			i++;
		}
	}
	return { body: withoutTrue(body, out), heads: outHeads };
}

/** A body that was only `true` gives way to what was moved into it. */
function withoutTrue(before: Body, after: readonly Expr[]): Body {
	const only = before.length === 1 ? before[0] : undefined;
	return only !== undefined && after.length > 1 && isTrue(only) ? after.filter((e) => e !== only) : after;
}

function isTrue(e: Expr): boolean {
	return e.what.kind === "term-expr" && e.what.term.kind === "scalar" && e.what.term.value === true && !e.negated;
}

/** Whether a step binds more than the local for its own result. */
function bindsNamed(step: Step, outputs: Names): boolean {
	for (const n of outputs) if (!stepLocal(step, n)) return true;
	return false;
}

/** Steps that bind variables other steps of the expression use must be seen to come first. */
function mustSplit(e: Expr, group: readonly Step[], outputs: readonly Names[]): boolean {
	for (let i = 0; i < group.length - 1; i++) {
		const step = at(group, i);
		for (const n of at(outputs, i)) {
			if (stepLocal(step, n)) continue;
			if (e.negated || step.outside) return true;
			for (const later of group.slice(i + 1)) if (stepNeeds(later.expr).includes(n)) return true;
		}
	}
	return false;
}

/** The local a step was given for its own result. */
function stepLocal(step: Step, name: string): boolean {
	const w = step.expr.what;
	if (w.kind !== "term-expr" || w.term.kind !== "call") return false;
	const { args } = w.term;
	const isName = (t: Term | undefined): boolean => t?.kind === "var" && t.name === name;
	return isName(args[0]) || isName(args.at(-1));
}

type ScopeText = (r: RuleState) => string;

/** ` in rule p` for rules that share a line with rules of another name. */
function sharedRows(rules: readonly RuleState[], source: Source): ScopeText {
	let shared: Set<number> | undefined;
	const name = (r: RuleState): string => {
		const terms = r.head.ref.terms;
		return showPath(terms.slice(0, terms.length - (r.path.length - r.prefixLength)));
	};
	return (r) => {
		if (shared === undefined) {
			shared = new Set();
			const first = new Map<number, string>();
			for (const x of rules) {
				const row = source.row(x.rule.start);
				const known = first.get(row);
				if (known === undefined) first.set(row, name(x));
				else if (known !== name(x)) shared.add(row);
			}
		}
		return shared.has(source.row(r.rule.start)) ? ` in rule ${name(r)}` : "";
	};
}

const futureKeywords = new Set(["in", "every", "contains", "if", "not", "and", "or"]);

function reportUnsafe(c: Compilation, unsafe: readonly Unsafe[], source: Source, scope: string): void {
	const places = new Map<string, number>();
	for (const { at, names } of unsafe) {
		for (const n of names) {
			const known = places.get(n);
			if (known === undefined || at < known) places.set(n, at);
		}
	}
	const named = [...places]
		.map(([name, at]) => ({ name: shownVar(c.names.shown(name)), at }))
		.filter((v) => !isGenerated(v.name))
		.sort((a, b) => a.at - b.at);
	for (const { name, at } of named) {
		const hint = futureKeywords.has(name)
			? ` (hint: \`import future.keywords.${name}\` to import a future keyword)`
			: "";
		c.fail("rego_unsafe_var_error", `var ${name} is unsafe${scope}${hint}`, source, at);
	}
	if (named.length > 0) return;
	// Only variables of the compiler's own: name the expressions, once for each variable.
	const seen = new Set<string>();
	for (const { at, names } of [...unsafe].sort((a, b) => a.at - b.at)) {
		const before = seen.size;
		for (const n of names) seen.add(n);
		if (seen.size > before) c.fail("rego_unsafe_var_error", `expression is unsafe${scope}`, source, at);
	}
}
