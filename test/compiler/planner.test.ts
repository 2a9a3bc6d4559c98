/**
 * What the planner makes of single rules and queries, before folding, as text for reading: a file of rows for each
 * subject, `# note`, then Rego, then nothing. Functions named `x`, and queries (`? query`) are shown; `# prints:` plans
 * what prints, too. Each row's answers are those of OPA by the agreement and conformance suites; here is what is done to
 * come to them. `UPDATE_GOLDEN=1 npx vitest run test/compiler/planner.test.ts` writes them anew.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { builtins } from "../../src/builtins/registry.ts";
import { checkModules } from "../../src/compiler/check.ts";
import { checkQuery } from "../../src/compiler/check-query.ts";
import { planPolicy } from "../../src/compiler/planner/policy.ts";
import { plannedQueries } from "../../src/compiler/planner/query.ts";
import { parseModule, RegoError, Source } from "../../src/index.ts";
import { planText } from "../../src/plan/text.ts";
import { parsedQuery } from "../../src/query-text.ts";

const folder = new URL("../golden/planner/", import.meta.url);
const update = process.env["UPDATE_GOLDEN"] === "1";
const read = (file: string): string => readFileSync(new URL(file, folder), "utf8");

interface Row {
	readonly note: string;
	readonly rego: readonly string[];
}

function rowsOf(text: string): readonly Row[] {
	return text
		.split(/\n\n+/)
		.filter((block) => block.trim() !== "")
		.map((block) => {
			const [note = "", ...rego] = block.trim().split("\n");
			return { note, rego };
		});
}

/** The plan of `x`, at its keys too, and of queries: without places, one line for each of them. */
function planned({ note, rego }: Row): string {
	const prints = note.startsWith("# prints:");
	const rules = rego.filter((line) => !line.startsWith("? "));
	const header = /^package /m.test(rules.join("\n")) ? "" : "package t\n";
	const { value, errors } = parseModule(new Source("t.rego", `${header}${rules.join("\n")}\n`));
	if (value === undefined) return errors.map((e) => e.message).join("\n");
	const set = checkModules([value], { builtins, strict: false, prints: prints ? "kept" : "checked", maxErrors: 10 });
	if (set.value === undefined) return set.errors.map((e) => `${e.code}: ${e.message}`).join("\n");
	const modules = set.value;
	const queries = rego
		.filter((line) => line.startsWith("? "))
		.map((line) => {
			const { body, source, imports } = parsedQuery(line.slice(2), {});
			const checked = checkQuery(modules, body, source, { imports, captured: true });
			if (checked.value === undefined) throw new RegoError("rego_compile_error", checked.errors.join("\n"));
			return { name: line.slice(2), query: checked.value };
		});
	const { plan } = planPolicy(modules, { builtins, producer: "", prints, queries: plannedQueries(queries) });
	const text = planText({ ...plan, sources: [], hash: "" });
	const { mockable, keyed } = plan;
	const more = [
		...(keyed.some((k) => k.whole) ? ["at once where many keys are asked for"] : []),
		...(mockable.funcs.length + mockable.builtins.length + mockable.shadowed.length > 0
			? [`replaced: ${JSON.stringify(mockable)}`]
			: []),
	];
	const shown = text.split("\n\n").filter((part) => /^\n?(?:\w+ data\S*\bx(?:\/|\[|\.)|query )/.test(part));
	return [...shown.map((part) => part.trim()), ...more].join("\n");
}

for (const file of readdirSync(folder).filter((f) => f.endsWith(".rows.txt"))) {
	describe(file.slice(0, -".rows.txt".length), () => {
		const rows = rowsOf(read(file));
		const golden = file.replace(".rows.", ".plans.");
		if (update) {
			const blocks = rows.map((row) => `${row.note}\n${planned(row)}\n`);
			writeFileSync(new URL(golden, folder), blocks.join("\n"));
		}
		const wants = new Map(
			read(golden)
				.split(/\n\n+/)
				.map((block) => [block.split("\n", 1)[0], block.trimEnd()]),
		);
		for (const row of rows) {
			test(row.note.slice(2), () => {
				expect(`${row.note}\n${planned(row)}`).toBe(wants.get(row.note));
			});
		}

		test("each has a note of its own", () => {
			expect(new Set(rows.map((r) => r.note)).size).toBe(rows.length);
			expect(wants.size).toBe(rows.length);
		});
	});
}
