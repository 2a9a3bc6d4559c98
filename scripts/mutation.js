/**
 * Mutation testing: small faults are put into the sources, one at a time, and the tests have to notice them.
 *
 *     npm run mutation -- --sample 300 --seed 7   mutants chosen by chance, the same for the same seed
 *     npm run mutation -- src/eval/layer.ts       all mutants of a file, a folder, or several
 *     npm run mutation -- --again                 those that survived the last run
 *
 *     --seconds N    stops after about N seconds; the same command goes on where it stopped
 *     --budget N     seconds of a core that one mutant is asked at most (20): what nothing killed by then survives
 *     --line TEXT    only mutants of lines with this text in them
 *     --tests REGEX  asks only tests whose file's path matches
 *     --list         shows the mutants, and runs nothing
 *
 *     npm run mutation -- src/eval/generated --line "does(" --tests test/eval/optimisations
 *                    drops each condition of the emitter's optimisations in turn: none may survive
 *
 * A sample takes as many mutants of each of the `parts` below, and fails under the floor that test/mutation/floor.json
 * keeps. What the compiler refuses is no mutant: nobody can commit it (scripts/mutation/types.js). A mutant is asked
 * the tests that reach it, near ones and quick ones first: all of them are in one bundle with the tests and the sources,
 * switched on one in a process (scripts/mutation). One that survives beside others is asked again in a process of its
 * own. test/mutation/equivalent.json lists those that change no answer, each with its reason.
 */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./mutation/bundle.js";
import { TestProcess } from "./mutation/child.js";
import { choose } from "./mutation/choose.js";
import { isEquivalent, staleEntries } from "./mutation/equivalent.js";
import { mutantsOf } from "./mutation/mutants.js";
import { testsFor } from "./mutation/tests-for.js";
import { compiling } from "./mutation/types.js";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");
process.chdir(root);

/** What is changed. */
const parts = ["src/eval", "src/compiler/planner", "src/plan", "src/regex", "src/agent"];
/** Tables, and what only tests and demos run. */
const left = /(?:unicode-tables|-proto)\.ts$|^src\/agent\/kit\//;
/** The tests that are asked. */
const asked =
	/^test\/(?:(?:eval|compiler|plan|regex|agent|aot|conformance|face|mutation)\/|builtins\/(?:regex|glob|operators|limits|walk)\.test|depth\.test)/;
/** Those of them that run programs of the build, which has no mutants in it, take minutes, or want vitest's own clock. */
const notAsked = /^test\/agent\/(?:hostile\/|daemon\.)|^test\/regex\/soak\.|^test\/face\/time\./;

const { values: flags, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		sample: { type: "string" },
		seed: { type: "string", default: "1" },
		seconds: { type: "string" },
		budget: { type: "string", default: "20" },
		again: { type: "boolean" },
		line: { type: "string", default: "" },
		tests: { type: "string", default: "" },
		list: { type: "boolean" },
	},
});
const until = flags.seconds === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(flags.seconds) * 1000;

function filesIn(folder, end) {
	if (folder.endsWith(end)) return [folder];
	const all = readdirSync(folder, { recursive: true }).map((f) => join(folder, f).split("\\").join("/"));
	return all.filter((f) => f.endsWith(end)).sort();
}

const isSame = (a, b) => a.file === b.file && a.source === b.source && a.from === b.from && a.to === b.to;
const reportFile = ".mutation/report.json";

function chosenMutants() {
	const wanted = positionals.length > 0 ? positionals : parts;
	const byPart = wanted.map((p) => {
		const files = filesIn(p, ".ts").filter((f) => !left.test(f));
		const all = files.flatMap((f) => mutantsOf(f, readFileSync(f, "utf8")));
		for (const e of staleEntries(all, files))
			console.error(`test/mutation/equivalent.json: no such mutant: ${e.file}: ${e.line}: ${e.from} → ${e.to}`);
		return all.filter((m) => m.source.includes(flags.line) && !isEquivalent(m));
	});
	if (flags.again === true) {
		const before = JSON.parse(readFileSync(reportFile, "utf8")).filter((m) => m.status === "survived");
		return byPart.flat().filter((m) => before.some((b) => isSame(b, m)));
	}
	if (flags.sample === undefined) return compiling(byPart.flat());
	const share = Math.ceil(Number(flags.sample) / byPart.length);
	// More than are wanted: the compiler refuses about a half.
	const compile = compiling(byPart.flatMap((list) => choose(list, 3 * share, Number(flags.seed))));
	return byPart.flatMap((list) => compile.filter((m) => list.includes(m)).slice(0, share));
}

const partOf = (file) => parts.find((p) => file.startsWith(`${p}/`)) ?? file;
const mutants = chosenMutants().map((m, id) => ({ ...m, part: partOf(m.file), id }));
const shown = (m) => {
	const short = (text) => (text.length > 120 ? `${text.slice(0, 120)} …` : text).replace(/\s+/g, " ");
	return `${m.file}:${m.line}:${m.column} ${m.kind}: ${short(m.from)} → ${m.to === "" ? "nothing" : short(m.to)}`;
};
console.log(`${mutants.length} mutants`);
if (flags.list === true) {
	for (const m of mutants) console.log(shown(m));
	process.exit();
}

const testFiles = filesIn("test", ".test.ts").filter(
	(f) => asked.test(f) && !notAsked.test(f) && new RegExp(flags.tests).test(f),
);

