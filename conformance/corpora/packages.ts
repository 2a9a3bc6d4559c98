/** The packages of the modules below a folder, as paths to ask for. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseModule, Source } from "../../src/index.ts";
import { pathText } from "../../src/plan/path-text.ts";

export function packagesBelow(folder: string, regoVersion: "v0" | "v1"): readonly string[] {
	const out = new Set<string>();
	for (const file of modulesBelow(folder)) {
		const { value } = parseModule(new Source(file, readFileSync(file, "utf8")), { regoVersion });
		if (value === undefined) continue;
		const names = value.package.path.terms.slice(1).map((t) => (t.kind === "scalar" ? String(t.value) : ""));
		out.add(pathText(names));
	}
	return [...out].sort();
}

function modulesBelow(path: string): readonly string[] {
	if (!statSync(path).isDirectory()) return path.endsWith(".rego") ? [path] : [];
	return readdirSync(path)
		.filter((name) => !name.startsWith("."))
		.sort()
		.flatMap((name) => modulesBelow(join(path, name)));
}
