import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Lock {
	readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

test("the lock lists the optional packages of every platform, as npm ci wants (scripts/complete-lock.js)", () => {
	const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")) as Lock;
	const wanted = Object.values(lock.packages).flatMap((p) => Object.keys(p.optionalDependencies ?? {}));
	expect(wanted.filter((name) => lock.packages[`node_modules/${name}`] === undefined)).toEqual([]);
});
