/** The benchmark's arithmetic: ratios by round, goals missed, charts and tables from results. */
import { expect, test } from "vitest";
import { barChart, lineChart } from "../../bench/chart.ts";
import type { Decisions } from "../../bench/decisions.ts";
import { intoDocument, markdown, type Results } from "../../bench/document.ts";
import { missesOf, rowsOf } from "../../bench/report.ts";
import { percentile, showTime } from "../../bench/statistics.ts";

const sample = (workload: string, kind: string, engine: string, times: readonly number[]) =>
	times.map((ns, round) => ({ workload, kind, engine, round, ns }));

const decisions: Decisions = {
	samples: [
		...sample("kata/a", "kata CopyFile", "regoplan", [100, 200, 300]),
		...sample("kata/b", "kata CopyFile", "regoplan", [100, 100, 100]),
		// Only one of the two workloads: compared with ours on that one.
		...sample("kata/a", "kata CopyFile", "opa", [1000, 1000, 9000]),
		...sample("kata/a", "kata CopyFile", "hand-written", [10, 20, 30]),
		...sample("kata/b", "kata CopyFile", "hand-written", [10, 10, 10]),
		...sample("scaling/10", "scaling/10", "regoplan", [50]),
		...sample("scaling/10", "scaling/10", "opa", [5000]),
		...sample("scaling/100", "scaling/100", "regoplan", [60]),
		...sample("scaling/100", "scaling/100", "opa", [6000]),
	],
	latencies: [{ workload: "kata/a", kind: "kata CopyFile", engine: "regoplan", p50: 90, p99: 900 }],
	failures: [{ workload: "kata/b", engine: "opa", reason: "wrong answer: a | b" }],
	versions: { opa: "1.20.2" },
};
const rows = rowsOf(decisions);
const results: Results = {
	about: { clock: "wall" },
	versions: decisions.versions,
	rows,
	cold: {},
	resources: undefined,
	failures: decisions.failures,
	missingPeers: { "opa-wasm": "not installed" },
};

test("a ratio compares the same round on the workloads both have", () => {
	const cells = rows[0]?.cells;
	expect(rows[0]?.name).toBe("Kata CopyFile");
	expect(cells?.["regoplan"]).toEqual({ ns: 150, p50: 90, p99: 900 });
	expect(cells?.["opa"]).toEqual({ ns: 1000, ratio: 10, spread: [5, 30] });
	expect(cells?.["hand-written"]).toEqual({ ns: 15, ratio: 0.1, spread: [0.1, 0.1] });
});

test("goals: least ratios beside peers, the greatest beside hand-written code", () => {
	expect(missesOf(rows)).toEqual([
		{ row: "Kata CopyFile", engine: "opa", got: 10, goal: 50 },
		{ row: "Kata CopyFile", engine: "hand-written", got: 10, goal: 2 },
	]);
});

test("the document takes the tables between its markers", () => {
	const text = markdown(results);
	expect(text).toContain("| Kata CopyFile | 150 ns | 15.0 ns (0.10x) | 1.00 µs (10.0x) |");
	expect(text).toContain("| opa | kata/b | wrong answer: a \\| b |");
	expect(text).toContain("| opa-wasm | all | not installed |");
	const page = "before\n<!-- bench:begin -->old<!-- bench:end -->\nafter";
	expect(intoDocument(page, "new")).toBe("before\n<!-- bench:begin -->\n\nnew\n<!-- bench:end -->\nafter");
	expect(() => intoDocument("no markers", "new")).toThrow("markers");
});

test("charts: every engine of every row, within the picture", () => {
	const bars = barChart(rows, "bars & more");
	const lines = lineChart(
		rows.filter((r) => r.name.startsWith("scaling/")),
		"lines",
	);
	for (const svg of [bars, lines]) {
		const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) as unknown as [string, string, string];
		for (const [, name, value] of svg.matchAll(/ (x|y|cx|cy|x2|y2)="([^"]*)"/g)) {
			const n = Number(value);
			expect(n).toBeGreaterThanOrEqual(0);
			expect(n).toBeLessThanOrEqual(Number((name as string).includes("x") ? width : height));
		}
		for (const tag of ["svg", "text", "title", "g"]) {
			const opened = svg.match(new RegExp(`<${tag}[ >]`, "g"))?.length;
			expect(svg.match(new RegExp(`</${tag}>`, "g"))?.length).toBe(opened);
		}
		expect(svg).not.toMatch(/NaN|undefined|& /);
	}
	expect(bars.match(/<rect [^>]*height="11"/g)).toHaveLength(7);
	expect(lineChart(rows.slice(0, 1), "one point")).toBe("");
});

test("numbers", () => {
	expect(percentile([5, 1, 4, 2, 3], 0.5)).toBe(3);
	expect(percentile([1, 2], 0.99)).toBe(2);
	expect([0.5, 12, 999, 1500, 2.5e6, 3e9].map(showTime)).toEqual([
		"0.50 ns",
		"12.0 ns",
		"999 ns",
		"1.50 µs",
		"2.50 ms",
		"3.00 s",
	]);
});
