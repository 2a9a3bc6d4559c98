/** The enforcer with threads that die, stand still and lie: what is asked of it is answered, and nothing weakens. */
import { describe, expect, it, vi } from "vitest";
import { type Asker, Enforcer, type EnforcerOptions } from "../../src/agent/decider/enforcer.ts";
import { localThread } from "../../src/agent/decider/local-thread.ts";
import type { DeciderAnswer, DeciderStart, Question } from "../../src/agent/decider/messages.ts";
import { serveDecisions } from "../../src/agent/decider/serve-decisions.ts";
import type { DeciderThread, StartThread } from "../../src/agent/decider/thread.ts";
import { hexDigest, policyDigest, toHex } from "../../src/agent/policy/digest.ts";
import { defaultLimits } from "../../src/agent/policy/limits.ts";
import { encodeMessage } from "../../src/agent/protocol/encode.ts";
import { messageType } from "../../src/agent/protocol/protocol.ts";
import { fromSerde } from "../../src/agent/protocol/serde.ts";
import { Code } from "../../src/agent/ttrpc/status.ts";
import type { Value } from "../../src/value/value.ts";
import { policyOf } from "./harness.ts";

const rules = policyOf(`
default CreateContainerRequest := false
CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": concat("/", ["/pstate", input.container_id]), "value": count(data.pstate)}]} if not data.pstate[input.container_id]
StartContainerRequest if data.pstate[input.container_id] == 0
PauseContainerRequest if { print("asked", input.container_id); false }
StatsContainerRequest := true
SetPolicyRequest := true
`);

function bytes(kind: string, request: Value): Uint8Array {
	const type = messageType(kind);
	return encodeMessage(fromSerde(request, type), type);
}

const of = (container_id: string): Value => ({ container_id });

/** A thread that does what it should until `misbehave` says otherwise for a question. */
function threads(misbehave: (q: Question, thread: DeciderThread, n: number) => "die" | "stand still" | undefined): {
	readonly start: StartThread;
	readonly starts: DeciderStart[];
	readonly asked: Question[];
} {
	const starts: DeciderStart[] = [];
	const asked: Question[] = [];
	const start: StartThread = (s) => {
		starts.push(s);
		const n = starts.length;
		const real = localThread(s);
		let stopped = false;
		let stuck = false;
		const thread: DeciderThread = {
			post: (q) => {
				asked.push(q);
				if (stuck || stopped) return;
				const how = misbehave(q, thread, n);
				if (how === undefined) real.post(q);
				else stuck = true;
				if (how === "die") setImmediate(() => thread.onEnd("it ran out of memory"));
			},
			onAnswer: () => {},
			onEnd: () => {},
			stop: () => {
				stopped = true;
				real.stop();
			},
		};
		real.onAnswer = (a: DeciderAnswer) => {
			if (!stopped) thread.onAnswer(a);
		};
		return thread;
	};
	return { start, starts, asked };
}

function load(o: Partial<EnforcerOptions>, text: string = rules): Promise<Enforcer> {
	return Enforcer.load({ text }, { digest: "off", ...o });
}

const check = (e: Enforcer, method: string, id: string): ReturnType<Enforcer["check"]> =>
	e.check(method, bytes(`${method}Request`, of(id)));

