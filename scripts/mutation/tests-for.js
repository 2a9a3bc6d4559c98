/**
 * Which tests a mutant is asked, of all that reach it: tests of its own folder count as quicker than they are, and
 * of each file a part chosen by chance where there are many, until the seconds of a core that one mutant may take are
 * used up: on a busy machine a mutant is asked the same tests.
 */
import { choose } from "./choose.js";

/** The folder of tests that is about a source. */
const homes = [
	["src/compiler/", "test/compiler/"],
	["src/plan/", "test/plan/"],
	["src/eval/", "test/eval/"],
	["src/regex/", "test/regex/"],
	["src/agent/", "test/agent/"],
];

/** `covered`: by test file, its tests as `{ number, ms, cpuMs, hits }`. Returns `[file, numbers]` rows in their order, and how long the slowest takes. */
export function testsFor(mutant, covered, budgetMs) {
	const home = homes.find(([source]) => mutant.file.startsWith(source))?.[1] ?? "test/";
	const groups = [];
	for (const [file, tests] of covered) {
		const reaching = tests.filter((t) => t.hits.has(mutant.id));
		if (reaching.length === 0) continue;
		const ms = reaching.reduce((sum, t) => sum + t.cpuMs, 0) / reaching.length;
		groups.push({ file, tests: reaching, worth: ms * (file.startsWith(home) ? 0.2 : 1) });
	}
	groups.sort((a, b) => a.worth - b.worth);
	let left = budgetMs;
	const rows = [];
	// First a part of each file, so that one with many tests does not take all of the time.
	for (const share of [0.3, 1]) {
		for (const g of groups) {
			let forThis = left * share;
			const rest = g.tests.filter((t) => !g.taken?.has(t.number));
			const taken = choose(rest, rest.length, mutant.id + 1).filter((t) => {
				const fits = t.cpuMs <= forThis;
				if (fits) forThis -= t.cpuMs;
				return fits;
			});
			if (taken.length === 0) continue;
			g.taken = new Set([...(g.taken ?? []), ...taken.map((t) => t.number)]);
			left -= taken.reduce((sum, t) => sum + t.cpuMs, 0);
		}
	}
	let slowestMs = 0;
	for (const g of groups) {
		if (g.taken === undefined) continue;
		rows.push([g.file, [...g.taken]]);
		for (const t of g.tests) if (g.taken.has(t.number)) slowestMs = Math.max(slowestMs, t.ms);
	}
	return { rows, slowestMs };
}
