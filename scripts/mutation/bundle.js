/** One bundle of the tests, of the sources they test, and of all chosen mutants. */
import { readFileSync, rmSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { instrument } from "./instrument.js";

/** Where it is written: below node_modules, so that packages left out of it are found. Each run has its own. */
export const bundleFolder = join("node_modules", ".cache", "regoplan", `mutation-${process.pid}`);
process.on("exit", () => rmSync(bundleFolder, { recursive: true, force: true }));
// Who interrupts a run makes no mess of it.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** `mutants` by file, relative to the root. */
export async function bundle(root, tests, mutants) {
	const here = import.meta.dirname;
	const isOurs = new RegExp(`^${escaped(root)}.(?:src|test|conformance|examples|bench)[\\\\/].*\\.ts$`);
	await build({
		absWorkingDir: root,
		entryPoints: [join(here, "process.js")],
		outdir: join(root, bundleFolder),
		outExtension: { ".js": ".mjs" },
		bundle: true,
		splitting: true,
		platform: "node",
		format: "esm",
		packages: "external",
		logLevel: "error",
		plugins: [
			{
				name: "mutants",
				setup(b) {
					b.onResolve({ filter: /^vitest$/ }, () => ({ path: join(here, "vitest.js") }));
					b.onResolve({ filter: /^TEST_FILES$/ }, () => ({ path: "TEST_FILES", namespace: "tests" }));
					b.onLoad({ filter: /.*/, namespace: "tests" }, () => ({
						contents: `export default {\n${tests.map((t) => `${JSON.stringify(t)}: () => import(${JSON.stringify(`./${t}`)}),`).join("\n")}\n};`,
						resolveDir: root,
					}));
					b.onLoad({ filter: isOurs }, ({ path }) => {
						const file = relative(root, path).split(sep).join("/");
						const chosen = mutants.get(file);
						let contents = readFileSync(path, "utf8");
						if (chosen !== undefined) contents = instrument(contents, chosen);
						// Files that stand beside a test are looked for beside its source.
						contents = contents
							.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
							.replaceAll("import.meta.dirname", JSON.stringify(dirname(path)));
						return { contents, loader: "ts" };
					});
				},
			},
		],
	});
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
