/**
 * The policy in force and its state. In: requests by the name of their message, as `input`. Out:
 * decisions, always: nothing a policy or a request does makes an exception escape.
 *
 * State is the data document. A rule's `ops` patch it at the check, as in the agent itself, and nothing
 * that happens to the request later undoes them: what the host can choose must not choose the state.
 *
 * Everything here is synchronous. The gate runs it on a thread of its own (../decider), the tools call it
 * directly.
 */

import { RegoErrors } from "../../errors.ts";
import type { ExplainOptions, Explanation } from "../../explain/explanation.ts";
import type { Explainable } from "../../index.ts";
import { messageOf } from "../../thrown.ts";
import { isPlainObject, type PlainObject, type Value } from "../../value/value.ts";
import { policyRequests } from "../protocol/protocol.ts";
import { type Decision, printText, type Verdict } from "./decision.ts";
import { checkDigest, type DigestRequirement, policyDigest, toHex } from "./digest.ts";
import { type CompileEngine, compileEngine, type PolicyEngine, type PrintLine, type RegoVersion } from "./engine.ts";
import { applyPatch } from "./json-patch.ts";
import type { DecisionLimits } from "./limits.ts";
import { boundedErrors, PolicyLoadError } from "./load-error.ts";
import { type AdaptInput, adaptTo } from "./older-policies.ts";
import { checkRequestSchema, type SchemaFinding } from "./request-schema.ts";
import { readRuleResult } from "./rule-result.ts";
import { type PolicySource, readPolicySource } from "./source.ts";

export interface AgentPolicyOptions {
	/** What the policy must match; `"off"` for no check. */
	readonly digest: DigestRequirement;
	readonly regoVersion?: RegoVersion;
	/** Limits of one decision; far above any real one by default. */
	readonly limits?: DecisionLimits;
	/** Called with every request before it is decided: the debug log. */
	readonly onRequest?: (name: string, input: Value) => void;
	/** Called with what an operator must see: a lax policy put in force, and each request it lets pass. */
	readonly onWarning?: (message: string) => void;
	/** For tests: another engine. */
	readonly compile?: CompileEngine;
}

export type SetPolicyOutcome =
	| { readonly kind: "replaced"; readonly digest: string }
	| { readonly kind: "denied"; readonly decision: Decision }
	/** The new policy does not compile or is not the expected one; the old one stays. */
	| { readonly kind: "refused"; readonly error: PolicyLoadError };

/** The data document and what is prepared for it. */
interface World {
	readonly data: PlainObject;
	readonly engine: PolicyEngine;
	readonly rules: Map<string, (input: Value) => Value | undefined>;
}

/** A policy in force; replaced as a whole. */
interface Active {
	readonly digest: string;
	readonly failing: boolean;
	/** For a policy older than the protocol. */
	readonly adapt: AdaptInput;
	/** Said in place of a reason: the deny-with-message policy. */
	readonly message: string | undefined;
	world: World;
}

/** The explanation of a policy that is no more than a message. */
function saying(path: string, message: string): Explanation {
	return {
		schema: "regoplan.explanation/1",
		path,
		error: message,
		wanted: "true",
		asWanted: false,
		complete: true,
		causes: [],
		choices: [],
		alternatives: [],
		fixes: [],
		tree: { label: path, row: 0, causes: [], children: [] },
		stats: { steps: 0, ms: 0 },
	};
}

const freshData: PlainObject = { pstate: {} };
const ruleName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const rulesKept = 256;

export class AgentPolicy {
	readonly #options: AgentPolicyOptions;
	#active: Active;

	private constructor(active: Active, options: AgentPolicyOptions) {
		this.#active = active;
		this.#options = options;
	}

	/** Read, check and compile a policy. Throws PolicyLoadError. */
	static load(source: PolicySource, options: AgentPolicyOptions): AgentPolicy {
		const { name, text, initdata } = readPolicySource(source);
		checkDigest(text, initdata, options.digest);
		return new AgentPolicy(activate(name, text, freshData, options), options);
	}

	/** Compile a policy whose text was checked elsewhere, and go on with a state it had. Throws PolicyLoadError. */
	static resume(name: string, text: string, data: PlainObject, options: AgentPolicyOptions): AgentPolicy {
		return new AgentPolicy(activate(name, text, data, options), options);
	}

	/** A policy that denies everything, SetPolicy included, and says why: for a guest whose own could not be loaded. */
	static denyAll(message: string): AgentPolicy {
		const line: PrintLine = { file: "agent_policy", row: 1, text: message };
		const engine: PolicyEngine = {
			rule: () => () => false,
			withData: () => engine,
			prints: () => ({ lines: [line], cut: false }),
			explain: (path) => saying(path, message),
			explainable: () => {
				throw new Error(message);
			},
			hash: "",
		};
		const adapt: AdaptInput = (_, input) => input;
		const active: Active = { digest: "", failing: false, adapt, message, world: world(engine, freshData) };
		return new AgentPolicy(active, { digest: "off" });
	}

