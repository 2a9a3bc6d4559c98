/** Terms. Each writer takes the comments that are not written yet, and gives back those that are left. */

import { at } from "../at.ts";
import { RegoError } from "../errors.ts";
import {
	type ArrayComprehension,
	type Body,
	type Call,
	isWildcard,
	type ObjectComprehension,
	type ObjectTerm,
	type Ref,
	type SetComprehension,
	type SetTerm,
	type TemplateString,
	type Term,
} from "../parser/ast.ts";
import { printTerm } from "../parser/print.ts";
import { compareTerms } from "../parser/term-order.ts";
import { quoteGo } from "../value/term-text.ts";
import { type Comments, partition, UnexpectedComment } from "./comments.ts";
import { writeLiteral, writeLiterals } from "./literals.ts";
import { infixSymbol, isUnion, memberOperands } from "./operators.ts";
import { closingRow, type Place } from "./places.ts";
import { areGenerated, byRows, writeElements } from "./sequences.ts";
import { givingUp, goingOn, type Writer } from "./writer.ts";

/** A term; as it was written in the source where a comment in it has no other place. */
export function writeTerm(w: Writer, t: Term, comments: Comments): Comments {
	if (comments.length === 0) return writeBareTerm(w, false, t, comments);
	const mark = w.mark();
	try {
		return writeBareTerm(w, false, t, comments);
	} catch (e) {
		if (!(e instanceof UnexpectedComment)) throw e;
		w.restore(mark);
		const place = w.placeOfTerm(t);
		w.forgetWaitingWithin(place);
		e.rest = w.writeAsWritten(place, comments);
		throw e;
	}
}

/** `parens`: a call that is written infix gets parentheses. */
function writeBareTerm(w: Writer, parens: boolean, t: Term, comments: Comments): Comments {
	const wanted = w.takeParentheses(t) || parens;
	const place = w.placeOfTerm(t);
	return givingUp(() => {
		const rest = w.comments(comments, place.row);
		if (!w.inLine) w.startLine();
		const left = writeKind(w, wanted, t, place, rest);
		if (!w.inLine) w.startLine();
		return left;
	});
}

function writeKind(w: Writer, parens: boolean, t: Term, place: Place, comments: Comments): Comments {
	switch (t.kind) {
		case "scalar":
			w.write(typeof t.value === "string" ? stringText(t.value, place.text) : printTerm(t));
			return comments;
		case "var":
			w.write(nameText(t.name));
			return comments;
		case "ref":
			return writeRef(w, t, comments);
		case "call":
			return writeCall(w, parens, t, place, comments);
		case "array":
			return between(w, "[", "]", () =>
				writeElements(w, t.items, place, closingRow(place, "[", "]"), comments, termPlace(w), listItem(w, true)),
			);
		case "object":
			return writeObject(w, t, place, comments);
		case "set":
			return writeSet(w, t, place, comments);
		case "array-comprehension":
		case "set-comprehension":
			return writeComprehension(w, t, place, comments);
		case "object-comprehension":
			return writeObjectComprehension(w, t, place, comments);
		case "template-string":
			return writeTemplate(w, t, comments);
	}
}

/** A string as it was quoted in the source; what stood there as a name is quoted. */
function stringText(value: string, written: string): string {
	if (written.startsWith("`")) return written;
	const quote = written.at(-1);
	const from = quote === '"' || quote === "`" ? written.indexOf(quote) : -1;
	return from < 0 ? quoteGo(value) : written.slice(from);
}

function nameText(name: string): string {
	return isWildcard(name) ? "_" : name;
}

function between(w: Writer, open: string, close: string, write: () => Comments): Comments {
	w.write(open);
	try {
		return write();
	} finally {
		w.write(close);
	}
}

// --- references ---------------------------------------------------------------------------------

export function writeRef(w: Writer, r: Ref, comments: Comments): Comments {
	const [first, ...path] = r.terms;
	if (first === undefined) return comments;
	const parens = first.kind === "call" && w.placeOfTerm(first).text.startsWith("(");
	let rest = givingUp(() => writeBareTerm(w, parens, first, comments));
	for (const t of path) {
		if (t.kind === "scalar" && typeof t.value === "string") w.write(accessor(w, t.value, w.placeOfTerm(t).text));
		else if (t.kind === "var") w.write(`[${nameText(t.name)}]`);
		else {
			w.write("[");
			try {
				rest = writeTerm(w, t, rest);
			} catch (e) {
				if (!(e instanceof UnexpectedComment)) throw e;
				// The bracket must not become part of the comment.
				w.write("\n");
				rest = e.rest;
			}
			w.write("]");
		}
	}
	return rest;
}

