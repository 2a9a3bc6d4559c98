/** Why requests are denied, for the gate's log: told after the denial, by a thread of its own, or not at all. */
import { describe, expect, test, vi } from "vitest";
import { causeText } from "../../src/agent/decider/cause-text.ts";
import { Enforcer, type EnforcerOptions } from "../../src/agent/decider/enforcer.ts";
import { DenialExplainer } from "../../src/agent/decider/explainer.ts";
import { localThread } from "../../src/agent/decider/local-thread.ts";
import type { DeciderStart } from "../../src/agent/decider/messages.ts";
import type { StartThread } from "../../src/agent/decider/thread.ts";
import { denialMessage } from "../../src/agent/policy/decision.ts";
import { encodeMessage } from "../../src/agent/protocol/encode.ts";
import { messageType } from "../../src/agent/protocol/protocol.ts";
import { fromSerde } from "../../src/agent/protocol/serde.ts";
import type { Cause, Explanation } from "../../src/explain/explanation.ts";
import { allowAll, deciderStart, policyOf, startStage } from "./harness.ts";

const rules = policyOf(`
default StartContainerRequest := false
CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": "/pstate/first", "value": input.container_id}]}
StartContainerRequest if input.container_id == data.pstate.first
`);

function bytes(kind: string, container_id: string): Uint8Array {
	const type = messageType(kind);
	return encodeMessage(fromSerde({ container_id }, type), type);
}

test("a denial is explained with the state it met, and decides nothing", async () => {
	const told: string[] = [];
	let onTold: () => void = () => {};
	const waiting = new Promise<void>((resolve) => {
		onTold = resolve;
	});
	const e = await Enforcer.load(
		{ text: rules },
		{
			digest: "off",
			startThread: localThread,
			onWhy: (name, why) => {
				told.push(`${name}: ${why}`);
				onTold();
			},
		},
	);
	await e.check("CreateContainer", bytes("CreateContainerRequest", "c1"));
	const denied = await e.check("StartContainer", bytes("StartContainerRequest", "c2"));
	expect(denied.decision.allowed).toBe(false);
	expect(told).toEqual([]);
	// Within the same second nothing more is explained.
	await e.check("StartContainer", bytes("StartContainerRequest", "c3"));
	await waiting;
	expect(told).toEqual([
		'StartContainerRequest: StartContainerRequest denied: input /container_id is "c2", the policy wants "c1"',
	]);
	expect((await e.check("StartContainer", bytes("StartContainerRequest", "c1"))).decision.allowed).toBe(true);
	e.close();
});

test("a denial whose message does not wait is told to the log alone", async () => {
	const asked: unknown[] = [];
	const startThread: StartThread = (s) => {
		const thread = localThread(s);
		const { post } = thread;
		return Object.assign(thread, {
			post: (q: Parameters<typeof post>[0]) => {
				asked.push(q.why);
				post(q);
			},
		});
	};
	let onTold: (name: string) => void = () => {};
	const told = new Promise<string>((resolve) => {
		onTold = resolve;
	});
	const e = new DenialExplainer(startThread, { onWhy: (name) => onTold(name), causes: { redact: ["/a"] } });
	expect(e.denied("X", start, { method: "StartContainer", payload: bytes("StartContainerRequest", "c2") })).toBe(
		undefined,
	);
	expect(await told).toBe("X");
	expect(asked).toEqual([{ log: true, redact: undefined }]);
	e.close();
});

test("explanations follow each other, a second apart, whether a thread could be started or not", async () => {
	const at = { ms: 0 };
	const clock = vi.spyOn(performance, "now").mockImplementation(() => at.ms);
	let starts = 0;
	const startThread: StartThread = (s) => {
		if (++starts === 2) throw new Error("no threads left");
		return localThread(s);
	};
	let onTold: (name: string) => void = () => {};
	const e = new DenialExplainer(startThread, { onWhy: (name) => onTold(name), causes: undefined });
	const request = { method: "StartContainer", payload: bytes("StartContainerRequest", "c2") };
	try {
		for (const [ms, name, begun] of [
			[0, "A", 1],
			[999, "too early", 1],
			[1000, "no thread", 2],
			[2000, "B", 3],
		] as const) {
			at.ms = ms;
			const told = new Promise<string>((resolve) => {
				onTold = resolve;
			});
			e.denied(name, start, request);
			expect(starts).toBe(begun);
			if (name.length === 1) expect(await told).toBe(name);
		}
	} finally {
		clock.mockRestore();
		e.close();
	}
});

test("nothing is explained unless it is asked for", async () => {
	let threads = 0;
	const startThread: StartThread = (s) => {
		threads++;
		return localThread(s);
	};
	const e = await Enforcer.load({ text: rules }, { digest: "off", startThread });
	await e.check("StartContainer", bytes("StartContainerRequest", "c2"));
	expect(threads).toBe(1);
	e.close();
});

const start = (): DeciderStart => deciderStart("p", rules);

const noCauses = { causes: undefined };
const readable = { method: "StartContainer", payload: new Uint8Array(0) };

