/**
 * What the planner makes of single rules and queries, before folding, as text for reading: a file of rows for each
 * subject, `# note`, then Rego, then nothing. Functions named `x`, and queries (`? query`) are shown; `# prints:` plans
 * what prints, too. Each row's answers are those of OPA by the agreement and conformance suites; here is what is done to
 * come to them. `UPDATE_GOLDEN=1 npx vitest run test/compiler/planner.test.ts` writes them anew.
 */
import { builtins } from "../../src/builtins/registry.ts";
import { checkModules } from "../../src/compiler/check.ts";
import { checkQuery } from "../../src/compiler/check-query.ts";
import { planPolicy } from "../../src/compiler/planner/policy.ts";
import { plannedQueries } from "../../src/compiler/planner/query.ts";
import { parseModule, RegoError, Source } from "../../src/index.ts";
import { planText } from "../../src/plan/text.ts";
import { parsedQuery } from "../../src/query-text.ts";
import { testGoldenRows } from "../golden-rows.ts";

/** The plan of `x`, at its keys too, and of queries: without places, one line for each of them. */
function planned({ note, lines: rego }: { readonly note: string; readonly lines: readonly string[] }): string {
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

testGoldenRows(new URL("../golden/planner/", import.meta.url), "plans", planned);
