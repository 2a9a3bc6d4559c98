/**
 * npm run corpora -- [--opa FILE] [--v0] DIR…: each folder is a collection of policies, data and tests, as
 * it lies. Compares with the real `opa`: the verdicts of `check`, the value of every package, the result
 * of every test; and shows times and memory of the processes. Exits with 1 where anything differs.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { equal, parseJson, type Value } from "../../src/index.ts";
import { packagesBelow } from "./packages.ts";

const { values: flags, positionals: folders } = parseArgs({
	allowPositionals: true,
	options: { opa: { type: "string", default: process.env["OPA"] ?? "opa" }, v0: { type: "boolean", default: false } },
});
if (folders.length === 0) {
	console.error("usage: npm run corpora -- [--opa FILE] [--v0] DIR...");
	process.exit(2);
}
if (spawnSync(flags.opa, ["version"]).status !== 0) {
	console.error(`${flags.opa} does not answer to "version": name the opa to compare with by --opa`);
	process.exit(2);
}
const version = flags.v0 ? ["--v0-compatible"] : [];
const rego = resolve("bin/rego.js");

interface Ran {
	readonly status: number | null;
	readonly stdout: string;
	readonly seconds: number;
	/** Megabytes at most; undefined where the host has no GNU time. */
	readonly memory: number | undefined;
}

interface Pair {
	readonly ours: Ran;
	readonly theirs: Ran;
}

let differences = 0;
for (const folder of folders) collection(resolve(folder));
console.log(differences === 0 ? "\nno differences" : `\n${differences} differences`);
process.exitCode = differences === 0 ? 0 : 1;

function collection(folder: string): void {
	console.log(`\n${basename(folder)} (${folder})`);
	const check = both(["check", "--format", "json", ...version, folder]);
	compare("check", "", verdict(check.ours), verdict(check.theirs));
	report("check", check);
	if (check.theirs.status !== 0 || check.ours.status !== 0) return;
	const packages = packagesBelow(folder, flags.v0 ? "v0" : "v1");
	for (const path of packages) {
		const value = both(["eval", "--format", "json", ...version, "-d", folder, path]);
		compare("value of", path, result(value.ours), result(value.theirs));
	}
	console.log(`  ${packages.length} packages`);
	const tests = both(["test", "--format", "json", ...version, folder]);
	const ours = testResults(tests.ours);
	const theirs = testResults(tests.theirs);
	for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
		compare("test", name, ours.get(name) ?? "absent", theirs.get(name) ?? "absent");
	}
	console.log(`  ${theirs.size} tests`);
	report("test", tests);
}

function both(args: readonly string[]): Pair {
	return { ours: run(process.execPath, [rego, ...args]), theirs: run(flags.opa, args) };
}

/** Runs a command, by GNU time where that is. */
function run(command: string, args: readonly string[]): Ran {
	const time = "/usr/bin/time";
	const folder = mkdtempSync(join(tmpdir(), "regoplan-corpora-"));
	try {
		const file = join(folder, "time");
		const measured = existsSync(time);
		const start = performance.now();
		const { status, stdout } = measured
			? spawnSync(time, ["-f", "%M", "-o", file, command, ...args], { encoding: "utf8", maxBuffer: 1 << 30 })
			: spawnSync(command, [...args], { encoding: "utf8", maxBuffer: 1 << 30 });
		const seconds = (performance.now() - start) / 1000;
		const kilobytes = measured ? Number(readFileSync(file, "utf8").trim().split("\n").at(-1)) : undefined;
		return { status, stdout, seconds, memory: kilobytes === undefined ? undefined : kilobytes / 1024 };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Codes and places of the errors; messages are the conformance cases' part. */
function verdict(r: Ran): Value {
	if (r.status === 0) return "accepted";
	const { errors } = object(r.stdout);
	if (!Array.isArray(errors)) return `exit ${r.status}`;
	return (errors as readonly { readonly [key: string]: Value }[]).map((e) => {
		const at = e["location"] as { readonly [key: string]: Value } | undefined;
		return [e["code"] ?? "", at?.["file"] ?? "", at?.["row"] ?? 0];
	});
}

function result(r: Ran): Value {
	const out = object(r.stdout);
	return out["result"] ?? (out["errors"] === undefined ? "undefined" : verdict(r));
}

function testResults(r: Ran): ReadonlyMap<string, string> {
	const list = read(r.stdout);
	const out = new Map<string, string>();
	if (!Array.isArray(list)) return out;
	for (const t of list as readonly { readonly [key: string]: Value }[]) {
		const how = t["error"] !== undefined ? "error" : t["fail"] === true ? "fail" : t["skip"] === true ? "skip" : "pass";
		out.set(`${String(t["package"])}.${String(t["name"])}`, how);
	}
	return out;
}

function read(text: string): Value {
	try {
		return parseJson(text);
	} catch {
		return null;
	}
}

function object(text: string): { readonly [key: string]: Value } {
	const v = read(text);
	return typeof v === "object" && v !== null && !Array.isArray(v) ? (v as { readonly [key: string]: Value }) : {};
}

function compare(what: string, name: string, ours: Value, theirs: Value): void {
	if (equal(ours, theirs)) return;
	differences++;
	const show = (v: Value): string => JSON.stringify(v).slice(0, 400);
	console.log(`  DIFFERENT ${what} ${name}\n    ours ${show(ours)}\n    opa  ${show(theirs)}`);
}

function report(what: string, { ours, theirs }: Pair): void {
	const memory = (r: Ran): string => (r.memory === undefined ? "" : `, ${r.memory.toFixed(0)} MB`);
	const ratio = (ours.seconds / theirs.seconds).toFixed(2);
	console.log(
		`  ${what}: ours ${ours.seconds.toFixed(2)} s${memory(ours)}; opa ${theirs.seconds.toFixed(2)} s${memory(theirs)}; ${ratio}x`,
	);
}
