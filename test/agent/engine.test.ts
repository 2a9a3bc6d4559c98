/** The engine behind the agent's seam: compiled here or planned elsewhere, it is bounded and cut off from the outside. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { type CompileEngine, compileEngine, planEngine, plannedEngine } from "../../src/agent/policy/engine.ts";
import { defaultLimits } from "../../src/agent/policy/limits.ts";
import type { RegoError } from "../../src/index.ts";
import { policyOf } from "./harness.ts";

const text = policyOf(`CreateContainerRequest if count([x | some x in numbers.range(1, 100000); x > 0]) == 100000
StartContainerRequest if { some x in numbers.range(1, 100000); print("seen", x); x < 0 }
PauseContainerRequest if { print("once"); false }`);
const options = { regoVersion: "auto", data: {} } as const;

const ways: Readonly<Record<string, CompileEngine>> = {
	compiled: compileEngine,
	planned: (name, policy, given) => plannedEngine(planEngine(name, policy, given))(name, policy, given),
};

afterEach(() => {
	vi.restoreAllMocks();
});

/** Every look at the clock is so much later. */
function clockOf(ms: number): void {
	let now = 0;
	vi.spyOn(performance, "now").mockImplementation(() => {
		now += ms;
		return now;
	});
}

for (const [name, compile] of Object.entries(ways)) {
	describe(`an engine that was ${name}`, () => {
		const reason = (f: () => unknown): string => {
			try {
				return String(f());
			} catch (e) {
				return (e as RegoError).reason;
			}
		};

		it("has the limits of a decision, where none are given", () => {
			const rule = compile("p", text, options).rule("data.agent_policy.CreateContainerRequest");
			expect(rule({})).toBe(true);
			clockOf(defaultLimits.timeMs / 4);
			expect(reason(() => rule({}))).toMatch(/timeout/);
		});

		it("has those that are given", () => {
			const limits = { steps: 1000, timeMs: 60_000 };
			const rule = compile("p", text, { ...options, limits }).rule("data.agent_policy.CreateContainerRequest");
			expect(reason(() => rule({}))).toBe("evaluation exceeded the limit of 1000 steps");
		});

		it("prints what there is room for, and says where there would be more", () => {
			const engine = compile("p", text, options);
			const one = engine.prints("data.agent_policy.PauseContainerRequest", {});
			expect([one.lines.map((l) => l.text), one.cut]).toEqual([["once"], false]);
			clockOf(1000);
			expect(engine.prints("data.agent_policy.StartContainerRequest", {}).cut).toBe(true);
		});
	});
}

describe("what lies outside the guest", () => {
	for (const [builtin, call] of [
		["http.send", 'http.send({"method": "get", "url": "http://a"})'],
		["net.lookup_ip_addr", 'net.lookup_ip_addr("a")'],
	] as const) {
		it(`${builtin} is no builtin of a policy, nor of a plan that was made elsewhere`, () => {
			const asking = policyOf(`CreateContainerRequest if ${call}`);
			expect(() => compileEngine("p", asking, options)).toThrow(/undefined function/);
			const { plan, printing } = planEngine("p", policyOf("CreateContainerRequest if upper(input.x)"), options);
			const forged = plan.replaceAll('"upper"', JSON.stringify(builtin));
			expect(() => plannedEngine({ plan: forged, printing })("p", "", options)).toThrow();
		});
	}
});
