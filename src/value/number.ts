/**
 * Rego numbers. OPA keeps the literal text of a number and computes with arbitrary-precision
 * integers or 64-bit-mantissa big floats; we keep a JS number wherever that loses nothing.
 *
 * Canonical form (what parseNumber and all arithmetic return):
 *   - an integer within ±(2^53-1), spelled plainly            → JS number
 *   - any other integer spelled plainly (digits only)         → bigint
 *   - a decimal whose text is what JS prints for its double   → JS number
 *   - everything else (`1.0`, `1e3`, `-0`, 0.1 with 20 digits) → RegoNumber, which keeps the text
 * Embedders may pass doubles beyond 2^53 in their inputs; they denote the exact integer.
 */

import { branded } from "./brand.ts";
import {
	addFloats,
	type BigFloat,
	cmpDecimal,
	type Decimal,
	divideFloats,
	fromFloat,
	multiplyFloats,
	negateFloat,
	parseDecimal,
	toFloat,
} from "./decimal.ts";
import { shownAs } from "./inspect.ts";
import type { NumberValue } from "./value.ts";

/** A number that a double cannot carry without losing digits or spelling. Immutable. */
export class RegoNumber {
	readonly text: string;
	#decimal: Decimal | undefined;

	constructor(text: string) {
		this.text = text;
	}

	/** Exact numeric value. */
	get decimal(): Decimal {
		this.#decimal ??= parseDecimal(this.text);
		return this.#decimal;
	}

	toString(): string {
		return this.text;
	}

	/** For JSON.stringify: the nearest double, which is all that it can write; toJson() keeps every digit. */
	toJSON(): number {
		return Number(this.text);
	}
}

branded(RegoNumber, "number");
shownAs(RegoNumber, (n) => `RegoNumber ${n.text}`);

const plainInteger = /^-?(?:0|[1-9][0-9]*)$/;
const jsonNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** Parse a JSON number literal exactly; `undefined` when the text is not one. */
export function parseNumber(text: string): NumberValue | undefined {
	if (text.length <= 15 && plainInteger.test(text) && text !== "-0") return Number(text);
	if (!jsonNumber.test(text)) return undefined;
	return numberFromText(text);
}

/** As parseNumber, for text already known to be a JSON number. */
export function numberFromText(text: string): NumberValue {
	const n = Number(text);
	if (Number.isSafeInteger(n)) {
		if (text === String(n)) return n;
		return new RegoNumber(text);
	}
	if (plainInteger.test(text)) return BigInt(text);
	// 8e+83 is not the integer that its double is.
	if (text === String(n) && !Number.isInteger(n)) return n;
	return new RegoNumber(text);
}

/** Canonical NumberValue of an integer. */
export function fromBigInt(i: bigint): NumberValue {
	if (i >= -9007199254740991n && i <= 9007199254740991n) return Number(i);
	return i;
}

/** The integer value, or undefined when n has a fractional part. */
export function toBigInt(n: NumberValue): bigint | undefined {
	if (typeof n === "bigint") return n;
	if (typeof n === "number") return Number.isInteger(n) ? BigInt(n) : undefined;
	const d = n.decimal;
	if (d.exp >= 0) return d.exp > 100_000 ? undefined : d.mant * 10n ** BigInt(d.exp);
	return undefined;
}

/** Nearest double; ±Infinity beyond the range. */
export function toDouble(n: NumberValue): number {
	if (typeof n === "number") return n;
	if (typeof n === "bigint") return Number(n);
	const d = Number(n.text);
	// Only Go's hexadecimal floats, which to_number lets through, are foreign to JS.
	return Number.isNaN(d) ? Number(`${n.decimal.mant}e${n.decimal.exp}`) : d;
}

/** The JSON text OPA prints for n. */
export function numberText(n: NumberValue): string {
	if (typeof n === "number") {
		if (Number.isSafeInteger(n)) return n === 0 ? "0" : String(n);
		// Computed numbers in Go's spelling (`1e-07`) are RegoNumbers: what is left is spelled as JS does.
		return String(n);
	}
	return typeof n === "bigint" ? n.toString() : n.text;
}

export function compareNumbers(a: NumberValue, b: NumberValue): -1 | 0 | 1 {
	if (typeof a !== "object" && typeof b !== "object") return a < b ? -1 : a > b ? 1 : 0;
	return cmpDecimal(decimalOf(a), decimalOf(b));
}

