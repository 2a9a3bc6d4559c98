/** `rego bench`: the shapes of opa's outputs (numbers are the machine's own). Errors are among the recorded command lines. */
import { afterEach, expect, test, vi } from "vitest";
import { runCli } from "./run-cli.ts";

const names = ["75%", "90%", "95%", "99%", "99.9%", "99.99%", "count", "max", "mean", "median", "min", "stddev"];
const keys = names.map((n) => `histogram_timer_rego_query_eval_ns_${n}`);
const files = { "p.rego": "package p\n\nq if input.x == data.y\n", "d.json": '{"y": 1}', "in.yaml": "x: 1\n" };
const loaded = ["-d", "p.rego", "-d", "d.json", "-i", "in.yaml"];

/** For what is only written: the second that a benchmark takes is over after some hundred evaluations. */
function hurryClock(): void {
	let now = 0n;
	vi.spyOn(process.hrtime, "bigint").mockImplementation(() => {
		now += 1_000_000n;
		return now;
	});
}
afterEach(() => {
	vi.restoreAllMocks();
});

test("json", async () => {
	const { exit, stdout } = await runCli({ args: ["bench", ...loaded, "-f", "json", "data.p.q"], files });
	expect(exit).toBe(0);
	const result = JSON.parse(stdout) as { N: number; T: number; Extra: Record<string, number> };
	expect(Object.keys(result)).toEqual(["N", "T", "Bytes", "MemAllocs", "MemBytes", "Extra"]);
	expect(Object.keys(result.Extra).sort()).toEqual([...keys].sort());
	expect(result.N).toBe(result.Extra["histogram_timer_rego_query_eval_ns_count"]);
	expect(result.T).toBeGreaterThanOrEqual(1e9);
});

test("pretty, twice, without metrics", async () => {
	hurryClock();
	const args = ["bench", ...loaded, "--count", "2", "--metrics=false", "data.p.q"];
	const { stdout } = await runCli({ args, files });
	expect(stdout.match(/│ samples │ +\d+ │\n│ ns\/op +│ +\d+ │/g)).toHaveLength(2);
});

test("gobench", async () => {
	hurryClock();
	const { stdout } = await runCli({ args: ["bench", ...loaded, "-f", "gobench", "data.p.q"], files });
	expect(stdout).toMatch(
		/^BenchmarkOPAEval\t +\d+\t +\d+ ns\/op(?:\t +\d+ histogram_timer_rego_query_eval_ns_[\w.%]+){12}\n$/,
	);
});

test("undefined, where that is no failure", async () => {
	hurryClock();
	const { exit } = await runCli({ args: ["bench", "--fail=false", "--metrics=false", "data.nope"] });
	expect(exit).toBe(0);
});

test("what cannot be done is refused", async () => {
	const { exit, stderr } = await runCli({ args: ["bench", "--e2e", "1"] });
	expect(exit).toBe(1);
	expect(stderr).toMatch(/^Error: not supported by this version of rego: --e2e\n/);
});
