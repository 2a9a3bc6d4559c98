/** Decisions and state: every kind of rule result, staging, and replacing the policy. */
import { describe, expect, it } from "vitest";
import { AgentPolicy } from "../../src/agent/policy/agent-policy.ts";
import { denialMessage } from "../../src/agent/policy/decision.ts";
import { hexDigest, policyDigest, toHex } from "../../src/agent/policy/digest.ts";
import { PolicyLoadError } from "../../src/agent/policy/load-error.ts";
import type { Value } from "../../src/value/value.ts";
import { policyOf } from "./harness.ts";

function load(rules: string, onWarning?: (m: string) => void): AgentPolicy {
	return AgentPolicy.load({ text: policyOf(rules) }, { digest: "off", ...(onWarning ? { onWarning } : {}) });
}

describe("a decision", () => {
	const rows: readonly {
		readonly note: string;
		readonly rules: string;
		readonly verdict: string;
		readonly allowed: boolean;
		readonly reason?: RegExp;
	}[] = [
		{ note: "true", rules: "StartContainerRequest := true", verdict: "true", allowed: true },
		{
			note: "false",
			rules: "default StartContainerRequest := false",
			verdict: "false",
			allowed: false,
			reason: /the rule is false/,
		},
		{ note: "no rule", rules: "x := 1", verdict: "undefined", allowed: false, reason: /no rule allows it/ },
		{
			note: "rule undefined",
			rules: "StartContainerRequest if input.nope == 1",
			verdict: "undefined",
			allowed: false,
			reason: /undefined/,
		},
		{ note: "object that allows", rules: 'StartContainerRequest := {"allowed": true}', verdict: "ops", allowed: true },
		{
			note: "object that denies",
			rules: 'StartContainerRequest := {"allowed": false, "ops": [{"op": "x"}]}',
			verdict: "ops",
			allowed: false,
			reason: /allowed: false/,
		},
		{
			note: "ops null",
			rules: 'StartContainerRequest := {"allowed": true, "ops": null}',
			verdict: "ops",
			allowed: true,
		},
		{
			note: "unknown keys",
			rules: 'StartContainerRequest := {"allowed": true, "more": 1}',
			verdict: "ops",
			allowed: true,
		},
		{
			note: "no allowed",
			rules: 'StartContainerRequest := {"ops": []}',
			verdict: "error",
			allowed: false,
			reason: /no boolean `allowed`/,
		},
		{
			note: "a key that is no string",
			rules: 'StartContainerRequest := {"allowed": true, 1: 2}',
			verdict: "error",
			allowed: false,
			reason: /keys that are not strings/,
		},
		{
			note: "allowed is a string",
			rules: 'StartContainerRequest := {"allowed": "true"}',
			verdict: "error",
			allowed: false,
			reason: /no boolean `allowed`/,
		},
		{
			note: "ops is no array",
			rules: 'StartContainerRequest := {"allowed": true, "ops": {}}',
			verdict: "error",
			allowed: false,
			reason: /not an array/,
		},
		{
			note: "bad op",
			rules: 'StartContainerRequest := {"allowed": true, "ops": [{"op": "remove", "path": "/pstate/x"}]}',
			verdict: "error",
			allowed: false,
			reason: /ops cannot be applied: operation 0: nothing at \/pstate\/x/,
		},
		{
			note: "ops that take the document away",
			rules: 'StartContainerRequest := {"allowed": true, "ops": [{"op": "replace", "path": "", "value": 1}]}',
			verdict: "error",
			allowed: false,
			reason: /no longer be an object/,
		},
		{
			note: "string",
			rules: 'StartContainerRequest := "true"',
			verdict: "error",
			allowed: false,
			reason: /of type string/,
		},
		{ note: "number", rules: "StartContainerRequest := 1", verdict: "error", allowed: false, reason: /of type number/ },
		{ note: "null", rules: "StartContainerRequest := null", verdict: "error", allowed: false, reason: /of type null/ },
		{
			note: "array",
			rules: "StartContainerRequest := [true]",
			verdict: "error",
			allowed: false,
			reason: /of type array/,
		},
		{ note: "set", rules: "StartContainerRequest := {true}", verdict: "error", allowed: false, reason: /of type set/ },
		{
			note: "conflict",
			rules: 'StartContainerRequest := {"allowed": true, "ops": [x]} if { some x in [1, 2] }',
			verdict: "error",
			allowed: false,
			reason: /evaluation failed: .*eval_conflict_error/,
		},
	];
	for (const r of rows) {
		it(r.note, () => {
			const d = load(r.rules).allowRequest("StartContainerRequest", { container_id: "c" });
			expect({ verdict: d.verdict, allowed: d.allowed }).toEqual({ verdict: r.verdict, allowed: r.allowed });
			expect(d.reason).toMatch(r.reason ?? /^$/);
		});
	}

	it("never throws, whatever the name", () => {
		const policy = load("x := 1");
		for (const name of ["", "a.b", 'a"]', "__proto__", "constructor", "x y", "\0", "a".repeat(100_000)]) {
			expect(policy.allowRequest(name, {})).toMatchObject({ allowed: false });
		}
		expect(policy.allowRequest("x", {}).reason).toMatch(/of type number/);
	});

	it("says why on its first line and carries the prints after", () => {
		const policy = load(
			'default SetPolicyRequest := false\nSetPolicyRequest if { print("policy is", input.policy)\n input.policy == "x" }',
		);
		const d = policy.allowRequest("SetPolicyRequest", { policy: "y" });
		const [first, second] = denialMessage(d).split("\n");
		expect(first).toMatch(
			/^SetPolicyRequest is blocked by policy: the rule is false; last print: agent_policy:\d+: policy is y$/,
		);
		expect(second).toMatch(/^agent_policy:\d+: policy is y$/);
	});
});

