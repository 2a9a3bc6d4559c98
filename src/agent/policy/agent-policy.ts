/**
 * The policy in force and its state. In: requests by the name of their message, as `input`. Out:
 * decisions, always: nothing a policy or a request does makes an exception escape.
 *
 * State is the data document. A rule's `ops` patch it; a change is *staged* at the check and becomes
 * real when the agent has done what was asked (`commit`), or vanishes (`rollback`). While a change is
 * staged, other requests are decided twice, with it and without: where both agree the request goes
 * on, where they differ, or where it wants to change the state too, it waits until the staged change
 * is settled. One change is staged at a time, so there are never more than two worlds to agree.
 */

import { RegoErrors } from "../../errors.ts";
import { isObject, isRegoObject, type PlainObject, type Value } from "../../value/value.ts";
import { policyRequests } from "../protocol/protocol.ts";
import { type Decision, printText, type Verdict } from "./decision.ts";
import { checkDigest, type DigestRequirement, policyDigest, toHex } from "./digest.ts";
import { type CompileEngine, compileEngine, type PolicyEngine, type PrintLine, type RegoVersion } from "./engine.ts";
import { applyPatch } from "./json-patch.ts";
import { PolicyLoadError } from "./load-error.ts";
import { type AdaptInput, adaptTo } from "./older-policies.ts";
import { readRuleResult } from "./rule-result.ts";
import { type PolicySource, readPolicySource } from "./source.ts";

export interface AgentPolicyOptions {
	/** What the policy must match; `"off"` for no check. */
	readonly digest: DigestRequirement;
	readonly regoVersion?: RegoVersion;
	/** Called with every request before it is decided: the debug log. */
	readonly onRequest?: (name: string, input: Value) => void;
	/** Called with what an operator must see: a lax policy put in force, and each request it lets pass. */
	readonly onWarning?: (message: string) => void;
	/** Most requests that wait for a staged change at one time. */
	readonly maxWaiting?: number;
	/** For tests: another engine. */
	readonly compile?: CompileEngine;
}

export interface CheckOptions {
	/** Asked after a wait: true ends it with a denial. */
	readonly isCancelled?: () => boolean;
	/** False: the prints of a denial are not wanted. */
	readonly prints?: boolean;
}

/** A decision and, when it was an allowance with `ops`, the change that awaits the agent's answer. */
export interface StagedDecision {
	readonly decision: Decision;
	/** The agent did it: make the change real. */
	commit(): void;
	/** The agent did not: forget the change. */
	rollback(): void;
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
	committed: World;
	staged: World | undefined;
}

const freshData: PlainObject = { pstate: {} };
const ruleName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const nothing = (): void => {};
const rulesKept = 256;

export class AgentPolicy {
	readonly #options: AgentPolicyOptions;
	#active: Active;
	#settled: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
	#waiting = 0;

	private constructor(active: Active, options: AgentPolicyOptions) {
		this.#active = active;
		this.#options = options;
	}

	/** Read, check and compile a policy. Throws PolicyLoadError. */
	static load(source: PolicySource, options: AgentPolicyOptions): AgentPolicy {
		const { name, text, initdata } = readPolicySource(source);
		checkDigest(text, initdata, options.digest);
		return new AgentPolicy(activate(name, text, options), options);
	}

	/** A policy that denies everything, SetPolicy included, and says why: for a guest whose own could not be loaded. */
	static denyAll(message: string): AgentPolicy {
		const line: PrintLine = { file: "agent_policy", row: 1, text: message };
		const engine: PolicyEngine = {
			rule: () => () => false,
			withData: () => engine,
			prints: () => [line],
			hash: "",
		};
		const active: Active = {
			digest: "",
			failing: false,
			adapt: (_, input) => input,
			message,
			committed: world(engine, freshData),
			staged: undefined,
		};
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

	/** The data document with every settled change and no other. */
	get data(): PlainObject {
		return this.#active.committed.data;
	}

	/**
	 * Decide and apply at once, as the agent does itself. A request that would have to wait for a
	 * staged change is denied.
	 */
	allowRequest(name: string, input: Value): Decision {
		this.#announce(name, input);
		const staged = this.#tryCheck(name, input, {});
		if (staged === undefined) return busy(name, "a request that changes the policy's state is in progress");
		staged.commit();
		return staged.decision;
	}

	/**
	 * Decide and stage. The answer comes at once, or as a promise when a staged change must be
	 * settled first.
	 */
	check(name: string, input: Value, options: CheckOptions = {}): StagedDecision | Promise<StagedDecision> {
		this.#announce(name, input);
		return this.#whenDecided(name, input, options, (staged) => staged);
	}

	/** `then` runs in the turn in which the decision is made: nothing can come between. */
	#whenDecided<T>(
		name: string,
		input: Value,
		options: CheckOptions,
		then: (staged: StagedDecision) => T,
	): T | Promise<T> {
		const staged = this.#tryCheck(name, input, options);
		return staged === undefined ? this.#checkLater(name, input, options, then) : then(staged);
	}