function accessor(w: Writer, name: string, written: string): string {
	const { keywords, keywordsInRefs } = w.dialect;
	const asKey = keywords.has(name) && (!keywordsInRefs || written.startsWith('"'));
	return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !asKey ? `.${name}` : `[${quoteGo(name)}]`;
}

// --- calls ----------------------------------------------------------------------------------------

/** `f(…)`, whether or not f has an infix form. */
export function writePlainCall(w: Writer, c: Call, comments: Comments): Comments {
	let rest = writeRef(w, c.operator, comments);
	const place = w.place(c.operator);
	w.write("(");
	try {
		rest = givingUp(() =>
			writeElements(w, c.args, place, closingRow(place, "(", ")"), rest, termPlace(w), listItem(w, false)),
		);
	} finally {
		w.write(")");
	}
	return rest;
}

function writeCall(w: Writer, parens: boolean, c: Call, place: Place, comments: Comments): Comments {
	if (memberOperands(c) !== undefined) return writeMember(w, true, c, comments);
	const symbol = infixSymbol(c);
	if (symbol === undefined) return writePlainCall(w, c, comments);
	if (parens) w.write("(");
	const [left, right] = c.args;
	if (left === undefined || right === undefined || c.args.length !== 2) {
		reportArity(w, c, place.start);
		return comments;
	}
	let rest = givingUp(() => writeBareTerm(w, true, left, comments));
	w.write(` ${symbol} `);
	rest = givingUp(() => writeBareTerm(w, true, right, rest));
	if (parens) w.write(")");
	return rest;
}

/** `x in xs`, `k, v in xs`; the latter needs parentheses inside other terms. */
export function writeMember(w: Writer, parens: boolean, c: Call, comments: Comments): Comments {
	const count = memberOperands(c);
	if (c.args.length !== count) {
		reportArity(w, c, c.operator.start);
		return comments;
	}
	const operand = (i: number, rest: Comments): Comments => givingUp(() => writeBareTerm(w, true, at(c.args, i), rest));
	const all = (): Comments => {
		let rest = operand(0, comments);
		if (count === 3) {
			w.write(", ");
			rest = operand(1, rest);
		}
		w.write(" in ");
		return operand(count - 1, rest);
	};
	return count === 3 && parens ? between(w, "(", ")", all) : all();
}

/** A builtin with an infix form and another number of operands cannot be written. */
export function reportArity(w: Writer, c: Call, at: number): void {
	const name = printTerm(c.operator);
	w.errors.push(new RegoError("rego_type_error", `${name}: arity mismatch`, w.source.location(at)));
}

// --- lists ------------------------------------------------------------------------------------------

function termPlace(w: Writer): (t: Term) => Place {
	return (t) => w.placeOfTerm(t);
}

/** An element; a union in brackets would make a comprehension of them. */
function listItem(w: Writer, inBrackets: boolean): (t: Term, comments: Comments) => Comments {
	return (t, comments) => {
		const parens = isUnion(t) && (inBrackets || w.placeOfTerm(t).text.startsWith("("));
		return parens ? between(w, "(", ")", () => writeTerm(w, t, comments)) : writeTerm(w, t, comments);
	};
}

function writeObject(w: Writer, t: ObjectTerm, place: Place, comments: Comments): Comments {
	const write = ([key, value]: readonly [Term, Term], before: Comments): Comments => {
		let rest = before;
		if (isUnion(key)) w.write("(");
		rest = givingUp(() => writeTerm(w, key, rest));
		if (isUnion(key)) w.write(")");
		w.write(": ");
		return isUnion(value) ? between(w, "(", ")", () => writeTerm(w, value, rest)) : writeTerm(w, value, rest);
	};
	return between(w, "{", "}", () =>
		writeElements(
			w,
			t.written ?? t.entries,
			place,
			closingRow(place, "{", "}"),
			comments,
			([key]) => w.placeOfTerm(key),
			write,
		),
	);
}

function writeSet(w: Writer, t: SetTerm, place: Place, comments: Comments): Comments {
	if (t.items.length === 0) {
		w.write("set()");
		return givingUp(() => w.comments(comments, closingRow(place, "(", ")")));
	}
	const distinct = t.items.filter((item, i) => t.items.findIndex((other) => compareTerms(other, item) === 0) === i);
	// Where their places do not count, they come as the set has them.
	const items = areGenerated(distinct) ? distinct.sort(compareTerms) : distinct;
	return between(w, "{", "}", () =>
		givingUp(() =>
			writeElements(w, items, place, closingRow(place, "{", "}"), comments, termPlace(w), listItem(w, true)),
		),
	);
}

// --- comprehensions -----------------------------------------------------------------------------------

function writeComprehension(
	w: Writer,
	t: ArrayComprehension | SetComprehension,
	place: Place,
	comments: Comments,
): Comments {
	const [open, close] = t.kind === "array-comprehension" ? (["[", "]"] as const) : (["{", "}"] as const);
	return between(w, open, close, () => writeHeadAndBody(w, open, close, t.term, t.body, place, comments));
}

