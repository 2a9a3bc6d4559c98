/**
 * Exact decimals for comparing numbers, and the binary floats OPA computes with: Go's big.Float at
 * its default precision (64-bit mantissa, round to nearest even), printed as the shortest decimal
 * that reads back as the same float. Only non-integers come here; integers are exact bigints.
 */
import { fromBigInt, numberFromText } from "./number.ts";
import type { NumberValue } from "./value.ts";

/** mant × 10^exp, with no factor of ten left in mant (0 is {0n, 0}). */
export interface Decimal {
	readonly mant: bigint;
	readonly exp: number;
}

/** Exponents past this make arithmetic refuse rather than build gigantic integers. */
const maxExponent = 20_000;

export function parseDecimal(text: string): Decimal {
	const e = text.search(/[eE]/);
	const mantText = e < 0 ? text : text.slice(0, e);
	let exp = e < 0 ? 0 : Number(text.slice(e + 1));
	const dot = mantText.indexOf(".");
	let digits = mantText;
	if (dot >= 0) {
		digits = mantText.slice(0, dot) + mantText.slice(dot + 1);
		exp -= mantText.length - dot - 1;
	}
	const trimmed = digits.replace(/0+$/, "");
	if (trimmed === "" || trimmed === "-" || /^-?0*$/.test(trimmed)) return { mant: 0n, exp: 0 };
	return { mant: BigInt(trimmed), exp: exp + digits.length - trimmed.length };
}

export function cmpDecimal(a: Decimal, b: Decimal): -1 | 0 | 1 {
	const sa = a.mant < 0n ? -1 : a.mant > 0n ? 1 : 0;
	const sb = b.mant < 0n ? -1 : b.mant > 0n ? 1 : 0;
	if (sa !== sb) return sa < sb ? -1 : 1;
	if (sa === 0) return 0;
	const am = sa < 0 ? -a.mant : a.mant;
	const bm = sa < 0 ? -b.mant : b.mant;
	// Magnitudes first, so that 1e999999999 never becomes an integer of that many digits.
	const ta = am.toString().length + a.exp;
	const tb = bm.toString().length + b.exp;
	if (ta !== tb) return ta < tb === sa > 0 ? -1 : 1;
	const shift = a.exp - b.exp;
	const x = shift > 0 ? am * 10n ** BigInt(shift) : am;
	const y = shift < 0 ? bm * 10n ** BigInt(-shift) : bm;
	if (x === y) return 0;
	return x < y === sa > 0 ? -1 : 1;
}

/** mant × 2^exp with a mantissa of at most 64 bits; zero is mant 0. */
export interface BigFloat {
	readonly mant: bigint;
	readonly exp: number;
}

const precision = 64;

function bitLength(n: bigint): number {
	return n === 0n ? 0 : n.toString(2).length;
}

/** Round num/den × 2^exp to 64 bits, nearest even. den > 0. */
function roundRatio(num: bigint, den: bigint, exp: number): BigFloat {
	if (num === 0n) return { mant: 0n, exp: 0 };
	const neg = num < 0n;
	let n = neg ? -num : num;
	let d = den;
	let e = exp;
	// Scale so that the quotient has 64 or 65 bits, then keep 64 and the remainder.
	const shift = precision + 1 - (bitLength(n) - bitLength(d));
	if (shift > 0) n <<= BigInt(shift);
	else d <<= BigInt(-shift);
	e -= shift;
	let q = n / d;
	let sticky = n % d !== 0n;
	let extra = bitLength(q) - precision;
	while (extra > 0) {
		const half = 1n << BigInt(extra - 1);
		const low = q & ((1n << BigInt(extra)) - 1n);
		q >>= BigInt(extra);
		e += extra;
		if (low > half || (low === half && (sticky || (q & 1n) === 1n))) q += 1n;
		sticky = false;
		extra = bitLength(q) - precision;
	}
	return { mant: neg ? -q : q, exp: e };
}

export function toFloat(d: Decimal): BigFloat {
	if (d.exp > maxExponent || d.exp < -maxExponent) throw new RangeError("number exponent out of range");
	if (d.exp >= 0) return roundRatio(d.mant * 10n ** BigInt(d.exp), 1n, 0);
	return roundRatio(d.mant, 10n ** BigInt(-d.exp), 0);
}

function exact(f: BigFloat, exp: number): bigint {
	return f.mant << BigInt(f.exp - exp);
}

export function addFloat(a: Decimal, b: Decimal): NumberValue {
	const x = toFloat(a);
	const y = toFloat(b);
	const e = Math.min(x.exp, y.exp);
	return fromFloat(roundRatio(exact(x, e) + exact(y, e), 1n, e));
}

