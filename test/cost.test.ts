/** No test asks the clock how fast the machine is: what work costs is measured with cost.ts. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startCost } from "./cost.ts";

test("no test compares times of the clock", () => {
	const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter((f) =>
		f.endsWith(".test.ts"),
	);
	const timed = files.filter((f) =>
		/(?:performance\.now\(\)|Date\.now\(\)) - (?:start|began|before)/.test(
			readFileSync(join(import.meta.dirname, f), "utf8"),
		),
	);
	expect(timed).toEqual([]);
});

test("waiting costs nothing, work does", async () => {
	const waiting = startCost();
	await new Promise((r) => setTimeout(r, 100));
	expect(waiting()).toBeLessThan(50);
	const working = startCost();
	let sum = 0;
	for (let i = 0; i < 50_000_000; i++) sum += i % 7;
	expect(sum).toBeGreaterThan(0);
	expect(working()).toBeGreaterThan(5);
});
