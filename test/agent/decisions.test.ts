/** What the gate makes of a decision whatever its engine does: with functions in the place of a policy. */
import { describe, expect, it } from "vitest";
import { AgentPolicy, type AgentPolicyOptions } from "../../src/agent/policy/agent-policy.ts";
import { hexDigest, policyDigest, toHex } from "../../src/agent/policy/digest.ts";
import type { CompileEngine, PolicyEngine, Prints } from "../../src/agent/policy/engine.ts";
import { PolicyLoadError } from "../../src/agent/policy/load-error.ts";
import { RegoError, RegoErrors } from "../../src/errors.ts";
import type { PlainObject, Value } from "../../src/value/value.ts";

type Rule = (input: Value, data: PlainObject) => Value | undefined;

interface Fake {
	readonly rules?: { readonly [name: string]: Rule };
	readonly prints?: () => Prints;
	/** Paths of the rules that were made ready. */
	readonly made?: string[];
}

const noPrints: Prints = { lines: [], cut: false };
const printed = (...texts: readonly string[]): Prints => ({
	lines: texts.map((text, row) => ({ file: "agent_policy", row, text })),
	cut: false,
});

function engine({ rules = {}, prints, made }: Fake): CompileEngine {
	return (_name, _text, { data }) => {
		const on = (data: PlainObject): PolicyEngine => ({
			rule: (path) => {
				made?.push(path);
				return (input) => rules[path.slice("data.agent_policy.".length)]?.(input, data);
			},
			withData: on,
			prints: () => prints?.() ?? noPrints,
			explain: () => expect.unreachable(),
			explainable: () => expect.unreachable(),
			hash: "",
		});
		return on(data);
	};
}

function load(fake: Fake, options: Partial<AgentPolicyOptions> = {}): AgentPolicy {
	return AgentPolicy.load({ text: "package agent_policy" }, { digest: "off", compile: engine(fake), ...options });
}

const broken =
	(message: string, code?: RegoError["code"]): Rule =>
	() => {
		throw code === undefined ? new Error(message) : new RegoError(code, message);
	};

describe("a decision that ends in an error", () => {
	it("is a denial that says so on one line, and not at any length", () => {
		const policy = load({ rules: { A: broken(`${"x".repeat(2000)}\nmore`), B: broken("first\nsecond") } });
		expect(policy.allowRequest("A", {})).toMatchObject({
			allowed: false,
			verdict: "error",
			failing: false,
			reason: `evaluation failed: ${"x".repeat(1000)}`,
		});
		expect(policy.allowRequest("B", {}).reason).toBe("evaluation failed: first");
	});
	it("says whether time ran out, and then looks for no prints", () => {
		let asked = 0;
		const prints = (): Prints => {
			asked++;
			return printed("seen");
		};
		const policy = load({
			rules: { A: broken("late", "eval_cancel_error"), B: broken("other", "eval_conflict_error") },
			prints,
		});
		const late = policy.allowRequest("A", {});
		expect([late.allowed, late.timedOut, late.prints, asked]).toEqual([false, true, [], 0]);
		const other = policy.allowRequest("B", {});
		expect([other.allowed, "timedOut" in other, other.prints.length, asked]).toEqual([false, false, 1, 1]);
		// Of an error the error is the reason, whatever was printed before it.
		expect(other.reason).toBe("evaluation failed: eval_conflict_error: other");
	});
	it("is one of the rule's value, too, which took no time", () => {
		const d = load({ rules: { A: () => 1 } }).allowRequest("A", {});
		expect([d.allowed, d.verdict, "timedOut" in d]).toEqual([false, "error", false]);
	});
	it("is one for a name that is no rule's", () => {
		const made: string[] = [];
		const policy = load({ made });
		made.length = 0;
		for (const name of ["a.b", "", "1a", "x y", 'a"]', `${"n".repeat(200)}!`]) {
			const d = policy.allowRequest(name, {});
			expect([d.allowed, d.verdict, d.prints]).toEqual([false, "error", []]);
			expect(d.reason).toBe(`evaluation failed: ${JSON.stringify(name.slice(0, 100))} is not the name of a rule`);
			expect(() => policy.why(name, {})).toThrow("is not the name of a rule");
		}
		expect(made).toEqual([]);
	});
	it("stays a denial where printing fails, too", () => {
		const prints = (): Prints => {
			throw new Error("no prints");
		};
		const d = load({ rules: { A: () => false }, prints }).allowRequest("A", {});
		expect([d.allowed, d.verdict, d.reason]).toEqual([false, "false", "the rule is false"]);
	});
});

