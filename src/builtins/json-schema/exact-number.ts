/**
 * Arithmetic the validator needs on exact decimals of any size: divisibility without building the
 * integers that an exponent like 1e999999 stands for, and the form numbers take in messages (Go's
 * `%g` of a big float).
 */
import type { Decimal } from "../../value/decimal.ts";

export function isWhole(d: Decimal): boolean {
	return d.exp >= 0 || d.mant === 0n;
}

/** Whether a is a multiple of b; b is not zero. */
export function isMultiple(a: Decimal, b: Decimal): boolean {
	if (a.mant === 0n) return true;
	const shift = a.exp - b.exp;
	const divisor = b.mant < 0n ? -b.mant : b.mant;
	if (shift >= 0) return ((a.mant % divisor) * powerModulo(10n, BigInt(shift), divisor)) % divisor === 0n;
	// a's digits end in no zero, so powers of ten in the divisor must be made up of its own twos and fives.
	if (-shift > a.mant.toString().length * 4) return false;
	return a.mant % (divisor * 10n ** BigInt(-shift)) === 0n;
}

function powerModulo(base: bigint, exponent: bigint, modulus: bigint): bigint {
	let out = 1n % modulus;
	let b = base % modulus;
	for (let e = exponent; e > 0n; e >>= 1n) {
		if (e & 1n) out = (out * b) % modulus;
		b = (b * b) % modulus;
	}
	return out;
}

/** Shortest digits, with an exponent below 1e-4 and from 1e+06 (or 21 digits) on. */
export function numberInMessage(d: Decimal): string {
	if (d.mant === 0n) return "0";
	const sign = d.mant < 0n ? "-" : "";
	const digits = (d.mant < 0n ? -d.mant : d.mant).toString();
	const point = digits.length + d.exp;
	const e = point - 1;
	if (e < -4 || e >= 6) {
		const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
		return `${sign}${digits[0]}${fraction}e${e < 0 ? "-" : "+"}${String(Math.abs(e)).padStart(2, "0")}`;
	}
	if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
	if (digits.length <= point) return sign + digits.padEnd(point, "0");
	return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
