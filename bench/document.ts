/**
 * Writes what was measured: as text for the terminal, and as the tables of docs/performance.md between
 * its markers. Everything comes from one Results, so a table can be made again from a results file.
 */
import type { ColdTimes } from "./cold.ts";
import type { Failure } from "./decisions.ts";
import { type Cell, type Miss, missesOf, type Row } from "./report.ts";
import type { Resources } from "./resources.ts";
import { median, showRatio, showTime } from "./statistics.ts";

export interface Results {
	readonly about: { readonly [fact: string]: string };
	readonly versions: { readonly [engine: string]: string };
	readonly rows: readonly Row[];
	readonly cold: { readonly [request: string]: ColdTimes };
	readonly resources: Resources | undefined;
	readonly failures: readonly Failure[];
	readonly missingPeers: { readonly [engine: string]: string };
}

const engines = ["regoplan", "hand-written", "regorus (kata)", "regorus (best)", "opa", "opa-wasm", "closures", "aot"];

type Line = readonly string[];

function decisionTable(rows: readonly Row[]): Line[] {
	const shown = engines.filter((e) => rows.some((r) => r.cells[e] !== undefined));
	return [["workload", ...shown], ...rows.map((row) => [row.name, ...shown.map((e) => cellText(row.cells[e]))])];
}

function cellText(cell: Cell | undefined): string {
	if (cell === undefined) return "-";
	return cell.ratio === undefined ? showTime(cell.ns) : `${showTime(cell.ns)} (${showRatio(cell.ratio)}x)`;
}

function spreadTable(rows: readonly Row[]): Line[] {
	const shown = engines.filter((e) => e !== "regoplan" && rows.some((r) => r.cells[e]?.spread !== undefined));
	return [
		["workload", ...shown],
		...rows.map((row) => [row.name, ...shown.map((e) => row.cells[e]?.spread?.map(showRatio).join(" to ") ?? "-")]),
	];
}

function latencyTable(rows: readonly Row[]): Line[] {
	const having = rows.filter((r) => r.cells["regoplan"]?.p50 !== undefined);
	const shown = engines.filter((e) => having.some((r) => r.cells[e]?.p50 !== undefined));
	return [
		["workload", ...shown],
		...having.map((row) => [
			row.name,
			...shown.map((e) => {
				const c = row.cells[e];
				return c?.p50 === undefined ? "-" : `${showTime(c.p50)} / ${showTime(c.p99 ?? Number.NaN)}`;
			}),
		]),
	];
}

function coldTable(cold: Results["cold"]): Line[] {
	const lines: Line[] = [["fresh process", "whole", "beyond Node's own start"]];
	for (const [request, times] of Object.entries(cold)) {
		const node = times["node"] ?? [];
		for (const [what, list] of Object.entries(times)) {
			const inNode = ["aot", "plan", "source", "rego eval"].includes(what);
			const beyond = inNode ? showTime(Math.max(0, median(list.map((t, i) => t - (node[i] as number))))) : "";
			lines.push([`${request}: ${coldNames[what] ?? what}`, showTime(median(list)), beyond]);
		}
	}
	return lines;
}

const coldNames: { readonly [what: string]: string } = {
	node: "an empty Node script",
	aot: "module built ahead of time, first decision",
	plan: "plan loaded, first decision",
	source: "library from the policy's text, first decision",
	"regorus (kata)": "regorus (kata), load and first decision",
	"regorus (best)": "regorus (best), load and first decision",
};

function resourceTable(r: Resources): Line[] {
	const kb = (n: number): string => `${(n / 1024).toFixed(1)} KB`;
	const lines: Line[] = [["resource", "measured"]];
	for (const [what, size] of Object.entries(r.sizes)) lines.push([`${what}, min+gzip`, kb(size)]);
	for (const [what, list] of Object.entries(r.importMs))
		lines.push([`import of ${what}`, `${median(list).toFixed(1)} ms`]);
	if (r.memory === undefined) return lines;
	const m = r.memory;
	for (const [kind, n] of Object.entries(m.bytes)) lines.push([`allocated by one ${kind}`, `${n} bytes`]);
	lines.push(["heap of one loaded policy", kb(m.heapPerPolicy)]);
	lines.push([
		`resident memory before and after ${(m.decisions / 1e6).toFixed(1)} million decisions`,
		`${(m.rssBefore / 1e6).toFixed(0)} MB, ${(m.rssAfter / 1e6).toFixed(0)} MB`,
	]);
	return lines;
}

function missTable(misses: readonly Miss[]): Line[] {
	return [
		["workload", "beside", "ratio", "goal"],
		...misses.map((m) => [
			m.row,
			m.engine,
			showRatio(m.got),
			m.engine === "hand-written" ? `at most ${m.goal}` : `at least ${m.goal}`,
		]),
	];
}

