/**
 * `and` and `or` between expressions, their braced and parenthesised operands, and `not` before
 * those (future.keywords.and, .or, .not). `and` binds tighter than `or`; both associate to the left.
 *
 * A `{` or `(` may begin an operand or a term, so both are tried: as an operand first, and given up
 * unless the tokens after it show that it was one. Braces in operand position hold a body.
 */

import { at } from "../at.ts";
import { type Block, type Body, type Expr, expr, type Logical, type Term } from "./ast.ts";
import * as Kind from "./kinds.ts";
import { attachWiths, parseBody, parseTermExpr } from "./literals.ts";
import type { ParserState } from "./state.ts";
import { operatorOf, parseInfixTerm, parseTerm, termName } from "./terms.ts";
import { operatorNames } from "./token.ts";

/** One side of `and` or `or`. */
interface Operand {
	readonly body: Body;
	/** Written in braces. */
	readonly braces: boolean;
	readonly start: number;
	readonly end: number;
}

/** What literals.ts asks for, where `and`, `or` or `not` before braces may be. */
export interface LogicalReader {
	readonly bracedOperandFirst: typeof parseBracedOperandFirst;
	readonly groupFirst: typeof parseGroupFirst;
	readonly negatedBraces: typeof parseNegatedBraces;
	readonly negatedParens: typeof parseNegatedParens;
	readonly operandTail: typeof parseOperandTail;
}

/** The construct turned out to be a term: nothing was read. */
type OrTerm<T> = T | "term";

function atLogical(p: ParserState): boolean {
	return p.kind === Kind.LogicalAnd || p.kind === Kind.LogicalOr;
}

/** At a statement's `{`: `{ body } and …`, or a term. */
export function parseBracedOperandFirst(p: ParserState): OrTerm<Expr | undefined> {
	const brace = p.mark();
	const start = p.start;
	const body = parseBraces(p);
	if (body !== undefined && atLogical(p)) {
		if (isAmbiguousUnion(p, body)) {
			ambiguousUnion(p, body, start, p.lastEnd, "");
			return undefined;
		}
		const chain = parseChain(p, { body, braces: true, start, end: p.lastEnd });
		return chain === undefined ? undefined : attachWiths(p, chain);
	}
	p.restore(brace);
	return "term";
}

/** `{ body }` and the token after; kept, because the reading may be given up. */
function parseBraces(p: ParserState): Body | undefined {
	const reading = p.recallBody();
	if (reading !== undefined) return reading.value;
	p.enter();
	p.attempts++;
	const opening = p.opening();
	p.advance();
	const body = parseBody(p, Kind.RBrace);
	if (body !== undefined) p.advance();
	if (opening !== undefined) p.rememberBody(opening, body);
	p.attempts--;
	p.leave();
	return body;
}

/** At a statement's `(`: a group of operands, or a term. */
export function parseGroupFirst(p: ParserState): OrTerm<Expr | undefined> {
	const start = p.start;
	const group = parseGroup(p, false, "");
	if (group === "term" || group === undefined) return group;
	return finishLogical(p, { ...group, start });
}

/** After an operand: the rest of its chain, if any, and the `with`s of the whole. */
function finishLogical(p: ParserState, operand: Operand): Expr | undefined {
	if (atLogical(p)) {
		const chain = parseChain(p, operand);
		return chain === undefined ? undefined : attachWiths(p, chain);
	}
	return attachWiths(p, at(operand.body, 0));
}

/** After `not`, at `{`: a negated body and what follows it. */
export function parseNegatedBraces(p: ParserState, not: number): Expr | undefined {
	const negated = parseNegatedBody(p, not);
	if (negated === undefined) return undefined;
	return finishLogical(p, { body: [negated], braces: false, start: not, end: negated.end });
}

/** After `not`, at `(`: a negated group and what follows it, or a term. */
export function parseNegatedParens(p: ParserState, not: number): OrTerm<Expr | undefined> {
	const group = parseGroup(p, true, "not ");
	if (group === "term" || group === undefined) return group;
	// OPA places what is in the parentheses at the `not`.
	const body = group.braces ? group.body : group.body.map((e) => ({ ...e, start: not }));
	const negated = negate(body, group.braces, not, p.lastEnd);
	return finishLogical(p, { body: [negated], braces: false, start: not, end: negated.end });
}

function parseNegatedBody(p: ParserState, not: number): Expr | undefined {
	const brace = p.mark();
	const start = p.start;
	const empty = p.kindAt(p.index + 1) === Kind.RBrace;
	const body = parseBraces(p);
	if (body === undefined) {
		if (!empty)
			explainBracedValue(p, brace, (term, operand) => {
				p.hint(`write \`not (${operand})\` to negate the value, or \`not {${operand}}\` for a body holding it`);
				p.error(
					start,
					`\`{...}\` in an operand position must contain expression(s), got: ${termName(leadingValue(term))}`,
				);
			});
		return undefined;
	}
	if (isAmbiguousUnion(p, body)) {
		ambiguousUnion(p, body, start, p.lastEnd, "not ");
		return undefined;
	}
	return negate(body, true, not, p.lastEnd);
}

