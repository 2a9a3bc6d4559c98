/** `and` and `or`: chains of one operator level, a line for each operand that stood in a row of its own. */
import type { Body, Expr, Logical } from "../parser/ast.ts";
import type { Comments } from "./comments.ts";
import { writeBraced, writeLiteral } from "./literals.ts";
import { literalOpensBrace } from "./operators.ts";
import { closingRow, lineBreaks, type Place } from "./places.ts";
import { goingOn, type Writer } from "./writer.ts";

export type LogicalExpr = Expr & { readonly what: Logical };

interface Operand {
	readonly body: Body;
	/** Written in braces, which open here. */
	readonly brace: Place | undefined;
	readonly parens: boolean;
}

interface Step {
	readonly op: "and" | "or";
	readonly right: Operand;
	/** The row in which everything before the operator ends. */
	readonly leftEnds: number;
}

export function isLogical(e: Expr): e is LogicalExpr {
	return e.what.kind === "logical";
}

export function writeLogical(w: Writer, e: LogicalExpr, comments: Comments): Comments {
	const { first, steps } = chain(w, e);
	let rest = goingOn(() => writeOperand(w, first, comments));
	let indented = false;
	try {
		for (const { op, right, leftEnds } of steps) {
			w.write(` ${op}`);
			const begins = right.brace?.row ?? (right.body[0] === undefined ? 0 : w.place(right.body[0]).row);
			if (begins > leftEnds) {
				if (!indented) w.up();
				indented = true;
				w.endLine();
				w.startLine();
			} else w.write(" ");
			rest = goingOn(() => writeOperand(w, right, rest));
		}
	} finally {
		if (indented) w.down();
	}
	return rest;
}

function writeOperand(w: Writer, { body, brace, parens }: Operand, comments: Comments): Comments {
	const only = body[0];
	if (brace !== undefined) {
		if (only !== undefined) return writeBraced(w, body, brace, comments);
		w.write("{}");
		return comments;
	}
	if (only === undefined) return comments;
	if (!parens) return writeLiteral(w, only, comments);
	w.write("(");
	try {
		return writeLiteral(w, only, comments);
	} finally {
		w.write(")");
	}
}

/** The operands of `a and b and c`, which is a tree that leans to the left. */
export function chain(w: Writer, e: LogicalExpr): { readonly first: Operand; readonly steps: readonly Step[] } {
	const { op, left, leftBraces, right, rightBraces } = e.what;
	const last = { op, right: operand(w, right, rightBraces, op, true, e) };
	const only = left[0];
	if (!leftBraces && left.length === 1 && only !== undefined && isLogical(only) && !isLoose(only, op, false)) {
		const { first, steps } = chain(w, only);
		return { first, steps: [...steps, { ...last, leftEnds: bodyEnds(w, left) }] };
	}
	const first = operand(w, left, leftBraces, op, false, e);
	const closes = first.brace === undefined ? 0 : closingRow(first.brace, "{", "}");
	return { first, steps: [{ ...last, leftEnds: closes > 0 ? closes : bodyEnds(w, left) }] };
}

function operand(w: Writer, body: Body, braces: boolean, op: "and" | "or", right: boolean, whole: Expr): Operand {
	const only = body[0];
	if (braces || body.length !== 1 || only === undefined) {
		return { body, brace: bracePlace(body, w.place(whole)), parens: false };
	}
	return { body, brace: undefined, parens: isLoose(only, op, right) };
}

/** Whether an operand without braces would be read otherwise without parentheses. */
function isLoose(e: Expr, op: "and" | "or", right: boolean): boolean {
	if (e.with.length > 0) return true;
	if (isLogical(e)) return e.what.op === "or" ? op === "and" || right : op === "and" && right;
	return literalOpensBrace(e);
}

function bodyEnds(w: Writer, body: Body): number {
	const last = body.at(-1);
	if (last === undefined) return 0;
	const place = w.place(last);
	return place.row + lineBreaks(place.text.replace(/[ \t\r\n]+$/, ""));
}

/** Where the brace stands that opens an operand: the last one before its first literal. */
function bracePlace(body: Body, whole: Place): Place {
	const first = body[0];
	if (first === undefined) return whole;
	const at = whole.text.lastIndexOf("{", first.start - whole.start - 1);
	if (at < 0 || first.start <= whole.start) return whole;
	return {
		...whole,
		row: whole.row + lineBreaks(whole.text.slice(0, at)),
		start: whole.start + at,
		text: whole.text.slice(at),
	};
}
