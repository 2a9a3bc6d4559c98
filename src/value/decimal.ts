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
	// to_number lets through what Go's ParseFloat reads: `+5`, `1_000`, `0x1p-2`.
	if (text.startsWith("+")) return parseDecimal(text.slice(1));
	if (text.includes("_")) return parseDecimal(text.replaceAll("_", ""));
	if (/^-?0[xX]/.test(text)) return parseHexFloat(text);
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

/** Go's hexadecimal floats (`0x1.8p-2`), which to_number accepts. */
function parseHexFloat(text: string): Decimal {
	const [mantText = "", expText = "0"] = text.toLowerCase().split("p");
	const neg = mantText.startsWith("-");
	const [whole = "", fraction = ""] = mantText.slice(neg ? 3 : 2).split(".");
	const mant = BigInt(`0x${whole}${fraction}`) * (neg ? -1n : 1n);
	const exp = Number(expText) - 4 * fraction.length;
	if (Math.abs(exp) > maxExponent) throw new RangeError("number exponent out of range");
	// 2^-n is 5^n × 10^-n
	const { mant: m, exp: e } = parseDecimal((exp < 0 ? mant * 5n ** BigInt(-exp) : mant << BigInt(exp)).toString());
	return { mant: m, exp: exp < 0 ? e + exp : e };
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

/**
 * Go's big.Float: mant × 2^exp, a mantissa of at most prec bits. Zero has mant 0 and may be negative.
 */
export interface BigFloat {
	readonly mant: bigint;
	readonly exp: number;
	readonly prec: number;
	readonly negativeZero: boolean;
}

/** The precision of a float read from text, unless a builtin asks for another. */
const defaultPrecision = 64;

const double = new DataView(new ArrayBuffer(8));

function bitLength(n: bigint): number {
	if (n === 0n) return 0;
	const abs = n < 0n ? -n : n;
	const size = Number(abs);
	if (size === Number.POSITIVE_INFINITY) {
		const hex = abs.toString(16);
		return hex.length * 4 - (Math.clz32(Number.parseInt(hex.charAt(0), 16)) - 28);
	}
	// The exponent of the nearest double, unless that is the power of two next above.
	double.setFloat64(0, size);
	const bits = (double.getUint16(0) >> 4) - 1022;
	return size > Number.MAX_SAFE_INTEGER && BigInt(size) > abs && abs >> BigInt(bits - 1) === 0n ? bits - 1 : bits;
}

/** Round num/den × 2^exp to prec bits, nearest even. den > 0. */
function roundRatio(num: bigint, den: bigint, exp: number, prec: number, negativeZero = false): BigFloat {
	if (num === 0n) return { mant: 0n, exp: 0, prec, negativeZero };
	if (den === 1n) return roundInteger(num, exp, prec);
	const neg = num < 0n;
	let n = neg ? -num : num;
	let d = den;
	let e = exp;
	// Scale so that the quotient has one or two bits too many, then round them away.
	const shift = prec + 1 - (bitLength(n) - bitLength(d));
	if (shift > 0) n <<= BigInt(shift);
	else d <<= BigInt(-shift);
	e -= shift;
	let q = n / d;
	const sticky = n % d !== 0n;
	const extra = bitLength(q) - prec;
	if (extra > 0) {
		const half = 1n << BigInt(extra - 1);
		const low = q & ((1n << BigInt(extra)) - 1n);
		q >>= BigInt(extra);
		e += extra;
		// A carry into one bit more leaves a power of two: still exact.
		if (low > half || (low === half && (sticky || (q & 1n) === 1n))) q += 1n;
	}
	return { mant: neg ? -q : q, exp: e, prec, negativeZero: false };
}

/** As roundRatio, without a division. */
function roundInteger(num: bigint, exp: number, prec: number): BigFloat {
	const neg = num < 0n;
	const n = neg ? -num : num;
	const extra = bitLength(n) - prec;
	if (extra <= 0) {
		return { mant: extra === 0 ? num : num << BigInt(-extra), exp: exp + extra, prec, negativeZero: false };
	}
	const width = BigInt(extra);
	let q = n >> width;
	const half = 1n << (width - 1n);
	const low = n - (q << width);
	if (low > half || (low === half && (q & 1n) === 1n)) q += 1n;
	return { mant: neg ? -q : q, exp: exp + extra, prec, negativeZero: false };
}

/** Powers of the exponents that numbers mostly have. */
const smallPowers: BigFloat[] = [];

function pow5(n: number): BigFloat {
	const known = smallPowers[n];
	if (known !== undefined) return known;
	const power = powerOf5(n);
	if (n < 64) smallPowers[n] = power;
	return power;
}

/** 5^n as Go computes it when reading a decimal: in floats of 128 bits, squares in 192. */
function powerOf5(n: number): BigFloat {
	const float = (mant: bigint, exp: number, prec: number): BigFloat => roundRatio(mant, 1n, exp, prec);
	if (n <= 27) return float(5n ** BigInt(n), 0, 128);
	let z = float(5n ** 27n, 0, 128);
	let f = float(5n, 0, 192);
	for (let rest = n - 27; rest > 0; rest >>= 1) {
		if ((rest & 1) === 1) z = float(z.mant * f.mant, z.exp + f.exp, 128);
		f = float(f.mant * f.mant, f.exp + f.exp, 192);
	}
	return z;
}

/** The float Go reads from this decimal; of zeros the caller knows the sign. */
export function toFloat(d: Decimal, negativeZero = false): BigFloat {
	if (d.mant === 0n) return { mant: 0n, exp: 0, prec: defaultPrecision, negativeZero };
	if (d.exp > maxExponent || d.exp < -maxExponent) throw new RangeError("number exponent out of range");
	const p = pow5(Math.abs(d.exp));
	if (d.exp >= 0) return roundRatio(d.mant * p.mant, 1n, p.exp + d.exp, defaultPrecision);
	return roundRatio(d.mant, p.mant, d.exp - p.exp, defaultPrecision);
}

/** big.Float's SetInt. */
export function floatOfInteger(i: bigint): BigFloat {
	return roundRatio(i, 1n, 0, Math.max(defaultPrecision, bitLength(i)));
}

/** Integer part, towards zero. */
export function truncate(f: BigFloat): bigint {
	if (f.exp >= 0) return f.mant << BigInt(f.exp);
	const abs = f.mant < 0n ? -f.mant : f.mant;
	const i = abs >> BigInt(-f.exp);
	return f.mant < 0n ? -i : i;
}

function isNegative(f: BigFloat): boolean {
	return f.mant < 0n || f.negativeZero;
}

function exact(f: BigFloat, exp: number): bigint {
	return f.mant << BigInt(f.exp - exp);
}

export function addFloats(x: BigFloat, y: BigFloat, prec: number = Math.max(x.prec, y.prec)): BigFloat {
	const e = Math.min(x.exp, y.exp);
	const negativeZero = x.negativeZero && y.negativeZero;
	return roundRatio(exact(x, e) + exact(y, e), 1n, e, prec, negativeZero);
}

export function negateFloat(f: BigFloat): BigFloat {
	return { ...f, mant: -f.mant, negativeZero: f.mant === 0n && !f.negativeZero };
}

export function multiplyFloats(x: BigFloat, y: BigFloat, prec: number = Math.max(x.prec, y.prec)): BigFloat {
	return roundRatio(x.mant * y.mant, 1n, x.exp + y.exp, prec, isNegative(x) !== isNegative(y));
}

export function divideFloats(x: BigFloat, y: BigFloat, prec: number = Math.max(x.prec, y.prec)): BigFloat {
	const neg = y.mant < 0n;
	const negativeZero = isNegative(x) !== isNegative(y);
	return roundRatio(neg ? -x.mant : x.mant, neg ? -y.mant : y.mant, x.exp - y.exp, prec, negativeZero);
}

/** The number OPA makes of a float: an integer in full, anything else as Go's `%g` with the fewest digits. */
export function fromFloat(f: BigFloat): NumberValue {
	if (f.mant === 0n) return f.negativeZero ? numberFromText("-0") : 0;
	const low = -f.exp;
	const abs = f.mant < 0n ? -f.mant : f.mant;
	const fractional = low > 0 && (low >= bitLength(abs) || (abs & ((1n << BigInt(low)) - 1n)) !== 0n);
	if (fractional) return numberFromText(formatG(shortest(f)));
	// Go prints the shortest digits that identify the float, padded with zeros.
	const { digits, point, neg } = shortest(f);
	const text = digits + "0".repeat(Math.max(0, point - digits.length));
	return fromBigInt(BigInt(neg ? `-${text}` : text));
}

interface Digits {
	readonly neg: boolean;
	/** Significant digits, no leading or trailing zeros; the value is 0.digits × 10^point. */
	readonly digits: string;
	readonly point: number;
}

/** The fewest digits that round to f at its precision (Go math/big ftoa.go, roundShortest). */
function shortest(f: BigFloat): Digits {
	const neg = f.mant < 0n;
	let m = neg ? -f.mant : f.mant;
	let e = f.exp;
	const short = f.prec - bitLength(m);
	if (short > 0) {
		m <<= BigInt(short);
		e -= short;
	}
	const inclusive = (m & 1n) === 0n;
	// value and its bounds at half a unit in the last place, as decimal digits of one common scale
	const scale = e - 1;
	const toDigits = (x: bigint): string =>
		scale >= 0 ? (x << BigInt(scale)).toString() : (x * 5n ** BigInt(-scale)).toString();
	const value = toDigits(2n * m);
	const lower = toDigits(2n * m - 1n).replace(/0+$/, "");
	const upper = toDigits(2n * m + 1n).replace(/0+$/, "");
	const point = value.length - (scale >= 0 ? 0 : -scale);
	const finish = (digits: string, p: number): Digits => ({ neg, digits: digits.replace(/0+$/, ""), point: p });
	for (let i = 0; i < value.length; i++) {
		// Go compares digit by digit even where a bound has one digit more or less.
		const v = value.charCodeAt(i);
		const l = lower.charCodeAt(i) || 48;
		const u = upper.charCodeAt(i) || 48;
		const okDown = l !== v || (inclusive && i + 1 === lower.length);
		const okUp = v !== u && (inclusive || v + 1 < u || i + 1 < upper.length);
		if (!okDown && !okUp) continue;
		const head = value.slice(0, i + 1);
		let up = okUp;
		if (okDown && okUp) {
			const rest = value.slice(i + 1);
			const first = (rest.charCodeAt(0) || 48) - 48;
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
