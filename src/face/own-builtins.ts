/**
 * Builtins of the embedder's own. A plain function takes and gives what JSON has; one made with define() takes
 * and gives Rego's values. What either returns is checked: a Promise, a Date or an instance of a class would
 * count as a true condition.
 */
import { type Builtin, type BuiltinBody, type BuiltinContext, define, t } from "../builtins/define.ts";
import { isThenable, Suspension } from "../eval/awaited.ts";
import { messageOf } from "../thrown.ts";
import { canonicalKey } from "../value/key.ts";
import type { Value } from "../value/value.ts";
import type { ToCaller } from "./json-value.ts";
import { describe } from "./options.ts";
import { checkPlain, kindOf } from "./plain-input.ts";

/** A builtin as a plain function of its operands. Undefined is no result; what it throws ends the evaluation. */
export type BuiltinFunction = (...operands: never[]) => unknown;

/** A function with the number of its operands, where its parameters do not say it: `(...all) => …`, `(x, y = 1) => …`. */
export interface CountedFunction {
	readonly args: number;
	readonly call: BuiltinFunction;
}

/** Builtins by name, e.g. `{ "acme.member": (user, group) => … }`. */
export interface BuiltinFunctions {
	readonly [name: string]: BuiltinFunction | CountedFunction;
}

/** Builtins of the embedder: plain functions by name, or what define() makes. */
export type OwnBuiltins = readonly Builtin[] | BuiltinFunctions;

/** Ours, with those of the embedder in their places. */
export function withOwn(
	ours: ReadonlyMap<string, Builtin>,
	own: OwnBuiltins | undefined,
	toFunction: ToCaller,
): ReadonlyMap<string, Builtin> {
	if (own === undefined) return ours;
	const table = new Map(ours);
	for (const b of ownBuiltins(own, toFunction)) table.set(b.name, b);
	return table;
}

export function ownBuiltins(own: OwnBuiltins, toFunction: ToCaller): readonly Builtin[] {
	if (typeof own !== "object" || own === null) {
		throw new TypeError(`builtins: functions by name are wanted, { "my.f": (x) => … }, not ${describe(own)}`);
	}
	if (isList(own)) return own.map(guarded);
	return Object.entries(own).map(([name, f]) => fromFunction(name, f, toFunction));
}

function isList(own: OwnBuiltins): own is readonly Builtin[] {
	if (!Array.isArray(own)) return false;
	for (const b of own) {
		if (typeof (b as Partial<Builtin> | null)?.eval === "function") continue;
		throw new TypeError('builtins: a list holds what define() makes; functions go in an object: { "my.f": (x) => … }');
	}
	return true;
}

function fromFunction(name: string, f: unknown, toFunction: ToCaller): Builtin {
	if (!/^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/.test(name)) {
		throw new TypeError(`builtins: ${JSON.stringify(name)} is no name that a policy could call`);
	}
	const { args, call } = counted(name, f);
	const builtin = define(name, {
		category: "",
		args: Array.from({ length: args }, (_, i) => [`x${i + 1}`, t.any] as const),
		result: t.any,
		doc: "",
		nondeterministic: true,
		unchecked: true,
		eval: (ctx, ...operands) => {
			const ask = (): unknown => call(...operands.map(toFunction));
			let result: unknown;
			try {
				// Waiting begins evaluations again; the function is asked once all the same.
				result = ctx.canWait ? ctx.awaited(`${name}${String(canonicalKey(operands))}`, ask) : ask();
			} catch (e) {
				throw e instanceof Suspension ? e : failed(ctx, e);
			}
			return checkedResult(ctx, result);
		},
	});
	return { ...builtin, plain: true };
}

/** The function, and how many operands it takes. */
function counted(
	name: string,
	f: unknown,
): { readonly args: number; readonly call: (...operands: readonly unknown[]) => unknown } {
	const isCounted = typeof f === "object" && f !== null && Object.keys(f).every((k) => k === "args" || k === "call");
	const { args, call } = isCounted ? (f as Partial<CountedFunction>) : { args: undefined, call: f };
	if (typeof call !== "function") {
		const form = "a function, or { args: 2, call: function }";
		throw new TypeError(`builtins: ${name} must be ${form}, not ${isCounted ? "an object" : kindOf(f)}`);
	}
	if (isCounted && !(Number.isInteger(args) && (args as number) >= 0 && (args as number) <= maxOperands)) {
		throw new TypeError(`builtins: args of ${name} must be the number of its operands, not ${describe(args)}`);
	}
	return { args: args ?? call.length, call: call as (...operands: readonly unknown[]) => unknown };
}

/** Enough for any function, and no list that fills the memory. */
const maxOperands = 255;

/** What a function threw, as an error of the builtin. */
function failed(ctx: BuiltinContext, e: unknown): unknown {
	if (e instanceof Error && e.name === "RegoError") return e;
	try {
		return ctx.fail(messageOf(e));
	} catch (error) {
		if (error instanceof Error) error.cause = e;
		return error;
	}
}

/** One that define() made, with its result checked. One wrapper for each arity: no lists of operands on the way. */
function guarded(b: Builtin): Builtin {
	return { ...b, eval: guardedBody(b, b.eval), unchecked: guardedBody(b, b.unchecked) };
}

function guardedBody(b: Builtin, body: BuiltinBody): BuiltinBody {
	switch (b.variadic === undefined ? b.args.length : -1) {
		case 1:
			return (ctx, x) => checkedResult(ctx, body(ctx, x));
		case 2:
			return (ctx, x, y) => checkedResult(ctx, body(ctx, x, y));
		default:
			return (ctx, ...operands) => checkedResult(ctx, body(ctx, ...operands));
	}
}

/** A result, if it is a value of Rego's or undefined; else the evaluation ends. */
function checkedResult(ctx: BuiltinContext, result: unknown): Value | undefined {
	if (result === undefined || typeof result === "boolean" || typeof result === "string") return result;
	if (isThenable(result)) {
		// Nobody waits for it any more: its failing must not end the process.
		Promise.resolve(result).catch(() => {});
		return ctx.fail("returned a Promise: ask with evaluateAsync or decideAsync");
	}
	try {
		checkPlain(result, "the result");
	} catch (e) {
		return ctx.fail(messageOf(e));
	}
	// checkPlain has seen that it is a value.
	return result as Value;
}
