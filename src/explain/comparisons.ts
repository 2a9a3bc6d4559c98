/** Comparisons of numbers and other values: their names as builtins, and what is at their edges. */
import { add, subtract } from "../value/number.ts";
import { isNumber, type Value } from "../value/value.ts";
import type { Comparison } from "./goal.ts";

/** What a builtin compares. */
export const comparisonOf: ReadonlyMap<string, Comparison> = new Map([
	["gt", ">"],
	["gte", ">="],
	["lt", "<"],
	["lte", "<="],
	["neq", "!="],
]);

/** The value nearest to a limit that stands to it as wanted. */
export function edgeOf(limit: Value, how: Comparison): Value | undefined {
	if (how === "<=" || how === ">=" || how === "==") return limit;
	if (!isNumber(limit)) return undefined;
	return how === "<" ? subtract(limit, 1) : how === ">" ? add(limit, 1) : undefined;
}