test("a thread that cannot be started, dies or cannot read is no concern of the gate's", async () => {
	const told: string[] = [];
	const onWhy = (_: string, why: string): void => void told.push(why);
	const none = new DenialExplainer(
		() => {
			throw new Error("no threads");
		},
		{ onWhy, ...noCauses },
	);
	none.denied("X", start, readable);
	const dying = new DenialExplainer(dyingThread, { onWhy, ...noCauses });
	dying.denied("X", start, readable);
	const unreadable = new DenialExplainer(localThread, { onWhy, ...noCauses });
	unreadable.denied("X", start, { method: "StartContainer", payload: Uint8Array.of(255, 255) });
	await new Promise((resolve) => setTimeout(resolve, 50));
	expect(told).toEqual([]);
	for (const x of [none, dying, unreadable]) x.close();
});

const dyingThread: StartThread = (s) => {
	const t = localThread(s);
	setImmediate(() => t.onEnd("it died"));
	return t;
};

/** A thread that is there and says nothing. */
const silentThread: StartThread = () => ({ post: () => {}, onAnswer: () => {}, onEnd: () => {}, stop: () => {} });

test("an explanation that takes too much memory is ended, and the message goes without it", async () => {
	let stopped = 0;
	let memory = 50 << 20;
	const thread: StartThread = (s) => ({ ...silentThread(s), stop: () => void stopped++ });
	const causes = { redact: [] };
	const e = new DenialExplainer(thread, { onWhy: undefined, causes, causeMs: 600_000, memory: () => memory });
	const cause = e.denied("X", start, readable, true);
	memory += 127 << 20;
	await new Promise((resolve) => setTimeout(resolve, 200));
	expect(stopped).toBe(0);
	memory += 2 << 20;
	expect([await cause, stopped]).toEqual([undefined, 1]);
	e.close();
});

describe("causes in messages", () => {
	const guarded = policyOf(`
default CreateContainerRequest := false
CreateContainerRequest if {
	input.OCI.Process.Args == ["/bin/web"]
	every e in input.OCI.Process.Env { e == "MODE=safe" }
}
default ExecProcessRequest := false
default SetPolicyRequest := false
default ReadStreamRequest := false
StatsContainerRequest := true
`);
	const create = (args: readonly string[], env: readonly string[]): Uint8Array => {
		const type = messageType("CreateContainerRequest");
		return encodeMessage(fromSerde({ OCI: { Process: { Args: args, Env: env } } }, type), type);
	};
	const causes = { redact: ["/OCI/Process/Env"] };
	const load = (o: Partial<EnforcerOptions> = {}, text = guarded): Promise<Enforcer> =>
		Enforcer.load({ text }, { digest: "off", startThread: localThread, causes, ...o });
	/** The first thread decides, the others explain. */
	const explainedBy = (other: StartThread): StartThread => {
		let first = true;
		return (s) => {
			if (!first) return other(s);
			first = false;
			return localThread(s);
		};
	};

	test("stand on the first line, behind the agent's words, before its reason", async () => {
		const e = await load();
		const { decision } = await e.check("CreateContainer", create(["/bin/sh"], []));
		const line =
			'input /OCI/Process/Args/0 (see also /OCI/Process/Args) is "/bin/sh", the policy wants "/bin/web"; the rule is false';
		expect(denialMessage(decision)).toBe(`CreateContainerRequest is blocked by policy: ${line}`);
		// Within the same second there is no other.
		const next = await e.check("CreateContainer", create(["/bin/sh"], []));
		expect(denialMessage(next.decision)).toBe("CreateContainerRequest is blocked by policy: the rule is false");
		e.close();
	});

	test("hold no value that is redacted, of the request or of the policy", async () => {
		const e = await load();
		const { decision } = await e.check("CreateContainer", create(["/bin/web"], ["TOKEN=hunter2hunter2"]));
		expect(decision.cause).toBe("input /OCI/Process/Env/0 is not as the policy wants it (its value is redacted)");
		e.close();
	});

	// Each reads the variable in a way of its own.
	test.each([
		'object.get(input, ["OCI", "Process", "Env", 0], "x") == "TOKEN=wanted1wanted1"',
		'object.get(input, ["OCI", "Process", "Env", 7], "x") == "TOKEN=wanted1wanted1"',
		'object.get(input.OCI, ["Process", "Env"], []) == ["TOKEN=wanted1wanted1"]',
		'concat(",", input.OCI.Process.Env) == "TOKEN=wanted1wanted1"',
		'some k; input.OCI.Process[k][0] == "TOKEN=wanted1wanted1"',
		'walk(input, [_, v]); v == "TOKEN=wanted1wanted1"',
	])("hold no value that is redacted, read by %s", async (condition) => {
		const e = await load(
			{},
			`package agent_policy\n\ndefault CreateContainerRequest := false\n\nCreateContainerRequest if { ${condition} }\n`,
		);
		const { decision } = await e.check("CreateContainer", create(["/bin/web"], ["TOKEN=hunter2hunter2"]));
		expect(decision.cause).toMatch(/^input .*\(its value is redacted\)$/);
		e.close();
	});

	test("reach the shim, and the allowed are as they were", async () => {
		const stage = await startStage({ policy: guarded, options: { causes }, gate: { quoteDenials: true } });
		const shim = await stage.shim();
		const denied = await shim.call("CreateContainer", { OCI: { Process: { Args: ["/bin/\u0007sh"] } } }).catch(String);
		expect(denied).toContain('(see also /OCI/Process/Args) is \\"/bin/\\\\ash\\", the policy wants');
		await shim.call("StatsContainer", {});
		expect(stage.agent.counts.get("CreateContainer")).toBe(undefined);
		await stage.close();
	});

	test("are waited for by nobody else, and not for long", async () => {
		const e = await load({ startThread: explainedBy(silentThread), causeMs: 300 });
		let isAnswered = false;
		const waiting = e.check("CreateContainer", create(["/bin/sh"], [])).then((c) => {
			isAnswered = true;
			return c.decision;
		});
		const stats = encodeMessage(
			fromSerde({}, messageType("StatsContainerRequest")),
			messageType("StatsContainerRequest"),
		);
		for (let i = 0; i < 20; i++) expect((await e.check("StatsContainer", stats)).decision.allowed).toBe(true);
		expect(isAnswered).toBe(false);
		const decision = await waiting;
		expect([decision.allowed, decision.cause]).toEqual([false, undefined]);
		e.close();
	});

	test.each([
		[
			"that cannot be started",
			() => {
				throw new Error("no threads");
			},
		],
		["that dies", dyingThread],
		["that does not load the policy", (s: DeciderStart) => localThread({ ...s, text: "package agent_policy\n]" })],
	] as [string, StartThread][])("a thread %s costs the cause and nothing else", async (_, thread) => {
		const e = await load({ startThread: explainedBy(thread) });
		const { decision } = await e.check("CreateContainer", create(["/bin/sh"], []));
		expect([decision.allowed, decision.verdict, decision.cause]).toEqual([false, "false", undefined]);
		e.close();
	});

	test("a gate that stops answers at once", async () => {
		const e = await load({ startThread: explainedBy(silentThread), causeMs: 1_000_000 });
		const waiting = e.check("CreateContainer", create(["/bin/sh"], []));
		await e.check("StatsContainer", new Uint8Array(0));
		e.close();
		expect((await waiting).decision.allowed).toBe(false);
	});

	test.each(["SetPolicy", "ReadStdout"])("%s does not wait", async (method) => {
		const e = await load({ startThread: explainedBy(silentThread), causeMs: 1_000_000 });
		if (method === "SetPolicy") {
			const type = messageType("SetPolicyRequest");
			const payload = encodeMessage(fromSerde({ policy: allowAll }, type), type);
			expect((await e.setPolicy(allowAll, payload)).kind).toBe("denied");
		} else {
			const { decision } = await e.check(method, new Uint8Array(0), { prints: false });
			expect(decision.allowed).toBe(false);
		}
		e.close();
	});
});

