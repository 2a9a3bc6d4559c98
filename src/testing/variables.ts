/** Names of variables in a literal or term, those of inner bodies included. */
import type { Expr, Term } from "../parser/ast.ts";
import { type Visitor, walkLiteral, walkTerm } from "../parser/walk.ts";

export function variablesOf(node: Expr | Term): ReadonlySet<string> {
	const found = new Set<string>();
	const visitor: Visitor = {
		term: (t) => {
			if (t.kind === "var") found.add(t.name);
			return true;
		},
	};
	if (node.kind === "expr") walkLiteral(node, visitor);
	else walkTerm(node, visitor);
	return found;
}