/** Exact decimal value of any number. */
export function decimalOf(n: NumberValue): Decimal {
	if (typeof n === "object") return n.decimal;
	if (typeof n === "bigint") return parseDecimal(n.toString());
	if (Number.isInteger(n)) return parseDecimal(BigInt(n).toString());
	return parseDecimal(String(n));
}

/** The float OPA computes with where integers do not suffice; throws RangeError for exponents past any use. */
export function floatOf(n: NumberValue): BigFloat {
	return toFloat(decimalOf(n), typeof n === "object" && n.text.startsWith("-"));
}

/** A primitive that is equal for equal numbers, whatever their spelling: key for hashing. */
export function numberKey(n: NumberValue): number | bigint | string {
	if (typeof n === "number") return Number.isSafeInteger(n) || !Number.isInteger(n) ? n + 0 : BigInt(n);
	if (typeof n === "bigint") {
		if (n >= -9007199254740991n && n <= 9007199254740991n) return Number(n);
		return n < hugeInteger && n > -hugeInteger ? n : decimalKey(decimalOf(n));
	}
	const { mant, exp } = n.decimal;
	// Integers too long to be worth writing out (1e400) are keyed by their decimals instead.
	if (exp >= 0)
		return exp > 400 || abs(mant) * 10n ** BigInt(exp) >= hugeInteger ? decimalKey(n.decimal) : integerKey(n);
	const d = toDouble(n);
	if (Number.isFinite(d) && cmpDecimal(parseDecimal(String(d)), n.decimal) === 0) return d;
	return decimalKey(n.decimal);
}

const hugeInteger = 10n ** 400n;

function abs(i: bigint): bigint {
	return i < 0n ? -i : i;
}

function integerKey(n: RegoNumber): number | bigint | string {
	return numberKey(toBigInt(n) as bigint);
}

/** "\u0000n" cannot be confused with a Rego string: callers keep numbers and strings apart. */
function decimalKey(d: Decimal): string {
	return `\u0000n${d.mant}e${d.exp}`;
}

export function add(a: NumberValue, b: NumberValue): NumberValue {
	if (typeof a === "number" && typeof b === "number") {
		const r = a + b;
		if (Number.isSafeInteger(r) && Number.isSafeInteger(a) && Number.isSafeInteger(b)) return r;
	}
	const x = exactInteger(a);
	const y = exactInteger(b);
	if (x !== undefined && y !== undefined) return fromBigInt(x + y);
	return fromFloat(addFloats(floatOf(a), floatOf(b)));
}

export function subtract(a: NumberValue, b: NumberValue): NumberValue {
	if (typeof a === "number" && typeof b === "number") {
		const r = a - b;
		if (Number.isSafeInteger(r) && Number.isSafeInteger(a) && Number.isSafeInteger(b)) return r;
	}
	const x = exactInteger(a);
	const y = exactInteger(b);
	if (x !== undefined && y !== undefined) return fromBigInt(x - y);
	return fromFloat(addFloats(floatOf(a), negateFloat(floatOf(b))));
}

export function multiply(a: NumberValue, b: NumberValue): NumberValue {
	if (typeof a === "number" && typeof b === "number") {
		const r = a * b;
		if (Number.isSafeInteger(r) && Number.isSafeInteger(a) && Number.isSafeInteger(b)) return r + 0;
	}
	const x = exactInteger(a);
	const y = exactInteger(b);
	if (x !== undefined && y !== undefined) return fromBigInt(x * y);
	return fromFloat(multiplyFloats(floatOf(a), floatOf(b)));
}

/** b must not be zero: the builtin reports `divide by zero` first. */
export function divide(a: NumberValue, b: NumberValue): NumberValue {
	if (typeof a === "number" && typeof b === "number") {
		const r = a / b;
		// 0 / -3 is left to the floats: OPA prints it as -0
		if (r !== 0 && Number.isSafeInteger(r) && Number.isSafeInteger(a) && Number.isSafeInteger(b) && r * b === a)
			return r;
	}
	return fromFloat(divideFloats(floatOf(a), floatOf(b)));
}

/** Integers of any spelling as bigint, for exact arithmetic. */
export function exactInteger(n: NumberValue): bigint | undefined {
	if (typeof n === "number") return Number.isInteger(n) ? BigInt(n) : undefined;
	return toBigInt(n);
}