const create = `
default CreateContainerRequest := {"allowed": false}
CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": concat("/", ["/pstate", input.container_id]), "value": count(data.pstate)}]} if not data.pstate[input.container_id]
ExecProcessRequest if data.pstate[input.container_id] == 0
StatsContainerRequest := true
RemoveContainerRequest := {"allowed": true, "ops": [{"op": "remove", "path": concat("/", ["/pstate", input.container_id])}]}
SetPolicyRequest := true
`;

describe("state", () => {
	it("is carried from request to request", () => {
		const policy = load(create);
		expect(policy.data).toEqual({ pstate: {} });
		expect(policy.allowRequest("ExecProcessRequest", { container_id: "a" }).allowed).toBe(false);
		expect(policy.allowRequest("CreateContainerRequest", { container_id: "a" }).allowed).toBe(true);
		expect(policy.data).toEqual({ pstate: { a: 0 } });
		expect(policy.allowRequest("CreateContainerRequest", { container_id: "a" }).allowed).toBe(false);
		expect(policy.allowRequest("ExecProcessRequest", { container_id: "a" }).allowed).toBe(true);
		expect(policy.allowRequest("RemoveContainerRequest", { container_id: "a" }).allowed).toBe(true);
		expect(policy.allowRequest("RemoveContainerRequest", { container_id: "a" })).toMatchObject({
			allowed: false,
			verdict: "error",
		});
		expect(policy.data).toEqual({ pstate: {} });
	});

	it("is left as it is by a peek, and where it cannot be kept", () => {
		const policy = load(create);
		expect(policy.peek("CreateContainerRequest", { container_id: "a" }).allowed).toBe(true);
		expect(policy.data).toEqual({ pstate: {} });
		const full = (): never => {
			throw new Error("no room");
		};
		expect(policy.check("CreateContainerRequest", { container_id: "a" }, full)).toMatchObject({
			allowed: false,
			verdict: "error",
			reason: "no room",
		});
		expect(policy.data).toEqual({ pstate: {} });
	});
});

