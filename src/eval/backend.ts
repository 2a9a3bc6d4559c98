/**
 * What executes a plan. Two backends meet this interface and must agree on every case: closures
 * (no dynamic code, the reference) and generated JavaScript.
 */
import type { Builtin } from "../builtins/define.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlainObject, Value } from "../value/value.ts";
import type { EvalContext, QueryOptions } from "./context.ts";

/** One solution of a query: values in the order of its yield-row, bindings by name. */
export interface Row {
	readonly values: readonly Value[];
	readonly bindings: readonly (readonly [string, Value])[];
}

/** A whole evaluation: of one rule group, from the input and base data. */
export type Entry = (options: QueryOptions, input: Value | undefined, data: PlainObject) => Value | undefined;

export interface Program {
	/** Value of a rule group without parameters. */
	rule(ctx: EvalContext, func: number): Value | undefined;
	/** A rule group as the whole of an evaluation. */
	entry(func: number): Entry;
	/** Value of any document below data. */
	document(ctx: EvalContext, path: readonly string[]): Value | undefined;
	query(ctx: EvalContext, index: number, onRow: (row: Row) => void): void;
}

/** What executes plans: `closures` everywhere, `generated` where code from strings is allowed. They agree on every case. */
export interface Backend {
	readonly name: "closures" | "js" | "aot" | "interpreted";
	/** Its programs take a while to make: a policy's first decisions are left to closures, ready at once. */
	readonly patient?: true;
	prepare(plan: ExecutablePlan, builtins: ReadonlyMap<string, Builtin>): Program;
}

/** The parts of a plan that matter to execution. */
export type ExecutablePlan = Omit<Plan, "sources" | "hash">;
