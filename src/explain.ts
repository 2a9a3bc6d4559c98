/**
 * `regoplan/explain`: why a policy decides as it does, and what is the least that would have to change.
 *
 *     import { compile } from "regoplan";
 *     import { explain, explanationText } from "regoplan/explain";
 *     const policy = compile({ "policy.rego": text });
 *     console.log(explanationText(explain(policy, "data.authz.allow", input)));
 */
export type { CauseKind } from "./explain/blame.ts";
export { explain } from "./explain/explain.ts";
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
