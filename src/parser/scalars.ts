/**
 * Numbers and strings: the current token, as text, to a value. Numbers keep their spelling and are
 * refused where OPA refuses them; escapes in strings are JSON's.
 */

import { at } from "../at.ts";
import { numberFromText } from "../value/number.ts";
import { type Scalar, scalar } from "./ast.ts";
import * as Kind from "./kinds.ts";
import type { ParserState } from "./state.ts";

/** What a double holds in any case. */
const smallInteger = /^(?:0|[1-9][0-9]{0,14})$/;

export function parseNumber(p: ParserState): Scalar | undefined {
	const start = p.start;
	let prefix = "";
	if (p.kind === Kind.Sub) {
		prefix = "-";
		p.advance();
		if (p.kind !== Kind.NumberLiteral && p.kind !== Kind.Dot) {
			p.unexpected("expected number");
			return undefined;
		}
	}
	// `.5` stands for 0.5; JSON has no such spelling.
	const fraction = p.kind === Kind.Dot;
	if (fraction) {
		prefix += "0.";
		p.advance();
		if (p.kind !== Kind.NumberLiteral) {
			p.unexpected("expected number");
			return undefined;
		}
	}
	// OPA's scanner takes the first byte of a longer character that is stuck to a number for a part of it.
	const stuck = p.text.charCodeAt(p.end) >= 0x80;
	const digits = stuck ? `${p.lit}\ufffd` : p.lit;
	if (!fraction && smallInteger.test(digits)) {
		const n = Number(digits);
		// Minus zero keeps its spelling, see below.
		if (prefix === "") return scalar(n, start, p.end);
		if (n !== 0) return scalar(-n, start, p.end);
	}
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
		// What is too small for OPA's floats is zero to it.
		if (Math.abs(size) > 1e5 && size > -(2 ** 31)) {
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
	const whole = at(m, 1);
	const all = whole + (m[2] ?? "");
	const zeros = /^0*/.exec(all)?.[0].length ?? 0;
	const exponent = Number(m[3] ?? "0");
	if (Math.abs(exponent) >= 2147483647) return Number.NaN;
	if (zeros === all.length) return 0;
	const leading = Number(`0.${all.slice(zeros, zeros + 17)}`);
	return Math.floor(Math.log2(leading) + (whole.length - zeros + exponent) * Math.log2(10)) + 1;
}

export function parseString(p: ParserState): Scalar | undefined {
	const { start, end } = p;
	const inner = p.text.slice(start + 1, end - 1);
	if (!p.escaped) return scalar(inner, start, end);
	const value = unescapeString(inner);
	if (value === undefined) {
		p.error(start, `illegal string literal: ${p.lit}`);
		return undefined;
	}
	return scalar(value, start, end);
}

/** JSON's escapes; half a surrogate pair becomes U+FFFD, as in Go. */
export function unescapeString(inner: string): string | undefined {
	try {
		return (JSON.parse(`"${inner}"`) as string).replace(/\p{Surrogate}/gu, "\ufffd");
	} catch {
		return undefined;
	}
}
