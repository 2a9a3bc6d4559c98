/** Literals: what bodies consist of. */
import type { Body, Call, Every, Expr, SomeDecl, With } from "../parser/ast.ts";
import type { Comments } from "./comments.ts";
import { isLogical, writeLogical } from "./logical.ts";
import { infixSymbol, isUnionLiteral, literalOpensBrace, memberOperands } from "./operators.ts";
import { endRow, lineBreaks, type Place } from "./places.ts";
import { reportArity, writeInnerBody, writeMember, writePlainCall, writeTerm, writeTermGoingOn } from "./terms.ts";
import { givingUp, goingOn, type Writer } from "./writer.ts";

/** One literal a line; an empty line stays where the source has one between two literals. */
export function writeLiterals(w: Writer, body: Body, comments: Comments): Comments {
	const first = body[0];
	if (first === undefined) return comments;
	let rest = w.comments(comments, w.place(first).row);
	body.forEach((e, i) => {
		const previous = body[i - 1];
		if (previous !== undefined && w.place(e).row > endRow(w.place(previous)) + 1) w.blankLine();
		w.startLine();
		rest = goingOn(() => writeLiteral(w, e, rest));
		w.endLine();
	});
	return rest;
}

export function writeLiteral(w: Writer, e: Expr, comments: Comments): Comments {
	const parens = w.takeParentheses(e);
	const place = w.place(e);
	let rest = w.comments(comments, place.row);
	if (!w.inLine) w.startLine();
	if (e.negated && e.what.kind !== "block") w.write("not ");
	if (parens) w.write("(");
	rest = writeWhat(w, e, place, rest);
	if (parens) w.write(")");
	return writeWiths(w, e, place, rest);
}

function writeWhat(w: Writer, e: Expr, place: Place, comments: Comments): Comments {
	const { what } = e;
	switch (what.kind) {
		case "term-expr":
			return what.term.kind === "call" ? writeCallLiteral(w, what.term, comments) : writeTerm(w, what.term, comments);
		case "some":
			return givingUp(() => writeSome(w, what, place, comments));
		case "every":
			return givingUp(() => writeEvery(w, what, place, comments));
		case "block":
			return givingUp(() => writeNot(w, what.body, what.braces, place, comments));
		case "logical":
			return isLogical(e) ? givingUp(() => writeLogical(w, e, comments)) : comments;
	}
}

/** A call as a literal: infix where it has such a form, with one operand more for its result. */
function writeCallLiteral(w: Writer, c: Call, comments: Comments): Comments {
	if (memberOperands(c) !== undefined) return writeMember(w, false, c, comments);
	const symbol = infixSymbol(c);
	if (symbol === undefined) return writePlainCall(w, c, comments);
	const [left, right, result] = c.args;
	if (left === undefined || right === undefined || c.args.length > 3) {
		reportArity(w, c, c.operator.start);
		return writePlainCall(w, c, comments);
	}
	let rest = comments;
	if (result !== undefined) {
		rest = givingUp(() => writeTerm(w, result, rest));
		w.write(" = ");
	}
	rest = givingUp(() => writeTerm(w, left, rest));
	w.write(` ${symbol} `);
	return result === undefined ? writeTerm(w, right, rest) : givingUp(() => writeTerm(w, right, rest));
}

// --- with -----------------------------------------------------------------------------------------------

/** In the row of the literal's end, or each row of them a line of its own, one level deeper. */
function writeWiths(w: Writer, e: Expr, place: Place, comments: Comments): Comments {
	let rest = comments;
	let row = rowOfTermsEnd(e, place);
	let indented = false;
	try {
		for (const modifier of e.with) {
			const own = w.place(modifier).row;
			const below = own > row;
			if (below) {
				if (!indented) w.up();
				indented = true;
				w.endLine();
				w.startLine();
				row = own;
			}
			rest = writeWith(w, modifier, rest, below);
		}
	} finally {
		if (indented) w.down();
	}
	return rest;
}

/** The row in which a literal ends, its modifiers aside. */
function rowOfTermsEnd(e: Expr, place: Place): number {
	const first = e.with[0];
	const text = first === undefined ? place.text : place.text.slice(0, first.start - e.start);
	return place.row + lineBreaks(text.replace(/[ \t\r\n]+$/, ""));
}

function writeWith(w: Writer, modifier: With, comments: Comments, onOwnLine: boolean): Comments {
	let rest = givingUp(() => w.comments(comments, w.place(modifier).row));
	if (!onOwnLine) w.write(" ");
	w.write("with ");
	rest = givingUp(() => writeTerm(w, modifier.target, rest));
	w.write(" as ");
	return writeTermGoingOn(w, modifier.value, rest);
}

// --- some, every, not -------------------------------------------------------------------------------------

function writeSome(w: Writer, decl: SomeDecl, place: Place, comments: Comments): Comments {
	let rest = w.comments(comments, place.row);
	w.write("some ");
	let row = place.row;
	decl.symbols.forEach((symbol, i) => {
		if (symbol.kind === "call") {
			rest = writeMember(w, false, symbol, rest);
			return;
		}
		const own = w.place(symbol).row;
		if (own > row) {
			w.endLine();
			w.startLine();
			w.write("\t");
			row = own;
		} else if (i > 0) w.write(" ");
		rest = writeTerm(w, symbol, rest);
		if (i < decl.symbols.length - 1) w.write(",");
	});
	return rest;
}

function writeEvery(w: Writer, every: Every, place: Place, comments: Comments): Comments {
	let rest = w.comments(comments, place.row);
	w.write("every ");
	if (every.key !== undefined) {
		rest = writeTerm(w, every.key, rest);
		w.write(", ");
	}
	rest = writeTerm(w, every.value, rest);
	w.write(" in ");
	rest = writeTerm(w, every.domain, rest);
	w.write(" {");
	rest = goingOn(() => writeInnerBody(w, "{", "}", every.body, place, place, rest));
	const first = every.body[0];
	if (every.body.length === 1 && first !== undefined && w.place(first).row === place.row) w.write(" ");
	w.write("}");
	return rest;
}

function writeNot(w: Writer, body: Body, braces: boolean, place: Place, comments: Comments): Comments {
	let rest = w.comments(comments, place.row);
	const only = body.length === 1 && !braces ? body[0] : undefined;
	w.write("not ");
	if (only === undefined) return writeBraced(w, body, place, rest);
	const parens = needsParentheses(only);
	if (parens) w.write("(");
	rest = goingOn(() => writeLiteral(w, only, rest));
	if (parens) w.write(")");
	return rest;
}

/** `{ … }` as an operand; a union at its beginning would make a comprehension of it. */
export function writeBraced(w: Writer, body: Body, place: Place, comments: Comments): Comments {
	const first = body[0];
	if (first !== undefined && isUnionLiteral(first)) w.parenthesised = first;
	w.write("{");
	const rest = goingOn(() => writeInnerBody(w, "{", "}", body, place, place, comments));
	const last = body.at(-1);
	if (last !== undefined && w.place(last).row === place.row) w.write(" ");
	w.write("}");
	return rest;
}

/** Whether the one literal under a `not` without braces would be read otherwise without parentheses. */
function needsParentheses(e: Expr): boolean {
	return e.with.length > 0 || e.what.kind === "logical" || e.what.kind === "block" || literalOpensBrace(e);
}
