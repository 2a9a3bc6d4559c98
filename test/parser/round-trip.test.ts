import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Source } from "../../src/location.ts";
import type { Module } from "../../src/parser/ast.ts";
import { parseModule } from "../../src/parser/parser.ts";
import { printModule } from "../../src/parser/print.ts";
import { RegoNumber } from "../../src/value/number.ts";
import { modules } from "./arbitrary.ts";

/** A module's tree without places and without the numbers of its wildcards. */
function shape(m: Module): string {
	return JSON.stringify(
		{ package: m.package, imports: m.imports, rules: m.rules, version: m.regoVersion },
		(key, value) => {
			if (key === "start" || key === "end") return undefined;
			if (typeof value === "bigint") return `${value}n`;
			if (value instanceof RegoNumber) return `number ${value.text}`;
			return typeof value === "string" && /^\$\d+$/.test(value) ? "$" : value;
		},
	);
}

/** The two texts from where they part. */
function firstDifference(got: string, want: string): string {
	let i = 0;
	while (got[i] === want[i]) i++;
	return [got, want].map((t) => t.slice(Math.max(0, i - 60), i + 60)).join("\n");
}

function reparsed(m: Module, regoVersion: "v0" | "v1"): string {
	const text = printModule(m);
	const { value, errors } = parseModule(new Source("printed", text), { regoVersion });
	if (value === undefined) throw new Error(`${errors.map((e) => e.message).join("\n")}\n${text}`);
	return shape(value);
}

describe("a printed module parses to an equal tree", () => {
	test.each([{ logical: false }, { logical: true }])("random modules, and/or/not: $logical", ({ logical }) => {
		fc.assert(
			fc.property(modules(logical), (m) => {
				const [got, want] = [reparsed(m, "v1"), shape(m)];
				if (got !== want) throw new Error(`parsed differently:\n${printModule(m)}\n${firstDifference(got, want)}`);
			}),
			{ numRuns: 200 },
		);
	});

	const rows = [
		{ note: "default and else", text: "default p := 1\np := 2 if { x } else := 3 if { y } else := 4\n" },
		{ note: "default function", text: "default f(_, _) = [1]\n" },
		{ note: "sets", text: 'p contains x if x := 1\nq.a["b c"] contains {1}\n' },
		{ note: "heads with variables", text: "p[x].y[z] := 1 if { x := 1; z := 2 }\nq[x] if x := 1\n" },
		{ note: "bodiless", text: "p := 1\nq = true\nf(x) = x\n" },
		{ note: "a literal that would continue the one above", text: "p if {\n\tx;\n\t-1\n}\n" },
		{ note: "a union that would make a comprehension", text: "p if { (x | y); z }\nq := [(x | y)]\n" },
		{ note: "comprehension as a whole body", text: "p if { x | y }\n" },
		{ note: "raw template string", text: "p := $`a\\n\\{b{x}c`\n" },
		{ note: "v0 bodies in a row", text: "p { x } { y }\nf(_) { x } { y } \n", version: "v0" as const },
		{
			note: "v0 sets and objects",
			text: "p[x] { x = 1 }\nq[x] = true { x = 1 }\np.a.b { x }\n",
			version: "v0" as const,
		},
		{ note: "v0 set without body", text: "p[1]\nq.r = 1\n", version: "v0" as const },
		{ note: "v0 else", text: "p = 1 { x } else = 2 { y } else { z }\n", version: "v0" as const },
		{
			note: "v0 with imported keywords",
			text: "import future.keywords.in\np { 1 in x; some y in z }\n",
			version: "v0" as const,
		},
		{ note: "v0 with rego.v1", text: "import rego.v1\np contains 1 if true\n", version: "v0" as const },
	];
	test.each<{ note: string; text: string; version?: "v0" | "v1" }>(rows)("$note", ({ text, version = "v1" }) => {
		const { value, errors } = parseModule(new Source("", `package a.b\n${text}`), { regoVersion: version });
		expect(errors).toEqual([]);
		expect(value && reparsed(value, version)).toBe(value && shape(value));
	});

	test("a package called _", () => {
		const { value } = parseModule(new Source("", "package _.a\np := 1\n"));
		expect(value && reparsed(value, "v1")).toBe(value && shape(value));
	});

	test("the canonical text", () => {
		const text =
			"package a\nimport data.x as y\ndefault p = 1\np=2 if{x==1;not y} else=3\nq contains k if some k,v in z\nr.s := {1:[2,3]}\nf(x) if x\n";
		const { value } = parseModule(new Source("", text));
		expect(value && printModule(value)).toBe(
			[
				"package a",
				"import data.x as y",
				"default p = 1",
				"p = 2 if {\n\tx == 1\n\tnot y\n} else = 3",
				"q contains k if {\n\tsome k, v in z\n}",
				"r.s := {1: [2, 3]}",
				"f(x) if {\n\tx\n}\n",
			].join("\n\n"),
		);
	});
});
