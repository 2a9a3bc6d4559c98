/** bits.*: bitwise operations on integers of any size, in two's complement. */
import { fromBigInt } from "../value/number.ts";
import type { Value } from "../value/value.ts";
import { type Builtin, define, ofModule, type PureContext, t } from "./define.ts";
import { bigIntOperand, maxBits } from "./operands.ts";

type Operation = (ctx: PureContext, a: bigint, b: bigint) => bigint | undefined;

function binary(name: string, second: string, doc: string, resultDoc: string, operation: Operation): Builtin {
	return define(name, {
		category: "bits",
		pure: true,
		since: "0.18.0",
		args: [
			["x", t.number],
			[second, t.number],
		],
		resultName: "z",
		result: t.number,
		resultDoc,
		doc,
		// OPA speaks of integers here, not of numbers.
		unchecked: true,
		eval: (ctx: PureContext, x: Value, y: Value) => {
			const a = bigIntOperand(ctx, x, 1);
			if (a === undefined) return undefined;
			const b = bigIntOperand(ctx, y, 2);
			if (b === undefined) return undefined;
			const out = operation(ctx, a, b);
			return out === undefined ? undefined : fromBigInt(out);
		},
	});
}

const negate: Builtin = define("bits.negate", {
	category: "bits",
	pure: true,
	since: "0.18.0",
	args: [["x", t.number]],
	resultName: "z",
	result: t.number,
	resultDoc: "bitwise complement of x",
	doc: "Flips every bit of an integer.",
	unchecked: true,
	eval: (ctx, x) => {
		const a = bigIntOperand(ctx, x, 1);
		return a === undefined ? undefined : fromBigInt(~a);
	},
});

function isShift(ctx: PureContext, s: bigint): boolean {
	if (s >= 0n) return true;
	ctx.typeError("operand 2 must be an unsigned integer number but got a negative integer");
	return false;
}

function shiftLeft(ctx: PureContext, a: bigint, s: bigint): bigint | undefined {
	if (!isShift(ctx, s)) return undefined;
	// Go shifts by the low 64 bits.
	const by = BigInt.asUintN(64, s);
	if (a === 0n) return 0n;
	if (by > BigInt(maxBits)) ctx.halt(`shift by ${by} exceeds the limit of ${maxBits}`);
	ctx.step(Number(by) >> 6);
	return a << by;
}

function shiftRight(ctx: PureContext, a: bigint, s: bigint): bigint | undefined {
	return isShift(ctx, s) ? a >> BigInt.asUintN(64, s) : undefined;
}

export const bits: readonly Builtin[] = ofModule("bits", [
	binary("bits.and", "y", "Takes the bits set in both integers.", "bitwise and of x and y", (_, a, b) => a & b),
	binary("bits.lsh", "s", "Shifts an integer to the left.", "x shifted by s bits", shiftLeft),
	negate,
	binary("bits.or", "y", "Takes the bits set in either integer.", "bitwise or of x and y", (_, a, b) => a | b),
	binary("bits.rsh", "s", "Shifts an integer to the right.", "x shifted by s bits", shiftRight),
	binary("bits.xor", "y", "Takes the bits set in one integer only.", "exclusive or of x and y", (_, a, b) => a ^ b),
]);