describe("a policy that reads what no request has", () => {
	it("is warned about after it is in force, and decides all the same", async () => {
		const answers: DeciderAnswer[] = [];
		const text = "package agent_policy\n\nCreateContainerRequest if not input.OIC\n";
		const rest = { denyMessage: "", regoVersion: "v1", state: undefined, limits: undefined } as const;
		const progress = new SharedArrayBuffer(4);
		const start = {
			...rest,
			name: "policy.rego",
			text,
			planned: undefined,
			unknownFields: "reject",
			logRequests: false,
			progress,
		} as const;
		await new Promise<void>((resolve) => {
			serveDecisions(
				start,
				(a) => {
					answers.push(a);
					if (a.kind === "checked") resolve();
				},
				1,
			);
		});
		expect(answers).toEqual([
			{ kind: "ready", allowsFailing: false, warnings: [] },
			{
				kind: "checked",
				warnings: [
					'the policy can never be met here: policy.rego:3: CreateContainerRequest has no "OIC": did you mean "OCI"?',
				],
			},
		]);
	});

	it("the enforcer hands the warnings on", async () => {
		const warnings: string[] = [];
		let say = (_: DeciderAnswer): void => undefined;
		const startThread: StartThread = (start) => {
			const thread = localThread(start);
			say = (a) => thread.onAnswer(a);
			return thread;
		};
		const e = await load({ startThread, onWarning: (m) => warnings.push(m) });
		say({ kind: "checked", warnings: ["a", "b"] });
		expect(warnings).toEqual(["a", "b"]);
		e.close();
	});
});

describe("a decision that", () => {
	const rows = [
		{ note: "takes too much memory", how: "die", why: /the decision was ended: it ran out of memory/ },
		{ note: "takes too long", how: "stand still", why: /the decision was ended: it took too long/ },
	] as const;
	for (const r of rows) {
		it(`${r.note} is a denial; policy and state stay, and who waited is decided`, async () => {
			const t = threads((q, _, n) => (n === 1 && q.method === "PauseContainer" ? r.how : undefined));
			const warnings: string[] = [];
			const e = await load({ startThread: t.start, hardMs: 150, onWarning: (m) => warnings.push(m) });
			expect((await check(e, "CreateContainer", "a")).decision.allowed).toBe(true);
			const [bad, behind, again] = await Promise.all([
				check(e, "PauseContainer", "a"),
				check(e, "StartContainer", "a"),
				check(e, "CreateContainer", "a"),
			]);
			expect(bad.decision).toMatchObject({ allowed: false, verdict: "error", reason: expect.stringMatching(r.why) });
			expect(behind.decision.allowed).toBe(true);
			expect(again.decision.allowed).toBe(false);
			expect(t.starts).toHaveLength(2);
			expect(t.starts[1]?.state).toBe('{"pstate":{"a":0}}');
			expect(e.data).toEqual({ pstate: { a: 0 } });
			expect(e.restarts).toBe(1);
			expect(warnings).toEqual([expect.stringMatching(/^the decider was replaced: /)]);
			e.close();
		});
	}

	it("takes too much memory is not helped by what the one before it has left behind", async () => {
		let mib = 50;
		const t = threads((q) => (q.method === "PauseContainer" ? "stand still" : undefined));
		const e = await load({ startThread: t.start, hardMs: 5000, memory: () => mib * 1048576 });
		expect((await check(e, "CreateContainer", "a")).decision.allowed).toBe(true);
		const hungry = check(e, "PauseContainer", "a");
		mib = 350;
		const why = /the decision was ended: it took too much memory/;
		expect((await hungry).decision.reason).toMatch(why);
		// Its thread is being ended, and still has what it had.
		expect((await check(e, "StartContainer", "a")).decision.allowed).toBe(true);
		const next = check(e, "PauseContainer", "a");
		mib = 50 + 128 + 256 + 1;
		expect((await next).decision.reason).toMatch(why);
		e.close();
	});

	it("takes too long does so two seconds after the limit of its time, where nothing else is said", async () => {
		let now = 1000;
		const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
		try {
			for (const { limits, ms } of [
				{ limits: { steps: 1e6, timeMs: 50 }, ms: 2050 },
				{ limits: undefined, ms: defaultLimits.timeMs + 2000 },
			]) {
				const t = threads((_, __, n) => (n === 1 ? "stand still" : undefined));
				const e = await load({ startThread: t.start, ...(limits === undefined ? {} : { limits }) });
				let isSettled = false;
				const stuck = check(e, "StatsContainer", "a").finally(() => {
					isSettled = true;
				});
				now += ms;
				// The watch looks several times in this.
				await new Promise((r) => setTimeout(r, 250));
				expect([ms, isSettled]).toEqual([ms, false]);
				now += 1;
				expect((await stuck).decision.reason).toMatch(/it took too long/);
				e.close();
			}
		} finally {
			clock.mockRestore();
		}
	});

	it("is a denial stays one where its prints end the thread", async () => {
		const start: StartThread = (s) => {
			const real = localThread(s);
			const thread: DeciderThread = {
				post: (q) => real.post(q),
				onAnswer: () => {},
				onEnd: () => {},
				stop: () => real.stop(),
			};
			real.onAnswer = (a) => {
				if (a.kind === "explained") thread.onEnd("it ran out of memory");
				else thread.onAnswer(a);
			};
			return thread;
		};
		const e = await load({ startThread: start });
		const { decision } = await check(e, "PauseContainer", "a");
		expect(decision).toMatchObject({ allowed: false, verdict: "undefined", prints: [] });
		expect((await check(e, "StatsContainer", "a")).decision.allowed).toBe(true);
		e.close();
	});

	it("is a denial leaves nothing to send", async () => {
		const e = await load({ startThread: localThread });
		const denied = await check(e, "PauseContainer", "a");
		expect([denied.decision.allowed, denied.payload.length, denied.changed]).toEqual([false, 0, false]);
		const allowed = await check(e, "CreateContainer", "a");
		const sent = bytes("CreateContainerRequest", of("a"));
		expect([allowed.decision.allowed, Buffer.compare(allowed.payload, sent), allowed.changed]).toEqual([true, 0, true]);
		e.close();
	});

	it("waits its turn behind thirty-two others, or behind many bytes", async () => {
		const asked = async (sizes: readonly number[]): Promise<number> => {
			const t = threads(() => "stand still");
			const e = await load({ startThread: t.start, hardMs: 600_000 });
			const all = sizes.map((n) => check(e, "StatsContainer", "a".repeat(n)));
			await new Promise((r) => setImmediate(r));
			e.close();
			await Promise.allSettled(all);
			return t.asked.length;
		};
		const kb = 1 << 10;
		expect(await asked(Array(40).fill(1))).toBe(32);
		expect(await asked([200 * kb, 200 * kb])).toBe(1);
		expect(await asked([60 * kb, 60 * kb, 60 * kb])).toBe(2);
		expect(await asked([1, 200 * kb, 1])).toBe(1);
	});

	it("reached its limits is not begun again for its prints", async () => {
		const slow = policyOf(
			'PauseContainerRequest if { print("begin"); some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i * j == 0 }',
		);
		const e = await load({ startThread: localThread, limits: { steps: 50_000, timeMs: 60_000 } }, slow);
		const { decision } = await check(e, "PauseContainer", "a");
		expect(decision).toMatchObject({ allowed: false, verdict: "error", prints: [] });
		expect(decision.reason).toMatch(/limit of 50000 steps/);
		e.close();
	});
});

