/**
 * For `import` in Node: modules that give what the CommonJS files give, so that there is one copy of
 * everything in a process. And the declarations of both.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { entries } from "./entries.js";

/** Those that `import x from` may be used with, since it may be with the packages in whose place they are put. */
const withDefault = new Set(["opa-wasm"]);

export function writeWrappers(out, exportsOf) {
	for (const [name, module] of Object.entries(entries)) {
		const names = [...exportsOf[name]].sort().join(", ");
		writeFileSync(
			join(out, `node/${name}.mjs`),
			`import exported from "./${name}.cjs";\n\nexport const { ${names} } = exported;\n${withDefault.has(name) ? "export default exported;\n" : ""}`,
		);
		const types = `../types/${module.replace(/\.ts$/, ".js")}`;
		for (const kind of ["mts", "cts"]) {
			const its = kind === "mts" && withDefault.has(name) ? `export { default } from "${types}";\n` : "";
			writeFileSync(join(out, `node/${name}.d.${kind}`), `export * from "${types}";\n${its}`);
		}
	}
}
