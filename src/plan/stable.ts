/** Reads of what never changes: of base data and of constants. */
import type { Expression } from "./plan.ts";

export function isStable(e: Expression): boolean {
	let root = e;
	while (root.op === "dot") root = root.value;
	return root.op === "base" || root.op === "const";
}

/** Operands of an equality, the one first that is written in the policy: it is seldom the larger one. */
export function writtenFirst<T>(left: Expression, right: Expression, values: readonly [T, T]): readonly [T, T] {
	const isWritten = right.op === "const" || right.op === "object";
	return isWritten && left.op !== "const" && left.op !== "object" ? [values[1], values[0]] : values;
}
