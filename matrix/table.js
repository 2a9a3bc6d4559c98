/** The matrix's outcome as tables in docs/hosts.md, between its markers. */
import { readFileSync, writeFileSync } from "node:fs";

const begin = "<!-- matrix:begin -->";
const end = "<!-- matrix:end -->";

const shortWays = {
	compile: "compile",
	loadPlan: "plan",
	module: "module",
	"rego eval": "eval",
	bundle: "bundle",
	"opa-wasm": "opa-wasm",
};

export function writeTable(cells, versions, count) {
	const tested = cells.filter((c) => c.host !== "");
	const hosts = [...new Set(tested.map((c) => c.host))];
	const rows = [...new Set(tested.map((c) => c.through))];
	const everyWay = [...new Set(tested.filter((c) => c.through === "import").map((c) => c.way))];
	const show = (row, host) => {
		const those = tested.filter((c) => c.through === row && c.host === host);
		const passed = new Set(those.filter((c) => c.problem === undefined).map((c) => c.way));
		if (passed.size === those.length && everyWay.every((way) => passed.has(way))) return "all";
		return those.map((c) => (c.problem === undefined ? shortWays[c.way] : `**${shortWays[c.way]} fails**`)).join(", ");
	};
	const line = (items) => `| ${items.join(" | ")} |`;
	const table = (columns) => {
		const used = rows.filter((r) => columns.some((h) => show(r, h) !== ""));
		return [
			line(["", ...columns]),
			line(["---", ...columns.map(() => "---")]),
			...used.map((r) => line([r, ...columns.map((h) => show(r, h))])),
		];
	};
	const commands = hosts.filter((h) => Object.hasOwn(versions, h) && !["workerd", "Chromium"].includes(h));
	const checks = cells.filter((c) => c.host === "");
	const text = [
		begin,
		"",
		`Each entry decides ${count} policies; "all" is ${everyWay.map((way) => shortWays[way]).join(", ")}. Versions: ${Object.entries(
			versions,
		)
			.map(([name, v]) => `${name} ${v.replace(/^[a-zA-Z ]+/, "")}`)
			.join(", ")}.`,
		"",
		...table(commands),
		"",
		...table(hosts.filter((h) => !commands.includes(h))),
		"",
		`Checked as well: ${checks.map((c) => (c.problem === undefined ? c.name : `**${c.name} fails**`)).join(", ")}.`,
		"",
		end,
	].join("\n");
	const file = "docs/hosts.md";
	const page = readFileSync(file, "utf8");
	const at = page.indexOf(begin);
	const to = page.indexOf(end);
	if (at < 0 || to < at) throw new Error(`${file} has no place for the table`);
	writeFileSync(file, page.slice(0, at) + text + page.slice(to + end.length));
}
