/**
 * Which comprehensions OPA evaluates once, for all values of the variables that they share with the body around
 * them, and finds by these afterwards. Source of the rules: OPA v1/ast/compile.go, getComprehensionIndex.
 */

import { at } from "../at.ts";
import { type Body, builtinName, type Comprehension, type Expr, isRootName, sides, type Term } from "./nodes.ts";
import { eachComprehension } from "./reorder.ts";
import { type Arity, bodyOutputs, bodyVars, exprVars, type Names, ofExpression, termVars } from "./vars.ts";

/** Adds the variables, in order, that comprehensions of the body, and of bodies in it, are found by. */
export function comprehensionIndices(
	b: Body,
	arity: Arity,
	outer: Names,
	out: Map<Comprehension, readonly string[]>,
): void {
	const candidates = new Set(outer);
	for (const e of b) {
		const found = indexed(e, arity, candidates);
		if (found !== undefined) out.set(found[0], found[1]);
		exprVars(e, candidates, ofExpression);
	}
	for (const e of b) {
		const w = e.what;
		if (w.kind === "every" || w.kind === "not") comprehensionIndices(w.body, arity, candidates, out);
		else if (w.kind === "and" || w.kind === "or") {
			comprehensionIndices(w.left, arity, candidates, out);
			comprehensionIndices(w.right, arity, candidates, out);
		}
		eachComprehension(e, (t) => comprehensionIndices(t.body, arity, candidates, out));
	}
}

function indexed(e: Expr, arity: Arity, candidates: Names): readonly [Comprehension, readonly string[]] | undefined {
	const both = sides(e);
	if (both === undefined || e.negated || e.with.length > 0) return undefined;
	const [a, b] = both;
	const t =
		a.kind === "var" && b.kind === "comprehension" ? b : b.kind === "var" && a.kind === "comprehension" ? a : undefined;
	if (t === undefined) return undefined;
	const roots: Names = new Set(["data", "input"]);
	const outputs = bodyOutputs(t.body, arity, roots);
	for (const n of bodyVars(t.body, new Set(), ofExpression)) {
		if (!outputs.has(n) && !isRootName(n)) return undefined;
	}
	if (isWorse(t.body, candidates) || t.body.some((x) => closesOver(x, candidates))) return undefined;
	const keys = [...candidates].filter((n) => outputs.has(n)).sort();
	return keys.length === 0 ? undefined : [t, keys];
}

/** A variable of the outer body first met where a reference, or `walk`, would use its value. */
function isWorse(b: Body, candidates: Names): boolean {
	const seen: Names = new Set();
	const meets = (vars: Names): boolean => [...vars].some((n) => candidates.has(n) && !isRootName(n) && !seen.has(n));
	const inTerm = (t: Term): boolean => {
		switch (t.kind) {
			case "var":
				seen.add(t.name);
				return false;
			case "ref": {
				const vars: Names = new Set();
				for (const x of t.terms.slice(1)) termVars(x, vars, { skipRefHead: true });
				return meets(vars) || t.terms.some(inTerm);
			}
			case "array":
			case "set":
				return t.items.some(inTerm);
			case "object":
				return t.entries.some(([k, v]) => inTerm(k) || inTerm(v));
			default:
				return false;
		}
	};
	return b.some((e) => {
		const w = e.what;
		if (w.kind === "term") return inTerm(w.term);
		if (w.kind === "call") {
			if (builtinName(w.operator) === "walk" && w.args.length > 1 && meets(termVars(at(w.args, 1), new Set())))
				return true;
			return w.args.some(inTerm);
		}
		return false;
	});
}

/** Whether comprehensions of the expression have variables of the outer body. */
function closesOver(e: Expr, candidates: Names): boolean {
	let found = false;
	eachComprehension(e, (t) => {
		for (const n of termVars(t, new Set(), { skipRefHead: true })) if (candidates.has(n)) found = true;
	});
	return found;
}
