/** The modules that `rego fmt` is compared with `opa fmt` on: the field's, where they are at hand, and ours. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseYaml } from "../../src/value/yaml.ts";

export interface FormattedModule {
	readonly from: string;
	readonly version: "v0" | "v1";
	readonly text: string;
}

/** Tests and tools run in the folder of the checkout. */
const root = process.cwd();
export const shared: string = join(root, "../shared");

/** Examples: few, and recorded. */
export function ownModules(): readonly FormattedModule[] {
	return distinct(files(join(root, "examples"), /\.rego$/).map((file) => ofFile(file, "v1")));
}

/** Of our conformance cases and goldens: many, and new ones every day, so they are not recorded. */
export function caseModules(): readonly FormattedModule[] {
	const cases = files(join(root, "conformance/cases"), /\.ya?ml$/).flatMap((file) => {
		const version = file.includes(`${join("cases", "v0")}`) ? "v0" : "v1";
		// Kept as the file says: what a case holds beside its modules does not matter here.
		const { cases } = parseYaml(readFileSync(file, "utf8")) as unknown as {
			cases?: readonly { modules?: readonly unknown[] | null }[];
		};
		return (cases ?? []).flatMap(({ modules }) =>
			(modules ?? [])
				.filter((m) => typeof m === "string")
				.map((text): FormattedModule => ({ from: file, version, text })),
		);
	});
	const plans = files(join(root, "test/golden/plans"), /\.rego$/).map((file) => ofFile(file, "v1"));
	return distinct([...cases, ...plans]);
}

/** OPA's cases and Kata's policies. */
export function fieldModules(): readonly FormattedModule[] {
	const cases = files(join(shared, "opa-cases/v1"), /\.json$/).flatMap((file) => {
		const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: readonly { modules?: readonly string[] }[] };
		return cases.flatMap(({ modules }) =>
			(modules ?? []).map((text): FormattedModule => ({ from: file, version: "v1", text })),
		);
	});
	const kata = files(join(shared, "kata"), /\.rego$/).map((file) => ofFile(file, "v0"));
	const others = ["bench-policies/policies", "genpolicy"].flatMap((folder) =>
		files(join(shared, folder), /\.rego$/).map((file) => ofFile(file, "v1")),
	);
	return distinct([...cases, ...kata, ...others]);
}

function ofFile(file: string, version: "v0" | "v1"): FormattedModule {
	return { from: file, version, text: readFileSync(file, "utf8") };
}

function files(folder: string, name: RegExp): readonly string[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { recursive: true, encoding: "utf8" })
		.filter((f) => name.test(f))
		.sort()
		.map((f) => join(folder, f));
}

function distinct(modules: readonly FormattedModule[]): readonly FormattedModule[] {
	const seen = new Set<string>();
	return modules.filter((m) => {
		const key = keyOf(m);
		const isNew = !seen.has(key);
		seen.add(key);
		return isNew;
	});
}

/** Names a module in the record of opa's answers. */
export function keyOf(m: FormattedModule): string {
	return digest(`${m.version}\n${m.text}`);
}

export function digest(text: string): string {
	return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
