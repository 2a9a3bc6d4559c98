/**
 * Terms: operands, references, calls and infix operators. Every function starts at the first token
 * of its construct; parseTerm and everything above it end at the token after, the makers of single
 * constructs end on their last token.
 *
 * A failed reading has left an error and gives undefined. An operator whose right side fails gives
 * its left side, as in OPA: what follows then often reports a second, more telling error.
 */

import { at, byteAt } from "../at.ts";
import { call, type Ref, ref, type Scalar, scalar, setTerm, type Term, type Var, variable } from "./ast.ts";
import { parseArray, parseSetOrObject, parseTermList } from "./collections.ts";
import * as Kind from "./kinds.ts";
import { parseNumber, parseString } from "./scalars.ts";
import { type Opening, type ParserState, plainHeight } from "./state.ts";
import { parseTemplateString } from "./templates.ts";
import { bindingPower, isKeywordKind, operatorNames } from "./token.ts";

/** An expression's value: operators included, and `k, v in xs`. */
export function parseInfixTerm(p: ParserState): Term | undefined {
	return parseMembership(p, true, undefined);
}

/** As parseInfixTerm within a list, where a comma separates elements. */
export function parseListElement(p: ParserState): Term | undefined {
	return parseMembership(p, false, undefined);
}

function parseMembership(p: ParserState, keyed: boolean, first: Term | undefined): Term | undefined {
	let lhs = parseOperators(p, 1, first);
	while (lhs !== undefined) {
		if (keyed && p.kind === Kind.Comma) {
			const keyedLhs = parseKeyedMembership(p, lhs);
			if (keyedLhs !== undefined) {
				lhs = keyedLhs;
				if (p.kind === Kind.In) continue;
				return lhs;
			}
		}
		p.keywordAsRefHead();
		if (p.kind !== Kind.In) return lhs;
		const height = p.height;
		const op = memberOperator(p, "member_2");
		p.advance();
		const rhs = parseOperators(p, 1, undefined);
		if (rhs === undefined) return lhs;
		p.grow(Math.max(height, p.height));
		lhs = call(op, [lhs, rhs], true, lhs.start, p.lastEnd);
		if (p.kind !== Kind.In) return lhs;
	}
	return undefined;
}

/** `lhs, value in xs`, or undefined at the comma when it is something else. */
function parseKeyedMembership(p: ParserState, lhs: Term): Term | undefined {
	const comma = p.mark();
	const height = p.height;
	p.attempts++;
	p.advance();
	const value = parseOperators(p, 1, undefined);
	if (value !== undefined && p.kind === Kind.In) {
		const valueHeight = p.height;
		const op = memberOperator(p, "member_3");
		p.advance();
		const domain = parseOperators(p, 1, undefined);
		if (domain !== undefined) {
			p.grow(Math.max(height, valueHeight, p.height));
			p.attempts--;
			return call(op, [lhs, value, domain], true, lhs.start, p.lastEnd);
		}
	}
	p.attempts--;
	p.restore(comma);
	p.height = height;
	return undefined;
}

function memberOperator(p: ParserState, name: string): Ref {
	return ref([variable("internal", p.start, p.end), scalar(name, p.start, p.end)], p.start, p.end);
}

function parseOperators(p: ParserState, power: number, first: Term | undefined): Term | undefined {
	let lhs = first ?? parseTerm(p);
	if (lhs === undefined) return undefined;
	// Behind an operator without a right side only those that bind less go on with its left side, as in OPA.
	let limit = 255;
	for (;;) {
		const kind = p.kind;
		const binds = byteAt(bindingPower, kind);
		if (binds < power || binds === 0 || binds >= limit) return lhs;
		const height = p.height;
		const op = operator(p);
		p.advance();
		const rhs = parseOperators(p, binds + 1, undefined);
		if (rhs === undefined) {
			limit = binds;
			continue;
		}
		p.grow(Math.max(height, p.height));
		lhs = call(op, [lhs, rhs], true, lhs.start, p.lastEnd);
	}
}

