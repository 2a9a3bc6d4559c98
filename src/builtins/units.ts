/**
 * units.parse and units.parse_bytes: `10K`, `1.5Gi`, `100m`. The first computes with exact
 * fractions (and writes what is no integer with ten decimals), the second with floats of 64 bits,
 * cut to an integer. Messages repeat the builtin's name, as OPA's do.
 */

import { toGoLower } from "../go/strings.ts";
import { multiplyFloats, parseDecimal, toFloat, truncate } from "../value/decimal.ts";
import { fromBigInt, numberFromText } from "../value/number.ts";
import { utf8Length } from "../value/utf8.ts";
import type { NumberValue } from "../value/value.ts";
import { type Builtin, define, ofModule, type PureContext, t } from "./define.ts";

const number = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

/** Powers by the unit's letter. */
const letters = "kmgtpe";

function scale(unit: string, suffix: string): bigint | undefined {
	if (unit === "") return 1n;
	const power = letters.indexOf(unit.charAt(0)) + 1;
	if (power === 0) return undefined;
	const rest = unit.slice(1);
	if (rest === "" || rest === suffix) return 1000n ** BigInt(power);
	return rest === "i" || rest === `i${suffix}` ? 1024n ** BigInt(power) : undefined;
}

interface Amount {
	readonly number: string;
	readonly unit: string;
}

/** Splits at the first character that cannot belong to a number; undefined for an exponent of 7 digits. */
function splitAmount(s: string): Amount | undefined {
	for (let i = 0; i < s.length; i++) {
		const c = s.charAt(i);
		if (c >= "0" && c <= "9") continue;
		if (!/[.eE+-]/.test(c)) return { number: s.slice(0, i), unit: s.slice(i) };
		if (c !== "e" && c !== "E") continue;
		if (!/[0-9+-]/.test(s[i + 1] ?? "")) return { number: s.slice(0, i), unit: s.slice(i) };
		if (s[i + 1] === "+" || s[i + 1] === "-") i++;
		let end = i + 1;
		while (/[0-9]/.test(s[end] ?? "")) end++;
		if (end - i - 1 > 6) return undefined;
	}
	return { number: s, unit: "" };
}

type Report = (message: string) => undefined;

/** The parts of an amount, or undefined after reporting. */
function amount(ctx: PureContext, s: string, report: Report, kind: string): Amount | undefined {
	ctx.step(s.length);
	if (s.length > 100_000) ctx.halt(`amount of ${s.length} characters`);
	if (s.includes(" ")) return report("spaces not allowed in resource strings");
	const parts = splitAmount(s);
	if (parts === undefined) return report("exponent too large");
	return parts.number === "" ? report(`no ${kind} provided`) : parts;
}

/** 0.001 as the double that OPA multiplies with. */
const milli = { numerator: 4611686018427388n, denominator: 2n ** 62n };

/** num × 10^exp × numerator / denominator, in full or with ten decimals. */
function exactProduct(mant: bigint, exp: number, numerator: bigint, denominator: bigint): NumberValue {
	const n = mant * numerator * (exp > 0 ? 10n ** BigInt(exp) : 1n);
	const d = denominator * (exp < 0 ? 10n ** BigInt(-exp) : 1n);
	if (n % d === 0n) return fromBigInt(n / d);
	const negative = n < 0n;
	// Ten decimals, halves away from zero.
	const scaled = ((negative ? -n : n) * 2n * 10n ** 10n + d) / (2n * d);
	const digits = scaled.toString().padStart(11, "0");
	return numberFromText(`${negative ? "-" : ""}${digits.slice(0, -10)}.${digits.slice(-10)}`);
}

/** OPA cuts after the first byte: a longer character is lost in the message. */
function lowerAfterFirst(unit: string): string {
	const first = String.fromCodePoint(unit.codePointAt(0) ?? 0).slice(0, unit.length);
	const kept = utf8Length(first) > 1 ? "\ufffd".repeat(utf8Length(first)) : first;
	return kept + toGoLower(unit.slice(first.length));
}

const parse: Builtin = define("units.parse", {
	category: "units",
	pure: true,
	since: "0.41.0",
	args: [["x", t.string, "amount with a unit: m, K, M, G, T, P, E and Ki, Mi …"]],
	resultName: "y",
	result: t.number,
	resultDoc: "the amount as a number",
	doc: "Reads an amount with a decimal or binary unit; m is a thousandth, M a million.",
	eval: (ctx, x) => {
		const report: Report = (message) => ctx.error(`units.parse: ${message}`);
		const parts = amount(ctx, x.replaceAll('"', ""), report, "amount");
		if (parts === undefined) return undefined;
		const unit = lowerAfterFirst(parts.unit);
		const factor = unit === "m" ? milli.numerator : scale(unit.toLowerCase(), "");
		// The second letter tells a unit's kind: `mi` is fine, `I` is not.
		if (factor === undefined || !/^[kKMgGtTpPeEm]?$|^[kKmMgGtTpPeE]i$/.test(unit)) {
			return report(`unit ${unit} not recognized`);
		}
		if (!number.test(parts.number)) return report("could not parse amount to a number");
		const { mant, exp } = parseDecimal(parts.number);
		if (Math.abs(exp) > 1_000_000) return report("could not parse amount to a number");
		return exactProduct(mant, exp, factor, unit === "m" ? milli.denominator : 1n);
	},
});

const parseBytes: Builtin = define("units.parse_bytes", {
	category: "units",
	pure: true,
	since: "0.17.0",
	args: [["x", t.string, "size with a unit: KB, KiB, K, Ki, MB …"]],
	resultName: "y",
	result: t.number,
	resultDoc: "number of bytes",
	doc: "Reads a size with a decimal or binary unit, in any case.",
	eval: (ctx, x) => {
		const report: Report = (message) => ctx.error(`units.parse_bytes: ${message}`);
		const parts = amount(ctx, toGoLower(x).replaceAll('"', ""), report, "byte amount");
		if (parts === undefined) return undefined;
		const factor = scale(parts.unit, "b");
		if (factor === undefined) return report(`byte unit ${parts.unit} not recognized`);
		if (/^[0-9]{1,15}$/.test(parts.number)) {
			const product = Number(parts.number) * Number(factor);
			if (Number.isSafeInteger(product)) return product;
		}
		if (!number.test(parts.number)) return report("could not parse byte amount to a number");
		try {
			const total = multiplyFloats(toFloat(parseDecimal(parts.number)), toFloat({ mant: factor, exp: 0 }));
			return fromBigInt(truncate(total));
		} catch (e) {
			if (e instanceof RangeError) return ctx.halt(e.message);
			throw e;
		}
	},
});

export const units: readonly Builtin[] = ofModule("units", [parse, parseBytes]);
