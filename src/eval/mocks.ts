/** Calls of functions that `with` replaces. */
import type { Value } from "../value/value.ts";
import { EvalContext, type Mock } from "./context.ts";

/** How a program calls things by index. */
export interface Callees {
	func(c: EvalContext, index: number, args: readonly Value[]): Value | undefined;
	builtin(c: EvalContext, index: number, args: readonly Value[], loc: number): Value | undefined;
}

/** Calls a replacement; while it runs, no function is replaced (as in OPA). */
export function callMock(
	callees: Callees,
	c: EvalContext,
	mock: Mock,
	args: readonly Value[],
	loc: number,
): Value | undefined {
	if (mock.kind === "value") return mock.value;
	const inner = new EvalContext(c.options, c.input, c.data, c.query, {
		outer: c.outer,
		funcMocks: undefined,
		builtinMocks: undefined,
		shadowed: c.shadowed,
		targets: c.targets,
	});
	return mock.kind === "func" ? callees.func(inner, mock.index, args) : callees.builtin(inner, mock.index, args, loc);
}