/** The current token as the operator of a call. */
export function operator(p: ParserState): Ref {
	return ref([variable(at(operatorNames, p.kind), p.start, p.end)], p.start, p.end);
}

/** Continues an infix term, list element rules, after its first operand. */
export function continueListElement(p: ParserState, first: Term): Term | undefined {
	return parseMembership(p, false, first);
}

/**
 * One operand: a literal, variable, reference, call, collection or parenthesised term. Bracketed
 * ones are read once however often they are tried. All in one function: it is on the stack for
 * every level of nesting.
 */
export function parseTerm(p: ParserState): Term | undefined {
	const deep = p.recallDeep();
	if (deep !== undefined) return deep.value;
	p.enterTerm();
	if ((p.kind === Kind.LogicalAnd || p.kind === Kind.LogicalOr) && p.adjoiningNext() === Kind.LParen) {
		// Where a term is expected this can only be the function for `&` or `|`.
		p.kind = Kind.Ident;
	}
	p.height = 1;
	let term: Term | undefined;
	let minus: Scalar | undefined;
	let opening: Opening | undefined;
	switch (p.kind) {
		case Kind.StringLiteral:
			term = parseString(p);
			break;
		case Kind.Ident:
		case Kind.Contains:
			term = parseVar(p);
			break;
		case Kind.NumberLiteral:
		case Kind.Dot:
			term = parseNumber(p);
			break;
		case Kind.True:
		case Kind.False:
			term = scalar(p.kind === Kind.True, p.start, p.end);
			break;
		case Kind.Null:
			term = scalar(null, p.start, p.end);
			break;
		case Kind.Sub: {
			// `-1` is a number, `-x.y` is minus(0, x.y).
			const next = p.kindAt(p.index + 1);
			if (next === Kind.Ident || next === Kind.Contains) {
				minus = scalar(0, p.start, p.end);
				p.advance();
				term = parseVar(p);
			} else term = parseNumber(p);
			break;
		}
		case Kind.LBrace:
		case Kind.LBrack:
		case Kind.LParen:
		case Kind.Template:
		case Kind.RawTemplate: {
			const reading = p.recallTerm();
			if (reading !== undefined) {
				p.leave();
				return reading.value;
			}
			opening = p.opening();
			term =
				p.kind === Kind.LBrace
					? parseSetOrObject(p)
					: p.kind === Kind.LBrack
						? parseArray(p)
						: p.kind === Kind.LParen
							? parseParenthesised(p)
							: parseTemplateString(p);
			break;
		}
		default:
			if (p.keywordAgain()) term = parseVar(p);
			else p.noTerm();
	}
	if (term !== undefined) {
		// Past the last token of the term, to the reference or call it may begin.
		p.advance();
		if (p.adjoins && (p.kind === Kind.LParen || p.kind === Kind.Dot || p.kind === Kind.LBrack))
			term = parseRef(p, term);
		else if (term.kind === "var") term = rootDocument(term);
	}
	if (minus !== undefined && term !== undefined) {
		const { start, end } = minus;
		p.height++;
		term = call(ref([variable("minus", start, end)], start, end), [minus, term], false, start, p.lastEnd);
	}
	if (opening !== undefined) p.rememberTerm(opening, term);
	p.leave();
	return term;
}

function parseParenthesised(p: ParserState): Term | undefined {
	p.advance();
	const term = parseInfixTerm(p);
	if (term === undefined) return undefined;
	if (p.kind === Kind.RParen) return term;
	p.error(p.start, "non-terminated expression");
	return undefined;
}

/** A bare `input` or `data` is a reference of one term, as in OPA. */
export function rootDocument(head: Term): Term {
	if (head.kind === "var" && (head.name === "input" || head.name === "data")) return ref([head], head.start, head.end);
	return head;
}

export function parseVar(p: ParserState): Var {
	const name = p.word;
	return variable(name === "_" ? p.wildcard() : name, p.start, p.end);
}

// --- references and calls ---------------------------------------------------------------------