	/** A log that fails must not decide. */
	#announce(name: string, input: Value): void {
		try {
			this.#options.onRequest?.(name, input);
		} catch (e) {
			warn(this.#options, `the request log failed: ${oneLine(e)}`);
		}
	}

	async #checkLater<T>(
		name: string,
		input: Value,
		options: CheckOptions,
		then: (staged: StagedDecision) => T,
	): Promise<T> {
		if (this.#waiting >= (this.#options.maxWaiting ?? 1024)) {
			return then(plain(busy(name, "too many requests wait for one that changes the policy's state")));
		}
		this.#waiting++;
		try {
			for (;;) {
				const staged = this.#tryCheck(name, input, options);
				if (staged !== undefined) return then(staged);
				this.#settled ??= deferred();
				await this.#settled.promise;
				if (options.isCancelled?.() === true) return then(plain(busy(name, "the request was given up")));
			}
		} finally {
			this.#waiting--;
		}
	}

	/** Replace the policy, if the one in force allows it and the new one is sound. State starts afresh. */
	async setPolicy(text: string, options: CheckOptions = {}): Promise<SetPolicyOutcome> {
		const input: Value = { policy: text };
		this.#announce("SetPolicyRequest", input);
		// In one turn: of two requests that arrive together the second is the first one's policy to decide.
		return this.#whenDecided("SetPolicyRequest", input, options, (staged) => this.#replace(text, staged));
	}

	#replace(text: string, { decision, rollback }: StagedDecision): SetPolicyOutcome {
		// Whatever it wants to change in the state goes with the state.
		rollback();
		if (!decision.allowed) return { kind: "denied", decision };
		const requirement = this.#options.digest;
		try {
			// A measured initdata document vouches for the policy that allows this one.
			if (requirement !== "off" && requirement.of === "policy") checkDigest(text, undefined, requirement);
			this.#active = activate("agent_policy", text, this.#options);
		} catch (e) {
			return { kind: "refused", error: e instanceof PolicyLoadError ? e : new PolicyLoadError(String(e)) };
		}
		this.#settle();
		return { kind: "replaced", digest: this.#active.digest };
	}

	/** Undefined: the answer depends on a staged change. */
	#tryCheck(name: string, given: Value, options: CheckOptions): StagedDecision | undefined {
		const active = this.#active;
		const input = active.adapt(name, given);
		const started = performance.now();
		const decision = this.#decide(active, active.committed, name, input, started);
		if (active.staged !== undefined) {
			const other = this.#decide(active, active.staged, name, input, started);
			if (decision.allowed !== other.allowed) return undefined;
			if (decision.allowed && (decision.ops.length > 0 || other.ops.length > 0)) return undefined;
		}
		if (!decision.allowed)
			return plain(options.prints === false ? decision : this.#withPrints(active, decision, input));
		if (decision.failing) warn(this.#options, `${name} ${decision.reason}`);
		if (decision.ops.length === 0) return plain(decision);
		return this.#stage(active, decision, input, started);
	}

	#stage(active: Active, decision: Decision, input: Value, started: number): StagedDecision {
		let next: World;
		try {
			const data = applyPatch(active.committed.data, decision.ops);
			if (!isObject(data) || isRegoObject(data)) throw new Error("the data document would no longer be an object");
			next = world(active.committed.engine.withData(data), data);
		} catch (e) {
			const why = `the rule's ops cannot be applied: ${oneLine(e)}`;
			return plain(this.#withPrints(active, outcome(decision.name, false, "error", why, started), input));
		}
		active.staged = next;
		let open = true;
		const settle = (commit: boolean): void => {
			if (!open) return;
			open = false;
			if (commit) active.committed = next;
			active.staged = undefined;
			this.#settle();
		};
		return { decision, commit: () => settle(true), rollback: () => settle(false) };
	}

	#settle(): void {
		const settled = this.#settled;
		this.#settled = undefined;
		settled?.resolve();
	}

	#decide(active: Active, w: World, name: string, input: Value, started: number): Decision {
		let why: string;
		try {
			const result = readRuleResult(ruleOf(w, name)(input));
			switch (result.kind) {
				case "true":
					return outcome(name, true, "true", "", started);
				case "ops":
					if (result.allowed) return { ...outcome(name, true, "ops", "", started), ops: result.ops };
					return this.#failingPolicy(active, name, "ops", "the rule's object says allowed: false", started);
				case "false":
					return this.#failingPolicy(active, name, "false", "the rule is false", started);
				case "undefined":
					return this.#failingPolicy(active, name, "undefined", "no rule allows it (the result is undefined)", started);
				case "error":
					why = result.why;
			}
		} catch (e) {
			why = `evaluation failed: ${oneLine(e)}`;
		}
		return outcome(name, false, "error", why, started);
	}

	/** A result that does not allow: denied, unless the policy is one that lets these pass. */
	#failingPolicy(active: Active, name: string, verdict: Verdict, why: string, started: number): Decision {
		if (!active.failing) return outcome(name, false, verdict, active.message ?? why, started);
		const reason = `is allowed only because of AllowRequestsFailingPolicy: ${why}`;
		return { ...outcome(name, true, verdict, reason, started), failing: true };
	}

	/**
	 * Denials are rare and their prints wanted: decide once more, collecting them. The last one tells
	 * how far the rule got, so it joins the reason.
	 */
	#withPrints(active: Active, d: Decision, input: Value): Decision {
		if (!ruleName.test(d.name)) return d;
		try {
			const prints = active.committed.engine.prints(`data.agent_policy.${d.name}`, input);
			const last = prints.at(-1);
			if (last === undefined || d.verdict === "error" || active.message !== undefined) return { ...d, prints };
			return { ...d, prints, reason: `${d.reason}; last print: ${shortened(printText(last))}` };
		} catch {
			// An evaluation that fails prints nothing more than its error, which the reason has.
			return d;
		}
	}
}