export function subFloat(a: Decimal, b: Decimal): NumberValue {
	const x = toFloat(a);
	const y = toFloat(b);
	const e = Math.min(x.exp, y.exp);
	return fromFloat(roundRatio(exact(x, e) - exact(y, e), 1n, e));
}

export function mulFloat(a: Decimal, b: Decimal): NumberValue {
	const x = toFloat(a);
	const y = toFloat(b);
	return fromFloat(roundRatio(x.mant * y.mant, 1n, x.exp + y.exp));
}

export function divFloat(a: Decimal, b: Decimal): NumberValue {
	const x = toFloat(a);
	const y = toFloat(b);
	const neg = y.mant < 0n;
	return fromFloat(roundRatio(neg ? -x.mant : x.mant, neg ? -y.mant : y.mant, x.exp - y.exp));
}

/** The number OPA makes of a float: an integer in full, anything else as Go's `%g` with the fewest digits. */
export function fromFloat(f: BigFloat): NumberValue {
	if (f.mant === 0n) return 0;
	if (f.exp >= 0) {
		// Go prints the shortest digits that identify the float, padded with zeros.
		const { digits, point, neg } = shortest(f);
		const text = digits + "0".repeat(Math.max(0, point - digits.length));
		return fromBigInt(BigInt(neg ? `-${text}` : text));
	}
	const low = -f.exp;
	const abs = f.mant < 0n ? -f.mant : f.mant;
	if (low < bitLength(abs) && (abs & ((1n << BigInt(low)) - 1n)) === 0n) return fromBigInt(f.mant >> BigInt(low));
	return numberFromText(formatG(shortest(f)));
}

interface Digits {
	readonly neg: boolean;
	/** Significant digits, no leading or trailing zeros; the value is 0.digits × 10^point. */
	readonly digits: string;
	readonly point: number;
}

/** The fewest digits that round to f at 64 bits (Go math/big ftoa.go, roundShortest). */
function shortest(f: BigFloat): Digits {
	const neg = f.mant < 0n;
	let m = neg ? -f.mant : f.mant;
	let e = f.exp;
	const short = precision - bitLength(m);
	if (short > 0) {
		m <<= BigInt(short);
		e -= short;
	}
	const inclusive = (m & 1n) === 0n;
	// lower, value and upper at half an ulp, as decimal digit strings of one common scale
	const scale = e - 1;
	const toDigits = (x: bigint): string =>
		scale >= 0 ? (x << BigInt(scale)).toString() : (x * 5n ** BigInt(-scale)).toString();
	const value = toDigits(2n * m);
	const lower = toDigits(2n * m - 1n).padStart(value.length, "0");
	const upperRaw = toDigits(2n * m + 1n);
	const point = value.length - (scale >= 0 ? 0 : -scale);
	const finish = (digits: string, p: number): Digits => ({ neg, digits: digits.replace(/0+$/, ""), point: p });
	if (upperRaw.length > value.length) return finish(value, point);
	const lowerEnd = lower.replace(/0+$/, "").length;
	const upperEnd = upperRaw.replace(/0+$/, "").length;
	for (let i = 0; i < value.length; i++) {
		const v = value.charCodeAt(i) - 48;
		const l = lower.charCodeAt(i) - 48;
		const u = upperRaw.charCodeAt(i) - 48;
		const okDown = l !== v || (inclusive && i + 1 === lowerEnd);
		const okUp = v !== u && (inclusive || v + 1 < u || i + 1 < upperEnd);
		if (!okDown && !okUp) continue;
		const head = value.slice(0, i + 1);
		let up = okUp;
		if (okDown && okUp) {
			const rest = value.slice(i + 1);
			const first = rest.charCodeAt(0) - 48;
			up = first > 5 || (first === 5 && (/[1-9]/.test(rest.slice(1)) || v % 2 === 1));
		}
		if (!up) return finish(head, point);
		const rounded = (BigInt(head) + 1n).toString();
		return finish(rounded, point + rounded.length - head.length);
	}
	return finish(value, point);
}

/** Go's `%g` with shortest digits: exponent form below 1e-4 and from 1e+06, as strconv does. */
function formatG(d: Digits): string {
	const sign = d.neg ? "-" : "";
	const exp = d.point - 1;
	if (exp < -4 || exp >= 6) {
		const e = Math.abs(exp);
		const tail = `e${exp < 0 ? "-" : "+"}${e < 10 ? "0" : ""}${e}`;
		return `${sign}${d.digits[0]}${d.digits.length > 1 ? `.${d.digits.slice(1)}` : ""}${tail}`;
	}
	if (d.point <= 0) return `${sign}0.${"0".repeat(-d.point)}${d.digits}`;
	if (d.digits.length <= d.point) return `${sign}${d.digits}${"0".repeat(d.point - d.digits.length)}`;
	return `${sign}${d.digits.slice(0, d.point)}.${d.digits.slice(d.point)}`;
}
