/**
 * Mutation testing (Stryker): small faults are put into src/eval, src/plan, src/regex and src/agent, and the
 * tests have to notice them. The floor is `thresholds.break` of stryker.config.js.
 *
 *     npm run mutation                            all of it: hours; --incremental goes on where the last run ended
 *     npm run mutation -- src/eval/layer.ts       one file or glob, or several
 *     npm run mutation -- --sample 200 --seed 7   lines chosen by chance, the same for the same seed
 *     npm run mutation -- --tests 'test/regex/*.test.ts' src/regex/dfa.ts
 *                                                 asks these tests only: a quick first look
 *
 * Other flags are Stryker's, written `--flag=value`. It is installed when first needed, and in no lock: most checkouts never do.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../stryker.config.js";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const version = "9.6.1";

const given = process.argv.slice(2);
const take = (flag) => {
	const at = given.indexOf(flag);
	return at < 0 ? undefined : given.splice(at, 2)[1];
};
const sample = take("--sample");
const seed = Number(take("--seed") ?? 1);
const tests = take("--tests");
const flags = given.filter((a) => a.startsWith("-"));
const files = given.filter((a) => !a.startsWith("-"));
const { mutate } = config;

/** Whether a path is what a glob of `*` and `**` says. */
function isLike(glob, path) {
	const text = glob
		.replace(/[.+?^${}()|[\]\\]/g, "\\$&")
		.replace(/\*\*\/|\*/g, (star) => (star === "*" ? "[^/]*" : "(?:.*/)?"));
	return new RegExp(`^${text}$`).test(path);
}

/** Lines that hold code, of the files that are changed. */
function codeLines() {
	const left = mutate.filter((g) => g.startsWith("!")).map((g) => g.slice(1));
	const wanted = files.length > 0 ? files : mutate.filter((g) => !g.startsWith("!"));
	const sources = readdirSync("src", { recursive: true }).map((f) => join("src", f));
	const lines = [];
	for (const file of sources.sort()) {
		if (!wanted.some((g) => isLike(g, file)) || left.some((g) => isLike(g, file))) continue;
		readFileSync(file, "utf8")
			.split("\n")
			.forEach((text, i) => {
				if (!/^\s*(?:$|\/\/|\/?\*|import\b|export \{|[\])}]+[;,]?$)/.test(text))
					lines.push(`${file}:${i + 1}-${i + 1}`);
			});
	}
	return lines;
}

/** A few of a list, by a linear congruential generator: what is chosen must be chosen again by the same seed. */
function choose(list, n) {
	let state = seed;
	const rest = [...list];
	return Array.from({ length: Math.min(n, rest.length) }, () => {
		state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
		return rest.splice(state % rest.length, 1)[0];
	});
}

if (!existsSync("node_modules/@stryker-mutator/vitest-runner")) {
	const packages = ["core", "vitest-runner"].map((p) => `@stryker-mutator/${p}@${version}`);
	const args = [
		"install",
		"--no-save",
		"--no-package-lock",
		"--ignore-scripts",
		"--no-audit",
		"--no-fund",
		...packages,
	];
	if (spawnSync("npm", args, { stdio: "inherit" }).status !== 0) process.exit(1);
}
// Tests find further cases beside the checkout, and so beside the copy that Stryker makes of it.
mkdirSync(".stryker/sandbox", { recursive: true });
if (existsSync("../shared") && !existsSync(".stryker/sandbox/shared"))
	symlinkSync("../../../shared", ".stryker/sandbox/shared");

const chosen = sample === undefined ? files : choose(codeLines(), Number(sample));
const args = ["node_modules/@stryker-mutator/core/bin/stryker.js", "run", ...flags];
if (chosen.length > 0) args.push("--mutate", [...chosen, ...mutate.filter((g) => g.startsWith("!"))].join(","));
const run = spawnSync(process.execPath, args, {
	stdio: "inherit",
	env: tests === undefined ? process.env : { ...process.env, MUTATION_TESTS: tests },
});
process.exitCode = run.status ?? 1;
