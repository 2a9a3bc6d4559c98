/** Rules that are constants. */
import type { Func } from "./plan.ts";

/** Constant index of a rule that is nothing but a constant. */
export function constantOf(f: Func): number | undefined {
	if (f.kind !== "complete") return undefined;
	const d = f.definitions.length === 0 ? f.default : f.definitions.length === 1 ? f.definitions[0] : undefined;
	const only = d?.body.length === 1 && d.else === undefined ? d.body[0] : undefined;
	return only?.op === "return" && only.value.op === "const" ? only.value.index : undefined;
}
