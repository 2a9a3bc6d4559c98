/** Names of variables in a literal or term, those of inner bodies included. */
import type { Body, Expr, Term } from "../parser/ast.ts";

export function variablesOf(node: Expr | Term): ReadonlySet<string> {
	const found = new Set<string>();
	if (node.kind === "expr") literal(node, found);
	else term(node, found);
	return found;
}

function body(b: Body, found: Set<string>): void {
	for (const e of b) literal(e, found);
}

function literal(e: Expr, found: Set<string>): void {
	const { what } = e;
	switch (what.kind) {
		case "term-expr":
			term(what.term, found);
			break;
		case "some":
			for (const s of what.symbols) term(s, found);
			break;
		case "every":
			if (what.key !== undefined) term(what.key, found);
			term(what.value, found);
			term(what.domain, found);
			body(what.body, found);
			break;
		case "logical":
			body(what.left, found);
			body(what.right, found);
			break;
		case "block":
			body(what.body, found);
			break;
	}
	for (const w of e.with) {
		term(w.target, found);
		term(w.value, found);
	}
}

function term(t: Term, found: Set<string>): void {
	switch (t.kind) {
		case "scalar":
			break;
		case "var":
			found.add(t.name);
			break;
		case "ref":
			for (const part of t.terms) term(part, found);
			break;
		case "call":
			for (const arg of t.args) term(arg, found);
			break;
		case "array":
		case "set":
			for (const item of t.items) term(item, found);
			break;
		case "object":
			for (const [key, value] of t.entries) {
				term(key, found);
				term(value, found);
			}
			break;
		case "array-comprehension":
		case "set-comprehension":
			term(t.term, found);
			body(t.body, found);
			break;
		case "object-comprehension":
			term(t.key, found);
			term(t.value, found);
			body(t.body, found);
			break;
		case "template-string":
			for (const part of t.parts) if (typeof part !== "string") literal(part, found);
			break;
	}
}
