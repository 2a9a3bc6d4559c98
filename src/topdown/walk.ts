/** Every term of an expression, those in bodies within it included, parents first. */

import type { EventNode } from "./events.ts";
import type { Body, Expr, Rule, Term } from "./nodes.ts";

/** Returns true to leave out what is inside. */
export type Visit = (t: Term) => boolean;

/** What an event is of, except rules: of those, some want the head and some the body as well. */
export function walkNode(node: EventNode | undefined, visit: Visit): void {
	if (node?.kind === "expr") walkExpr(node.expr, visit);
	else if (node?.kind === "body") walkBody(node.body, visit);
	else if (node?.kind === "unify") for (const t of [node.a, node.b]) walkTerm(t, visit);
}

export function walkHead({ args, key, pairKey, value }: Rule, visit: Visit): void {
	for (const t of [...(args ?? []), key ?? pairKey, value]) if (t !== undefined) walkTerm(t, visit);
}

export function walkBody(b: Body, visit: Visit): void {
	for (const e of b) walkExpr(e, visit);
}

export function walkExpr(e: Expr, visit: Visit): void {
	const w = e.what;
	switch (w.kind) {
		case "term":
			walkTerm(w.term, visit);
			break;
		case "call":
			walkTerm(w.operator, visit);
			for (const t of w.args) walkTerm(t, visit);
			break;
		case "every":
			for (const t of [w.key, w.value, w.domain]) walkTerm(t, visit);
			walkBody(w.body, visit);
			break;
		case "not":
			walkBody(w.body, visit);
			break;
		default:
			walkBody(w.left, visit);
			walkBody(w.right, visit);
	}
	for (const x of e.with) {
		walkTerm(x.target, visit);
		walkTerm(x.value, visit);
	}
}

export function walkTerm(t: Term, visit: Visit): void {
	if (visit(t)) return;
	switch (t.kind) {
		case "ref":
			for (const x of t.terms) walkTerm(x, visit);
			return;
		case "array":
		case "set":
			for (const x of t.items) walkTerm(x, visit);
			return;
		case "object":
			for (const [k, v] of t.entries) {
				walkTerm(k, visit);
				walkTerm(v, visit);
			}
			return;
		case "comprehension":
			if (t.key !== undefined) walkTerm(t.key, visit);
			walkTerm(t.term, visit);
			walkBody(t.body, visit);
			return;
		case "call":
			walkTerm(t.operator, visit);
			for (const x of t.args) walkTerm(x, visit);
			return;
		default:
	}
}