const termNames: Readonly<Record<Term["kind"], string>> = {
	scalar: "scalar",
	var: "var",
	ref: "ref",
	call: "call",
	array: "array",
	set: "set",
	object: "object",
	"array-comprehension": "arraycomprehension",
	"set-comprehension": "setcomprehension",
	"object-comprehension": "objectcomprehension",
	"template-string": "templatestring",
};

/** What OPA's messages call a term. */
export function termName(t: Term): string {
	if (t.kind !== "scalar") return termNames[t.kind];
	if (t.value === null) return "null";
	return typeof t.value === "string" ? "string" : typeof t.value === "boolean" ? "boolean" : "number";
}

/** Reads `.a`, `[x]` and `(…)` after a head; the current token is the first of those, the others follow without blanks. */
export function parseRef(p: ParserState, head: Term): Term | undefined {
	p.enter();
	const term = readRef(p, head);
	p.leave();
	return term;
}

function readRef(p: ParserState, head: Term): Term | undefined {
	let first = head;
	let height = p.height;
	for (;;) {
		if (first.kind === "scalar" || first.kind === "ref" || first.kind === "template-string") {
			p.error(first.start, `illegal ref (head cannot be ${termName(first)})`);
		}
		const terms = parseRefTerms(p, first, height);
		if (terms === undefined) return undefined;
		height = p.height;
		const target = ref(terms, head.start, p.lastEnd);
		if (p.kind !== Kind.LParen || (terms.length > 1 && !p.adjoins)) return target;
		const called = parseCall(p, target, height);
		if (called === undefined) return undefined;
		// What follows the `)` refers into the call's result.
		if (!p.adjoins || (p.kind !== Kind.Dot && p.kind !== Kind.LBrack)) return called;
		first = called;
		height = p.height;
	}
}

/** The terms of a reference: its head, and the `.a` and `[x]` at which we are. */
function parseRefTerms(p: ParserState, head: Term, height: number): readonly Term[] | undefined {
	const from = p.listed;
	p.list(head);
	let tallest = height;
	for (let attached = true; attached; attached = p.adjoins) {
		if (p.kind === Kind.Dot) {
			const errors = p.errors.length;
			p.advance();
			if (!p.adjoins) {
				// What is wrong with the token behind the blank is not looked at.
				p.errors.length = errors;
				p.unexpectedBlank("expected identifier");
				return p.dropList(from);
			}
			if (p.kind !== Kind.Ident && !(isKeywordKind(p.kind) && p.language.keywordsInRefs)) {
				p.unexpected("expected identifier");
				return p.dropList(from);
			}
			p.list(scalar(p.word, p.start, p.end));
			p.advance();
		} else if (p.kind === Kind.LBrack) {
			p.advance();
			const term = parseInfixTerm(p);
			if (term === undefined) return p.dropList(from);
			if (p.kind !== Kind.RBrack) {
				p.unexpected("expected [");
				return p.dropList(from);
			}
			tallest = Math.max(tallest, p.height);
			p.list(term);
			p.advance();
		} else break;
	}
	const terms = p.takeList<Term>(from);
	if (terms.length > plainHeight) p.tallest = Math.max(p.tallest, terms.length);
	p.grow(tallest, 2);
	return terms;
}

/** The current token is `(`; ends at the token after `)`. */
function parseCall(p: ParserState, target: Ref, height: number): Term | undefined {
	p.advance();
	let tallest = height;
	let args: readonly Term[] | undefined;
	if (p.kind === Kind.RParen) args = [];
	else {
		args = parseTermList(p, Kind.RParen, undefined);
		if (args === undefined) return undefined;
		tallest = Math.max(tallest, p.height);
	}
	const end = p.end;
	p.advance();
	p.grow(tallest, 2);
	const name = target.terms[0];
	if (args.length === 0 && target.terms.length === 1 && name?.kind === "var" && name.name === "set") {
		return setTerm([], target.start, end);
	}
	return call(target, args, false, target.start, end);
}

/** The name a call's operator has when it is a single variable. */
export function operatorOf(t: Term): string | undefined {
	if (t.kind !== "call" || t.operator.terms.length !== 1) return undefined;
	const head = t.operator.terms[0];
	return head?.kind === "var" ? head.name : undefined;
}
