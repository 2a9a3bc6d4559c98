/**
 * The `rego` command as one CommonJS file without dependencies: what goes into a guest image beside
 * a Node binary, and what Node's single-executable build takes in. Prints the file's path and size.
 *
 *     node scripts/bundle-agent.js [OUTPUT]
 */
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { alias, withoutTable } from "./chevrotain.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What all of it is built with. */
const common = {
	absWorkingDir: root,
	bundle: true,
	minify: true,
	platform: "node",
	target: "node20",
	format: "cjs",
	legalComments: "none",
	logLevel: "error",
	alias,
	plugins: [withoutTable],
};

/** The decider's program, as text: a worker thread is started from it, wherever the one file is. */
export async function deciderText() {
	const { outputFiles } = await build({
		...common,
		entryPoints: ["src/agent/decider/worker.ts"],
		define: { "import.meta.url": "importMetaUrl" },
		banner: { js: 'const importMetaUrl = "file:///decider";' },
		write: false,
	});
	return outputFiles[0].text;
}

/** Optional packages (koffi, for AF_VSOCK without an inherited descriptor) are found at run time or not at all. */
export async function bundleAgent(outfile, contents = entry) {
	await build({
		...common,
		stdin: { contents, resolveDir: root, loader: "ts" },
		keepNames: true,
		// CommonJS has no import.meta; the loader of optional packages asks for its url.
		define: {
			"import.meta.url": "importMetaUrl",
			REGOPLAN_DECIDER_TEXT: JSON.stringify(await deciderText()),
		},
		banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
		outfile,
	});
}

const entry = `
import { main, processIo } from "./src/cli/main.ts";
main(process.argv.slice(2), processIo()).then((code) => { process.exitCode = code; });
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const outfile = process.argv[2] ?? "dist/guest/rego.cjs";
	await bundleAgent(outfile);
	console.log(`${outfile}: ${(statSync(outfile).size / 1024).toFixed(0)} KiB`);
}
