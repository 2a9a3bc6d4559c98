/** What is shown of values: not too much. */
import type { Value } from "../value/value.ts";
import { sizeOf } from "./goal.ts";

/** Whether a value is small enough to be shown as it is. */
export function isSmall(v: Value, budget = { left: 200 }): boolean {
	if (typeof v === "string") return v.length <= 2000;
	if (typeof v !== "object" || v === null) return true;
	if (--budget.left < 0) return false;
	if (Array.isArray(v)) return v.length <= 100 && v.every((x) => isSmall(x, budget));
	return (sizeOf(v) ?? 0) <= 100;
}
