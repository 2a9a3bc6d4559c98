/**
 * The `rego` command as one CommonJS file without dependencies: what goes into a guest image beside
 * a Node binary, and what Node's single-executable build takes in. Prints the file's path and size.
 *
 *     node scripts/bundle-agent.js [OUTPUT]
 */
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What all of it is built with. */
const common = {
	absWorkingDir: root,
	bundle: true,
	minify: true,
	platform: "node",
	target: "node20",
	format: "cjs",
	external: ["koffi", "re2-wasm"],
	legalComments: "none",
	logLevel: "error",
};

/** The program of the gate's worker thread, as text: it is started from there, wherever the one file is. */
export async function deciderText() {
	const contents = `
import "./src/host/node.ts";
import { runDecider } from "./src/agent/decider/worker.ts";
runDecider();
`;
	const stdin = { contents, resolveDir: root, loader: "ts" };
	const { outputFiles } = await build({ ...common, stdin, write: false });
	return outputFiles[0].text;
}

/** koffi (AF_VSOCK without an inherited descriptor) and re2-wasm are found at run time or not at all. */
export async function bundleAgent(outfile, contents = entry) {
	await build({
		...common,
		stdin: { contents, resolveDir: root, loader: "ts" },
		keepNames: true,
		define: { REGOPLAN_DECIDER_TEXT: JSON.stringify(await deciderText()) },
		outfile,
	});
}

const entry = `
import "./src/host/node.ts";
import { main, processIo } from "./src/cli/main.ts";
main(process.argv.slice(2), processIo()).then((code) => { process.exitCode = code; });
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const outfile = process.argv[2] ?? "dist/guest/rego.cjs";
	await bundleAgent(outfile);
	console.log(`${outfile}: ${(statSync(outfile).size / 1024).toFixed(0)} KiB`);
}
