/**
 * Rounding and ranges. Anything but a small integer goes through OPA's floats of 64 bits and comes
 * out rounded by them, `abs(18446744073709551617)` included; ceil and floor of numbers between -1
 * and 0 answer 1 and 0, as OPA's do.
 */
import { addFloats, type BigFloat, floatOfInteger, fromFloat, negateFloat, truncate } from "../value/decimal.ts";
import { floatOf, fromBigInt } from "../value/number.ts";
import type { NumberValue } from "../value/value.ts";
import { type Builtin, define, ofModule, type PureContext, t } from "./define.ts";
import { bigIntOperand, maxItems, reserve } from "./operands.ts";

const half: BigFloat = { mant: 1n, exp: -1, prec: 53, negativeZero: false };
const one: BigFloat = { mant: 1n, exp: 0, prec: 53, negativeZero: false };

function isIntegral(f: BigFloat): boolean {
	return truncate(f) << BigInt(Math.max(-f.exp, 0)) === (f.exp >= 0 ? truncate(f) : f.mant);
}

function roundFloat(f: BigFloat): BigFloat {
	const negative = f.mant < 0n || f.negativeZero;
	return floatOfInteger(truncate(addFloats(f, negative ? negateFloat(half) : half)));
}

function ceilFloat(f: BigFloat): BigFloat {
	const i = floatOfInteger(truncate(f));
	return i.mant < 0n || isIntegral(f) ? i : addFloats(i, one);
}

function floorFloat(f: BigFloat): BigFloat {
	const i = floatOfInteger(truncate(f));
	return i.mant >= 0n || isIntegral(f) ? i : addFloats(i, negateFloat(one));
}

function absFloat(f: BigFloat): BigFloat {
	return f.mant < 0n || f.negativeZero ? negateFloat(f) : f;
}

function rounding(
	name: string,
	since: string,
	doc: string,
	resultDoc: string,
	ofInteger: (n: number) => number,
	ofFloat: (f: BigFloat) => BigFloat,
): Builtin {
	return define(name, {
		category: "numbers",
		pure: true,
		since,
		args: [["x", t.number]],
		resultName: "y",
		result: t.number,
		resultDoc,
		doc,
		eval: (ctx: PureContext, x: NumberValue) => {
			if (typeof x === "number" && Number.isSafeInteger(x)) return ofInteger(x);
			try {
				return fromFloat(ofFloat(floatOf(x)));
			} catch (e) {
				if (e instanceof RangeError) return ctx.halt(e.message);
				throw e;
			}
		},
	});
}

const same = (n: number): number => n + 0;

/** Integers from a to b, both included, in steps of `step` up or down. */
function range(ctx: PureContext, a: bigint, b: bigint, step: bigint): readonly NumberValue[] {
	const up = a <= b;
	const distance = up ? b - a : a - b;
	const count = distance / step + 1n;
	reserve(ctx, count, maxItems);
	const out: NumberValue[] = [];
	if (Number.isSafeInteger(Number(a)) && Number.isSafeInteger(Number(b))) {
		const by = up ? Number(step) : -Number(step);
		const n = Number(count);
		for (let i = 0, v = Number(a); i < n; i++, v += by) out.push(v);
		return out;
	}
	for (let i = 0n; i < count; i++) out.push(fromBigInt(up ? a + i * step : a - i * step));
	return out;
}

const numbersRange: Builtin = define("numbers.range", {
	category: "numbers",
	pure: true,
	since: "0.22.0",
	args: [
		["a", t.number, "first number"],
		["b", t.number, "last number"],
	],
	resultName: "range",
	result: t.array(t.number),
	resultDoc: "integers from a to b, both included; descending when a is greater",
	doc: "Lists the integers between two integers.",
	unchecked: true,
	eval: (ctx, a, b) => {
		const from = bigIntOperand(ctx, a, 1);
		if (from === undefined) return undefined;
		const to = bigIntOperand(ctx, b, 2);
		return to === undefined ? undefined : range(ctx, from, to, 1n);
	},
});

const numbersRangeStep: Builtin = define("numbers.range_step", {
	category: "numbers",
	pure: true,
	since: "0.56.0",
	args: [
		["a", t.number, "first number"],
		["b", t.number, "bound of the last number"],
		["step", t.number, "distance between numbers; positive"],
	],
	resultName: "range",
	result: t.array(t.number),
	resultDoc: "integers from a towards b, step apart",
	doc: "Lists integers between two integers at a distance from each other.",
	unchecked: true,
	eval: (ctx, a, b, step) => {
		const from = bigIntOperand(ctx, a, 1);
		if (from === undefined) return undefined;
		const to = bigIntOperand(ctx, b, 2);
		if (to === undefined) return undefined;
		const by = bigIntOperand(ctx, step, 3);
		if (by === undefined) return undefined;
		// OPA repeats the builtin's name in this message.
		if (by <= 0n) return ctx.error("numbers.range_step: step must be a positive integer");
		return range(ctx, from, to, by);
	},
});

export const numbers: readonly Builtin[] = ofModule("numbers", [
	rounding("abs", "0.17.0", "Drops the sign of a number.", "absolute value of x", Math.abs, absFloat),
	rounding("ceil", "0.26.0", "Rounds a number up.", "least integer not below x", same, ceilFloat),
	rounding("floor", "0.26.0", "Rounds a number down.", "greatest integer not above x", same, floorFloat),
	rounding("round", "0.17.0", "Rounds a number, halves away from zero.", "nearest integer", same, roundFloat),
	numbersRange,
	numbersRangeStep,
]);
