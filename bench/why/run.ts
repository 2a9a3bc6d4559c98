/**
 * `npm run why:bar`: how good and how fast explanations are, on all denied variants of real requests.
 *
 *   npm run why:bar -- [--misses] [--every N] [--only SET] [--seed N]
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { genpolicyDenials } from "./genpolicy.ts";
import { kataDenials } from "./kata.ts";
import { type Denied, type Measured, measure, summed } from "./measure.ts";
import { variants } from "./variants.ts";

const { values } = parseArgs({
	options: {
		misses: { type: "boolean" },
		every: { type: "string", default: "1" },
		/** The third of the requests that is kept for the end. */
		kept: { type: "boolean" },
		/** Only this set. */
		only: { type: "string", default: "" },
		/** Another set of changes. */
		seed: { type: "string", default: "" },
		kata: { type: "string", default: "../shared/kata" },
		genpolicy: { type: "string", default: "../shared/genpolicy" },
	},
});
const every = Number(values.every);
if (!existsSync(values.kata)) {
	console.log(`skipped: ${values.kata} is absent`);
	process.exit(0);
}
const { kata, genpolicy, only } = values;
const seed = values.seed === "" ? undefined : Number(values.seed);
const has = (set: string): boolean => only === "" || only === set;
if (has("recorded"))
	bar(
		"denied variants of recorded requests",
		kataDenials(kata, (i) => i % every === 0),
	);
if (existsSync(genpolicy)) {
	const count = Math.ceil(1000 / every);
	if (has("single")) {
		const singles = genpolicyDenials(genpolicy, count, seed ?? 20240607);
		bar("single changes of requests that the current rules allow", singles);
	}
	for (const changes of [1, 2, 3]) {
		const isKept = values.kept === true;
		const title = `requests of all types, ${changes} changed${isKept ? ", those kept for the end" : ""}`;
		const options = { kata, genpolicy, seed: seed ?? (isKept ? 77 : 5), kept: isKept, changes };
		if (has(`variants${changes}`)) bar(title, variants({ ...options, count: Math.ceil(count / changes) }));
	}
} else console.log(`skipped: ${genpolicy} is absent`);

function bar(title: string, denied: readonly Denied[]): void {
	// The host's compiler gets to know the code first.
	for (const d of denied.slice(0, 20)) measure(d);
	const all = denied.map((d) => measure(d));
	const bars = summed(all);
	const rows: readonly (readonly [string, string, string])[] = [
		["place in line 1", `${bars.inLine1.toFixed(1)}%`, "≥ 99%"],
		["within 5 lines", `${bars.within5.toFixed(1)}%`, "≥ 99.5%"],
		["of several all within 5 lines", `${bars.allWithin5.toFixed(1)}%`, ""],
		["first pointer exact", `${bars.firstExact.toFixed(1)}%`, "≥ 92%"],
		["verified fix", `${bars.fixed.toFixed(1)}%`, "≥ 95%"],
		["of those the inverse or smaller", `${bars.smallFix.toFixed(1)}%`, "≥ 90%"],
		["p50", `${bars.p50.toFixed(1)} ms`, "≤ 10 ms"],
		["p95", `${bars.p95.toFixed(1)} ms`, "≤ 100 ms"],
		["max", `${bars.max.toFixed(1)} ms`, ""],
	];
	console.log(`${bars.count} ${title}`);
	for (const [what, is, bar] of rows) console.log(`${what.padEnd(34)}${is.padStart(10)}   ${bar}`);
	if (values.misses === true) {
		const show = (title: string, is: (m: Measured) => boolean): void => {
			const list = all.filter(is);
			console.log(`\n${title}: ${list.length}`);
			for (const m of list.slice(0, 200)) {
				const [cause] = m.explanation.causes;
				const fix = JSON.stringify(m.explanation.fixes[0]?.patch ?? null)?.slice(0, 160);
				console.log(
					`  ${m.denied.name} ${(m.denied.changes ?? [m.denied.change]).map((c) => `${c.op} ${c.path}`).join(", ")} (${m.ms.toFixed(0)} ms)\n    ${cause?.message.slice(0, 220)} [${cause?.kind} ${cause?.row}] ${m.explanation.causes.length} causes\n    fix ${fix}`,
				);
			}
		};
		show("not in line 1", (m) => !m.inLine1);
		show("first not exact", (m) => m.inLine1 && !m.firstExact);
		show("no fix", (m) => !m.fixed);
		show("a larger fix", (m) => m.fixed && !m.smallFix);
	}
}
