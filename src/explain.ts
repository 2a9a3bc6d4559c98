/**
 * `regoplan/explain`: why a policy decides as it does, and what is the least that would have to change.
 *
 *     import { compile } from "regoplan";
 *     import { explain, explanationText } from "regoplan/explain";
 *     const policy = compile({ "policy.rego": text });
 *     console.log(explanationText(explain(policy, "data.authz.allow", input)));
 */
import { explain as explainPlans } from "./explain/explain.ts";
import type { ExplainOptions, Explanation } from "./explain/explanation.ts";
import type { PlannedPolicy } from "./planned.ts";

export type { CauseKind } from "./explain/blame.ts";
export type {
	Alternative,
	Cause,
	Choice,
	Difference,
	ExplainOptions,
	Explanation,
	Fix,
	Node,
	Operation,
	Spot,
	Tried,
} from "./explain/explanation.ts";
export { sarifOf } from "./explain/sarif.ts";
export { explanationText, type TextOptions } from "./explain/text.ts";

/**
 * Why a policy decides as it does on an input, and what is the least that would have to change. Throws TypeError for an
 * input that is no JSON, and for a path that is none.
 */
export const explain: (
	policy: PlannedPolicy<unknown>,
	path: string,
	input?: unknown,
	options?: ExplainOptions,
) => Explanation = explainPlans;