/** Goals of cold starts and resources: what was measured, and whether that is enough. */
function otherGoals(r: Results): Line[] {
	const lines: Line[] = [["goal", "measured", ""]];
	const add = (goal: string, measured: string, met: boolean): void => {
		lines.push([goal, measured, met ? "met" : "missed"]);
	};
	for (const [request, times] of Object.entries(r.cold)) {
		const of = (what: string): number => median(times[what] ?? []);
		const [rego, opa, regorus] = [of("rego eval"), of("opa eval"), of("regorus (best)")];
		const beyond = median((times["aot"] ?? []).map((t, i) => t - (times["node"]?.[i] ?? Number.NaN)));
		if (opa > 0)
			add(`${request}: rego eval not slower than opa eval`, `${showTime(rego)}, ${showTime(opa)}`, rego <= opa);
		if (regorus > 0) {
			const what = `${request}: module built ahead of time, beyond Node's start, not slower than regorus`;
			add(what, `${showTime(beyond)}, ${showTime(regorus)}`, beyond <= regorus);
		}
	}
	if (r.resources === undefined) return lines;
	const [core = Number.NaN, compiling = Number.NaN] = Object.values(r.resources.sizes);
	const size = (what: string, bytes: number): void =>
		add(
			`${what}, without optional builtins, at most 60 KB, min+gzip`,
			`${(bytes / 1024).toFixed(1)} KB`,
			bytes <= 60 * 1024,
		);
	size("what decides from plans", core);
	size("what compiles and decides", compiling);
	const load = median(r.resources.importMs["dist/node/index.mjs"] ?? []);
	add("import at most 15 ms", `${load.toFixed(1)} ms`, load <= 15);
	const heap = r.resources.memory?.heapPerPolicy ?? Number.NaN;
	add("heap of one loaded 86 KB policy at most 3 MB", `${(heap / 2 ** 20).toFixed(2)} MB`, heap <= 3 * 2 ** 20);
	return lines;
}

function failureTable(r: Results): Line[] {
	return [
		["engine", "workload", "why not measured"],
		...Object.entries(r.missingPeers).map(([e, why]) => [e, "all", why]),
		...r.failures.map((f) => [f.engine, f.workload, f.reason.replace(/\s+/g, " ").slice(0, 140)]),
	];
}

/** Titles and tables in the order they are shown. */
function sections(r: Results): [string, Line[]][] {
	const out: [string, Line[]][] = [
		["Decisions: time of one, and in brackets its ratio to regoplan's in the same rounds", decisionTable(r.rows)],
		["Ratios: least and greatest of the rounds", spreadTable(r.rows)],
		["Single decisions: median / 99th percentile", latencyTable(r.rows)],
	];
	if (Object.keys(r.cold).length > 0) out.push(["Cold starts", coldTable(r.cold)]);
	if (r.resources !== undefined) out.push(["Resources", resourceTable(r.resources)]);
	out.push(["Goals missed", missTable(missesOf(r.rows))]);
	out.push(["Goals of cold starts and resources", otherGoals(r)]);
	out.push(["Not measured", failureTable(r)]);
	return out.filter(([, lines]) => lines.length > 1);
}

export function terminalText(r: Results): string {
	return sections(r)
		.map(([title, lines]) => {
			const widths = (lines[0] as Line).map((_, i) => Math.max(...lines.map((l) => (l[i] ?? "").length)));
			const text = lines
				.map((l) =>
					l
						.map((c, i) => c.padEnd(widths[i] as number))
						.join("  ")
						.trimEnd(),
				)
				.join("\n");
			return `${title}\n\n${text}\n`;
		})
		.join("\n");
}

export function markdown(r: Results): string {
	const facts = Object.entries(r.about).map(([k, v]) => `- ${k}: ${v}`);
	const versions = Object.entries(r.versions).map(([e, v]) => `${e} ${v}`);
	const tables = sections(r).map(([title, lines]) => {
		const [first, ...rest] = lines as [Line, ...Line[]];
		const row = (l: Line): string => `| ${l.map((c) => c.replaceAll("|", "\\|")).join(" | ")} |`;
		return `### ${title}\n\n${[row(first), row(first.map(() => "---")), ...rest.map(row)].join("\n")}\n`;
	});
	return [...facts, `- engines: ${versions.join(", ")}`, "", ...tables].join("\n");
}

/** The document with the text between its markers replaced. */
export function intoDocument(document: string, text: string): string {
	const [begin, end] = ["<!-- bench:begin -->", "<!-- bench:end -->"];
	const from = document.indexOf(begin);
	const to = document.indexOf(end);
	if (from < 0 || to < from) throw new Error("docs/performance.md has lost its markers");
	return `${document.slice(0, from + begin.length)}\n\n${text}\n${document.slice(to)}`;
}
