/**
 * What the agent needs of a policy engine, and the engine of this package behind it. The seam lets
 * the agent's own tests decide with functions instead of Rego.
 */
import { explain } from "../../explain/explain.ts";
import type { ExplainOptions, Explanation } from "../../explain/explanation.ts";
import { compile, type Explainable, type LoadedPolicy, loadPlan, type Policy, planToJson } from "../../index.ts";
import type { PlainObject, Value } from "../../value/value.ts";
import { maxPrintText } from "./decision.ts";
import { type DecisionLimits, defaultLimits, printLimits } from "./limits.ts";
import { maxErrors } from "./load-error.ts";
import { strictBase64 } from "./strict-base64.ts";

export interface PrintLine {
	readonly file: string;
	readonly row: number;
	readonly text: string;
}

export interface Prints {
	readonly lines: readonly PrintLine[];
	/** There would have been more. */
	readonly cut: boolean;
}

/** A compiled policy together with its base data. */
export interface PolicyEngine {
	/** A rule, ready to be called; undefined results mean an undefined rule. Calls may throw. */
	rule(path: string): (input: Value) => Value | undefined;
	/** The same policy on other base data. */
	withData(data: PlainObject): PolicyEngine;
	/** Decide again, collecting what the policy prints: as much as a denial carries, and not for long. */
	prints(path: string, input: Value): Prints;
	/** Why a decision is as it is. */
	explain(path: string, input: Value, options: ExplainOptions): Explanation;
	/** The policy for whoever looks into it. */
	explainable(): Explainable;
	/** The hash of the compiled sources. */
	readonly hash: string;
}

export type RegoVersion = "v0" | "v1" | "auto";

export interface EngineOptions {
	readonly regoVersion: RegoVersion;
	readonly data: PlainObject;
	readonly limits?: DecisionLimits | undefined;
}

/** Compile one module. Throws RegoErrors. */
export type CompileEngine = (name: string, text: string, options: EngineOptions) => PolicyEngine;

/** A decision must not depend on, or leak to, what lies outside the guest. */
const withoutBuiltins = ["http.send", "net.lookup_ip_addr"];

type CompiledPolicy = Policy<Value>;

export const compileEngine: CompileEngine = (name, text, options) => engineOf(compiled(name, text, options));

/** A policy whose text has been compiled, as it goes from one thread to another. */
export interface PlannedTexts {
	/** JSON of the plan that decides. */
	readonly plan: string;
	/** JSON of the one that prints; null where nothing does. */
	readonly printing: string | null;
}

/** Compiles one module for use elsewhere. Throws RegoErrors. */
export function planEngine(name: string, text: string, options: EngineOptions): PlannedTexts {
	const policy = compiled(name, text, options);
	const { printingPlan } = policy;
	return { plan: policy.toJSON(), printing: printingPlan === undefined ? null : planToJson(printingPlan) };
}

/** The engine of a policy that was compiled elsewhere: neither parser nor compiler is loaded for it. */
export function plannedEngine({ plan, printing }: PlannedTexts): CompileEngine {
	return (_name, _text, { data, limits = defaultLimits }) => {
		const policy = loadPlan(plan, {
			...{ printing, data, limits },
			builtins: strictBase64,
			values: "rego",
			inputs: "trusted",
		});
		const outside = policy.plan.builtins.find((name) => withoutBuiltins.includes(name));
		if (outside !== undefined) throw new Error(`the plan calls ${outside}`);
		return engineOf(policy);
	};
}

function compiled(name: string, text: string, options: EngineOptions): CompiledPolicy {
	return compile(
		{ [name]: text },
		{
			regoVersion: options.regoVersion,
			data: options.data,
			limits: options.limits ?? defaultLimits,
			// One more than is told, so that it can be said that there are more.
			maxErrors: maxErrors + 1,
			withoutBuiltins,
			builtins: strictBase64,
			// Requests are decoded here, digit by digit, and from nothing but JSON's kinds of values.
			values: "rego",
			inputs: "trusted",
		},
	);
}

function engineOf(policy: CompiledPolicy | LoadedPolicy<Value>): PolicyEngine {
	return {
		rule: (path) => policy.rule(path, { optional: true }),
		withData: (data) => engineOf(policy.withData(data)),
		prints: (path, input) => {
			const { prints, error } = policy.printed(path, input, { limits: printLimits, maxText: maxPrintText });
			return { lines: prints, cut: error?.code === "eval_cancel_error" };
		},
		explain: (path, input, options) => explain(policy, path, input, options),
		explainable: () => policy.explainable(),
		hash: policy.hash,
	};
}
