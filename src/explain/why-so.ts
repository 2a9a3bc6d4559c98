/** Why a decision is as it is: one derivation, and the places it read. */
import type { EvalContext } from "../eval/context.ts";
import type { Expression } from "../plan/plan.ts";
import type { Blame } from "./blame.ts";
import { Derivation } from "./derivation.ts";
import type { Relaxer } from "./relaxer.ts";

export function whyAsWanted(r: Relaxer, c: EvalContext, e: Expression): Blame {
	return new Derivation(r, c).of(e);
}
