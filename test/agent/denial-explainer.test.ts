/** Why requests are denied, for the gate's log: told after the denial, by a thread of its own, or not at all. */
import { expect, test } from "vitest";
import { Enforcer } from "../../src/agent/decider/enforcer.ts";
import { DenialExplainer } from "../../src/agent/decider/explainer.ts";
import { localThread } from "../../src/agent/decider/local-thread.ts";
import type { DeciderStart } from "../../src/agent/decider/messages.ts";
import type { StartThread } from "../../src/agent/decider/thread.ts";
import { encodeMessage } from "../../src/agent/protocol/encode.ts";
import { messageType } from "../../src/agent/protocol/protocol.ts";
import { fromSerde } from "../../src/agent/protocol/serde.ts";
import { policyOf } from "./harness.ts";

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

const start = (): DeciderStart => ({
	name: "p",
	text: rules,
	denyMessage: "",
	regoVersion: "auto",
	state: undefined,
	limits: undefined,
	unknownFields: "reject",
	planned: undefined,
	logRequests: false,
	progress: new SharedArrayBuffer(4),
});

test("a thread that cannot be started, dies or cannot read is no concern of the gate's", async () => {
	const told: string[] = [];
	const none = new DenialExplainer(
		() => {
			throw new Error("no threads");
		},
		(_, why) => told.push(why),
	);
	none.denied("X", start, { method: "StartContainer", payload: new Uint8Array(0) });
	const dying = new DenialExplainer(
		(s) => {
			const t = localThread(s);
			setImmediate(() => t.onEnd("it died"));
			return t;
		},
		(_, why) => told.push(why),
	);
	dying.denied("X", start, { method: "StartContainer", payload: new Uint8Array(0) });
	const unreadable = new DenialExplainer(localThread, (_, why) => told.push(why));
	unreadable.denied("X", start, { method: "StartContainer", payload: Uint8Array.of(255, 255) });
	await new Promise((resolve) => setTimeout(resolve, 50));
	expect(told).toEqual([]);
	for (const x of [none, dying, unreadable]) x.close();
});
