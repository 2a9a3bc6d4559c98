/**
 * Errors inside a builtin's helpers. A helper several calls deep throws a Failure; `reporting` turns
 * it into the context's error report at the builtin's border, so nothing but a Failure, a halt or a
 * real defect ever leaves a body as an exception.
 */
import { machineInt64 } from "../go/int.ts";
import { type NumberValue, typeName, type Value } from "../value/value.ts";
import type { PureContext } from "./define.ts";

/** A refusal with OPA's text, without the builtin's name. */
export class Failure extends Error {
	/** `type`: eval_type_error; `builtin`: eval_builtin_error. */
	readonly kind: "builtin" | "type";

	constructor(message: string, kind: "builtin" | "type" = "builtin") {
		super(message);
		this.name = "Failure";
		this.kind = kind;
	}
}

/** Throws; for use where an expression is wanted. */
export function fail(message: string): never {
	throw new Failure(message);
}

/** What f gives; a refusal of it gets a text before its own. */
export function prefixed<T>(prefix: string, f: () => T): T {
	try {
		return f();
	} catch (e) {
		if (e instanceof Failure) throw new Failure(prefix + e.message);
		throw e;
	}
}

/** A body whose Failures are reported through the context. */
export function reporting<C extends PureContext, A extends unknown[], V extends Value>(
	body: (ctx: C, ...operands: A) => V | undefined,
): (ctx: C, ...operands: A) => V | undefined {
	return (ctx, ...operands) => {
		try {
			return body(ctx, ...operands);
		} catch (e) {
			if (e instanceof Failure) return e.kind === "type" ? ctx.typeError(e.message) : ctx.error(e.message);
			throw e;
		}
	};
}

/** `operand 1 must be string but got number`, thrown. */
export function failType(position: number, got: Value, expected: string): never {
	throw new Failure(`operand ${position} must be ${expected} but got ${typeName(got)}`, "type");
}

/** An operand of a helper that must be a string. */
export function stringOperand(v: Value, position: number): string {
	return typeof v === "string" ? v : failType(position, v, "string");
}

/** The number as a 64-bit signed integer, or undefined. As in OPA this goes by spelling: `1.0` is one, `1e3` is none. */
export function toInt64(n: NumberValue): bigint | undefined {
	if (typeof n === "object") return machineInt64(n);
	if (typeof n === "number" && !Number.isInteger(n)) return undefined;
	const i = BigInt(n);
	return i >= -(2n ** 63n) && i < 2n ** 63n ? i : undefined;
}