const longestHint = 160;

function shortened(text: string): string {
	const line = text.replace(/\s+/g, " ");
	return line.length > longestHint ? `${line.slice(0, longestHint)}…` : line;
}

function activate(name: string, text: string, options: AgentPolicyOptions): Active {
	const compile = options.compile ?? compileEngine;
	let engine: PolicyEngine;
	let failing: Value | undefined;
	try {
		engine = compile(name, text, { regoVersion: options.regoVersion ?? "auto", data: freshData });
	} catch (e) {
		const errors = e instanceof RegoErrors ? e.errors.map((x) => x.message) : [oneLine(e)];
		throw new PolicyLoadError(`the policy does not compile: ${errors.join("\n")}`, errors);
	}
	const first = world(engine, freshData);
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
		committed: first,
		staged: undefined,
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
		if (!ruleName.test(name)) throw new Error(`${JSON.stringify(name)} is not the name of a rule`);
		rule = w.engine.rule(`data.agent_policy.${name}`);
		if (w.rules.size < rulesKept) w.rules.set(name, rule);
	}
	return rule;
}

function outcome(name: string, allowed: boolean, verdict: Verdict, reason: string, started: number): Decision {
	const microseconds = (performance.now() - started) * 1000;
	return { name, allowed, verdict, ops: [], reason, prints: [], failing: false, microseconds };
}

function busy(name: string, reason: string): Decision {
	return { name, allowed: false, verdict: "busy", ops: [], reason, prints: [], failing: false, microseconds: 0 };
}

function plain(decision: Decision): StagedDecision {
	return { decision, commit: nothing, rollback: nothing };
}

function oneLine(e: unknown): string {
	const text = e instanceof Error ? e.message : String(e);
	return (text.split("\n", 1)[0] ?? "").slice(0, 1000);
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
	let resolve: () => void = nothing;
	const promise = new Promise<void>((r) => {
		resolve = r;
	});
	return { promise, resolve };
}
