/**
 * A policy that can be replaced while it is in use. What was prepared from it follows: all at once, since
 * nothing runs between the old policy and the new.
 */

import { at } from "./at.ts";
import { isThenable } from "./eval/awaited.ts";
import type { JsonValue } from "./face/json-value.ts";
import { checkSelf, describe } from "./face/options.ts";
import type {
	AsyncDecision,
	AsyncOptions,
	DecideOptions,
	Decision,
	EvaluateOptions,
	Evaluation,
	PlannedPolicy,
	RuleOptions,
} from "./planned.ts";

/** How the functions prepared for a path find the rule of the policy in force. */
interface Slot {
	readonly path: string;
	readonly options: RuleOptions;
	rule: (input?: unknown) => unknown;
}

/**
 * Wraps a policy. Its questions are those of the policy in force; `replace` puts another in its place, and
 * functions that `rule` gave before answer from the new one from then on.
 *
 *     const live = new LivePolicy(compile(modules));
 *     const allow = live.rule("data.authz.allow");
 *     live.replace(compile(newer)); // allow now answers by the newer policy
 */
export class LivePolicy<V = JsonValue, P extends PlannedPolicy<V> = PlannedPolicy<V>> {
	#current: P;
	readonly #slots: Map<string, Slot> = new Map();

	constructor(policy: P) {
		requirePolicy("LivePolicy", policy);
		this.#current = policy;
	}

	/** The policy in force. */
	get current(): P {
		return this.#current;
	}

	/**
	 * Puts another policy in force. Every path that was prepared must be in it, too: if one is not, this throws
	 * and the old policy stays.
	 */
	replace(policy: P): void {
		requirePolicy("replace", policy);
		const slots = [...this.#slots.values()];
		const rules = slots.map((slot) => policy.rule<unknown>(slot.path, slot.options));
		slots.forEach((slot, i) => {
			slot.rule = at(rules, i);
		});
		this.#current = policy;
	}

	/** As Policy.rule; the function follows replacements. */
	rule<Out = V, In = unknown>(path: string, options: RuleOptions = {}): (input?: In) => Out | undefined {
		checkSelf(this, "rule");
		const key = `${options.optional === true}${path}`;
		const slot = this.#slots.get(key) ?? { path, options, rule: this.#current.rule<unknown>(path, options) };
		this.#slots.set(key, slot);
		// Out is what the caller says the policy answers.
		return (input) => slot.rule(input) as Out | undefined;
	}

	/** As Policy.allows. */
	allows(path: string, input?: unknown, options: RuleOptions = {}): boolean {
		checkSelf(this, "allows");
		return this.#current.allows(path, input, options);
	}

	/** As Policy.evaluate. */
	evaluate<Out = V>(path: string, input?: unknown, options: EvaluateOptions = {}): Evaluation<Out> {
		checkSelf(this, "evaluate");
		return this.#current.evaluate<Out>(path, input, options);
	}

	/** As Policy.decide. */
	decide<Out = V>(path: string, input?: unknown, options: DecideOptions = {}): Decision<Out> {
		checkSelf(this, "decide");
		return this.#current.decide<Out>(path, input, options);
	}

	/** As Policy.evaluateAsync: by the policy in force when it is asked, whatever replaces it meanwhile. */
	evaluateAsync<Out = V>(path: string, input?: unknown, options: AsyncOptions = {}): Promise<Evaluation<Out>> {
		checkSelf(this, "evaluateAsync");
		return this.#current.evaluateAsync<Out>(path, input, options);
	}

	/** As Policy.decideAsync: by the policy in force when it is asked, whatever replaces it meanwhile. */
	decideAsync<Out = V>(path: string, input?: unknown, options: AsyncOptions = {}): Promise<AsyncDecision<Out>> {
		checkSelf(this, "decideAsync");
		return this.#current.decideAsync<Out>(path, input, options);
	}
}

/** A forgotten `await` would else show at the next decision, with the old policy gone. */
function requirePolicy(call: string, policy: unknown): void {
	if (typeof (policy as Partial<PlannedPolicy> | null | undefined)?.rule === "function") return;
	const what = isThenable(policy) ? "a Promise of one: await it" : describe(policy);
	throw new TypeError(`${call}: a policy is what compile() gives, not ${what}`);
}
