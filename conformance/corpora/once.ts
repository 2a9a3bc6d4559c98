/**
 * npm run once -- [--opa FILE] [--modules N] [DIR…]: what it takes to compile a collection of policies and run each of
 * its tests once, in seconds of the processes' own time: this library beside a loop over OPA's (a Go program, made
 * where Go is), `rego check` and `rego test` beside `opa`. Without a folder, a library of N policies is made (300).
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { pathText } from "../../src/face/documents.ts";
import { compile } from "../../src/index.ts";
import { Source } from "../../src/location.ts";
import { parseModule } from "../../src/parse.ts";
import type { Module } from "../../src/parser/ast.ts";
import { discoverTests } from "../../src/testing/discover.ts";
import { library } from "./library.ts";

const { values: flags, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		opa: { type: "string", default: process.env["OPA"] ?? "opa" },
		modules: { type: "string", default: "300" },
		/** One measurement of ours, in a process of its own. */
		measure: { type: "boolean", default: false },
	},
});

interface Phase {
	/** Seconds of processor time, of all threads. */
	readonly cpu: number;
	readonly wall: number;
}

interface Measured {
	readonly parse: Phase;
	readonly compile: Phase;
	readonly run: Phase;
	readonly passed: number;
	readonly failed: number;
}

const rounds = 3;
/** As the command asks V8 to wait before it optimises. */
const { patientFlags } = createRequire(resolve("bin/rego.js"))("./patient-v8.js") as {
	readonly patientFlags: (version: string) => readonly string[];
};

if (flags.measure) console.log(JSON.stringify(ours(String(positionals[0]))));
else if (positionals.length > 0) for (const folder of positionals) collection(resolve(folder));
else {
	const folder = mkdtempSync(join(tmpdir(), "regoplan-once-"));
	try {
		for (const [path, text] of library(Number(flags.modules))) {
			mkdirSync(dirname(join(folder, path)), { recursive: true });
			writeFileSync(join(folder, path), text);
		}
		collection(folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function collection(folder: string): void {
	console.log(`\n${basename(folder)}: seconds of processor time, the least of ${rounds} runs`);
	const self = [...process.execArgv, String(process.argv[1]), "--measure", folder];
	const here = least(() => measured(process.execPath, [...patientFlags(process.versions.v8), ...self]));
	const loop = buildLoop();
	const there = typeof loop === "string" ? least(() => measured(loop, [folder])) : undefined;
	if (typeof loop !== "string") console.log(`  no loop over OPA's library: ${loop.reason}`);
	for (const phase of ["parse", "compile", "run"] as const) row(phase, here[phase].cpu, there?.[phase].cpu);
	row("together", total(here), there === undefined ? undefined : total(there));
	console.log(
		`  tests: ${here.passed} passed, ${here.failed} failed; opa ${there?.passed ?? "-"}, ${there?.failed ?? "-"}`,
	);
	for (const command of ["check", "test"]) {
		const rego = least(() => processTime(process.execPath, [resolve("bin/rego.js"), command, folder]));
		row(`rego ${command}`, rego.cpu, least(() => processTime(flags.opa, [command, folder])).cpu);
	}
}

function total(m: Measured): number {
	return m.parse.cpu + m.compile.cpu + m.run.cpu;
}

function row(name: string, here: number, there: number | undefined): void {
	const beside = there === undefined ? "" : `   opa ${there.toFixed(2)}   ${(here / there).toFixed(2)}x`;
	console.log(`  ${name.padEnd(12)} ours ${here.toFixed(2)}${beside}`);
}

/** The run that took the least. */
function least<T extends Measured | Phase>(run: () => T): T {
	const runs = Array.from({ length: rounds }, run);
	const cpu = (x: T): number => ("cpu" in x ? x.cpu : total(x));
	return runs.reduce((a, b) => (cpu(b) < cpu(a) ? b : a));
}

function measured(command: string, args: readonly string[]): Measured {
	const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
	if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
	return JSON.parse(stdout) as Measured;
}

/** Processor time of a whole process, as a shell tells it. */
function processTime(command: string, args: readonly string[]): Phase {
	const script = '"$0" "$@" > /dev/null 2>&1; times';
	const { stdout } = spawnSync("sh", ["-c", script, command, ...args], { encoding: "utf8" });
	const children = stdout.trim().split("\n").at(-1) ?? "";
	const seconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(([, m, s]) => Number(m) * 60 + Number(s));
	return { cpu: seconds.reduce((a, b) => a + b, 0), wall: Number.NaN };
}

function buildLoop(): string | { readonly reason: string } {
	const folder = resolve("conformance/differential/oracle");
	const path = join(folder, "bin", "once");
	const go = ["go", "/usr/local/go/bin/go"].find((g) => spawnSync(g, ["version"]).status === 0);
	if (go === undefined) return { reason: "Go is not installed" };
	const { status, stderr } = spawnSync(go, ["build", "-o", path, "./once"], { cwd: folder, encoding: "utf8" });
	return status === 0 ? path : { reason: stderr };
}

/** The same here: every file below a folder parsed, all compiled, every test asked for once. */
function ours(folder: string): Measured {
	const texts = new Map<string, string>();
	const read = (at: string): void => {
		for (const name of readdirSync(at).sort()) {
			const path = join(at, name);
			if (statSync(path).isDirectory()) read(path);
			else if (name.endsWith(".rego")) texts.set(path, readFileSync(path, "utf8"));
		}
	};
	read(folder);
	let before = { cpu: cpuSeconds(), wall: performance.now() };
	const lap = (): Phase => {
		const now = { cpu: cpuSeconds(), wall: performance.now() };
		const phase = { cpu: now.cpu - before.cpu, wall: (now.wall - before.wall) / 1000 };
		before = now;
		return phase;
	};
	const modules = [...texts].map(([name, text]): Module => {
		const { value, errors } = parseModule(new Source(name, text), { annotations: true });
		if (value === undefined) throw errors[0];
		return value;
	});
	const parsed = lap();
	const policy = compile(modules);
	const compiled = lap();
	let passed = 0;
	const { tests } = discoverTests(modules);
	for (const { path } of tests) if (policy.rule(pathText(path))() === true) passed++;
	return { parse: parsed, compile: compiled, run: lap(), passed, failed: tests.length - passed };
}

function cpuSeconds(): number {
	const { user, system } = process.cpuUsage();
	return (user + system) / 1e6;
}
