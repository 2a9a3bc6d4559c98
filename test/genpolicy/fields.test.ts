/**
 * The fields of manifests that are known, and what is made of each: one that is only added to the table would be
 * taken from a manifest and change nothing, silently.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { shapes } from "../../src/genpolicy/workload/fields.ts";
import { readShared, sharedFolder } from "../agent/shared.ts";

const folder = resolve(import.meta.dirname, "../../src/genpolicy");
/** Where a manifest's fields are read. */
const readers = ["derive", "annotate", "workload/advice.ts", "workload/resources.ts", "generate.ts", "manifest.ts"];

const code = readers
	.flatMap((name) => (name.endsWith(".ts") ? [name] : readdirSync(join(folder, name)).map((file) => join(name, file))))
	.map((file) => readFileSync(join(folder, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ""))
	.join("\n");

/** As a property, in a pattern, or in a path of fields. A name that another shape has, too, counts for both. */
function isRead(field: string): boolean {
	return new RegExp(`\\.${field}\\b|"${field}"|[{,]\\s*${field}\\b[^(]`).test(code);
}

/** `Shape: fields that are read; those that change nothing`. */
const golden = new Map(
	readFileSync(join(import.meta.dirname, "known-fields.txt"), "utf8")
		.split("\n")
		.filter((line) => line !== "" && !line.startsWith("#"))
		.map((line) => {
			const [name = "", fields = ""] = line.split(": ");
			const [read = "", idle = ""] = fields.split(";");
			return [name, { read: read.split(" ").filter(Boolean), idle: idle.split(" ").filter(Boolean) }] as const;
		}),
);

test("known are the fields of known-fields.txt, and no other", () => {
	const lines = (all: Iterable<readonly [string, readonly string[]]>): readonly string[] =>
		[...all].map(([name, fields]) => `${name}: ${[...fields].sort().join(" ")}`);
	const known = Object.entries(shapes).map(([name, fields]) => [name, Object.keys(fields)] as const);
	expect(lines(known)).toEqual(lines([...golden].map(([name, { read, idle }]) => [name, [...read, ...idle]])));
});

test("each field is read, or is listed as one that changes nothing", () => {
	const wrong = [...golden].flatMap(([name, { read, idle }]) => [
		...read.filter((f) => !isRead(f)).map((f) => `${name}.${f} is read nowhere`),
		...idle.filter((f) => isRead(f)).map((f) => `${name}.${f} may be read: is it said to change nothing?`),
	]);
	expect(wrong).toEqual([]);
});

test.skipIf(sharedFolder("reference") === undefined)("all are fields that Kata's generator knows", () => {
	const page = readShared("reference", "genpolicy.md");
	const start = page.indexOf("### 4.3");
	const words = new Set(page.slice(start, page.indexOf("\n## ", start)).match(/\w+/g));
	// "All usual sub-fields" of affinity are told no further there.
	const told = [...golden].filter(([name]) => !/Affinity|NodeSelector|PreferredSchedulingTerm|^List$/.test(name));
	const strange = told.flatMap(([name, { read, idle }]) =>
		[...read, ...idle].filter((f) => !words.has(f)).map((f) => `${name}.${f}`),
	);
	expect(told.length).toBeGreaterThan(60);
	expect(strange).toEqual([]);
});
