/** Every entry of the built package, imported and required, decides something (entry-rows.js says what). */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const built = existsSync(fileURLToPath(new URL("../../dist/node/index.cjs", import.meta.url)));
if (!built) console.log("dist is not built: its entries are not tested");
const script = fileURLToPath(new URL("entry-rows.js", import.meta.url));

describe.runIf(built)("the package's entries", () => {
	test.each(["import", "require"])("%s", (how) => {
		const lines = execFileSync(process.execPath, [script, how], { encoding: "utf8" }).trim().split("\n");
		const outcomes = lines.map((l) => JSON.parse(l) as readonly [entry: string, problem: string]);
		expect(outcomes.filter(([, problem]) => problem !== "")).toEqual([]);
		expect(outcomes.length).toBeGreaterThan(40);
	});
});
