/** The debug log written, and every format of it read back. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { jsonLog } from "../../src/agent/gate/log.ts";
import { RequestLog } from "../../src/agent/policy/request-log.ts";
import { readRequestLog } from "../../src/agent/policy/request-log-reader.ts";

const folder = mkdtempSync(join(tmpdir(), "rego-log-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("request log", () => {
	it("writes what the agent writes, in order, and not what it leaves out", async () => {
		const path = join(folder, "policy.jsonl");
		const log = new RequestLog(path);
		log.append("RemoveContainerRequest", { container_id: "a\n", timeout: 18446744073709551615n });
		log.append("StatsContainerRequest", {});
		log.append("ReadStreamRequest", {});
		log.append("SetPolicyRequest", { policy: "x" });
		for (let i = 0; i < 1000; i++) log.append("StartContainerRequest", { container_id: `c${i}` });
		await log.close();
		const text = readFileSync(path, "utf8");
		expect(text.split("\n")[0]).toBe(
			'{"kind":"RemoveContainerRequest","request":{"container_id":"a\\n","timeout":18446744073709551615}}',
		);
		const { requests } = readRequestLog(text);
		expect(requests).toHaveLength(1001);
		expect(requests[0]?.request).toEqual({ container_id: "a\n", timeout: 18446744073709551615n });
		expect(requests[1000]?.request).toEqual({ container_id: "c999" });
		log.append("StartContainerRequest", {});
		expect(log.lost).toBe(0);
	});

	it.skipIf(!existsSync("/dev/full"))("counts what a full disk costs and goes on", async () => {
		const errors: Error[] = [];
		const log = new RequestLog("/dev/full", { onError: (e) => errors.push(e) });
		log.append("StartContainerRequest", { container_id: "a" });
		log.append("StartContainerRequest", { container_id: "b" });
		await log.close();
		expect(log.lost).toBe(2);
		expect(errors).toHaveLength(1);
		expect(errors[0]?.message).toMatch(/ENOSPC/);
	});

	it("bounds what waits to be written", async () => {
		const log = new RequestLog(join(folder, "bounded"));
		const big = { container_id: "x".repeat(1 << 20) };
		for (let i = 0; i < 40; i++) log.append("StartContainerRequest", big);
		expect(log.lost).toBeGreaterThan(10);
		await log.close();
	});
});

describe("log lines", () => {
	it.each([
		["debug", ["debug", "info", "warn", "error"]],
		["warn", ["warn", "error"]],
		["error", ["error"]],
	] as const)("of at least the level %s", (least, want) => {
		const lines: string[] = [];
		const log = jsonLog((line) => lines.push(line), least);
		for (const level of ["debug", "info", "warn", "error"] as const) log(level, level);
		expect(lines.map((l) => JSON.parse(l).level)).toEqual(want);
	});

	/** The second that the clock shows. */
	let second = 1;
	beforeEach(() => {
		vi.spyOn(performance, "now").mockImplementation(() => second * 1000);
	});
	afterEach(() => {
		vi.restoreAllMocks();
	});

	it("are limited per second, and what is left out is counted", () => {
		const lines: string[] = [];
		const log = jsonLog((line) => void lines.push(line), "info", 5);
		for (let i = 0; i < 1000; i++) log("warn", "request denied", { i });
		log("debug", "unimportant");
		expect(lines.length).toBe(5);
		second++;
		log("info", "later");
		expect(JSON.parse(lines.at(-2) ?? "")).toMatchObject({ level: "warn", message: "log lines left out" });
		expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ level: "info", message: "later" });
	});

	it("that cannot be written are counted too, and nothing is thrown", () => {
		const lines: string[] = [];
		let full = true;
		const log = jsonLog((line) => {
			if (full) throw new Error("ENOSPC");
			lines.push(line);
		}, "info");
		for (let i = 0; i < 3; i++) log("warn", "request denied");
		log("warn", "no JSON", { n: 1n });
		second++;
		log("warn", "request denied");
		full = false;
		second++;
		log("info", "later");
		expect(lines.map((l) => JSON.parse(l) as object)).toMatchObject([
			{ message: "log lines left out", lines: 5 },
			{ message: "later" },
		]);
	});
});

describe("reading logs", () => {
	const rows: readonly (readonly [string, string, readonly (readonly [string, unknown])[], number])[] = [
		[
			"today's",
			'{"kind":"A","request":{"x":1}}\n{"kind":"B","request":{}}\n',
			[
				["A", { x: 1 }],
				["B", {}],
			],
			0,
		],
		[
			"today's, with rules' results among them",
			'{"kind":"A","request":{"x":1}}\n{"kind":"A","request":{"allowed":true,"ops":[]}}\n',
			[["A", { x: 1 }]],
			1,
		],
		["tomorrow's", '{"kind":"A","data":{"x":1}}', [["A", { x: 1 }]], 0],
		[
			"the older",
			'["ep":"A",{"x":"]},"}],\n\n["ep":"B",{}],\n',
			[
				["A", { x: "]}," }],
				["B", {}],
			],
			0,
		],
		["that of the OPA days", '["ep":"A",{"input":{"x":1}}],\n', [["A", { x: 1 }]], 0],
		["an older request with a field called input", '["ep":"A",{"input":1}],\n', [["A", { input: 1 }]], 0],
		["pairs", '["A",{"x":18446744073709551615}]\n', [["A", { x: 18446744073709551615n }]], 0],
		["carriage returns and blank lines", '\r\n["A",{}]\r\n\r\n', [["A", {}]], 0],
	];
	for (const [note, text, want, results] of rows) {
		it(note, () => {
			const read = readRequestLog(text);
			expect(read.requests.map((r) => [r.kind, r.request])).toEqual(want);
			expect(read.results).toBe(results);
		});
	}

	for (const text of [
		"nonsense",
		"[1,2,3]",
		'{"kind":1,"request":{}}',
		'["ep":"A",{],',
		'{"kind":"A"}',
		'["A"]',
		"null",
	]) {
		it(`refuses ${text}`, () => expect(() => readRequestLog(`["A",{}]\n${text}`)).toThrow(/^line 2: /));
	}
});
