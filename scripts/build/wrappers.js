/**
 * For `import` in Node: modules that give what the CommonJS files give, so that there is one copy of
 * everything in a process. And the declarations of both.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { entries } from "./entries.js";

export function writeWrappers(out, exportsOf) {
	for (const [name, module] of Object.entries(entries)) {
		const names = [...exportsOf[name]].sort().join(", ");
		writeFileSync(
			join(out, `node/${name}.mjs`),
			`import exported from "./${name}.cjs";\n\nexport const { ${names} } = exported;\n`,
		);
		const types = `../types/${module.replace(/\.ts$/, ".js")}`;
		for (const kind of ["mts", "cts"])
			writeFileSync(join(out, `node/${name}.d.${kind}`), `export * from "${types}";\n`);
	}
}