function writeObjectComprehension(w: Writer, t: ObjectComprehension, place: Place, comments: Comments): Comments {
	return between(w, "{", "}", () => {
		// The value follows its key, whatever row it stood in.
		const { col, start, text } = w.placeOfTerm(t.value);
		w.moved.set(t.value, { row: place.row, col, start, text });
		if (isUnion(t.key)) w.write("(");
		const rest = givingUp(() => writeTerm(w, t.key, comments));
		if (isUnion(t.key)) w.write(")");
		w.write(": ");
		return writeHeadAndBody(w, "{", "}", t.value, t.body, place, rest);
	});
}

function writeHeadAndBody(
	w: Writer,
	open: string,
	close: string,
	head: Term,
	body: Body,
	place: Place,
	comments: Comments,
): Comments {
	const at = w.placeOfTerm(head);
	if (at.row > place.row) {
		w.endLine();
		w.startLine();
	}
	const parens = head.kind === "call" && (isUnion(head) || at.text.startsWith("("));
	const rest = givingUp(() => writeBareTerm(w, parens, head, comments));
	w.write(" |");
	return writeInnerBody(w, open, close, body, at, place, rest);
}

/**
 * A body within brackets: on the line of what comes before it (`after`) where it stood there, else one literal
 * a line. `brackets` is the place the brackets are looked for in.
 */
export function writeInnerBody(
	w: Writer,
	open: string,
	close: string,
	body: Body,
	after: Place,
	brackets: Place,
	comments: Comments,
): Comments {
	const closing = (rest: Comments): Comments => givingUp(() => w.comments(rest, closingRow(brackets, open, close)));
	const first = body[0];
	const rows = byRows(body, (e) => w.place(e));
	if (first !== undefined && (w.place(first).row > after.row || rows.length > 1)) {
		w.endLine();
		w.up();
		try {
			return closing(writeLiterals(w, body, comments));
		} finally {
			w.down();
			w.startLine();
		}
	}
	w.write(" ");
	let rest = comments;
	body.forEach((e, i) => {
		if (i > 0) w.write("; ");
		rest = writeLiteral(w, e, rest);
	});
	return closing(rest);
}

// --- template strings ---------------------------------------------------------------------------------

function writeTemplate(w: Writer, t: TemplateString, comments: Comments): Comments {
	const quote = t.raw ? "`" : '"';
	let rest = comments;
	w.write(`$${quote}`);
	t.parts.forEach((part, i) => {
		const constant = typeof part === "string" ? part : constantHole(part);
		if (constant !== undefined) {
			w.write(templateText(constant, t.raw));
			return;
		}
		if (typeof part === "string") return;
		w.write("{");
		w.up();
		const place = w.place(part);
		if (w.waiting !== undefined) {
			w.endLine();
			w.startLine();
		} else {
			const { before } = partition(rest, place.row);
			if (before.length > 0) {
				w.write(" ");
				w.inLine = true;
				w.writeComments(before);
				rest = rest.slice(before.length);
			}
		}
		rest = writeLiteral(w, part, rest);
		if (i + 1 < t.parts.length) {
			const next = t.parts[i + 1];
			const row = w.source.row(typeof next === "object" ? next.start : holeEnd(w, part.end));
			const { before } = partition(rest, row);
			if (before.length > 0) {
				w.endLine();
				w.writeComments(before);
				rest = rest.slice(before.length);
				w.startLine();
			}
		}
		w.write("}");
		w.down();
	});
	w.write(quote);
	return rest;
}

/** A scalar in a hole is part of the text. */
function constantHole(part: Exclude<TemplateString["parts"][number], string>): string | undefined {
	const t = part.what.kind === "term-expr" && !part.negated && part.with.length === 0 ? part.what.term : undefined;
	if (t?.kind !== "scalar") return undefined;
	return typeof t.value === "string" ? t.value : printTerm(t);
}

function templateText(text: string, raw: boolean): string {
	if (text === "") return "";
	const quoted = raw ? text : quoteGo(text);
	// An opening brace that no backslash stands before would open a hole.
	const escaped = quoted.replace(
		/(^|[^\\])(\{+)/g,
		(_, before: string, braces: string) => `${before}${"\\{".repeat(braces.length)}`,
	);
	return raw ? escaped : escaped.slice(1, -1);
}

/** Where the brace stands that ends a hole. */
function holeEnd(w: Writer, from: number): number {
	const at = w.source.text.indexOf("}", from);
	return at < 0 ? from : at;
}

/** For callers that write a term and go on whatever comments are in it. */
export function writeTermGoingOn(w: Writer, t: Term, comments: Comments): Comments {
	return goingOn(() => writeTerm(w, t, comments));
}