describe("without a thread", () => {
	it("everything is denied, and another one is tried for at the next request", async () => {
		let broken = false;
		const t = threads(() => (broken ? "die" : undefined));
		const start: StartThread = (s) => {
			if (!broken) return t.start(s);
			const none: DeciderThread = { post: () => {}, onAnswer: () => {}, onEnd: () => {}, stop: () => {} };
			setImmediate(() => none.onEnd("there is no memory"));
			return none;
		};
		const e = await load({ startThread: start });
		broken = true;
		const denied = await Promise.all([check(e, "StatsContainer", "a"), check(e, "StatsContainer", "b")]);
		for (const d of denied) expect(d.decision).toMatchObject({ allowed: false, verdict: "error" });
		expect((await e.setPolicy(rules, bytes("SetPolicyRequest", { policy: rules }))).kind).toBe("denied");
		broken = false;
		expect((await check(e, "StatsContainer", "a")).decision.allowed).toBe(true);
		e.close();
	});

	it("a policy does not come into force", async () => {
		const start: StartThread = () => {
			const none: DeciderThread = { post: () => {}, onAnswer: () => {}, onEnd: () => {}, stop: () => {} };
			setImmediate(() => none.onEnd("it ran out of memory"));
			return none;
		};
		await expect(load({ startThread: start })).rejects.toThrow(/could not be compiled: it ran out of memory/);
	});

	it("more than is asked at one time is decided, alone", async () => {
		const e = await load({ startThread: localThread });
		const large = bytes("WriteStreamRequest", { container_id: "a", data: new Array<Value>(300_000).fill(0) });
		const decided = await Promise.all([e.check("WriteStdin", large), e.check("WriteStdin", large)]);
		expect(decided.map((d) => d.decision.verdict)).toEqual(["undefined", "undefined"]);
		e.close();
	});

	it("a change of the policy that is given up while it waits is denied at once", async () => {
		const t = threads(() => "stand still");
		const e = await load({ startThread: t.start });
		const pending = check(e, "StatsContainer", "a");
		const asker: Asker = { cancelled: false, onCancel: undefined };
		const change = e.setPolicy(rules, bytes("SetPolicyRequest", { policy: rules }), { asker });
		Object.assign(asker, { cancelled: true });
		asker.onCancel?.();
		expect(await change).toMatchObject({ kind: "denied", decision: { reason: "the request was given up" } });
		e.close();
		await pending;
	});

	it("that is closed nothing is allowed", async () => {
		const e = await load({ startThread: localThread });
		const pending = check(e, "StatsContainer", "a");
		e.close();
		expect((await pending).decision.allowed).toBe(false);
		expect((await check(e, "StatsContainer", "a")).decision.allowed).toBe(false);
	});
});