function negate(body: Body, braces: boolean, start: number, end: number): Expr {
	const block: Block = { kind: "block", body, braces, start, end };
	return expr(block, true, [], start, end);
}

/** Braces failed as a body: if they hold a value, its explanation replaces the body's error. */
function explainBracedValue(
	p: ParserState,
	brace: ReturnType<ParserState["mark"]>,
	explain: (term: Term, text: string) => void,
): void {
	const failed = p.mark();
	const errors = p.errors.slice(brace.errors);
	p.restore(brace);
	const start = p.start;
	p.attempts++;
	const term = parseInfixTerm(p);
	p.attempts--;
	if (term !== undefined) {
		explain(term, p.text.slice(start, p.lastEnd));
		return;
	}
	p.restore({ ...failed, errors: brace.errors });
	p.errors.push(...errors);
}

/** What the leading `{` of a term opens. */
function leadingValue(t: Term): Term {
	return t.kind === "call" && t.infix ? leadingValue(at(t.args, 0)) : t;
}

// --- chains -----------------------------------------------------------------------------------

/** At `and` or `or` after an operand: the whole chain. */
function parseChain(p: ParserState, first: Operand): Expr | undefined {
	let lhs: Operand | undefined = p.kind === Kind.LogicalAnd ? parseAnds(p, first) : first;
	while (lhs !== undefined && p.kind === Kind.LogicalOr) {
		const height = p.height;
		p.advance();
		let rhs = parseOperand(p, "or");
		if (rhs !== undefined && p.kind === Kind.LogicalAnd) rhs = parseAnds(p, rhs);
		if (rhs === undefined) return undefined;
		p.grow(Math.max(height, p.height));
		lhs = combine(p, "or", lhs, rhs);
	}
	return lhs?.body[0];
}

function parseAnds(p: ParserState, first: Operand): Operand | undefined {
	let lhs = first;
	while (p.kind === Kind.LogicalAnd) {
		const height = p.height;
		p.advance();
		const rhs = parseOperand(p, "and");
		if (rhs === undefined) return undefined;
		p.grow(Math.max(height, p.height));
		lhs = combine(p, "and", lhs, rhs);
	}
	return lhs;
}

function combine(p: ParserState, op: "and" | "or", lhs: Operand, rhs: Operand): Operand {
	for (const side of [lhs, rhs]) rejectVoidCalls(p, side.body, op);
	const start = lhs.start;
	const end = p.lastEnd;
	const what: Logical = {
		kind: "logical",
		op,
		left: lhs.body,
		right: rhs.body,
		leftBraces: lhs.braces,
		rightBraces: rhs.braces,
		start,
		end,
	};
	return { body: [expr(what, false, [], start, end)], braces: false, start, end };
}

/** An operand must be able to fail; one of void calls alone never does. */
function rejectVoidCalls(p: ParserState, body: Body, op: string): void {
	let first: Expr | undefined;
	for (const e of body) {
		if (e.negated || e.what.kind !== "term-expr" || operatorOf(e.what.term) !== "print") return;
		first ??= e;
	}
	if (first === undefined) return;
	p.hint(
		"`print` produces no value and always succeeds, so the operand can never fail; move it out of the operand, or add an expression that can fail",
	);
	p.error(first.start, `operand of \`${op}\` cannot consist only of calls to \`print\``);
}

/** One operand of `op`, or of a group being tried when op is "". */
function parseOperand(p: ParserState, op: string): Operand | undefined {
	const start = p.start;
	if (p.kind === Kind.LBrace) {
		const brace = p.mark();
		const empty = p.kindAt(p.index + 1) === Kind.RBrace;
		const body = parseBraces(p);
		if (body === undefined) {
			if (!empty && op !== "") {
				explainBracedValue(p, brace, (_, operand) => bracedOperand(p, start, operand, op));
			}
			return undefined;
		}
		if (isAmbiguousUnion(p, body)) ambiguousUnion(p, body, start, p.lastEnd, "");
		return { body, braces: true, start, end: p.lastEnd };
	}
	const negated = p.kind === Kind.Not && !isRefHead(p);
	if (negated) p.advance();
	if (negated && p.notBodies && p.kind === Kind.LBrace) {
		const body = parseNegatedBody(p, start);
		return body === undefined ? undefined : { body: [body], braces: false, start, end: body.end };
	}
	if (p.kind === Kind.LParen && p.logicalActive && (!negated || p.notBodies)) {
		const group = parseGroup(p, true, negated ? "not " : "");
		if (group === undefined) return undefined;
		if (group !== "term") {
			if (!negated) return { ...group, start };
			return { body: [negate(group.body, group.braces, start, p.lastEnd)], braces: false, start, end: p.lastEnd };
		}
	}
	const termStart = p.start;
	const what = parseTermExpr(p);
	if (what === undefined) return undefined;
	const end = p.lastEnd;
	const inner = expr({ kind: "term-expr", term: what }, negated && !p.notBodies, [], negated ? start : termStart, end);
	const body = negated && p.notBodies ? negate([inner], false, start, end) : inner;
	return { body: [body], braces: false, start, end };
}

