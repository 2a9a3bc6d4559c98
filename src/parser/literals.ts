/**
 * Bodies and their literals: expressions with `:=` and `=`, `not`, `some`, `every`, `with`. What is
 * special to `and`, `or` and braced operands is in logical.ts, which is handed to the parser.
 */

import { at } from "../at.ts";
import { type Body, call, type Every, type Expr, expr, noWiths, type Term, termExpr, type With } from "./ast.ts";
import * as Kind from "./kinds.ts";
import type { Mark, ParserState } from "./state.ts";
import { operator, parseInfixTerm, parseTerm, parseVar } from "./terms.ts";
import { kindNames } from "./token.ts";

/** Literals up to a closing token, which is left current. */
export function parseBody(p: ParserState, close: number): Body | undefined {
	p.enterBody();
	const body = parseLiterals(p, false, close);
	p.leaveBody();
	return body;
}

/** With `single`, stops after the first literal that no `;` follows: how statements are read. */
export function parseLiterals(p: ParserState, single: boolean, close: number): Body | undefined {
	if (p.kind === close) {
		p.error(p.start, "found empty body");
		return undefined;
	}
	const from = p.listed;
	let tallest = 0;
	for (;;) {
		const literal = parseLiteral(p);
		if (literal === undefined) return p.dropList(from);
		p.list(literal);
		tallest = Math.max(tallest, p.height);
		if (p.kind === Kind.Semicolon) {
			p.advance();
			continue;
		}
		if (p.kind === close || single) {
			p.height = tallest;
			return p.takeList(from);
		}
		if (!p.newline) {
			if (p.errors.length === p.earlierErrors) p.unexpected(`expected \\n or ; or ${kindNames[close]}`);
			return p.dropList(from);
		}
	}
}

export function parseLiteral(p: ParserState): Expr | undefined {
	const start = p.start;
	const { logical } = p;
	if (logical !== undefined && p.logicalActive) {
		const operand =
			p.kind === Kind.LBrace ? logical.bracedOperandFirst(p) : p.kind === Kind.LParen ? logical.groupFirst(p) : "term";
		// Where all of it is in parentheses, its place is theirs.
		if (operand !== "term") return operand?.what.kind === "logical" ? { ...operand, start } : operand;
	}
	if (p.keywordAsRefHead()) return parseExpression(p, start, undefined);
	const negated = p.kind === Kind.Not;
	const not = negated ? start : undefined;
	if (negated) {
		p.advance();
		if (p.notBodies && p.kind === Kind.LBrace) return logical?.negatedBraces(p, start);
	}
	switch (p.kind) {
		case Kind.Some:
			if (negated) {
				p.unexpected("illegal negation of 'some'");
				return undefined;
			}
			return parseSome(p);
		case Kind.Every:
			if (negated) {
				p.unexpected("illegal negation of 'every'");
				return undefined;
			}
			return parseEvery(p);
		default:
			return parseExpression(p, start, not);
	}
}

/** A term expression and its `with`s; `not` is the offset of a `not` before it. */
function parseExpression(p: ParserState, start: number, not: number | undefined): Expr | undefined {
	const { index, kind, hints, wildcards } = p;
	const errors = p.errors.length;
	if (not !== undefined && p.notBodies && p.kind === Kind.LParen && p.logical !== undefined) {
		const group = p.logical.negatedParens(p, not);
		if (group !== "term") return group;
	}
	const what = parseTermExpr(p);
	if (what === undefined) return undefined;
	const withStart = p.kind === Kind.With ? p.start : undefined;
	let withs = noWiths;
	if (withStart !== undefined) {
		const read = parseWiths(p);
		if (read === undefined) return undefined;
		withs = read;
	}
	if (what.kind === "var" && what.name === "every" && p.version === "v0") {
		hintAtEvery(p, { index, kind, errors, hints, wildcards });
	}
	const end = p.lastEnd;
	let literal: Expr;
	if (not !== undefined && p.notBodies) {
		const inner = expr(termExpr(what), false, noWiths, start, end);
		literal = expr({ kind: "block", body: [inner], braces: false, start, end }, true, withs, start, end);
	} else literal = expr(termExpr(what), not !== undefined, withs, start, end);
	if (p.kind !== Kind.LogicalAnd && p.kind !== Kind.LogicalOr) return literal;
	return p.logical?.operandTail(p, literal, what, withStart);
}

/** `lhs := rhs`, `lhs = rhs` or a term. */
export function parseTermExpr(p: ParserState): Term | undefined {
	const lhs = parseInfixTerm(p);
	if (lhs === undefined || (p.kind !== Kind.Assign && p.kind !== Kind.Unify)) return lhs;
	const height = p.height;
	const op = operator(p);
	p.advance();
	const rhs = parseInfixTerm(p);
	if (rhs === undefined) return undefined;
	p.grow(Math.max(height, p.height));
	return call(op, [lhs, rhs], true, lhs.start, p.lastEnd);
}