describe("SetPolicy", () => {
	it("starts state afresh", async () => {
		const policy = load(create);
		policy.allowRequest("CreateContainerRequest", { container_id: "a" });
		expect(await policy.setPolicy(policyOf("SetPolicyRequest := false"))).toMatchObject({
			kind: "replaced",
			digest: policy.digest,
		});
		expect(policy.data).toEqual({ pstate: {} });
		expect(await policy.setPolicy(policyOf(create))).toMatchObject({ kind: "denied" });
	});

	it("leaves the old policy in force when the new one does not compile, with every error", async () => {
		const policy = load(create);
		policy.allowRequest("CreateContainerRequest", { container_id: "a" });
		const before = policy.digest;
		const outcome = await policy.setPolicy("package agent_policy\n\na := nope1\n\nb := nope2\n");
		expect(outcome.kind).toBe("refused");
		if (outcome.kind === "refused") expect(outcome.error.errors).toHaveLength(2);
		expect(policy.digest).toBe(before);
		expect(policy.data).toEqual({ pstate: { a: 0 } });
	});

	it("checks the digest again", async () => {
		const good = policyOf("SetPolicyRequest := true");
		const expected = hexDigest(toHex(policyDigest(good)));
		const policy = AgentPolicy.load({ text: good }, { digest: { of: "policy", tee: "none", expected } });
		const outcome = await policy.setPolicy(`${good}\n`);
		expect(outcome.kind).toBe("refused");
		expect((await policy.setPolicy(good)).kind).toBe("replaced");
	});
});

describe("AllowRequestsFailingPolicy", () => {
	const lax =
		'AllowRequestsFailingPolicy := true\nSetPolicyRequest := true\ndefault StartContainerRequest := false\nPauseContainerRequest := 1\nResumeContainerRequest := {"allowed": false, "ops": [{"op": "add", "path": "/pstate/x", "value": 1}]}';

	it("covers false and undefined results, not errors, and is loud", () => {
		const warnings: string[] = [];
		const policy = load(lax, (m) => warnings.push(m));
		expect(policy.allowRequest("StartContainerRequest", {})).toMatchObject({ allowed: true, failing: true });
		expect(policy.allowRequest("StatsContainerRequest", {})).toMatchObject({ allowed: true, failing: true });
		expect(policy.allowRequest("PauseContainerRequest", {})).toMatchObject({ allowed: false, verdict: "error" });
		expect(policy.allowRequest("ResumeContainerRequest", {})).toMatchObject({ allowed: true, ops: [] });
		expect(policy.data).toEqual({ pstate: {} });
		expect(warnings).toHaveLength(4);
		expect(warnings[0]).toMatch(/AllowRequestsFailingPolicy/);
	});

	it("decides the same where the warning cannot be told", () => {
		const policy = load(lax, () => {
			throw new Error("no space left");
		});
		expect(policy.allowRequest("StartContainerRequest", {})).toMatchObject({ allowed: true, failing: true });
	});

	it("is read anew from every policy", async () => {
		const policy = load(lax, () => {});
		expect(policy.allowsFailing).toBe(true);
		await policy.setPolicy(policyOf("SetPolicyRequest := true"));
		expect(policy.allowsFailing).toBe(false);
		expect(policy.allowRequest("StartContainerRequest", {}).allowed).toBe(false);
		await policy.setPolicy(policyOf("AllowRequestsFailingPolicy := false"));
		expect(policy.allowsFailing).toBe(false);
	});

	for (const value of ["false", '"true"', "1", '{"allowed": true}']) {
		it(`is not set by ${value}`, () =>
			expect(load(`AllowRequestsFailingPolicy := ${value}`).allowsFailing).toBe(false));
	}
});

describe("loading", () => {
	it("reports every error", () => {
		const error = (() => {
			try {
				AgentPolicy.load({ text: "package agent_policy\n\na := nope1\n\nb := nope2\n" }, { digest: "off" });
			} catch (e) {
				return e;
			}
			return undefined;
		})();
		expect(error).toBeInstanceOf(PolicyLoadError);
		expect((error as PolicyLoadError).errors).toHaveLength(2);
	});

	it("refuses a policy that would reach out of the guest", () => {
		expect(() =>
			load('StartContainerRequest if http.send({"method": "get", "url": "http://x"}).status_code == 200'),
		).toThrow(/http\.send/);
	});

	it("reads v0 and v1", () => {
		const v0 = AgentPolicy.load({ text: "package agent_policy\nStartContainerRequest { true }" }, { digest: "off" });
		expect(v0.allowRequest("StartContainerRequest", {}).allowed).toBe(true);
		expect(() =>
			AgentPolicy.load(
				{ text: "package agent_policy\nStartContainerRequest { true }" },
				{ digest: "off", regoVersion: "v1" },
			),
		).toThrow(/`if` keyword/);
	});

	it("denies everything with a message where there is no policy", async () => {
		const policy = AgentPolicy.denyAll("the policy could not be loaded: disk on fire");
		const d = policy.allowRequest("CreateContainerRequest", {});
		expect(denialMessage(d)).toBe(
			"CreateContainerRequest is blocked by policy: the policy could not be loaded: disk on fire\nagent_policy:1: the policy could not be loaded: disk on fire",
		);
		expect(await policy.setPolicy(policyOf("SetPolicyRequest := true"))).toMatchObject({ kind: "denied" });
	});
});

