/** The decider's side of the questions: what is answered to each, what is counted, and what is refused. */
import { describe, expect, it } from "vitest";
import type { DeciderAnswer, DeciderStart, Question } from "../../src/agent/decider/messages.ts";
import { serveDecisions } from "../../src/agent/decider/serve-decisions.ts";
import { encodeMessage } from "../../src/agent/protocol/encode.ts";
import { messageType } from "../../src/agent/protocol/protocol.ts";
import { Code } from "../../src/agent/ttrpc/status.ts";
import { policyOf } from "./harness.ts";

const rules = policyOf(`
StartContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": "/pstate/x", "value": 1}]} if input.container_id == "new"
StartContainerRequest if input.container_id == "plain"
PauseContainerRequest if { print("asked", input.container_id); false }
ResumeContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": "/pstate/x", "value": sprintf("%09000000d", [1])}]}
`);

function served(start: Partial<DeciderStart> = {}): {
	readonly ask: (method: string, id: string, more?: Partial<Question>) => readonly DeciderAnswer[];
	readonly first: readonly DeciderAnswer[];
	readonly progress: Int32Array;
} {
	const progress = new SharedArrayBuffer(4);
	const answers: DeciderAnswer[] = [];
	const decide = serveDecisions(
		{
			name: "agent_policy",
			text: rules,
			denyMessage: "no policy",
			regoVersion: "auto",
			state: undefined,
			limits: undefined,
			unknownFields: "reject",
			logRequests: false,
			progress,
			...start,
		},
		(a) => answers.push(a),
	);
	const first = answers.splice(0);
	return {
		first,
		progress: new Int32Array(progress),
		ask: (method, id, more = {}) => {
			const payload = encodeMessage({ container_id: id }, messageType("StartContainerRequest"));
			decide?.({ id: 5, method, payload, prints: false, apply: true, ...more });
			return answers.splice(0);
		},
	};
}

