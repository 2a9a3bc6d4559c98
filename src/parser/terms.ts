/**
 * Terms: literals, references, calls, collections, comprehensions, template strings and infix
 * operators. Every function starts at the first token of its construct; parseTerm and everything
 * above it end at the token after, the makers of single constructs end on their last token.
 *
 * A failed reading has left an error and gives undefined. An operator whose right side fails gives
 * its left side, as in OPA: what follows then often reports a second, more telling error.
 */
import { numberFromText } from "../value/number.ts";
import {
	arrayTerm,
	call,
	type Expr,
	objectTerm,
	type Ref,
	ref,
	type Scalar,
	scalar,
	setTerm,
	type Term,
	type Var,
	variable,
} from "./ast.ts";
import { parseBody, parseLiteral } from "./literals.ts";
import type { Mark, Opening, ParserState } from "./state.ts";
import { bindingPower, isKeywordKind, Kind, kindNames, operatorNames } from "./token.ts";

/** An expression's value: operators included, and `k, v in xs`. */
export function parseInfixTerm(p: ParserState): Term | undefined {
	return parseMembership(p, true);
}

/** As parseInfixTerm within a list, where a comma separates elements. */
export function parseListElement(p: ParserState): Term | undefined {
	return parseMembership(p, false);
}

function parseMembership(p: ParserState, keyed: boolean): Term | undefined {
	let lhs = parseOperators(p, 1, undefined);
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
		if (!p.grow(Math.max(height, p.height))) return undefined;
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
		if (domain !== undefined && p.grow(Math.max(height, valueHeight, p.height))) {
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
	for (;;) {
		const kind = p.kind;
		const binds = bindingPower[kind] as number;
		if (binds < power || binds === 0) return lhs;
		const height = p.height;
		const op = operator(p);
		p.advance();
		const rhs = parseOperators(p, binds + 1, undefined);
		if (rhs === undefined) return lhs;
		if (!p.grow(Math.max(height, p.height))) return undefined;
		lhs = call(op, [lhs, rhs], true, lhs.start, p.lastEnd);
	}
}

/** The current token as the operator of a call. */
export function operator(p: ParserState): Ref {
	return ref([variable(operatorNames[p.kind] as string, p.start, p.end)], p.start, p.end);
}

/** Continues an infix term, list element rules, after its first operand. */
function continueListElement(p: ParserState, first: Term): Term | undefined {
	let lhs = parseOperators(p, 1, first);
	while (lhs !== undefined) {
		p.keywordAsRefHead();
		if (p.kind !== Kind.In) return lhs;
		const height = p.height;
		const op = memberOperator(p, "member_2");
		p.advance();
		const rhs = parseOperators(p, 1, undefined);
		if (rhs === undefined) return lhs;
		if (!p.grow(Math.max(height, p.height))) return undefined;
		lhs = call(op, [lhs, rhs], true, lhs.start, p.lastEnd);
	}
	return undefined;
}

/**
 * One operand: a literal, variable, reference, call, collection or parenthesised term. Bracketed
 * ones are read once however often they are tried. All in one function: it is on the stack for
 * every level of nesting.
 */
export function parseTerm(p: ParserState): Term | undefined {
	if (!p.enter()) return undefined;
	if ((p.kind === Kind.LogicalAnd || p.kind === Kind.LogicalOr) && p.adjoiningNext() === Kind.LParen) {
		// Where a term is expected this can only be the function for `&` or `|`.
		p.kind = Kind.Ident;
	}
	p.height = 1;
	let term: Term | undefined;
	let minus: Scalar | undefined;
	let opening: Opening | undefined;
	switch (p.kind) {
		case Kind.String:
			term = parseString(p);
			break;
		case Kind.Ident:
		case Kind.Contains:
			term = parseVar(p);
			break;
		case Kind.Number:
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
			p.unexpected();
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
	const name = p.lit;
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
	if (!p.enter()) return undefined;
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
		const terms: Term[] = [first];
		const end = parseRefTerms(p, terms, height);
		if (end === undefined) return undefined;
		height = p.height;
		const target = ref(terms, head.start, end);
		if (p.kind !== Kind.LParen || (terms.length > 1 && !p.adjoins)) return target;
		const called = parseCall(p, target, height);
		if (called === undefined) return undefined;
		// What follows the `)` refers into the call's result.
		if (!p.adjoins || (p.kind !== Kind.Dot && p.kind !== Kind.LBrack)) return called;
		first = called;
		height = p.height;
	}
}

/** Appends `.a` and `[x]` terms; gives the offset after the last. */
function parseRefTerms(p: ParserState, terms: Term[], height: number): number | undefined {
	let tallest = height;
	for (let attached = true; attached; attached = p.adjoins) {
		if (p.kind === Kind.Dot) {
			p.advance();
			if (!p.adjoins) {
				p.unexpectedKind(Kind.Whitespace, p.blankBefore, "expected identifier");
				return undefined;
			}
			if (p.kind !== Kind.Ident && !isKeywordKind(p.kind)) {
				p.unexpected("expected identifier");
				return undefined;
			}
			terms.push(scalar(p.lit, p.start, p.end));
			p.advance();
		} else if (p.kind === Kind.LBrack) {
			p.advance();
			const term = parseInfixTerm(p);
			if (term === undefined) return undefined;
			if (p.kind !== Kind.RBrack) {
				p.unexpected("expected [");
				return undefined;
			}
			tallest = Math.max(tallest, p.height);
			terms.push(term);
			p.advance();
		} else break;
	}
	if (!p.grow(tallest, 2)) return undefined;
	return p.lastEnd;
}

/** The current token is `(`; ends at the token after `)`. */
function parseCall(p: ParserState, target: Ref, height: number): Term | undefined {
	p.advance();
	const args: Term[] = [];
	let tallest = height;
	if (p.kind !== Kind.RParen) {
		if (!parseTermList(p, Kind.RParen, args)) return undefined;
		tallest = Math.max(tallest, p.height);
	}
	const end = p.end;
	p.advance();
	if (!p.grow(tallest, 2)) return undefined;
	const name = target.terms[0];
	if (args.length === 0 && target.terms.length === 1 && name?.kind === "var" && name.name === "set") {
		return setTerm([], target.start, end);
	}
	return call(target, args, false, target.start, end);
}

// --- collections ------------------------------------------------------------------------------

/** Elements up to the closing token, which becomes the current one; false after an error. */
function parseTermList(p: ParserState, close: number, into: Term[]): boolean {
	let tallest = p.height;
	while (p.kind !== close) {
		const term = parseListElement(p);
		if (term === undefined) return false;
		tallest = Math.max(tallest, p.height);
		into.push(term);
		if (p.kind === Kind.Comma) p.advance();
		else if (p.kind !== close) {
			p.unexpected(`expected "," or "${kindNames[close]}"`);
			return false;
		}
	}
	p.height = tallest;
	return true;
}

function parseArray(p: ParserState): Term | undefined {
	const start = p.start;
	p.advance();
	if (p.kind === Kind.RBrack) return arrayTerm([], start, p.end);
	let comprehension = true;
	if (p.kind === Kind.Comma) {
		comprehension = false;
		p.advance();
	}
	const first = p.mark();
	const head = parseTerm(p);
	if (head === undefined) return undefined;
	if (p.kind === Kind.Or && comprehension) {
		const headHeight = p.height;
		const body = parseComprehensionBody(p, Kind.RBrack);
		if (body !== undefined) {
			if (!p.grow(Math.max(headHeight, p.height), 1)) return undefined;
			return { kind: "array-comprehension", term: head, body, start, end: p.end };
		}
		if (p.kind !== Kind.Comma) return undefined;
		// Not a comprehension after all but a list that begins with a union.
		p.restore(first);
		const again = parseTerm(p);
		return again === undefined ? undefined : finishList(p, again, Kind.RBrack, start);
	}
	return finishList(p, head, Kind.RBrack, start);
}

/** The rest of an array or set after the first operand of its first element. */
function finishList(p: ParserState, head: Term, close: number, start: number): Term | undefined {
	const first = continueListElement(p, head);
	if (first === undefined) return undefined;
	const items = [first];
	if (p.kind === Kind.Comma) {
		p.advance();
		if (!parseTermList(p, close, items)) return undefined;
	} else if (p.kind !== close) {
		p.unexpected(`expected "," or "${kindNames[close]}"`);
		return undefined;
	}
	if (!p.grow(p.height, 1)) return undefined;
	return close === Kind.RBrack ? arrayTerm(items, start, p.end) : setTerm(items, start, p.end);
}

/** At `|`: the body of a comprehension, up to its closing token; undefined when it is not one. */
function parseComprehensionBody(p: ParserState, close: number): readonly Expr[] | undefined {
	if (!p.enter()) return undefined;
	p.attempts++;
	p.advance();
	const body = parseBody(p, close);
	p.attempts--;
	p.leave();
	return body;
}

function parseSetOrObject(p: ParserState): Term | undefined {
	const start = p.start;
	p.advance();
	if (p.kind === Kind.RBrace) return objectTerm([], start, p.end);
	let comprehension = true;
	if (p.kind === Kind.Comma) {
		comprehension = false;
		p.advance();
	}
	const first = p.mark();
	let head = parseTerm(p);
	if (head === undefined) return undefined;
	if (p.kind === Kind.Or && comprehension) {
		const headHeight = p.height;
		const body = parseComprehensionBody(p, Kind.RBrace);
		if (body !== undefined) {
			if (!p.grow(Math.max(headHeight, p.height), 1)) return undefined;
			return { kind: "set-comprehension", term: head, body, start, end: p.end };
		}
		if (p.kind !== Kind.Comma) return undefined;
		p.restore(first);
		const again = parseTerm(p);
		return again === undefined ? undefined : finishList(p, again, Kind.RBrace, start);
	}
	if (p.kind !== Kind.RBrace && p.kind !== Kind.Comma && p.kind !== Kind.Colon) {
		head = continueListElement(p, head);
		if (head === undefined) return undefined;
	}
	switch (p.kind) {
		case Kind.RBrace:
		case Kind.Comma:
			return finishList(p, head, Kind.RBrace, start);
		case Kind.Colon:
			return parseObject(p, head, comprehension, start);
		default:
			p.unexpected("non-terminated set");
			return undefined;
	}
}

/** After the first key, at its colon. */
function parseObject(p: ParserState, key: Term, comprehension: boolean, start: number): Term | undefined {
	const keyHeight = p.height;
	p.advance();
	const first = p.mark();
	let value = parseTerm(p);
	if (value === undefined) return undefined;
	let tallest = Math.max(keyHeight, p.height);
	let plain = false;
	if (p.kind === Kind.Or && comprehension) {
		const body = parseComprehensionBody(p, Kind.RBrace);
		if (body !== undefined) {
			if (!p.grow(Math.max(tallest, p.height), 1)) return undefined;
			return { kind: "object-comprehension", key, value, body, start, end: p.end };
		}
		// Perhaps the first value is a union.
		p.restore(first);
		value = parseListElement(p);
		if (value === undefined) return undefined;
	} else if (p.kind === Kind.RBrace || p.kind === Kind.Comma) plain = comprehension;
	else {
		value = continueListElement(p, value);
		if (value === undefined) return undefined;
	}
	tallest = Math.max(tallest, p.height);
	const entries: (readonly [Term, Term])[] = [[key, value]];
	if (p.kind === Kind.Comma) {
		p.advance();
		if (!parsePairs(p, entries)) {
			if (plain) blameFirstValue(p, first);
			return undefined;
		}
		tallest = Math.max(tallest, p.height);
	} else if (p.kind !== Kind.RBrace) {
		p.unexpected("non-terminated object");
		return undefined;
	}
	if (!p.grow(tallest, 1)) return undefined;
	return objectTerm(entries, start, p.end);
}

/** OPA reports any later mistake of an object at its first value; we add where it is. */
function blameFirstValue(p: ParserState, first: Mark): void {
	const last = p.errors[p.errors.length - 1];
	const cause = p.errors.slice(first.errors).find((e) => e.offset === last?.offset);
	p.restore(first);
	p.unexpected("non-terminated object");
	if (cause !== undefined) p.errors.push(cause);
}

function parsePairs(p: ParserState, into: (readonly [Term, Term])[]): boolean {
	let tallest = 0;
	while (p.kind !== Kind.RBrace) {
		const key = parseListElement(p);
		if (key === undefined) return false;
		tallest = Math.max(tallest, p.height);
		if (p.kind !== Kind.Colon) {
			p.unexpected('expected ":"');
			return false;
		}
		p.advance();
		const value = parseListElement(p);
		if (value === undefined) return false;
		tallest = Math.max(tallest, p.height);
		into.push([key, value]);
		if (p.kind === Kind.Comma) p.advance();
		else if (p.kind !== Kind.RBrace) {
			p.unexpected('expected "," or "}"');
			return false;
		}
	}
	p.height = tallest;
	return true;
}

// --- literals ---------------------------------------------------------------------------------

function parseNumber(p: ParserState): Term | undefined {
	const start = p.start;
	let prefix = "";
	if (p.kind === Kind.Sub) {
		prefix = "-";
		p.advance();
		if (p.kind !== Kind.Number && p.kind !== Kind.Dot) {
			p.unexpected("expected number");
			return undefined;
		}
	}
	// `.5` stands for 0.5; JSON has no such spelling.
	const fraction = p.kind === Kind.Dot;
	if (fraction) {
		prefix += "0.";
		p.advance();
		if (p.kind !== Kind.Number) {
			p.unexpected("expected number");
			return undefined;
		}
	}
	const digits = p.lit;
	if (!fraction && /^0[^.eE]/.test(digits)) {
		p.unexpected("expected number without leading zero");
		return undefined;
	}
	const text = prefix + digits;
	if (!/^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$/.test(text)) {
		p.unexpected("invalid float");
		return undefined;
	}
	if (digits.length > 300 || /[eE]/.test(digits)) {
		const size = binaryExponent(text);
		if (Number.isNaN(size)) {
			p.unexpected("invalid float");
			return undefined;
		}
		if (Math.abs(size) > 1e5) {
			p.error(p.start, "number too big");
			return undefined;
		}
	}
	return scalar(numberFromText(text), start, p.end);
}

/** About log2 of a literal's magnitude; NaN when its exponent is beyond all measure. OPA refuses beyond ±100,000. */
function binaryExponent(text: string): number {
	const m = /^-?([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(text);
	if (m === null) return Number.NaN;
	const whole = m[1] as string;
	const all = whole + (m[2] ?? "");
	const zeros = /^0*/.exec(all)?.[0].length ?? 0;
	const exponent = Number(m[3] ?? "0");
	if (Math.abs(exponent) >= 2147483647) return Number.NaN;
	if (zeros === all.length) return 0;
	const leading = Number(`0.${all.slice(zeros, zeros + 17)}`);
	return Math.floor(Math.log2(leading) + (whole.length - zeros + exponent) * Math.log2(10)) + 1;
}

function parseString(p: ParserState): Term | undefined {
	const lit = p.lit;
	const inner = lit.slice(1, -1);
	if (lit.charCodeAt(0) === 96 || inner.indexOf("\\") < 0) return scalar(inner, p.start, p.end);
	const value = unescapeString(inner);
	if (value === undefined) {
		p.error(p.start, `illegal string literal: ${lit}`);
		return undefined;
	}
	return scalar(value, p.start, p.end);
}

/** JSON's escapes; half a surrogate pair becomes U+FFFD, as in Go. */
function unescapeString(inner: string): string | undefined {
	try {
		return (JSON.parse(`"${inner}"`) as string).replace(/\p{Surrogate}/gu, "\ufffd");
	} catch {
		return undefined;
	}
}

// --- template strings -------------------------------------------------------------------------

function parseTemplateString(p: ParserState): Term | undefined {
	const start = p.start;
	const raw = p.kind === Kind.RawTemplate;
	if (p.version === "v0") {
		p.error(start, "template strings are not supported by current capabilities");
		return undefined;
	}
	const parts: (string | Expr)[] = [];
	let tallest = 0;
	let skip = 2;
	for (;;) {
		const lit = p.lit;
		const last = !lit.endsWith("{");
		const text = templateText(lit.slice(skip, -1), raw);
		if (text === undefined) {
			p.error(p.start, `illegal template-string part: ${lit}`);
			return undefined;
		}
		if (text !== "") parts.push(text);
		if (last) break;
		p.advance();
		if (!p.enter()) return undefined;
		const expr = parseHole(p);
		p.leave();
		if (expr === undefined) return undefined;
		tallest = Math.max(tallest, p.height);
		parts.push(expr);
		if (p.kind !== Kind.TemplateRest && p.kind !== Kind.RawTemplateRest) {
			p.error(p.start, "expected } to end template string expression");
			return undefined;
		}
		skip = 1;
	}
	if (!p.grow(tallest, 1)) return undefined;
	return { kind: "template-string", parts, raw, start, end: p.end };
}

function templateText(inner: string, raw: boolean): string | undefined {
	if (inner.indexOf("\\") < 0) return inner;
	if (raw) return inner.replaceAll("\\{", "{");
	return unescapeString(inner.replace(/\\(.)/gs, (all, c: string) => (c === "{" ? c : all)));
}

function parseHole(p: ParserState): Expr | undefined {
	const expr = parseLiteral(p);
	if (expr === undefined) {
		p.error(p.start, "invalid template-string expression");
		return undefined;
	}
	const reject = (what: string): undefined => {
		p.error(expr.start, `unexpected ${what} in template-string expression`);
		return undefined;
	};
	if (expr.negated && expr.what.kind !== "block") return reject("negation ('not')");
	switch (expr.what.kind) {
		case "every":
			return reject("'every'");
		case "some":
			return reject("'some'");
		case "term-expr": {
			const name = operatorOf(expr.what.term);
			if (name === "eq") return reject("unification ('=')");
			if (name === "assign") return reject("assignment (':=')");
			return expr;
		}
		default:
			return expr;
	}
}

/** The name a call's operator has when it is a single variable. */
export function operatorOf(t: Term): string | undefined {
	if (t.kind !== "call" || t.operator.terms.length !== 1) return undefined;
	const head = t.operator.terms[0];
	return head?.kind === "var" ? head.name : undefined;
}
