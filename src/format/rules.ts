/** Rules: heads, bodies, `else`. */

import { at } from "../at.ts";
import type { Expr, Head, Ref, Rule, Term } from "../parser/ast.ts";
import { printTerm } from "../parser/print.ts";
import { isGround } from "../parser/rules.ts";
import { type Comments, UnexpectedComment } from "./comments.ts";
import { writeLiteral, writeLiterals } from "./literals.ts";
import { chain, isLogical } from "./logical.ts";
import { isSetLiteral, isUnion, isUnionLiteral, leadingOperand, termOf } from "./operators.ts";
import { closingRow, endRow, type Place } from "./places.ts";
import { writeElements } from "./sequences.ts";
import { writeRef, writeTerm } from "./terms.ts";
import { givingUp, goingOn, type Writer } from "./writer.ts";

export function writeRules(w: Writer, rules: readonly Rule[], comments: Comments): Comments {
	let rest = comments;
	rules.forEach((rule, i) => {
		rest = goingOn(() => w.comments(rest, w.place(rule).row));
		rest = goingOn(() => writeRule(w, rule, rest));
		const next = rules[i + 1];
		const together =
			next !== undefined &&
			staysOnOneLine(w, rule) &&
			staysOnOneLine(w, next) &&
			w.place(next).row === w.place(rule).row + 1;
		if (!together) w.blankLine();
	});
	return rest;
}

/** Whether a rule may stand next to another of its kind without an empty line between them. */
function staysOnOneLine(w: Writer, rule: Rule): boolean {
	if (rule.body.length > 1 || rule.default || rule.else !== undefined) return false;
	if (rule.body[0] !== undefined && isSetLiteral(rule.body[0])) return false;
	return usesIf(w, rule.head);
}

function usesIf(w: Writer, head: Head): boolean {
	const { v1, ifs, contains } = w.dialect;
	return (v1 || ifs) && (contains || head.value !== undefined);
}

function writeRule(w: Writer, rule: Rule, comments: Comments): Comments {
	w.startLine();
	if (rule.default) w.write("default ");
	return writeHeadAndBody(w, rule, rule.head.ref, comments);
}

/** From the head on; an else branch has `else` for a name. */
function writeHeadAndBody(w: Writer, rule: Rule, name: Ref | "else", comments: Comments): Comments {
	const isConstant = rule.else === undefined && isTrueLiteral(rule.body);
	w.commentOnFinalLine = isConstant;
	let rest: Comments;
	let surprised = false;
	try {
		rest = writeHead(w, rule, name, isConstant, comments);
	} catch (e) {
		if (!(e instanceof UnexpectedComment)) throw e;
		rest = e.rest;
		surprised = true;
	}
	if (isConstant || rule.body.length === 0) {
		w.endLine();
		return rest;
	}
	w.commentOnFinalLine = true;
	const only = rule.body.length === 1 ? rule.body[0] : undefined;
	if (usesIf(w, rule.head)) {
		w.write(" if");
		if (only !== undefined && w.place(only).row === endRow(w.place(rule.head)) && !isSetLiteral(only)) {
			w.write(" ");
			rest = givingUp(() => writeLiteral(w, only, rest));
			w.endLine();
			return rule.else === undefined ? rest : writeElse(w, rule, rule.else, rest);
		}
	}
	if (surprised && rest.length > 0) w.write(" { ");
	else {
		w.write(" {");
		w.endLine();
	}
	if (usesIf(w, rule.head) && name !== "else" && rule.body[0] !== undefined) markLeadingUnion(w, rule.body[0]);
	w.up();
	rest = goingOn(() => writeLiterals(w, rule.body, rest));
	rest = givingUp(() => w.comments(rest, closingBrace(w, rule, name)));
	w.down();
	w.startLine();
	w.write("}");
	return rule.else === undefined ? rest : writeElse(w, rule, rule.else, rest);
}

function closingBrace(w: Writer, rule: Rule, name: Ref | "else"): number {
	const place = w.place(rule);
	if (name !== "else" && rule.head.args !== undefined && rule.head.args.length > 0) {
		return closingRow(place, "{", "}", ["(", ")"]);
	}
	return keyOf(w, rule) === undefined ? closingRow(place, "{", "}") : closingRow(place, "{", "}", ["[", "]"]);
}

/** A literal `true`, as the whole body. */
function isTrueLiteral(body: readonly Expr[]): boolean {
	const only = body.length === 1 ? body[0] : undefined;
	return only !== undefined && !only.negated && only.with.length === 0 && isTrue(termOf(only));
}

function isTrue(t: Term | undefined): boolean {
	return t?.kind === "scalar" && t.value === true;
}

/**
 * The key of a head, in OPA's sense: of `contains` and of v0's `p[k]`, and the last part of `p[k] := v`, which
 * behind `if` must not be a constant.
 */
function keyOf(w: Writer, rule: Rule): Term | undefined {
	const { head } = rule;
	if (head.key !== undefined) return head.key;
	const last = head.ref.terms.length === 2 ? head.ref.terms[1] : undefined;
	if (last === undefined || (head.args?.length ?? 0) > 0 || rule.default) return undefined;
	const behindIf = rule.hasBody && /^\s*if\b/.test(w.source.text.slice(head.end, head.end + 100));
	return behindIf && isGround(last) && last.kind !== "ref" ? undefined : last;
}