describe("a policy older than a field of the protocol", () => {
	const storage =
		'{"driver": "d", "driver_options": [], "source": "s", "fstype": "", "options": [], "mount_point": "/m", "fs_group": null}';
	const rules = (one: string): string => `CreateSandboxRequest if { some s in input.storages; s == ${one} }`;
	const input = (shared: boolean): { storages: { [key: string]: Value }[] } => ({
		storages: [{ ...(JSON.parse(storage) as { [key: string]: Value }), shared }],
	});

	it("does not see the field while it holds its default", () => {
		const policy = load(rules(storage));
		const given = input(false);
		expect(policy.allowRequest("CreateSandboxRequest", given).allowed).toBe(true);
		expect(given.storages[0]).toHaveProperty("shared");
		expect(policy.allowRequest("CreateSandboxRequest", input(true)).allowed).toBe(false);
	});

	it("does not see it in any request with storages, and all others as they are", () => {
		const names = ["CreateContainerRequest", "CreateSandboxRequest", "UpdateEphemeralMountsRequest"];
		const text = `${[...names, "AddSwapRequest"].map((n) => `${n} if { some s in input.storages; s == ${storage} }`).join("\n")}`;
		const policy = load(text);
		for (const n of names) expect([n, policy.allowRequest(n, input(false)).allowed]).toEqual([n, true]);
		expect(policy.allowRequest("AddSwapRequest", input(false)).allowed).toBe(false);
		// What has another shape than requests have is left alone.
		for (const given of [{ storages: 5 }, { storages: ["text", null, []] }, { x: 1 }, [], null])
			for (const n of names) expect(policy.allowRequest(n, given as Value).allowed).toBe(false);
		const shapes = load(
			`# ${storage}\nCreateSandboxRequest if input.storages[0] == "text"\nCreateContainerRequest if input.x == 1\nUpdateEphemeralMountsRequest if input.storages == 5`,
		);
		expect(shapes.allowRequest("CreateSandboxRequest", { storages: ["text", { shared: false }] }).allowed).toBe(true);
		expect(shapes.allowRequest("CreateContainerRequest", { x: 1 }).allowed).toBe(true);
		expect(shapes.allowRequest("UpdateEphemeralMountsRequest", { storages: 5 }).allowed).toBe(true);
	});

	it("that only names one of both fields is not taken for an older one", () => {
		const one = (text: string): boolean =>
			load(`# ${text}\nCreateSandboxRequest if input.storages[0].driver`).allowRequest(
				"CreateSandboxRequest",
				input(false),
			).allowed;
		expect([one('"fs_group"'), one('"mount_point"')]).toEqual([true, true]);
		for (const field of ['"fs_group"', '"mount_point"']) {
			const seeing = load(
				`# ${field}\nCreateSandboxRequest if { some k, v in input.storages[0]; startswith(k, "share"); v == false }`,
			);
			expect(seeing.allowRequest("CreateSandboxRequest", input(false)).allowed).toBe(true);
		}
	});

	it("that knows it sees it", () => {
		const knowing = storage.replace("}", ', "shared": false}');
		expect(load(rules(knowing)).allowRequest("CreateSandboxRequest", input(false)).allowed).toBe(true);
		expect(load(rules(knowing)).allowRequest("CreateSandboxRequest", input(true)).allowed).toBe(false);
		const asking = `# ${storage}\nCreateSandboxRequest if input.storages[0].shared == false`;
		expect(load(asking).allowRequest("CreateSandboxRequest", input(false)).allowed).toBe(true);
	});
});
