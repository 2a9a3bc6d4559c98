import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Source } from "../../src/location.ts";
import { parseAnnotations } from "../../src/parser/annotations.ts";
import { parseModule, parseQuery, parseTerm } from "../../src/parser/parser.ts";
import { printModule } from "../../src/parser/print.ts";

/** Modules of OPA's conformance cases and of Kata's policies, read in place where a checkout has them. */
const shared = new URL("../../../shared/", import.meta.url);
const cases = new URL("opa-cases/v1/", shared);
const kata = new URL("kata/", shared);

if (!existsSync(cases)) console.log("parser corpus: ../shared is absent, skipped");

interface Case {
	readonly note: string;
	readonly query?: string;
	readonly modules?: readonly string[];
	readonly input_term?: string;
}

describe.skipIf(!existsSync(cases))(
	"OPA's conformance cases parse, and print as Rego that parses",
	{ timeout: 300_000 },
	() => {
		const files = existsSync(cases) ? readdirSync(cases).filter((f) => f.endsWith(".json")) : [];
		test.each(files)("%s", (file) => {
			const read = JSON.parse(readFileSync(new URL(file, cases), "utf8")) as { readonly cases: readonly Case[] };
			for (const { note, modules, query, input_term } of read.cases) {
				for (const text of modules ?? []) {
					const { value, errors } = parseModule(new Source(note, text), { annotations: parseAnnotations });
					expect(errors.map((e) => e.message)).toEqual([]);
					const printed = value === undefined ? "" : printModule(value);
					expect(parseModule(new Source(note, printed)).errors.map((e) => e.message)).toEqual([]);
				}
				if (query !== undefined) expect(parseQuery(new Source(note, query)).errors.map((e) => e.message)).toEqual([]);
				if (input_term !== undefined) expect(parseTerm(input_term).errors.map((e) => e.message)).toEqual([]);
			}
		});
	},
);

describe.skipIf(!existsSync(kata))("Kata's policies parse as v0", () => {
	const scenarios = existsSync(kata)
		? readdirSync(kata).filter((d) => existsSync(new URL(`${d}/policy.rego`, kata)))
		: [];
	test.each(scenarios)("%s", (scenario) => {
		const text = readFileSync(new URL(`${scenario}/policy.rego`, kata), "utf8");
		const source = new Source("policy.rego", text);
		const { value, errors } = parseModule(source, { regoVersion: "v0" });
		expect(errors.map((e) => e.message)).toEqual([]);
		expect(value?.rules.length).toBeGreaterThan(20);
		expect(parseModule(source, { regoVersion: "auto" }).value?.regoVersion).toBe(value?.regoVersion);
	});

	test("the large policy, once the NUL that ends the file is cut off", () => {
		const text = readFileSync(new URL("large.rego", kata), "utf8");
		const { errors } = parseModule(new Source("large.rego", text), { regoVersion: "v0" });
		expect(errors.map((e) => e.reason)).toContain("illegal null character");
		const cut = parseModule(new Source("large.rego", text.slice(0, -1)), { regoVersion: "v0" });
		expect(cut.errors).toEqual([]);
	});
});
