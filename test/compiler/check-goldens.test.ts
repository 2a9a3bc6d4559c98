/**
 * What OPA's compiler says of several hundred small modules, recorded by
 * conformance/tools/record-check-goldens.js: we must report the same errors at the same places, and
 * accept what it accepts.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checked, type Reported, reported } from "./support.ts";

interface GoldenCase {
	readonly note: string;
	readonly modules: Readonly<Record<string, string>>;
	readonly options: {
		readonly v0?: boolean;
		readonly strict?: boolean;
		readonly query?: string;
		readonly maxErrors?: number;
	};
	readonly errors: readonly {
		readonly message: string;
		readonly code: string;
		readonly location?: { readonly file: string; readonly row: number; readonly col: number };
	}[];
}

const folder = join(dirname(fileURLToPath(import.meta.url)), "goldens");

for (const file of readdirSync(folder).sort()) {
	const { cases } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { readonly cases: readonly GoldenCase[] };
	describe(file.replace(".json", ""), () => {
		test.each(cases.map((c) => [c.note, c] as const))("%s", (_, c) => {
			const want: Reported[] = c.errors.map(({ code, message, location }) => ({
				code,
				message,
				place: location === undefined ? "" : `${location.file}:${location.row}:${location.col}`,
			}));
			const got = reported(checked(c.modules, c.options).errors);
			expect(sorted(got)).toEqual(sorted(want));
			// Prints that are left out once they were looked at are looked at as well.
			if (!Object.values(c.modules).some((m) => m.includes("print"))) return;
			expect(reported(checked(c.modules, { ...c.options, prints: "checked" }).errors)).toEqual(got);
		});
	});
}

function sorted(errors: readonly Reported[]): Reported[] {
	return [...errors].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