describe("the last print of a denial", () => {
	const reasonWith = (text: string): string =>
		load({ rules: { A: () => false }, prints: () => printed("first", text) }).allowRequest("A", {}).reason;
	it("joins the reason, on one line", () => {
		expect(reasonWith("a\n\t b")).toBe("the rule is false; last print: agent_policy:1: a b");
	});
	it("is cut behind a hundred and sixty letters", () => {
		const head = "agent_policy:1: ";
		const fits = "x".repeat(160 - head.length);
		expect(reasonWith(fits)).toBe(`the rule is false; last print: ${head}${fits}`);
		expect(reasonWith(`${fits}y`)).toBe(`the rule is false; last print: ${head}${fits}…`);
		expect(reasonWith(`${" ".repeat(1000)}y`)).toBe(`the rule is false; last print: ${head}`);
	});
	it("is not looked for where a request is allowed", () => {
		let asked = 0;
		const prints = (): Prints => {
			asked++;
			return noPrints;
		};
		const d = load({ rules: { A: () => true }, prints }).allowRequest("A", {});
		expect([d.allowed, d.prints, d.ops, d.failing, asked]).toEqual([true, [], [], false, 0]);
	});
});

describe("requests are told", () => {
	it("before they are decided, with their input", () => {
		const told: unknown[] = [];
		const policy = load(
			{ rules: { A: () => told.push("decided") > 0 } },
			{ onRequest: (name, input) => told.push([name, input]) },
		);
		policy.check("A", { x: 1 });
		expect(told).toEqual([["A", { x: 1 }], "decided"]);
	});
	it("and where that fails the decision stands", () => {
		const warnings: string[] = [];
		const policy = load(
			{ rules: { A: () => true } },
			{
				onRequest: () => {
					throw new Error("full\ndisk");
				},
				onWarning: (m) => warnings.push(m),
			},
		);
		expect(policy.check("A", {}).allowed).toBe(true);
		expect(warnings).toEqual(["the request log failed: full"]);
	});
});

describe("state", () => {
	const add = { allowed: true, ops: [{ op: "add", path: "/seen", value: 1 }] };
	it("changes with the ops of what is allowed, and is what rules see next", () => {
		const policy = load({ rules: { A: (_, data) => ("seen" in data ? false : add) } });
		expect([policy.check("A", {}).allowed, policy.data]).toEqual([true, { pstate: {}, seen: 1 }]);
		expect(policy.check("A", {}).allowed).toBe(false);
	});
	it("does not change with the ops of what is denied", () => {
		const policy = load({ rules: { A: () => ({ ...add, allowed: false }) } });
		expect([policy.check("A", {}).allowed, policy.data]).toEqual([false, { pstate: {} }]);
	});
	it("is kept before it is in force: a failure denies, and nothing has changed", () => {
		const policy = load({ rules: { A: () => add } });
		const kept: PlainObject[] = [];
		const denied = policy.check("A", {}, (next) => {
			kept.push(next);
			throw new Error("full");
		});
		expect(denied).toMatchObject({ allowed: false, verdict: "error", ops: [], reason: "full" });
		expect([kept, policy.data]).toEqual([[{ pstate: {}, seen: 1 }], { pstate: {} }]);
	});
	it("is not kept anew where nothing changed it", () => {
		const keep = (): void => expect.unreachable();
		const policy = load({ rules: { A: () => true, B: () => ({ allowed: true, ops: [] }) } });
		const before = policy.data;
		expect([policy.check("A", {}, keep).allowed, policy.check("B", {}, keep).allowed]).toEqual([true, true]);
		expect(policy.data).toBe(before);
	});
});

