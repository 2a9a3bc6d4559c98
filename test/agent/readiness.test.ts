/** The gate waits for the agent to answer before it opens: how often it says so, and when it gives up. */
import { Duplex, PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { waitForAgent } from "../../src/agent/gate/readiness.ts";
import { ServerConnection } from "../../src/agent/ttrpc/server.ts";

/** A connection to an agent that answers every call. */
function answering(asked: string[] = []): Duplex {
	const [a, b] = [new PassThrough(), new PassThrough()];
	new ServerConnection(Duplex.from({ readable: a, writable: b }), async (call) => {
		asked.push(`${call.service}/${call.method}`);
		return new Uint8Array(0);
	});
	return Duplex.from({ readable: b, writable: a });
}

/** Waits for an agent that is there after so many attempts: the attempts, and what was logged. */
async function wait(
	failures: number,
	options: { readonly waitMs?: number; readonly isCancelled?: () => boolean } = {},
): Promise<{ readonly attempts: number; readonly lines: unknown[]; readonly asked: string[]; readonly error: string }> {
	const lines: unknown[] = [];
	const asked: string[] = [];
	let attempts = 0;
	let error = "";
	const connect = async (): Promise<Duplex> => {
		if (attempts++ < failures) throw new Error("nobody there");
		return answering(asked);
	};
	try {
		await waitForAgent(connect, {
			waitMs: 600_000,
			log: (level, message, fields) => lines.push([level, message, ...Object.keys(fields ?? {})]),
			...options,
		});
	} catch (e) {
		error = (e as Error).message;
	}
	return { attempts, lines, asked, error };
}

describe("the agent", () => {
	it("that answers at once is asked once, and nothing is said of it", async () => {
		expect(await wait(0)).toEqual({ attempts: 1, lines: [], asked: ["grpc.Health/Check"], error: "" });
	});
	it("that comes later is waited for: said once, and when it has come", async () => {
		expect(await wait(3)).toEqual({
			attempts: 4,
			lines: [
				["info", "waiting for the agent", "why"],
				["info", "the agent answers", "afterMs"],
			],
			asked: ["grpc.Health/Check"],
			error: "",
		});
	});
	it("is said to have come after as long as it took", async () => {
		let now = 50_000_000;
		const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 1000));
		const said: unknown[] = [];
		let attempts = 0;
		const connect = async (): Promise<Duplex> => {
			if (attempts++ < 2) throw new Error("nobody there");
			return answering();
		};
		try {
			await waitForAgent(connect, { waitMs: 600_000, log: (_level, message, fields) => said.push([message, fields]) });
		} finally {
			clock.mockRestore();
		}
		expect(said[0]).toEqual(["waiting for the agent", { why: "nobody there" }]);
		expect((said[1] as [string, { readonly afterMs: number }])[1].afterMs).toBeLessThan(100_000);
	});
	it("that does not come in time is given up, with the last reason", async () => {
		expect(await wait(9, { waitMs: 0 })).toMatchObject({
			attempts: 1,
			error: "the agent does not answer: nobody there",
		});
	});
	it("is not waited for by a gate that is stopped", async () => {
		let looks = 0;
		const isCancelled = (): boolean => ++looks === 2;
		expect(await wait(9, { isCancelled })).toMatchObject({ attempts: 2, error: "stopped while waiting for the agent" });
	});
});