describe("a request that was given up", () => {
	it("while it waited holds nothing and changes nothing", async () => {
		const t = threads((q) => (q.method === "PauseContainer" ? "stand still" : undefined));
		const e = await load({ startThread: t.start, hardMs: 300 });
		const stuck = check(e, "PauseContainer", "a");
		const asker = { cancelled: false, onCancel: undefined as (() => void) | undefined };
		// So large that it waits here and not with the thread.
		const payload = bytes("CreateContainerRequest", { container_id: "a", exec_id: "x".repeat(1 << 20) });
		const waiting = e.check("CreateContainer", payload, { asker });
		expect(e.waiting).toBe(2);
		asker.cancelled = true;
		asker.onCancel?.();
		expect(e.waiting).toBe(1);
		expect((await waiting).decision).toMatchObject({ allowed: false });
		expect((await stuck).decision.allowed).toBe(false);
		expect(e.data).toEqual({ pstate: {} });
		e.close();
	});
});

describe("SetPolicy", () => {
	const set = (e: Enforcer, text: string): ReturnType<Enforcer["setPolicy"]> =>
		e.setPolicy(text, bytes("SetPolicyRequest", { policy: text }));

	it("has the requests before it decided by the old policy and those behind it by the new", async () => {
		const e = await load({ startThread: localThread });
		const [before, outcome, after, later] = await Promise.all([
			check(e, "StatsContainer", "a"),
			set(e, policyOf("PauseContainerRequest := true")),
			check(e, "PauseContainer", "a"),
			set(e, rules),
		]);
		expect(before.decision.allowed).toBe(true);
		expect(outcome.kind).toBe("replaced");
		expect(after.decision.allowed).toBe(true);
		expect(later.kind).toBe("denied");
		e.close();
	});

	it("that cannot be read is the caller's error, and nothing changes", async () => {
		const e = await load({ startThread: localThread });
		await check(e, "CreateContainer", "a");
		await expect(e.setPolicy(rules, Uint8Array.of(0xff, 0xff))).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
		expect(e.data).toEqual({ pstate: { a: 0 } });
		expect((await check(e, "StartContainer", "a")).decision.allowed).toBe(true);
		e.close();
	});

	it("starts state afresh, and leaves it where the new policy is refused", async () => {
		const e = await load({ startThread: localThread });
		await check(e, "CreateContainer", "a");
		const refused = await set(e, "package agent_policy\n\na := nope1\n\nb := nope2\n");
		expect(refused.kind).toBe("refused");
		if (refused.kind === "refused") expect(refused.error.errors).toHaveLength(2);
		expect(e.data).toEqual({ pstate: { a: 0 } });
		expect((await check(e, "StartContainer", "a")).decision.allowed).toBe(true);
		expect((await set(e, rules)).kind).toBe("replaced");
		expect(e.data).toEqual({ pstate: {} });
		expect((await check(e, "StartContainer", "a")).decision.allowed).toBe(false);
		e.close();
	});

	it("does not change the state by its ops", async () => {
		const e = await load(
			{ startThread: localThread },
			policyOf('SetPolicyRequest := {"allowed": true, "ops": [{"op": "add", "path": "/pstate/x", "value": 1}]}'),
		);
		expect((await set(e, "package agent_policy\n\na := nope\n")).kind).toBe("refused");
		expect(e.data).toEqual({ pstate: {} });
		e.close();
	});

	it("tells a hundred errors and no more", async () => {
		const e = await load({ startThread: localThread });
		const bad = Array.from({ length: 5000 }, (_, i) => `x${i} := ${"nope".repeat(20)}${i}`).join("\n");
		const refused = await set(e, `package agent_policy\n\n${bad}\n`);
		expect(refused.kind).toBe("refused");
		if (refused.kind === "refused") {
			expect(refused.error.errors.length).toBeLessThanOrEqual(102);
			expect(refused.error.message.length).toBeLessThan(70 << 10);
		}
		e.close();
	});

	const measured = policyOf("StatsContainerRequest := true\nSetPolicyRequest := true");
	const expected = hexDigest(toHex(policyDigest(measured)));
	const digest = { of: "policy", tee: "none", expected } as const;

	it("replaces a bootstrap policy by the measured one, once", async () => {
		const e = await load({ startThread: localThread, digest, bootstrap: true });
		const other = await set(e, `${measured}\n`);
		expect(other).toMatchObject({ kind: "refused", error: { message: expect.stringMatching(/^digest:/) } });
		expect((await check(e, "StatsContainer", "a")).decision.allowed).toBe(true);
		expect((await set(e, measured)).kind).toBe("replaced");
		expect(await set(e, measured)).toMatchObject({
			kind: "denied",
			decision: { reason: expect.stringMatching(/set once/) },
		});
		e.close();
	});

	it("needs no digest where none is asked for", async () => {
		const e = await load({ startThread: localThread, bootstrap: true });
		const outcome = await set(e, measured);
		expect(outcome.kind).toBe("replaced");
		e.close();
	});

	it("is not exempt from the digest without a bootstrap policy", async () => {
		await expect(load({ startThread: localThread, digest })).rejects.toThrow(/^digest:/);
		const e = await load({ startThread: localThread, digest }, measured);
		expect((await set(e, rules)).kind).toBe("refused");
		expect((await set(e, measured)).kind).toBe("replaced");
		e.close();
	});
});

describe("the mark of a change", () => {
	it("is made once, before the first change of state or policy", async () => {
		let marks = 0;
		const e = await load({ startThread: localThread, onFirstChange: () => marks++ });
		await check(e, "StatsContainer", "a");
		await check(e, "PauseContainer", "a");
		expect(marks).toBe(0);
		await check(e, "CreateContainer", "a");
		await check(e, "CreateContainer", "b");
		expect(marks).toBe(1);
		e.close();
	});

	it("that cannot be made lets nothing change", async () => {
		const onFirstChange = (): never => {
			throw new Error("no space left");
		};
		const e = await load({ startThread: localThread, onFirstChange });
		expect((await check(e, "CreateContainer", "a")).decision).toMatchObject({
			allowed: false,
			reason: expect.stringMatching(/cannot be marked: no space left/),
		});
		expect((await check(e, "StartContainer", "a")).decision.allowed).toBe(false);
		const outcome = await e.setPolicy(rules, bytes("SetPolicyRequest", { policy: rules }));
		expect(outcome.kind).toBe("refused");
		expect(e.data).toEqual({ pstate: {} });
		e.close();
	});
});
