/**
 * What `rego agent genpolicy` takes: the whole process for one pod, and for a hundred manifests in one run, with images
 * from a registry on loopback. Beside it Kata's own generator, where it is built:
 *
 *     npm run bench:genpolicy -- [--peer FILE] [--rounds N]
 *
 * Rounds alternate, and medians of wall time are shown. The answers are checked: every manifest has an annotation.
 */
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { addImage, type Blobs } from "../src/genpolicy/kit/image-writer.ts";
import { Registry } from "../src/genpolicy/kit/registry.ts";
import { percentile } from "./statistics.ts";

const { values } = parseArgs({ options: { peer: { type: "string" }, rounds: { type: "string", default: "5" } } });
const rounds = Number(values.rounds);
const demo = join(process.cwd(), "examples/demo/genpolicy");
const folder = mkdtempSync(join(tmpdir(), "genpolicy-bench-"));

const blobs: Blobs = new Map();
const account = { path: "etc/passwd", content: "root:x:0:0::/:/bin/sh\n" };
const app = addImage(blobs, { config: { Cmd: ["/app"] }, layers: [{ files: [account] }] });
const registry = await Registry.start({
	repositories: { app: { blobs, tags: { 1: app } }, pause: { blobs, tags: { 1: app } } },
});

/** Settings and rules of the demo, with the registry's pause image. */
function prepare(): void {
	copyFileSync(join(demo, "rules.rego"), join(folder, "rules.rego"));
	const settings = readFileSync(join(demo, "settings.json"), "utf8");
	writeFileSync(
		join(folder, "genpolicy-settings.json"),
		settings.replace("demo.example/pause:1", `${registry.host}/pause:1`),
	);
}

function manifest(i: number): string {
	const container = `    - name: c\n      image: ${registry.host}/app:1\n      env: [{name: N, value: "${i}"}]\n`;
	return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: p${i}\nspec:\n  containers:\n${container}`;
}

function write(count: number): readonly string[] {
	return Array.from({ length: count }, (_, i) => {
		writeFileSync(join(folder, `${i}.yaml`), manifest(i));
		return `${i}.yaml`;
	});
}

/** Milliseconds. */
async function run(command: string, args: readonly string[]): Promise<number> {
	const start = performance.now();
	const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
	let stderr = "";
	child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
	const code = await new Promise((resolve) => child.on("close", resolve));
	if (code !== 0) throw new Error(`${command}: ${stderr}`);
	return performance.now() - start;
}

function check(files: readonly string[]): void {
	for (const file of files)
		if (!readFileSync(join(folder, file), "utf8").includes("cc_init_data: H4sI"))
			throw new Error(`${file} has no policy`);
}

const ours = [join(process.cwd(), "bin/rego.js"), "agent", "genpolicy"];
const common = ["--insecure-registry", registry.host];
const times = new Map<string, number[]>();
const add = (what: string, ms: number): void => void times.set(what, [...(times.get(what) ?? []), ms]);

try {
	prepare();
	for (let round = 0; round < rounds; round++) {
		const [one = ""] = write(1);
		add("one pod", await run(process.execPath, [...ours, ...common, "-y", one]));
		check([one]);
		if (values.peer !== undefined) {
			write(1);
			add("one pod, Kata's generator", await run(values.peer, [...common, "-y", one]));
			check([one]);
		}
		const many = write(100);
		add("100 manifests in one run", await run(process.execPath, [...ours, ...common, ...many]));
		check(many);
	}
	for (const [what, list] of times) console.log(`${what.padEnd(28)}${percentile(list, 0.5).toFixed(0).padStart(8)} ms`);
} finally {
	await registry.close();
	rmSync(folder, { recursive: true });
}
