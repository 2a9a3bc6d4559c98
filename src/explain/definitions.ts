/** Definitions of rules and functions, and the ends of their paths. */
import type { EvalContext } from "../eval/context.ts";
import { decode } from "../plan/constants.ts";
import type { Definition, Func } from "../plan/plan.ts";
import { type Blame, giving, type Operand } from "./blame.ts";
import { Frame, type Via } from "./frame.ts";
import type { EndStmt } from "./interpreter.ts";
import { dataRoot, type Place, type Source, step, type Traced } from "./source.ts";

/** What the end of a path is asked for. */
export interface End {
	/** The local that is yielded into; -1 for a return. */
	readonly into: number;
	/** The value that goes on where the end is as wanted. */
	readonly exact: (c: EvalContext, f: Frame, s: EndStmt | undefined) => Traced | undefined;
	readonly blame: (c: EvalContext, f: Frame, s: EndStmt | undefined, bound: number) => Blame;
}

/** An argument of a function, and how it came about. */
export interface Argument {
	readonly value: Operand;
	readonly via: Via | undefined;
}

/** The end of a body that only has to succeed. */
export const success: End = {
	into: -1,
	exact: () => ({ value: true, from: { kind: "made", of: [] } }),
	blame: () => giving({ value: true, from: { kind: "made", of: [] } }),
};

export function frameFor(d: Definition, args: readonly Argument[]): Frame {
	const f = new Frame(d.locals);
	for (const [i, a] of args.entries()) {
		f.bind(i, a.value, a.via);
	}
	return f;
}

/** The document of a rule, for saying which. */
export function documentOf(func: Func): readonly Place[] {
	let from: Source = dataRoot;
	for (const key of func.path) from = step(from, decode(key));
	return from.kind === "place" ? [from] : [];
}
