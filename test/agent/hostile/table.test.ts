/**
 * The table of hostile requests against the gate as it is shipped. Whatever a policy does with them, they
 * are denied, they leave a few lines in the log, and the gate goes on. How long that takes is measured by
 * `npm run hostile:agent`, which no test depends on.
 */
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentService } from "../../../src/agent/protocol/protocol.ts";
import { Code, TtrpcError } from "../../../src/agent/ttrpc/status.ts";
import { bundle, type GateProcess, startGate } from "./gate-process.ts";
import { hostilePolicies, hostileRequests } from "./table.ts";

let file = "";
beforeAll(() => {
	file = bundle();
});
afterAll(() => rmSync(dirname(file), { recursive: true }));

const rows = hostileRequests([2 << 10, 64 << 10]);

for (const [name, policy] of Object.entries(hostilePolicies)) {
	describe(`hostile requests, a policy that ${name}`, () => {
		let gate: GateProcess;
		beforeAll(async () => {
			gate = await startGate(file, { policy, args: ["--decision-timeout", "500ms"] });
		});
		afterAll(() => gate.stop());

		for (const r of rows) {
			it(r.note, async () => {
				const shim = await gate.shim();
				const before = gate.log().length;
				const outcome = await shim.client.call(agentService, r.method, r.payload).then(
					() => "allowed",
					(e: unknown) => e,
				);
				expect(outcome).toBeInstanceOf(TtrpcError);
				const { code, message } = outcome as TtrpcError;
				// Denied by the policy, or out of all proportion for it to be asked.
				if (code === Code.INVALID_ARGUMENT) expect(message).toMatch(/too many elements$/);
				else expect(code).toBe(Code.PERMISSION_DENIED);
				expect(message.length).toBeLessThan(300 << 10);
				expect(await shim.call("Check")).toEqual({ status: 1 });
				expect(gate.log().length - before).toBeLessThan(4 << 10);
				expect(gate.alive()).toBe(true);
				shim.close();
			});
		}

		it("of which none reached the agent", () => {
			expect([...gate.agent.counts.keys()]).toEqual(["Check"]);
		});
	});
}

it("is a table of sixty requests and more", () => {
	expect(rows.length * Object.keys(hostilePolicies).length).toBeGreaterThanOrEqual(60);
});