	/** SHA-256 of the policy's text in hexadecimal; empty for denyAll. */
	get digest(): string {
		return this.#active.digest;
	}

	/** The policy sets AllowRequestsFailingPolicy: false and undefined results are allowed. */
	get allowsFailing(): boolean {
		return this.#active.failing;
	}

	/** The data document, with the changes of every request that was allowed. */
	get data(): PlainObject {
		return this.#active.world.data;
	}

	/** Decide, apply the rule's ops, and say why in the policy's words where it denies. */
	allowRequest(name: string, input: Value): Decision {
		return this.explain(this.check(name, input), input);
	}

	/** Decide and apply the rule's ops. Where `keep` throws the state stays as it is, and the request is denied. */
	check(name: string, input: Value, keep?: (next: PlainObject) => void): Decision {
		const { decision, next } = this.#decide(name, input);
		if (next === undefined) return decision;
		try {
			keep?.(next.data);
		} catch (e) {
			return { ...decision, allowed: false, verdict: "error", ops: [], reason: oneLine(e) };
		}
		this.#active.world = next;
		return decision;
	}

	/** Decide and leave the state as it is. */
	peek(name: string, input: Value): Decision {
		return this.#decide(name, input).decision;
	}

	/**
	 * A denial with what the policy printed on its way to it. The last print tells how far the rule got,
	 * so it joins the reason. An evaluation that fails or does not end in time gives what it printed until
	 * then; nothing here changes what was decided.
	 */
	explain(d: Decision, input: Value): Decision {
		if (d.allowed || d.timedOut === true || !ruleName.test(d.name)) return d;
		const active = this.#active;
		try {
			const { engine } = active.world;
			const { lines, cut } = engine.prints(`data.agent_policy.${d.name}`, active.adapt(d.name, input));
			const told: Decision = { ...d, prints: lines, printsCut: cut };
			const last = lines.at(-1);
			if (last === undefined || d.verdict === "error" || active.message !== undefined) return told;
			return { ...told, reason: `${d.reason}; last print: ${shortened(printText(last))}` };
		} catch {
			// What cannot even be begun prints nothing.
			return d;
		}
	}

	/** Why a request would be denied as the state is now, and what would have to change. Takes its time: for people. */
	why(name: string, input: Value, options: ExplainOptions = {}): Explanation {
		if (!ruleName.test(name)) throw new Error(`${JSON.stringify(name.slice(0, 100))} is not the name of a rule`);
		const active = this.#active;
		return active.world.engine.explain(`data.agent_policy.${name}`, active.adapt(name, input), options);
	}

	/** A request as the policy is asked for it. */
	adapted(name: string, input: Value): Value {
		return this.#active.adapt(name, input);
	}

	/** The policy for whoever looks into it: coverage, comparisons. */
	explainable(): Explainable {
		return this.#active.world.engine.explainable();
	}

	/** What it says of requests that can never be so. Some 20 ms of work. */
	requestFindings(): readonly SchemaFinding[] {
		// A policy that is no more than a message says nothing of requests.
		return this.#active.message === undefined ? checkRequestSchema(this.explainable()) : [];
	}

