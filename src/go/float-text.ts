/**
 * Doubles as Go's strconv.FormatFloat writes them: e, E, f, g, G with any precision (-1 for the
 * fewest digits that read back the same), exactly rounded half to even; b and x, X in powers of two.
 */

/** Significant digits of a value 0.digits × 10^point. */
interface Digits {
	readonly digits: string;
	readonly point: number;
}

/** v must be finite and not negative. */
export function floatText(v: number, format: string, precision: number): string {
	switch (format) {
		case "b":
			return binaryText(v);
		case "x":
			return hexText(v, precision);
		case "X":
			return hexText(v, precision).toUpperCase();
		case "e":
		case "E":
			return exponentText(precision < 0 ? shortestDigits(v) : rounded(v, precision + 1), format, precision);
		case "f": {
			if (precision < 0) return fixedText(shortestDigits(v), -1);
			return fixedText(roundedAt(v, precision), precision);
		}
		default:
			return generalText(v, format, precision);
	}
}

function generalText(v: number, format: string, precision: number): string {
	const shortest = precision < 0;
	const d = shortest ? shortestDigits(v) : rounded(v, Math.max(precision, 1));
	// Trailing zeros say nothing in %g.
	const digits = d.digits.replace(/0+$/, "");
	const kept: Digits = { digits, point: digits === "" ? 0 : d.point };
	let limit = shortest ? 6 : Math.max(precision, 1);
	if (!shortest && limit > digits.length && digits.length >= kept.point) limit = digits.length;
	const exponent = kept.point - 1;
	if (exponent < -4 || exponent >= limit) {
		return exponentText(kept, format === "g" ? "e" : "E", Math.max(digits.length, 1) - 1);
	}
	return fixedText(kept, Math.max(digits.length - kept.point, 0));
}

function exponentText(d: Digits, letter: string, precision: number): string {
	const wanted = precision < 0 ? Math.max(d.digits.length - 1, 0) : precision;
	const digits = d.digits.padEnd(wanted + 1, "0");
	const exponent = d.digits.replace(/0+$/, "") === "" ? 0 : d.point - 1;
	const magnitude = Math.abs(exponent).toString().padStart(2, "0");
	const fraction = wanted > 0 ? `.${digits.slice(1, wanted + 1)}` : "";
	return `${digits[0]}${fraction}${letter}${exponent < 0 ? "-" : "+"}${magnitude}`;
}

function fixedText(d: Digits, precision: number): string {
	const whole = d.point > 0 ? d.digits.slice(0, d.point).padEnd(d.point, "0") : "0";
	const decimals = precision < 0 ? Math.max(d.digits.length - d.point, 0) : precision;
	if (decimals === 0) return whole;
	const fraction = d.point >= 0 ? d.digits.slice(d.point) : "0".repeat(-d.point) + d.digits;
	return `${whole}.${fraction.slice(0, decimals).padEnd(decimals, "0")}`;
}

/** The fewest digits that identify a double; JavaScript finds the same ones. */
function shortestDigits(v: number): Digits {
	if (v === 0) return { digits: "", point: 0 };
	const [mantissa = "", exponent = "0"] = v.toExponential().split("e");
	return { digits: mantissa.replace(".", ""), point: Number(exponent) + 1 };
}

/** v = mant × 2^exp, exactly. */
function split(v: number): { readonly mant: bigint; readonly exp: number } {
	const bits = new DataView(new ArrayBuffer(8));
	bits.setFloat64(0, v);
	const raw = bits.getBigUint64(0);
	const exponent = Number(raw >> 52n) & 0x7ff;
	const fraction = raw & 0xfffffffffffffn;
	if (exponent === 0) return { mant: fraction, exp: -1074 };
	return { mant: fraction | 0x10000000000000n, exp: exponent - 1075 };
}

/** Every decimal digit of a double. */
function exactDigits(v: number): Digits {
	if (v === 0) return { digits: "", point: 0 };
	const { mant, exp } = split(v);
	if (exp >= 0) {
		const digits = (mant << BigInt(exp)).toString();
		return { digits, point: digits.length };
	}
	const digits = (mant * 5n ** BigInt(-exp)).toString();
	return { digits, point: digits.length + exp };
}

/** Rounded to `count` significant digits. */
function rounded(v: number, count: number): Digits {
	return roundDigits(exactDigits(v), count);
}

/** Rounded to `decimals` digits after the point. */
function roundedAt(v: number, decimals: number): Digits {
	const d = exactDigits(v);
	return roundDigits(d, d.point + decimals);
}

function roundDigits(d: Digits, count: number): Digits {
	if (count < 0) return { digits: "", point: 0 };
	if (count >= d.digits.length) return d;
	const kept = d.digits.slice(0, count);
	const first = d.digits.charCodeAt(count) - 48;
	const odd = count > 0 && (d.digits.charCodeAt(count - 1) & 1) === 1;
	const half = first === 5 && /^0*$/.test(d.digits.slice(count + 1));
	const up = half ? odd : first >= 5;
	if (!up) return { digits: kept, point: d.point };
	const next = (BigInt(kept === "" ? "0" : kept) + 1n).toString();
	return { digits: next, point: d.point + next.length - count };
}

function binaryText(v: number): string {
	const { mant, exp } = split(v);
	return `${mant}p${exp < 0 ? "-" : "+"}${Math.abs(exp)}`;
}

function hexText(v: number, precision: number): string {
	let { mant, exp } = split(v);
	if (mant === 0n) return `0x0${precision > 0 ? `.${"0".repeat(precision)}` : ""}p+00`;
	// 1.fff × 2^e: the leading one at bit 60, 15 hexadecimal digits behind it.
	const shift = 60 - (mant.toString(2).length - 1);
	mant <<= BigInt(shift);
	exp -= shift;
	if (precision >= 0 && precision < 15) {
		const drop = BigInt(60 - 4 * precision);
		const low = mant & ((1n << drop) - 1n);
		const half = 1n << (drop - 1n);
		mant >>= drop;
		if (low > half || (low === half && (mant & 1n) === 1n)) mant++;
		mant <<= drop;
		if (mant >> 61n !== 0n) {
			mant >>= 1n;
			exp++;
		}
	}
	const all = (mant & ((1n << 60n) - 1n)).toString(16).padStart(15, "0");
	const fraction = precision < 0 ? all.replace(/0+$/, "") : all.padEnd(precision, "0").slice(0, precision);
	const e = exp + 60;
	const magnitude = Math.abs(e).toString().padStart(2, "0");
	return `0x${mant >> 60n}${fraction === "" ? "" : `.${fraction}`}p${e < 0 ? "-" : "+"}${magnitude}`;
}