/**
 * Nothing was written for the value, and OPA leaves it so. Where a body follows it writes the value nevertheless:
 * `p { true }` becomes `p = true`, but not `p[k] if true`.
 */
function leavesValueOut({ head, hasBody }: Rule): boolean {
	if (!isTrue(head.value) || head.value?.start !== head.start || head.value.end < head.end) return false;
	return !hasBody || (head.ref.terms.length === 2 && (head.args?.length ?? 0) === 0);
}

// --- heads ------------------------------------------------------------------------------------------------

function writeHead(w: Writer, rule: Rule, name: Ref | "else", isConstant: boolean, comments: Comments): Comments {
	const { head } = rule;
	let rest: Comments;
	if (name === "else") {
		rest = givingUp(() => w.comments(comments, w.place(head).row));
		if (!w.inLine) w.startLine();
		w.write("else");
	} else {
		const key = name.terms[1];
		if (w.dialect.refHeads || key === undefined || name.terms.length !== 2)
			rest = givingUp(() => writeRef(w, name, comments));
		else {
			const next = comments[0];
			if (next !== undefined && w.place(key).row === next.place.row) {
				return w.writeAsWritten(w.place(head), comments);
			}
			w.write(`${printTerm(at(name.terms, 0))}[${printTerm(key)}]`);
			rest = comments;
		}
		rest = writeArguments(w, head, rest);
	}
	if (head.key !== undefined && head.value === undefined) rest = writeKey(w, head.key, rest);
	return writeValue(w, rule, name, isConstant, rest);
}

function writeArguments(w: Writer, head: Head, comments: Comments): Comments {
	if (head.args === undefined || head.args.length === 0) return comments;
	const place = w.place(head);
	w.write("(");
	try {
		return writeElements(
			w,
			head.args,
			place,
			closingRow(place, "(", ")"),
			comments,
			(t) => w.placeOfTerm(t),
			(t, before) => {
				const parens = isUnion(t) && w.placeOfTerm(t).text.startsWith("(");
				if (parens) w.write("(");
				const left = writeTerm(w, t, before);
				if (parens) w.write(")");
				return left;
			},
		);
	} finally {
		w.write(")");
	}
}

function writeKey(w: Writer, key: Term, comments: Comments): Comments {
	if (w.dialect.contains) {
		w.write(" contains ");
		return writeTerm(w, key, comments);
	}
	w.write("[");
	const rest = writeTerm(w, key, comments);
	w.write("]");
	return rest;
}

function writeValue(w: Writer, rule: Rule, name: Ref | "else", isConstant: boolean, comments: Comments): Comments {
	const { head } = rule;
	const { value } = head;
	const key = name === "else" ? undefined : keyOf(w, rule);
	if (value === undefined || (key === undefined && isTrue(value) && !isConstant && !rule.default)) return comments;
	const isRefConstant = w.dialect.v1 && isConstant && key === undefined && (head.args?.length ?? 0) === 0;
	if (leavesValueOut(rule) && name !== "else" && !isRefConstant) return comments;
	w.write(head.assign || w.dialect.v1 ? " := " : " = ");
	return writeTerm(w, value, comments);
}

// --- else -------------------------------------------------------------------------------------------------

function writeElse(w: Writer, rule: Rule, branch: Rule, comments: Comments): Comments {
	const at = w.place(branch.head);
	const behindBrace = at.row > w.source.row(rule.start) && !beginsLine(w, at, "else");
	const next = comments[0];
	const commentAbove = (next !== undefined && next.place.row < at.row) || w.waiting !== undefined;
	if (!commentAbove && behindBrace) w.write(" ");
	else {
		w.blankLine();
		w.startLine();
	}
	const rest = givingUp(() => w.comments(comments, at.row));
	if (commentAbove && !behindBrace) w.startLine();
	if (branch.head.value !== undefined) w.moved.set(branch.head.value, at);
	return writeHeadAndBody(w, branch, "else", rest);
}

/** Whether the line with a place begins with a word. */
function beginsLine(w: Writer, place: Place, word: string): boolean {
	const firstLetter = /\S/g;
	firstLetter.lastIndex = w.source.lineStarts[place.row - 1] ?? 0;
	const begin = firstLetter.exec(w.source.text)?.index ?? 0;
	return w.source.text.startsWith(word, begin);
}

/**
 * Puts a union at the beginning of a body into parentheses: behind the brace of a body it would read as a
 * comprehension.
 */
function markLeadingUnion(w: Writer, e: Expr): void {
	if (e.negated) return;
	if (isLogical(e)) {
		const { first } = chain(w, e);
		if (first.brace === undefined && !first.parens && first.body[0] !== undefined) markLeadingUnion(w, first.body[0]);
		return;
	}
	if (isUnionLiteral(e)) {
		w.parenthesised = e;
		return;
	}
	const t = termOf(e);
	const lead = t === undefined ? undefined : leadingOperand(t);
	if (lead !== undefined && isUnion(lead)) w.parenthesised = lead;
}
