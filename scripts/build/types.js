/**
 * The declarations as they are shipped: of the files that a public entry reaches, importing each other as
 * the built files are called. tsc leaves the names of sources in them, which only newer compilers read.
 */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { entries } from "./entries.js";

const imports = /((?:\bfrom |\bimport\()")(\.[^"]+)\.ts"/g;

export function finishTypes(folder) {
	const kept = new Set();
	const visit = (file) => {
		if (kept.has(file)) return;
		kept.add(file);
		const text = readFileSync(file, "utf8");
		for (const [, , path] of text.matchAll(imports)) visit(resolve(dirname(file), `${path}.d.ts`));
		writeFileSync(file, text.replace(imports, '$1$2.js"'));
	};
	for (const module of Object.values(entries)) visit(resolve(folder, module.replace(/\.ts$/, ".d.ts")));
	for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
		const file = resolve(folder, name);
		if (statSync(file).isFile() && !kept.has(file)) rmSync(file);
	}
	// They are those of the CommonJS files; the wrappers have their own, which refer to these.
	writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }\n');
}
