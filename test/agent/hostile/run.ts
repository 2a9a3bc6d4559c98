/**
 * `npm run hostile:agent`: the table of hostile requests, large, with a clock: how long a health check on
 * another connection takes meanwhile, how much memory the gate takes, also while 256 MiB arrive at once,
 * and how much it logs. Times depend on the machine, so this is no test; it fails beyond the bounds that
 * docs/agent.md names.
 */
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { agentService } from "../../../src/agent/protocol/protocol.ts";
import { bundle, startGate } from "./gate-process.ts";
import { hostilePolicies, hostileRequests } from "./table.ts";

const bounds = { healthMs: 200, rss: 512 << 20, logBytes: 4 << 10 };
const mib = (n: number): string => (n / (1 << 20)).toFixed(0);

async function main(): Promise<void> {
	const file = bundle();
	const rows = hostileRequests([2 << 10, 256 << 10, 3_600_000]);
	let failed = 0;
	const worst = { healthMs: 0, rss: 0, logBytes: 0, callMs: 0 };
	for (const [name, policy] of Object.entries(hostilePolicies)) {
		const gate = await startGate(file, { policy });
		const health = await gate.shim();
		for (let i = 0; i < 50; i++) await health.call("Check");
		for (const r of rows) {
			const shim = await gate.shim();
			const logged = gate.log().length;
			const started = performance.now();
			let running = true;
			const call = shim.client.call(agentService, r.method, r.payload).then(
				() => "allowed",
				() => "refused",
			);
			void call.finally(() => {
				running = false;
			});
			let healthMs = 0;
			let rss = 0;
			do {
				const asked = performance.now();
				await health.call("Check");
				healthMs = Math.max(healthMs, performance.now() - asked);
				rss = Math.max(rss, gate.rss());
				await new Promise((done) => setTimeout(done, 5));
			} while (running);
			const callMs = performance.now() - started;
			const logBytes = gate.log().length - logged;
			const good =
				(await call) === "refused" &&
				healthMs <= bounds.healthMs &&
				rss <= bounds.rss &&
				logBytes <= bounds.logBytes &&
				gate.alive();
			if (!good) failed++;
			worst.healthMs = Math.max(worst.healthMs, healthMs);
			worst.rss = Math.max(worst.rss, rss);
			worst.logBytes = Math.max(worst.logBytes, logBytes);
			worst.callMs = Math.max(worst.callMs, callMs);
			const figures = `health ${healthMs.toFixed(0)} ms, call ${callMs.toFixed(0)} ms, ${mib(rss)} MiB, log ${logBytes}`;
			console.log(`${good ? "ok  " : "FAIL"} ${name}: ${r.note}: ${figures}`);
			shim.close();
		}
		await gate.stop();
	}
	failed += await flood(file);
	const all = rows.length * Object.keys(hostilePolicies).length + 1;
	console.log(
		`worst: health ${worst.healthMs.toFixed(0)} ms, call ${worst.callMs.toFixed(0)} ms, ${mib(worst.rss)} MiB, log ${worst.logBytes} bytes`,
	);
	console.log(`${all - failed} passed, ${failed} failed, 0 skipped`);
	rmSync(dirname(file), { recursive: true });
	process.exitCode = failed === 0 ? 0 : 1;
}

/** 256 MiB of requests at once, on eight connections. */
async function flood(file: string): Promise<number> {
	const gate = await startGate(file, { policy: hostilePolicies["prints"] as string });
	const row = hostileRequests([4_000_000]).find((r) => r.note.startsWith("a variable of two-byte"));
	if (row === undefined) throw new Error("no row");
	const health = await gate.shim();
	for (let i = 0; i < 50; i++) await health.call("Check");
	let running = true;
	const all = Promise.all(
		Array.from({ length: 8 }, async () => {
			const shim = await gate.shim();
			await Promise.all(
				Array.from({ length: 8 }, () => shim.client.call(agentService, row.method, row.payload).catch(() => {})),
			);
		}),
	).finally(() => {
		running = false;
	});
	let healthMs = 0;
	let rss = 0;
	while (running) {
		const asked = performance.now();
		await health.call("Check").catch(() => {});
		healthMs = Math.max(healthMs, performance.now() - asked);
		rss = Math.max(rss, gate.rss());
		await new Promise((done) => setTimeout(done, 20));
	}
	await all;
	const good = rss <= bounds.rss && gate.alive();
	console.log(`${good ? "ok  " : "FAIL"} 256 MiB at once: health ${healthMs.toFixed(0)} ms, ${mib(rss)} MiB`);
	await gate.stop();
	return good ? 0 : 1;
}

await main();
