/**
 * What a query depends on: base documents, which are loaded or given as input, and virtual ones, which rules define.
 * A reference is followed through the locals it is kept in and cut where it becomes dynamic, as `opa deps` does.
 */
import { at } from "../at.ts";
import { type CheckedModuleSet, type CheckedRule, knowledge } from "../compiler/checked.ts";
import type { RuleState } from "../compiler/rule-state.ts";
import { rulesForRef } from "../compiler/rule-tree.ts";
import type { Body, Expr, Ref, Term } from "../parser/ast.ts";
import { printRef } from "../parser/print.ts";
import { compareTerms } from "../parser/term-order.ts";
import { walkBody, walkLiteral, walkTerm, walkTerms } from "../parser/walk.ts";

export interface Dependencies {
	readonly base: readonly Ref[];
	readonly virtual: readonly Ref[];
}

export function dependenciesOf(query: Body, set: CheckedModuleSet): Dependencies {
	const { compilation, rules } = set[knowledge];
	const base = new Map<string, Ref>();
	const virtual = new Map<string, Ref>();
	const seen = new Set<RuleState>();
	const pending: Ref[] = minimal(referencesOf([], query, []));
	for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
		const ref = constantPrefix(next);
		const found: RuleState[] = [];
		rulesForRef(compilation.tree, ref, (r) => found.push(r));
		if (found.length === 0) {
			if (isDocument(ref)) base.set(printRef(ref), ref);
			continue;
		}
		for (const state of found) {
			if (seen.has(state)) continue;
			seen.add(state);
			const defined: Ref = { ...ref, terms: state.path.slice(0, state.prefixLength) };
			virtual.set(printRef(defined), defined);
			const checked = rules.get(state);
			if (checked !== undefined) pending.push(...minimal(referencesOfRule(checked)));
		}
	}
	return { base: inOrder(base), virtual: inOrder(virtual) };
}

function inOrder(refs: ReadonlyMap<string, Ref>): readonly Ref[] {
	return [...refs.values()].sort((a, b) => {
		for (const [i, t] of a.terms.entries()) {
			const other = b.terms[i];
			if (other === undefined) return 1;
			const order = compareTerms(t, other);
			if (order !== 0) return order;
		}
		return a.terms.length - b.terms.length;
	});
}

function isDocument(ref: Ref): boolean {
	const head = at(ref.terms, 0);
	return head.kind === "var" && (head.name === "data" || head.name === "input");
}

function constantPrefix(ref: Ref): Ref {
	const end = ref.terms.findIndex((t, i) => i > 0 && t.kind !== "scalar");
	return end < 0 ? ref : { ...ref, terms: ref.terms.slice(0, end) };
}

/** Without those that another one is a prefix of. */
function minimal(refs: readonly Ref[]): Ref[] {
	const byText = new Map(refs.map((r) => [r.terms.map((t) => printRef({ ...r, terms: [t] })).join("\n"), r]));
	return [...byText.values()].filter((r) => {
		const parts = r.terms.map((t) => printRef({ ...r, terms: [t] }));
		return !parts.some((_, i) => i > 0 && byText.has(parts.slice(0, i).join("\n")));
	});
}

function referencesOfRule({ rule }: CheckedRule): readonly Ref[] {
	const { head } = rule;
	const terms = [...(head.args ?? []), ...head.ref.terms.slice(1)];
	if (head.key !== undefined) terms.push(head.key);
	if (head.value !== undefined) terms.push(head.value);
	// As in OPA, `else` branches do not count.
	return referencesOf(rule.body, [], terms);
}

/** What a rule's body, other literals and terms refer to; a local of the body that only keeps a reference is what it keeps. */
function referencesOf(body: Body, literals: Body, terms: readonly Term[]): readonly Ref[] {
	const out: Ref[] = [];
	const kept = new Map<string, Ref>();
	const others: Expr[] = [...literals];
	for (const literal of body) {
		const alias = aliasOf(literal);
		if (alias === undefined) others.push(literal);
		else kept.set(...alias);
	}
	const used = new Set<string>();
	const visitor = {
		term: (t: Term): boolean => {
			if (t.kind === "call") addRef(t.operator, false);
			if (t.kind === "var") use(t.name);
			if (t.kind !== "ref") return true;
			addRef(t, true);
			return false;
		},
	};
	const use = (name: string): void => {
		const ref = kept.get(name);
		if (ref === undefined || used.has(name)) return;
		used.add(name);
		addRef(ref, true);
	};
	const addRef = (ref: Ref, inner: boolean): void => {
		const resolved = resolve(ref, kept);
		if (isDocument(resolved)) out.push(resolved);
		else if (at(ref.terms, 0).kind !== "var") walkTerm(at(ref.terms, 0), visitor);
		if (inner) walkTerms(ref.terms.slice(1), visitor);
	};
	for (const e of others) walkLiteral(e, visitor);
	walkTerms(terms, visitor);
	for (const ref of kept.values()) walkTerms(ref.terms.slice(1), visitor);
	for (const [name, ref] of kept) {
		const extended = others.some((e) => beginsWith(e, name)) || [...kept.values()].some((r) => headName(r) === name);
		if (!used.has(name) && !extended) addRef(ref, true);
	}
	return out;
}

function headName(r: Ref): string | undefined {
	const head = r.terms[0];
	return head?.kind === "var" ? head.name : undefined;
}

function beginsWith(e: Expr, name: string): boolean {
	let found = false;
	walkBody([e], {
		term: (t) => {
			if (t.kind === "ref" && headName(t) === name) found = true;
			return !found;
		},
	});
	return found;
}

/** `x := ref` and `x = ref`. */
function aliasOf(e: Expr): [string, Ref] | undefined {
	if (e.negated || e.with.length > 0 || e.what.kind !== "term-expr" || e.what.term.kind !== "call") return undefined;
	const { operator, args } = e.what.term;
	const name = headName(operator);
	if (operator.terms.length !== 1 || (name !== "assign" && name !== "eq")) return undefined;
	const [left, right] = args;
	if (left?.kind === "var" && right?.kind === "ref") return [left.name, right];
	if (left?.kind === "ref" && right?.kind === "var") return [right.name, left];
	return undefined;
}

function resolve(ref: Ref, kept: ReadonlyMap<string, Ref>): Ref {
	let out = ref;
	// Each local is followed once: `x = y.a; y = x.b` goes in a circle.
	for (const passed = new Set<string>(); ; ) {
		const name = headName(out);
		const target = name === undefined || passed.has(name) ? undefined : kept.get(name);
		if (name === undefined || target === undefined) return out;
		passed.add(name);
		out = { ...out, terms: [...target.terms, ...out.terms.slice(1)] };
	}
}