describe("a policy in force", () => {
	it("has at hand what is asked again, but not names without end", () => {
		const made: string[] = [];
		const policy = load({ made });
		const known = new Set(made);
		expect(known.has("data.agent_policy.CreateContainerRequest")).toBe(true);
		made.length = 0;
		policy.check("CreateContainerRequest", {});
		expect(made).toEqual([]);
		for (let i = 0; i < 300; i++) policy.check(`Other${i}`, {});
		expect(made.length).toBe(300);
		made.length = 0;
		policy.check("Other0", {});
		expect(made).toEqual([]);
		for (let i = 0; i < 2; i++) policy.check("Other299", {});
		expect(made.length).toBe(2);
		expect(made).toEqual(Array(2).fill("data.agent_policy.Other299"));
	});
	it("measures what a decision takes", () => {
		const slow = (): boolean => {
			for (const begun = performance.now(); performance.now() - begun < 0.1; );
			return true;
		};
		const d = load({ rules: { A: slow } }).check("A", {});
		expect(d.microseconds).toBeGreaterThan(0);
		expect(d.microseconds).toBeLessThan(60e6);
	});
	it("warns where it lets pass what it denies, and nowhere else", () => {
		for (const [value, want] of [
			[true, 1],
			[false, 0],
			["true", 0],
			[undefined, 0],
		] as const) {
			const warnings: string[] = [];
			const policy = load(
				{ rules: { AllowRequestsFailingPolicy: () => value } },
				{ onWarning: (m) => warnings.push(m) },
			);
			expect([policy.allowsFailing, warnings.length]).toEqual([value === true, want]);
		}
	});
});

describe("a policy that cannot be used", () => {
	const loading = (compile: CompileEngine): unknown => {
		try {
			AgentPolicy.load({ text: "x" }, { digest: "off", compile });
		} catch (e) {
			return e;
		}
		return undefined;
	};
	it("is refused with what the compiler says, whatever it throws", () => {
		const errors = [new RegoError("rego_parse_error", "one"), new RegoError("rego_parse_error", "two")];
		const refused = loading(() => {
			throw new RegoErrors(errors);
		});
		expect(refused).toBeInstanceOf(PolicyLoadError);
		expect((refused as Error).message).toMatch(/^the policy does not compile: .*one\n.*two$/s);
		const other = loading(() => {
			throw new Error("odd\nthing");
		});
		expect(other).toBeInstanceOf(PolicyLoadError);
		expect((other as Error).message).toBe("the policy does not compile: odd");
	});
	it("is refused where its rules cannot be made ready", () => {
		const refused = loading(engine({ rules: { AllowRequestsFailingPolicy: broken("no") } }));
		expect(refused).toBeInstanceOf(PolicyLoadError);
		expect((refused as Error).message).toBe("the policy cannot be evaluated: no");
	});
	it("is refused where its digest is another, at the start and when it is replaced", () => {
		const text = "package agent_policy";
		const digest = { of: "policy", tee: "none", expected: hexDigest(toHex(policyDigest(text))) } as const;
		const compile = engine({ rules: { SetPolicyRequest: () => true } });
		expect(() => AgentPolicy.load({ text: `${text}\n` }, { digest, compile })).toThrow(PolicyLoadError);
		const policy = AgentPolicy.load({ text }, { digest, compile });
		expect(policy.setPolicy(`${text}\n`)).toMatchObject({ kind: "refused", error: expect.any(PolicyLoadError) });
		expect(policy.digest).toBe(toHex(policyDigest(text)));
		expect(policy.setPolicy(text)).toEqual({ kind: "replaced", digest: policy.digest });
		// Measured initdata vouch for the policy in them, and that one for what it lets in.
		const ofInitdata = AgentPolicy.resume("agent_policy", text, {}, { digest: { ...digest, of: "initdata" }, compile });
		expect(ofInitdata.setPolicy(`${text}\n`).kind).toBe("replaced");
	});
});