/** Answers are kept for exactly these sources, tests and mutants. */
const digest = createHash("sha256");
for (const f of ["src", "test", "conformance", "scripts/mutation"].flatMap((d) =>
	[".ts", ".js", ".json"].flatMap((e) => filesIn(d, e)),
))
	if (f !== "test/mutation/equivalent.json") digest.update(`${f}\n`).update(readFileSync(f));
digest.update(JSON.stringify([flags.budget, flags.tests, mutants]));
mkdirSync(".mutation", { recursive: true });
const stateFile = `.mutation/${digest.digest("hex").slice(0, 16)}.jsonl`;
const known = existsSync(stateFile)
	? readFileSync(stateFile, "utf8")
			.split("\n")
			.filter(Boolean)
			.map((line) => JSON.parse(line))
	: [];
const keep = (row) => {
	known.push(row);
	appendFileSync(stateFile, `${JSON.stringify(row)}\n`);
};
const stopInTime = () => {
	if (Date.now() < until) return;
	tests?.stop();
	console.log(
		`stopped: ${known.filter((r) => r.mutant !== undefined).length} of ${mutants.length} are known; run it again`,
	);
	process.exit(3);
};

const byFile = new Map();
for (const m of mutants) byFile.set(m.file, [...(byFile.get(m.file) ?? []), m]);
await bundle(root, testFiles, byFile);

/** Serves one mutant after the other; a new one after a mutant that broke it, and now and then. */
let tests;
async function run(job, slowestMs, isAlone = false) {
	if (tests !== undefined && (tests.isOver || tests.jobs >= 40 || isAlone)) {
		tests.stop();
		tests = undefined;
	}
	tests ??= new TestProcess(root);
	const isFirst = tests.jobs === 0;
	const outcome = await tests.run(job, slowestMs);
	// A bundle that cannot be loaded, without a mutant in what is loaded, says nothing of any mutant.
	if (!tests.wasReady || (outcome.killed === "the run" && !isAlone))
		throw new Error(`the tests cannot be run: ${outcome.why}`);
	if (!outcome.ended || outcome.isStale) {
		tests.stop();
		tests = undefined;
		// It may have been another's doing.
		if (!isFirst && outcome.why !== "hung") return run(job, slowestMs);
	}
	// What is made once and kept, as tables and compiled patterns are, was made without it where others came before.
	if (outcome.ended && outcome.killed === undefined && job.mutant !== undefined && !isFirst)
		return run(job, slowestMs, true);
	if (isAlone && tests !== undefined) {
		tests.stop();
		tests = undefined;
	}
	return outcome;
}

for (const file of testFiles) {
	if (known.some((r) => r.covered === file)) continue;
	const { ended, why, failed, loading = [], tests: passed } = await run({ cover: file });
	tests?.stop();
	const bad = ended ? failed.map((f) => `${f.failed}: ${f.why}`) : [why];
	for (const b of bad) console.error(`left out, as it fails without a mutant: ${file}: ${b}`.slice(0, 500));
	const rows = passed.map((t) => ({ number: t.passed, name: t.name, ms: t.ms, cpuMs: t.cpuMs, hits: t.hits }));
	keep({ covered: file, loading, tests: ended ? rows : [] });
	stopInTime();
}
const coverage = known.filter((r) => r.covered !== undefined);
/** What runs while a file is loaded is reached by all of its tests, and needs a process that has not loaded it. */
const loaded = new Set(coverage.flatMap((r) => r.loading));
const covered = new Map(
	coverage.map((r) => [r.covered, r.tests.map((t) => ({ ...t, hits: new Set([...r.loading, ...t.hits]) }))]),
);

// One of each part after the other, so that a run that is stopped has seen something of all.
const turn = (m) => mutants.filter((o) => o.part === m.part && o.id < m.id).length;
const inTurns = mutants.map((m) => ({ m, at: turn(m) })).sort((a, b) => a.at - b.at);
for (const { m } of inTurns) {
	if (known.some((r) => r.mutant === m.id)) continue;
	const { rows, slowestMs } = testsFor(m, covered, Number(flags.budget) * 1000);
	const row = { mutant: m.id, status: "survived", by: "no test reaches it", asked: 0 };
	const began = Date.now();
	if (rows.length > 0) {
		const { killed, ended, why } = await run({ mutant: m.id, rows }, slowestMs, loaded.has(m.id));
		row.asked = rows.reduce((n, [, numbers]) => n + numbers.length, 0);
		row.by = killed === undefined ? (ended ? `${row.asked} tests do not notice` : why.slice(0, 300)) : killed;
		if (killed !== undefined || !ended) row.status = "killed";
	}
	keep({ ...row, seconds: (Date.now() - began) / 1000 });
	if (row.status === "survived") console.log(`survived (${row.by}) ${shown(m)}`);
	stopInTime();
}

tests?.stop();
const outcome = new Map(known.filter((r) => r.mutant !== undefined).map((r) => [r.mutant, r]));
const report = mutants.map((m) => ({ ...m, ...outcome.get(m.id) }));
writeFileSync(reportFile, `${JSON.stringify(report, null, "\t")}\n`);
const percent = (list) => Math.round((list.filter((m) => m.status === "killed").length / list.length) * 1000) / 10;
for (const part of new Set(report.map((m) => m.part))) {
	const list = report.filter((m) => m.part === part);
	console.log(`${part}: ${percent(list)} % of ${list.length}`);
}
const score = percent(report);
const { floor } = JSON.parse(readFileSync("test/mutation/floor.json", "utf8"));
console.log(`${score} % of ${report.length} mutants were noticed; the floor is ${floor} %`);
if (positionals.length === 0 && flags.sample !== undefined && score < floor) process.exitCode = 1;