describe("the text of a cause", () => {
	const of = (message: string, rest: Partial<Explanation> = {}): string | undefined => {
		const cause = { kind: "differs", message, cost: 1, input: [], policy: [], within: [] } as unknown as Cause;
		return causeText({ complete: true, causes: [cause], ...rest } as unknown as Explanation);
	};
	test.each([
		["a plain one stays", "input /a is 1", "input /a is 1"],
		["line ends and controls", "a\nb\r\n\u001b[31mc\u0000d", "a b [31mc d"],
		["what turns text round, and what is not seen", "a\u202eb\u2066c\u200bd\u2028e\ufefff", "a b c d e f"],
		["half a character", "a\ud800b", "a b"],
		["exactly 300 bytes", "x".repeat(300), "x".repeat(300)],
		["too long, in bytes and whole characters", "é".repeat(200), `${"é".repeat(148)}…`],
		["a long character at the end", `${"x".repeat(295)}😀😀`, `${"x".repeat(295)}…`],
	])("%s", (_, message, want) => {
		expect(of(message)).toBe(want);
		expect(Buffer.byteLength(want)).toBeLessThanOrEqual(300);
	});
	test("of exactly as much as there is room for, and of one byte more", () => {
		expect(of("x".repeat(300))).toBe("x".repeat(300));
		expect(of("x".repeat(301))).toBe(`${"x".repeat(297)}…`);
		expect(of(`${"x".repeat(296)}é${"x".repeat(9)}`)).toBe(`${"x".repeat(296)}…`);
		expect(of(`${"x".repeat(295)}é${"x".repeat(9)}`)).toBe(`${"x".repeat(295)}é…`);
	});
	test("nothing of what was not finished, or is an error", () => {
		expect(of("x", { complete: false })).toBe(undefined);
		expect(of("x", { error: "it ended" })).toBe(undefined);
		expect(of("x", { causes: [] })).toBe(undefined);
	});
});
