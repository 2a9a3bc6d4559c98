/** Declarations in programs whose TypeScript knows neither a page nor Node. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const built = existsSync(`${root}dist/types`);
if (!built) console.log("dist is not built: its declarations are not tested");

/** What only programs with types of Node can use. */
const ofNode = /^(?:agent|genpolicy|http|vitest)\./;

describe.runIf(built)("declarations without dom and types of Node", () => {
	const entries = readdirSync(`${root}dist/node`).filter((f) => f.endsWith(".d.mts") && !ofNode.test(f));
	const check = (...more: readonly string[]) =>
		spawnSync(
			process.execPath,
			[
				"node_modules/typescript/bin/tsc",
				...["--ignoreConfig", "--noEmit", "--strict", "--skipLibCheck", "false", "--module", "nodenext"],
				...["--target", "es2022", ...more],
				...entries.map((f) => `dist/node/${f}`),
			],
			{ cwd: root, encoding: "utf8" },
		).stdout;
	test("have no errors", () => {
		expect(entries.length).toBeGreaterThan(12);
		expect(check("--lib", "es2022", "--types", "")).toBe("");
	}, 60_000);
	test("nor with them", () => {
		expect(check("--lib", "es2022,dom,dom.iterable", "--types", "node")).toBe("");
	}, 60_000);
});