describe("a question", () => {
	it("is counted when it is begun, and when it has ended", () => {
		const { ask, progress } = served();
		ask("StartContainer", "plain");
		expect(progress[0]).toBe(2);
		ask("NoSuchMethod", "plain");
		expect(progress[0]).toBe(4);
		ask("PauseContainer", "c", { prints: true });
		expect(progress[0]).toBe(7);
	});
	it("of an unknown method is refused", () => {
		expect(served().ask("NoSuchMethod", "c")).toEqual([
			{ kind: "refused", id: 5, code: Code.UNIMPLEMENTED, message: "method NoSuchMethod" },
		]);
	});
	it("that cannot be read is refused", () => {
		expect(served().ask("StartContainer", "c", { payload: Uint8Array.of(0xf8, 1, 1) })).toEqual([
			{
				kind: "refused",
				id: 5,
				code: Code.INVALID_ARGUMENT,
				message: expect.stringMatching(/^cannot read the message: .*unknown field 31/),
			},
		]);
	});
	it("that is allowed is answered, with the state where that changed, and the line where that is wanted", () => {
		const answer = (id: string, start: Partial<DeciderStart> = {}, more: Partial<Question> = {}): unknown =>
			served(start).ask("StartContainer", id, more);
		const allowed = {
			kind: "decided",
			id: 5,
			name: "StartContainerRequest",
			allowed: true,
			failing: false,
			encoded: undefined,
			explaining: false,
		};
		expect(answer("plain")).toEqual([expect.objectContaining({ ...allowed, state: undefined, line: undefined })]);
		expect(answer("new")).toEqual([expect.objectContaining({ ...allowed, state: '{"pstate":{"x":1}}' })]);
		expect(answer("new", {}, { apply: false })).toEqual([expect.objectContaining({ ...allowed, state: undefined })]);
		expect(answer("plain", { logRequests: true })).toEqual([
			expect.objectContaining({ ...allowed, line: expect.stringContaining('"container_id":"plain"') }),
		]);
		// Prints are of denials.
		expect(answer("plain", {}, { prints: true })).toEqual([expect.objectContaining(allowed)]);
	});
	it("is written anew where it could be read in two ways", () => {
		const { ask } = served({ unknownFields: "drop" });
		const payload = Uint8Array.of(0xf8, 1, 1, 0x0a, 5, ...Buffer.from("plain"));
		const [a] = ask("StartContainer", "", { payload });
		expect(a).toMatchObject({ allowed: true, encoded: payload.slice(3) });
	});
	it("that is denied is answered at once, and its prints come after where they are wanted", () => {
		const { ask } = served();
		const denied = { kind: "decided", allowed: false, encoded: undefined, state: undefined };
		expect(ask("PauseContainer", "c")).toEqual([expect.objectContaining({ ...denied, explaining: false })]);
		expect(ask("PauseContainer", "c", { prints: true })).toEqual([
			expect.objectContaining({ ...denied, explaining: true }),
			expect.objectContaining({
				kind: "explained",
				id: 5,
				prints: [expect.objectContaining({ text: "asked c" })],
				printsCut: false,
			}),
		]);
	});
	it("that is denied is not written for the agent, however it came", () => {
		const { ask } = served({ unknownFields: "drop" });
		expect(ask("PauseContainer", "", { payload: Uint8Array.of(0xf8, 1, 1) })).toEqual([
			expect.objectContaining({ allowed: false, encoded: undefined }),
		]);
	});
	it("has the limits it was started with, and is not begun again for prints where it reached them", () => {
		const slow = policyOf(
			"StartContainerRequest if count([1 | some i in numbers.range(1, 300); some j in numbers.range(1, 300)]) > i0\ni0 := 1",
		);
		const ask = (steps: number): readonly DeciderAnswer[] =>
			served({ text: slow, limits: { steps, timeMs: 60_000 } }).ask("StartContainer", "c", { prints: true });
		expect(ask(10_000_000)).toEqual([expect.objectContaining({ allowed: true })]);
		expect(ask(20_000)).toEqual([
			expect.objectContaining({
				allowed: false,
				verdict: "error",
				explaining: false,
				reason: expect.stringContaining("cancel"),
			}),
		]);
	});
	it("whose state would be too large is denied, and leaves the state", () => {
		const { ask } = served();
		expect(ask("ResumeContainer", "c")).toEqual([
			expect.objectContaining({
				allowed: false,
				verdict: "error",
				reason: "the state would become too large",
				state: undefined,
			}),
		]);
		expect(ask("StartContainer", "new")).toEqual([expect.objectContaining({ state: '{"pstate":{"x":1}}' })]);
	});
	it.each([
		["a line for the log", { log: true, redact: undefined }, ["text"]],
		["a cause for the message", { log: false, redact: [] }, ["cause"]],
		["both", { log: true, redact: ["/container_id"] }, ["cause", "text"]],
	] as const)("of why is answered with %s, and decides nothing", (_, why, keys) => {
		const { ask } = served();
		const answers = ask("StartContainer", "c", { why });
		expect(answers).toHaveLength(1);
		const { kind, id, ...said } = answers[0] as Record<string, unknown>;
		expect([kind, id, Object.keys(said).sort()]).toEqual(["why", 5, keys]);
		for (const line of Object.values(said)) expect(line).toMatch(/^[^\n]{1,1000}$/);
	});
});

describe("what it begins with", () => {
	it("is the state it is given", () => {
		expect(served({ state: '{"pstate":{"y":2}}' }).ask("StartContainer", "new")).toEqual([
			expect.objectContaining({ state: '{"pstate":{"x":1,"y":2}}' }),
		]);
		expect(served({ state: "[]" }).first).toEqual([
			{ kind: "failed", message: "the state is not an object", errors: ["the state is not an object"] },
		]);
		const [failed] = served({ state: "{" }).first as unknown as { kind: string; message: string; errors: string[] }[];
		expect([failed?.kind, failed?.errors]).toEqual(["failed", [failed?.message]]);
	});
	it("is a policy, or a denial of everything", () => {
		expect(served().first).toEqual([{ kind: "ready", allowsFailing: false, warnings: [] }]);
		const without = served({ text: undefined });
		expect(without.ask("StartContainer", "plain")).toEqual([
			expect.objectContaining({ allowed: false, reason: "no policy" }),
		]);
		expect(served({ text: "package" }).first).toEqual([
			{ kind: "failed", message: expect.stringContaining("does not compile"), errors: [expect.any(String)] },
		]);
	});
	it("warns of what lets pass what is denied", () => {
		const { first } = served({ text: `${rules}\nAllowRequestsFailingPolicy := true\n` });
		expect(first).toEqual([
			{ kind: "ready", allowsFailing: true, warnings: [expect.stringContaining("AllowRequestsFailingPolicy")] },
		]);
	});
});
