/**
 * Mutants that the compiler of TypeScript refuses: nobody can commit them, so no test has to notice them. A copy of the
 * source for each mutant, all of them checked at once; `rootDirs` lets their imports find the sources beside which
 * they would stand.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const folder = `.mutation/types-${process.pid}`;

/** As in mutants.js, but for conditions: from a `true` itself the compiler would conclude too much. */
const typed = (m) => (m.kind === "condition" || m.kind === "loop" ? `(${m.to} as boolean)` : m.to);

function changed(text, m) {
	const to = m.shape === "expression" ? `(${typed(m)})` : "{}";
	return text.slice(0, m.start) + to + text.slice(m.end);
}

/** Those of the mutants that compile. */
export function compiling(mutants) {
	if (mutants.length === 0) return [];
	rmSync(folder, { recursive: true, force: true });
	const write = (file, text) => {
		mkdirSync(dirname(join(folder, file)), { recursive: true });
		writeFileSync(join(folder, file), text);
	};
	const copy = (m, i) => m.file.replace(/\.ts$/, `.mutant-${i}.ts`);
	const texts = new Map(mutants.map((m) => [m.file, readFileSync(m.file, "utf8")]));
	mutants.forEach((m, i) => {
		write(copy(m, i), changed(texts.get(m.file), m));
	});
	// A copy is not its source: a class with private parts is another one. What is wrong in a plain copy says nothing.
	for (const [file, text] of texts) write(copy({ file }, "none"), text);
	const config = {
		extends: "../../tsconfig.json",
		compilerOptions: { rootDirs: ["../..", "."], declaration: false, isolatedDeclarations: false },
		include: ["**/*.ts"],
	};
	writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
	const tsc = ["node_modules/typescript/bin/tsc", "-p", join(folder, "tsconfig.json"), "--pretty", "false"];
	const { stdout, status } = spawnSync(process.execPath, tsc, { encoding: "utf8", maxBuffer: 1 << 30 });
	if (status === null || /^error/m.test(stdout))
		throw new Error(`the compiler cannot be asked: ${stdout.slice(0, 500)}`);
	/** By source and mutant: how often each error is met. */
	const errors = new Map();
	for (const [, path, which, what] of stdout.matchAll(/^(\S+)\.mutant-(\w+)\.ts\(\d+,\d+\): error (.*)$/gm)) {
		const key = `${path.slice(path.indexOf("src/"))}.ts ${which}`;
		const of = errors.get(key) ?? new Map();
		errors.set(key, of.set(what, (of.get(what) ?? 0) + 1));
	}
	rmSync(folder, { recursive: true, force: true });
	return mutants.filter((m, i) => {
		const plain = errors.get(`${m.file} none`);
		return ![...(errors.get(`${m.file} ${i}`) ?? [])].some(([what, n]) => n > (plain?.get(what) ?? 0));
	});
}
