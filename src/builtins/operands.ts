/**
 * What many builtins ask of an operand beyond its kind, with OPA's wording when it does not hold:
 * a machine integer, an integer of any size and spelling, a list of strings. Each reports through
 * the context and returns undefined, which the caller passes on. Also the sizes past which a result
 * is refused before it is built.
 */
import { machineInt64, maxInt64, minInt64 } from "../go/int.ts";
import { exactInteger } from "../value/number.ts";
import { isArray, isNumber, isSet, type NumberValue, type Value } from "../value/value.ts";
import { operandElementError, operandTypeError, type PureContext } from "./define.ts";

/**
 * The number as Go's int, if its text is one (`10` and `10.0`, not `1e1`). Beyond 2^53 the nearest
 * double: callers only clamp it to sizes.
 */
export function machineInt(n: NumberValue): number | undefined {
	if (typeof n === "number") {
		if (!Number.isInteger(n) || n >= 2 ** 63 || n < -(2 ** 63)) return undefined;
		return n + 0;
	}
	if (typeof n === "bigint") return n > maxInt64 || n < minInt64 ? undefined : Number(n);
	const exact = machineInt64(n);
	return exact === undefined ? undefined : Number(exact);
}

/** Operand that must be a machine integer. */
export function intOperand(ctx: PureContext, v: Value, position: number): number | undefined {
	if (!isNumber(v)) return ctx.typeError(operandTypeError(position, v, ["number"]));
	const i = machineInt(v);
	return i === undefined ? notInteger(ctx, position) : i;
}

/** Operand that must be an integer of any size. */
export function bigIntOperand(ctx: PureContext, v: Value, position: number): bigint | undefined {
	if (!isNumber(v)) return ctx.typeError(operandTypeError(position, v, ["integer"]));
	const i = exactInteger(v);
	return i === undefined ? notInteger(ctx, position) : i;
}

function notInteger(ctx: PureContext, position: number): undefined {
	return ctx.typeError(`operand ${position} must be integer number but got floating-point number`);
}

/** The strings of an array or set. */
export function stringsOperand(ctx: PureContext, v: Value, position: number): readonly string[] | undefined {
	const items = isArray(v) ? v : isSet(v) ? v.sorted() : undefined;
	if (items === undefined) return ctx.typeError(operandTypeError(position, v, ["array", "set"]));
	for (const item of items) {
		if (typeof item !== "string") return ctx.typeError(operandElementError(position, v, item, ["string"]));
	}
	return items as readonly string[];
}

/** Longest array or set a builtin makes out of small operands. */
export const maxItems: number = 2 ** 24;
/** Longest integer, in bits. */
export const maxBits: number = 2 ** 24;

/** Count a result of this size before building it; halts the query when it is beyond reason. */
export function reserve(ctx: PureContext, size: number | bigint, limit: number): void {
	if (size > limit) ctx.halt(`result of ${size} elements exceeds the limit of ${limit}`);
	ctx.step(Number(size));
}
