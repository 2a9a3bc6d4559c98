/** Calls that are written infix, by the builtin they are of, and terms whose text would begin with a brace or hold a bare union. */
import { type Call, dottedName, type Expr, type Term } from "../parser/ast.ts";
import { operatorSymbols } from "../parser/token.ts";

/** `+` for plus: the sign between two operands. */
export function infixSymbol(c: Call): string | undefined {
	const name = dottedName(c.operator);
	return name === undefined ? undefined : operatorSymbols.get(name);
}

/** How many operands of `in` a call is written with: `x in xs`, `k, v in xs`. */
export function memberOperands(c: Call): 2 | 3 | undefined {
	const name = dottedName(c.operator);
	return name === "internal.member_2" ? 2 : name === "internal.member_3" ? 3 : undefined;
}

/** `x | y`, which reads as a comprehension behind a brace or bracket. */
export function isUnion(t: Term): boolean {
	return t.kind === "call" && dottedName(t.operator) === "or";
}

/** The term an expression consists of. */
export function termOf(e: Expr): Term | undefined {
	return e.what.kind === "term-expr" ? e.what.term : undefined;
}

/** A union of two operands as a whole literal. */
export function isUnionLiteral(e: Expr): boolean {
	const t = termOf(e);
	return t?.kind === "call" && isUnion(t) && t.args.length === 2;
}

/** A set as a whole literal: in the braces of a body it keeps its own. */
export function isSetLiteral(e: Expr): boolean {
	return !e.negated && termOf(e)?.kind === "set";
}

/** The operand that the text of an infix literal begins with; `z = x + y` begins with the third. */
export function leadingOperand(t: Term): Term | undefined {
	if (t.kind !== "call" || (infixSymbol(t) === undefined && memberOperands(t) === undefined)) return undefined;
	const arity = memberOperands(t) ?? 2;
	if (t.args.length === arity) return t.args[0];
	return t.args.length === arity + 1 ? t.args[arity] : undefined;
}

/** Whether the text of a literal begins with `{`, and so would read as a body where one may stand. */
export function literalOpensBrace(e: Expr): boolean {
	const t = termOf(e);
	if (t === undefined) return false;
	const lead = leadingOperand(t);
	return t.kind === "call" ? lead !== undefined && opensBrace(lead) : opensBrace(t);
}

function opensBrace(t: Term): boolean {
	switch (t.kind) {
		case "set":
			return t.items.length > 0;
		case "object":
		case "set-comprehension":
		case "object-comprehension":
			return true;
		case "ref":
			return t.terms[0] !== undefined && opensBrace(t.terms[0]);
		case "call": {
			const arity = memberOperands(t) ?? (infixSymbol(t) === undefined ? undefined : 2);
			const first = t.args[0];
			return first !== undefined && t.args.length === arity && opensBrace(first);
		}
		default:
			return false;
	}
}
