/**
 * to_number. A string must be what Go's strconv.ParseFloat reads: besides JSON's numbers `+5`, `.5`,
 * `007`, `1_000` and hexadecimal floats. The number keeps that spelling, as in OPA.
 */
import { parseNumber, RegoNumber, toDouble } from "../value/number.ts";
import { quoteGo } from "../value/term-text.ts";
import type { NumberValue } from "../value/value.ts";
import { type Builtin, define, ofModule, type PureContext, t } from "./define.ts";

const digits = "[0-9](?:_?[0-9])*";
const decimalFloat = new RegExp(`^[+-]?(?:${digits}\\.?(?:${digits})?|\\.${digits})(?:[eE][+-]?${digits})?$`);
const hexFloat = new RegExp(
	`^[+-]?0[xX](?=_?\\.?[0-9a-fA-F])(?:_?[0-9a-fA-F])*\\.?(?:[0-9a-fA-F](?:_?[0-9a-fA-F])*)?[pP][+-]?${digits}$`,
);

/** Longest text converted: an exact value of so many digits takes time in their square. */
const maxNumberLength = 100_000;

function stringToNumber(ctx: PureContext, text: string): NumberValue | undefined {
	if (text.length > maxNumberLength) ctx.halt(`number of ${text.length} characters`);
	const plain = parseNumber(text);
	if (plain !== undefined && typeof plain !== "object") {
		if (typeof plain === "number" || Number.isFinite(Number(plain))) return plain;
	}
	if (/^[+-]*(?:inf|infinity|nan)$/i.test(text)) {
		return ctx.typeError("operand 1 must be valid number string but got string");
	}
	if (!decimalFloat.test(text) && !hexFloat.test(text)) {
		return ctx.error(`strconv.ParseFloat: parsing ${quoteGo(text)}: invalid syntax`);
	}
	const n = plain ?? new RegoNumber(text);
	if (!isDouble(n)) return ctx.error(`strconv.ParseFloat: parsing ${quoteGo(text)}: value out of range`);
	return n;
}

function isDouble(n: NumberValue): boolean {
	try {
		return Number.isFinite(toDouble(n));
	} catch (e) {
		// A hexadecimal exponent past any use.
		if (e instanceof RangeError) return false;
		throw e;
	}
}

const toNumber: Builtin = define("to_number", {
	category: "conversions",
	pure: true,
	keep: true,
	since: "0.17.0",
	args: [["value", t.union(t.null, t.boolean, t.number, t.string)]],
	resultName: "num",
	result: t.number,
	resultDoc: "the number value stands for",
	doc: "Converts a string, boolean or null to a number.",
	eval: (ctx, v) => {
		if (typeof v === "string") return stringToNumber(ctx, v);
		if (typeof v === "boolean") return v ? 1 : 0;
		return v === null ? 0 : v;
	},
});

export const conversions: readonly Builtin[] = ofModule("conversions", [toNumber]);
