/** The frames closures run on, and what they collect into. */

import { RegoError } from "../errors.ts";
import type { Func, PlanLocation } from "../plan/plan.ts";
import { ObjectBuilder, RegoSet } from "../value/collections.ts";
import type { Value } from "../value/value.ts";
import type { Row } from "./backend.ts";
import type { EvalContext } from "./context.ts";
import type { ObjectCollector } from "./runtime.ts";

/** Slots of one evaluation of a definition. Collectors live in slots, too. */
export type Frame = (Value | Collector | undefined)[];
export type Collector = Value[] | RegoSet | ObjectBuilder | ObjectCollector | RowSink;
export type RowSink = (row: Row) => void;

/** Runs statements and their continuation; true means stop. */
export type Run = (c: EvalContext, f: Frame) => boolean;
/** A statement that succeeds at most once. */
export type Step = Run;
/** An expression: its value, or undefined. */
export type Ev = (c: EvalContext, f: Frame) => Value | undefined;

/** Evaluates a function or rule group. */
export type FuncRunner = (c: EvalContext, args: readonly Value[]) => Value | undefined;

export function newCollector(into: "array" | "set" | "object"): Collector {
	return into === "array" ? [] : into === "set" ? new RegoSet() : new ObjectBuilder();
}

export function conflict(c: EvalContext, message: string, location: PlanLocation): RegoError {
	return new RegoError("eval_conflict_error", message, c.query.locate(location));
}

/** What two different values of a rule or function are called. */
export function conflictMessage(func: Pick<Func, "kind">): string {
	return func.kind === "complete"
		? "complete rules must not produce multiple outputs"
		: "functions must not produce multiple outputs for same inputs";
}