/** In v0 `every x in xs { … }` may only lack its import. */
function hintAtEvery(p: ParserState, first: Mark): void {
	const here = p.mark();
	const errors = [...p.errors];
	p.restore(first);
	const found = p.withFutureKeywords(() => parseEvery(p));
	p.restore(here);
	p.errors = errors;
	if (found !== undefined) p.hint("`import future.keywords.every` for `every x in xs { ... }` expressions");
}

// --- with -------------------------------------------------------------------------------------

function parseWiths(p: ParserState): readonly With[] | undefined {
	const withs: With[] = [];
	let tallest = p.height;
	while (p.kind === Kind.With) {
		const start = p.start;
		p.advance();
		if (p.kind !== Kind.Ident) {
			p.unexpected("expected ident");
			return undefined;
		}
		const target = parseTerm(p);
		if (target === undefined) return undefined;
		tallest = Math.max(tallest, p.height);
		if (target.kind !== "ref" && target.kind !== "var") p.unexpected("expected with target path");
		if (p.kind !== Kind.As) {
			p.unexpected("expected as keyword");
			return undefined;
		}
		p.advance();
		const value = parseInfixTerm(p);
		if (value === undefined) return undefined;
		tallest = Math.max(tallest, p.height);
		withs.push({ kind: "with", target, value, start, end: p.lastEnd });
	}
	p.height = tallest;
	return withs;
}

/** Reads the `with`s after a finished expression. */
export function attachWiths(p: ParserState, literal: Expr): Expr | undefined {
	if (p.kind !== Kind.With) return literal;
	const withs = parseWiths(p);
	if (withs === undefined) return undefined;
	return expr(literal.what, literal.negated, withs, literal.start, p.lastEnd);
}

// --- some and every ---------------------------------------------------------------------------

function parseSome(p: ParserState): Expr | undefined {
	const start = p.start;
	const some = p.mark();
	p.attempts++;
	p.advance();
	const term = parseInfixTerm(p);
	p.attempts--;
	if (term?.kind === "call") {
		const arity = memberArity(term);
		if (arity === undefined) {
			p.unexpected("expected `x in xs` or `x, y in xs` expression");
			return undefined;
		}
		if (term.args.length !== arity) {
			p.unexpected("illegal domain");
			return undefined;
		}
		return attachWiths(
			p,
			expr({ kind: "some", symbols: [term], start, end: p.lastEnd }, false, noWiths, start, p.lastEnd),
		);
	}
	p.restore(some);
	if (p.version === "v0") hintAtIn(p);
	const symbols: Term[] = [];
	do {
		p.advance();
		if (p.kind !== Kind.Ident) {
			p.unexpected("expected var");
			return undefined;
		}
		symbols.push(parseVar(p));
		p.advance();
	} while (p.kind === Kind.Comma);
	p.height = 1;
	return expr({ kind: "some", symbols, start, end: p.lastEnd }, false, noWiths, start, p.lastEnd);
}

/** Arguments that a call of internal.member_2 or member_3 takes; undefined for other calls. */
function memberArity(t: Term): 2 | 3 | undefined {
	if (t.kind !== "call") return undefined;
	const [head, name] = t.operator.terms;
	if (t.operator.terms.length !== 2 || head?.kind !== "var" || head.name !== "internal") return undefined;
	if (name?.kind !== "scalar") return undefined;
	return name.value === "member_2" ? 2 : name.value === "member_3" ? 3 : undefined;
}

/** In v0 `some x in xs` may only lack its import. */
function hintAtIn(p: ParserState): void {
	const some = p.mark();
	const found = p.withFutureKeywords(() => {
		p.advance();
		return parseInfixTerm(p);
	});
	p.restore(some);
	if (found !== undefined && memberArity(found) !== undefined) {
		p.hint("`import future.keywords.in` for `some x in xs` expressions");
	}
}

function parseEvery(p: ParserState): Expr | undefined {
	const start = p.start;
	p.advance();
	const term = parseInfixTerm(p);
	if (term === undefined) return undefined;
	const arity = memberArity(term);
	if (term.kind !== "call" || arity === undefined) {
		p.unexpected("expected `x[, y] in xs { ... }` expression");
		return undefined;
	}
	if (term.args.length !== arity) {
		p.unexpected("illegal domain");
		return undefined;
	}
	const key = arity === 3 ? term.args[0] : undefined;
	const value = at(term.args, arity - 2);
	const domain = at(term.args, arity - 1);
	const domainHeight = p.height;
	if (key !== undefined && key.kind !== "var") {
		p.unexpected("expected key to be a variable");
		return undefined;
	}
	if (value.kind !== "var") {
		p.unexpected("expected value to be a variable");
		return undefined;
	}
	if (p.kind !== Kind.LBrace) {
		p.unexpected("missing body");
		return undefined;
	}
	p.advance();
	const body = parseBody(p, Kind.RBrace);
	if (body === undefined) return undefined;
	p.grow(Math.max(domainHeight, p.height));
	p.advance();
	const every: Every = { kind: "every", key, value, domain, body, start, end: p.lastEnd };
	return attachWiths(p, expr(every, false, noWiths, start, p.lastEnd));
}
