/**
 * Inputs on their way into an evaluation. Looking through an input takes longer than many a decision, so
 * prepared rules do it at their first calls only, which is where a program's mistakes show; later a
 * value that is none of Rego's is refused where it is read.
 */
import { RegoError } from "../errors.ts";
import { internalError } from "../eval/runtime.ts";
import { ForeignValue } from "../value/foreign.ts";
import type { Value } from "../value/value.ts";
import { checkPlain, type InputMode, throughToJson } from "./plain-input.ts";

/** Calls of a prepared rule whose input is looked through. */
export const watchedCalls = 100;

/** The input of a question that is asked once: looked through, unless it is to be trusted. */
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
