/**
 * Inputs and base data on their way into an evaluation. Each input is looked through: a value that is none of Rego's (a
 * Date, NaN) would be compared as if it were another, so that the same call would be refused once and allowed another
 * time. It takes some nanoseconds for each value; who knows that an input comes from JSON can do without.
 */
import { RegoError } from "../errors.ts";
import { internalError } from "../eval/runtime.ts";
import { ForeignValue } from "../value/foreign.ts";
import type { PlainObject, Value } from "../value/value.ts";
import { checkPlain, type InputMode, throughToJson } from "./plain-input.ts";

/** The input of a question: looked through, unless it is to be trusted. */
export function takeInput(input: unknown, mode: InputMode): Value | undefined {
	if (mode === "toJSON") return throughToJson(input, "input") as Value | undefined;
	if (mode !== "trusted") checkPlain(input, "input");
	// What is not of JSON has been refused, or is looked at where it is read.
	return input as Value | undefined;
}

/**
 * What to throw for a failed evaluation: an error that an input caused is told by the input's path. An input that
 * contains itself shows as a stack that overflows.
 */
export function evaluationError(e: unknown, input: unknown): RegoError | TypeError {
	if (e instanceof RegoError) return e;
	try {
		checkPlain(input, "input");
	} catch (better) {
		if (better instanceof TypeError) return better;
	}
	return e instanceof ForeignValue ? new TypeError(e.message) : internalError(e);
}

/** Base data as evaluation uses it: what its owner gave, looked through once. */
export function takeData(data: object, mode: InputMode): PlainObject {
	if (typeof data !== "object" || data === null || Array.isArray(data)) throw new TypeError("data must be an object");
	if (mode !== "trusted") checkPlain(data, "data");
	return data as PlainObject;
}
