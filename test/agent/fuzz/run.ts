/** `npm run fuzz:agent [-- MESSAGES [SEED]]`: a long run; exits 1 on any failure. */
import { fuzzGate } from "./gate-fuzz.ts";

const messages = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const started = performance.now();
console.log(`${messages} messages, seed ${seed}`);
const report = await fuzzGate(messages, seed, (done) => {
	if (done % 50_000 < 25_000 && process.stdout.isTTY) process.stdout.write(`\r${done}`);
});
const seconds = (performance.now() - started) / 1000;
for (const f of report.failures) console.log(`FAIL  ${f}`);
console.log(
	`${report.messages} messages on ${report.connections} connections in ${seconds.toFixed(1)} s: ` +
		`${report.answered} answers, ${report.forwarded} requests forwarded, all allowed`.slice(
			0,
			report.failures.length === 0 ? undefined : -13,
		),
);
console.log(`${report.failures.length === 0 ? 1 : 0} passed, ${report.failures.length} failed`);
process.exitCode = report.failures.length === 0 ? 0 : 1;