	/** Replace the policy, if the one in force allows it and the new one is sound. State starts afresh. */
	setPolicy(text: string): SetPolicyOutcome {
		// Whatever it wants to change in the state goes with the state.
		const input: Value = { policy: text };
		const decision = this.peek("SetPolicyRequest", input);
		if (!decision.allowed) return { kind: "denied", decision: this.explain(decision, input) };
		const requirement = this.#options.digest;
		try {
			// A measured initdata document vouches for the policy that allows this one.
			if (requirement !== "off" && requirement.of === "policy") checkDigest(text, undefined, requirement);
			this.#active = activate("agent_policy", text, freshData, this.#options);
		} catch (e) {
			return { kind: "refused", error: e instanceof PolicyLoadError ? e : new PolicyLoadError(String(e)) };
		}
		return { kind: "replaced", digest: this.#active.digest };
	}

	#decide(name: string, request: Value): { readonly decision: Decision; readonly next?: World } {
		this.#announce(name, request);
		const active = this.#active;
		const started = performance.now();
		const decision = this.#ask(active, name, active.adapt(name, request), started);
		if (decision.failing) warn(this.#options, `${name} ${decision.reason}`);
		if (!decision.allowed || decision.ops.length === 0) return { decision };
		try {
			const data = applyPatch(active.world.data, decision.ops);
			if (!isPlainObject(data)) throw new Error("the data document would no longer be an object");
			return { decision, next: world(active.world.engine.withData(data), data) };
		} catch (e) {
			const why = `the rule's ops cannot be applied: ${oneLine(e)}`;
			return { decision: outcome(name, false, "error", why, started) };
		}
	}

	/** A log that fails must not decide. */
	#announce(name: string, input: Value): void {
		try {
			this.#options.onRequest?.(name, input);
		} catch (e) {
			warn(this.#options, `the request log failed: ${oneLine(e)}`);
		}
	}

	#ask(active: Active, name: string, input: Value, started: number): Decision {
		let why: string;
		let timedOut = false;
		try {
			const result = readRuleResult(ruleOf(active.world, name)(input));
			switch (result.kind) {
				case "true":
					return outcome(name, true, "true", "", started);
				case "ops":
					if (result.allowed) return { ...outcome(name, true, "ops", "", started), ops: result.ops };
					return failingPolicy(active, name, "ops", "the rule's object says allowed: false", started);
				case "false":
					return failingPolicy(active, name, "false", "the rule is false", started);
				case "undefined":
					return failingPolicy(active, name, "undefined", "no rule allows it (the result is undefined)", started);
				case "error":
					why = result.why;
			}
		} catch (e) {
			why = `evaluation failed: ${oneLine(e)}`;
			// The limits of an evaluation end it as a caller's cancellation does.
			timedOut = (e as { code?: unknown }).code === "eval_cancel_error";
		}
		const d = outcome(name, false, "error", why, started);
		return timedOut ? { ...d, timedOut } : d;
	}
}

/** A result that does not allow: denied, unless the policy is one that lets these pass. */
function failingPolicy(active: Active, name: string, verdict: Verdict, why: string, started: number): Decision {
	if (!active.failing) return outcome(name, false, verdict, active.message ?? why, started);
	const reason = `is allowed only because of AllowRequestsFailingPolicy: ${why}`;
	return { ...outcome(name, true, verdict, reason, started), failing: true };
}

const longestHint = 160;

function shortened(text: string): string {
	const line = text.slice(0, 4 * longestHint).replace(/\s+/g, " ");
	return line.length > longestHint ? `${line.slice(0, longestHint)}…` : line;
}

function activate(name: string, text: string, data: PlainObject, options: AgentPolicyOptions): Active {
	const compile = options.compile ?? compileEngine;
	const { regoVersion = "auto", limits } = options;
	let engine: PolicyEngine;
	let failing: Value | undefined;
	try {
		engine = compile(name, text, { regoVersion, data, limits });
	} catch (e) {
		const errors = e instanceof RegoErrors ? e.errors.map((x) => x.message) : [oneLine(e)];
		const shown = boundedErrors(errors);
		throw new PolicyLoadError(`the policy does not compile: ${shown.join("\n")}`, shown);
	}
	const first = world(engine, data);
	try {
		// Prepare what will be asked now: the first request should not pay for it.
		for (const request of policyRequests) ruleOf(first, request.name);
		failing = ruleOf(first, "AllowRequestsFailingPolicy")({});
	} catch (e) {
		throw new PolicyLoadError(`the policy cannot be evaluated: ${oneLine(e)}`);
	}
	if (failing === true) {
		warn(options, "the policy sets AllowRequestsFailingPolicy: requests it denies will be allowed");
	}
	return {
		digest: toHex(policyDigest(text)),
		failing: failing === true,
		adapt: adaptTo(text),
		message: undefined,
		world: first,
	};
}

/** Who cannot be told must not decide either. */
function warn(options: AgentPolicyOptions, message: string): void {
	try {
		options.onWarning?.(message);
	} catch {
		// The decision stands.
	}
}

function world(engine: PolicyEngine, data: PlainObject): World {
	return { data, engine, rules: new Map() };
}

function ruleOf(w: World, name: string): (input: Value) => Value | undefined {
	let rule = w.rules.get(name);
	if (rule === undefined) {
		if (!ruleName.test(name)) throw new Error(`${JSON.stringify(name.slice(0, 100))} is not the name of a rule`);
		rule = w.engine.rule(`data.agent_policy.${name}`);
		if (w.rules.size < rulesKept) w.rules.set(name, rule);
	}
	return rule;
}

function outcome(name: string, allowed: boolean, verdict: Verdict, reason: string, started: number): Decision {
	const microseconds = (performance.now() - started) * 1000;
	return { name, allowed, verdict, ops: [], reason, prints: [], failing: false, microseconds };
}

function oneLine(e: unknown): string {
	const text = messageOf(e);
	return (text.split("\n", 1)[0] ?? "").slice(0, 1000);
}
