/**
 * What OPA's type checker says of several hundred modules and queries, recorded by
 * conformance/tools/record-type-goldens.js: the same messages, places, details in JSON and as text,
 * and nothing where it accepts.
 */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { builtins } from "../../src/builtins/registry.ts";
import { checkModules } from "../../src/compiler/check.ts";
import { checkQuery } from "../../src/compiler/check-query.ts";
import { metadataStages } from "../../src/compiler/stages/metadata.ts";
import { typeDetails } from "../../src/compiler/typecheck/all-details.ts";
import { schemaTypes } from "../../src/compiler/typecheck/schemas.ts";
import { formatErrors, type RegoError } from "../../src/errors.ts";
import { Source } from "../../src/location.ts";
import { parseAnnotations } from "../../src/parser/annotations.ts";
import { parseModule, parseQuery } from "../../src/parser/parser.ts";
import { parseJson } from "../../src/value/json.ts";
import type { Value } from "../../src/value/value.ts";

interface GoldenCase {
	readonly note: string;
	readonly modules: Readonly<Record<string, string>>;
	readonly options: {
		readonly v0?: boolean;
		readonly query?: string;
		readonly schemas?: Readonly<Record<string, unknown>>;
	};
	readonly errors: readonly { readonly message: string; readonly location?: object; readonly details?: unknown }[];
	readonly text: string;
}

const folder = join(dirname(fileURLToPath(import.meta.url)), "type-goldens");

for (const file of readdirSync(folder).sort()) {
	const { cases } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { readonly cases: readonly GoldenCase[] };
	describe(file.replace(".json", ""), () => {
		test.each(cases.map((c) => [c.note, c] as const))("%s", (_, c) => {
			const got = errorsOf(c);
			// Several errors may be at one place; OPA keeps no order of them.
			expect(sorted(got.map((e) => JSON.parse(JSON.stringify(e)) as unknown))).toEqual(sorted(c.errors));
			if (c.text !== "" && got.length === 1) expect(formatErrors(got)).toBe(c.text);
		});
	});
}

function errorsOf({ modules, options }: GoldenCase): readonly RegoError[] {
	const schemas = options.schemas === undefined ? undefined : new Map<string, Value>();
	for (const [path, schema] of Object.entries(options.schemas ?? {}))
		schemas?.set(nameOf(path), parseJson(JSON.stringify(schema)));
	const trees = Object.entries(modules).map(([name, text]) => {
		const { value, errors } = parseModule(new Source(name, text), {
			regoVersion: options.v0 === true ? "v0" : "v1",
			annotations: parseAnnotations,
		});
		if (value === undefined) throw new Error(errors.map((e) => e.message).join("; "));
		return value;
	});
	const set = checkModules(trees, {
		builtins,
		details: typeDetails,
		metadata: metadataStages,
		prints: "kept",
		maxErrors: 100,
		types: { schemas, schemaTypes },
	});
	if (set.value === undefined || options.query === undefined) return set.errors;
	const known = set.value;
	const source = new Source("", options.query);
	const { value, errors } = parseQuery(source);
	if (value === undefined) return errors;
	return checkQuery(known, value.body, source, {
		captured: true,
		types: true,
	}).errors;
}

/** `schema` for the one of input, else a reference by the file's path. */
function nameOf(path: string): string {
	if (path === "schema.json") return "schema";
	const parts = path.replace(/\.json$/, "").split("/");
	return `schema${parts.map((p) => (/^\w+$/.test(p) ? `.${p}` : `[${JSON.stringify(p)}]`)).join("")}`;
}

function sorted(errors: readonly unknown[]): unknown[] {
	return [...errors].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