function isRefHead(p: ParserState): boolean {
	const next = p.adjoiningNext();
	return next === Kind.Dot || next === Kind.LBrack;
}

/** After an expression, at `and` or `or`: the chain it begins. */
export function parseOperandTail(
	p: ParserState,
	literal: Expr,
	term: Term,
	withStart: number | undefined,
): Expr | undefined {
	const op = operatorNames[p.kind] || (p.kind === Kind.LogicalAnd ? "and" : "or");
	if (withStart !== undefined) {
		withOnOperand(p, withStart, op);
		return undefined;
	}
	if (literal.what.kind === "term-expr" && !literal.negated && p.text.charCodeAt(literal.start) === 123) {
		if (term.kind === "object" && term.entries.length === 0) p.error(literal.start, "found empty body");
		else bracedOperand(p, literal.start, p.text.slice(literal.start, literal.end), op);
		return undefined;
	}
	return finishLogical(p, { body: [literal], braces: false, start: literal.start, end: literal.end });
}

// --- groups -----------------------------------------------------------------------------------

/**
 * At `(`: a group of operands and the token after its `)`; undefined after an error, "term" when it
 * is an ordinary parenthesised term. `operand` tells that the `(` is already known to be an operand.
 */
function parseGroup(p: ParserState, operand: boolean, prefix: string): OrTerm<Operand | undefined> {
	p.enterBody();
	p.attempts++;
	const group = readGroup(p, operand, prefix);
	p.attempts--;
	p.leaveBody();
	return group;
}

function readGroup(p: ParserState, operand: boolean, prefix: string): OrTerm<Operand | undefined> {
	const paren = p.mark();
	const start = p.start;
	const term = (): "term" => {
		p.restore(paren);
		return "term";
	};
	p.advance();
	if (p.kind === Kind.RParen) {
		if (!operand) return term();
		p.error(start, "empty parenthesized group");
		return undefined;
	}
	const first = parseOperand(p, "");
	if (first === undefined) return term();
	const close = (body: Body, braces: boolean): Operand | undefined => {
		if (p.kind !== Kind.RParen) {
			p.error(p.start, "expected ) to close parenthesized group");
			return undefined;
		}
		p.advance();
		return { body, braces, start, end: p.lastEnd };
	};
	const sole = at(first.body, 0);
	if (atLogical(p)) {
		const chain = parseChain(p, first);
		const whole = chain === undefined ? undefined : attachWiths(p, chain);
		return whole === undefined ? undefined : close([whole], false);
	}
	if (p.kind === Kind.With && !first.braces && first.body.length === 1) {
		const withStart = p.start;
		const whole = attachWiths(p, sole);
		if (whole === undefined) return undefined;
		if (atLogical(p)) {
			withOnOperand(p, withStart, p.kind === Kind.LogicalAnd ? "and" : "or");
			return undefined;
		}
		const group = close([whole], false);
		if (group === undefined || operand || atLogical(p)) return group;
		return term();
	}
	if (first.braces) {
		const text = p.text.slice(first.start, p.lastEnd);
		p.restore(paren);
		p.advance();
		const value = parseTerm(p);
		p.restore(paren);
		if (value !== undefined) return "term";
		p.hint(`drop the parens to keep the body: \`${prefix}${text}\``);
		p.error(start, "`(...)` in an operand position cannot contain a body");
		return undefined;
	}
	if (sole.negated || (first.body.length === 1 && sole.what.kind === "logical")) return close(first.body, false);
	return term();
}

// --- messages ---------------------------------------------------------------------------------

/** `{ x | y }` in operand position is a body holding a union, and looks like a comprehension. */
function isAmbiguousUnion(p: ParserState, body: Body): boolean {
	const first = body[0];
	if (first?.what.kind !== "term-expr" || first.negated) return false;
	const term = first.what.term;
	return term.kind === "call" && term.infix && operatorOf(term) === "or" && p.text[first.start] !== "(";
}

function ambiguousUnion(p: ParserState, body: Body, start: number, end: number, prefix: string): void {
	const braces = p.text.slice(start, end);
	const union = at(body, 0);
	const text = p.text.slice(union.start, union.end);
	const wrapped = `${p.text.slice(start, union.start)}(${text})${p.text.slice(union.end, end)}`;
	p.hint(`write \`${prefix}(${braces})\` for the comprehension, or \`${prefix}${wrapped}\` for the set union`);
	p.error(
		start,
		"ambiguous `{ ... | ... }` operand: read as a body holding a set-union expression, not as a comprehension",
	);
}

function bracedOperand(p: ParserState, start: number, text: string, op: string): void {
	p.hint(`wrap the operand to keep the value: \`(${text}) ${op} ...\``);
	p.error(start, `operand of \`${op}\` cannot begin with \`{\` unless the braces hold a body`);
}

function withOnOperand(p: ParserState, start: number, op: string): void {
	p.hint(
		`Wrap the operand in \`(...)\` or \`{...}\` to scope, or move \`with\` after the \`${op}\` expression to apply it to the whole expression`,
	);
	p.error(start, `\`with\` modifier is not allowed on operand of \`${op}\``);
}
