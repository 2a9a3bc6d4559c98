/** docs/genpolicy.md: its code runs and prints what its comments say, its tables name every flag and warning. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { genpolicyCommand } from "../../src/cli/agent-genpolicy.ts";
import * as api from "../../src/genpolicy/index.ts";
import { addImage, type Blobs, writeLayout } from "../../src/genpolicy/kit/image-writer.ts";
import { rules, settingsText } from "../genpolicy/small.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/genpolicy.md"), "utf8");

const folder = mkdtempSync(join(tmpdir(), "genpolicy-docs-"));
afterAll(() => rmSync(folder, { recursive: true }));
for (const name of ["app", "pause"]) {
	const blobs: Blobs = new Map();
	writeLayout(join(folder, "images", name), blobs, { 1: addImage(blobs, { layers: [{ files: [] }] }) });
}

function files(more: string): Readonly<Record<string, string>> {
	return {
		"pod.yaml": `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - name: c\n      image: demo.example/app:1\n      env: []\n${more}`,
		"rules.rego": rules,
		"genpolicy-settings.json": settingsText,
	};
}

/** Runs the page's code on files; what it prints. */
async function run(
	given: Readonly<Record<string, string>>,
): Promise<{ readonly out: string[]; readonly err: string[] }> {
	const code = /```ts\n(.*?)```/s.exec(page)?.[1] ?? "";
	const body = code.replace(/^import .*;\n/gm, "");
	const [out, err]: [string[], string[]] = [[], []];
	const names = {
		...api,
		readFileSync: (name: string) => given[name] ?? "",
		readSettings: (name: string) => api.parseSettings({ name, text: given[name] ?? "" }),
		Images: class extends api.Images {
			constructor(options: api.ImagesOptions) {
				super({ ...options, cwd: folder, registries: false });
			}
		},
		console: { log: (...x: unknown[]) => out.push(x.join(" ")), error: (x: string) => err.push(x) },
	};
	const imported = [...code.matchAll(/^import \{ (.*) \} from/gm)].flatMap((m) => m[1]?.split(", ") ?? []);
	for (const name of imported) expect(Object.keys(names)).toContain(name);
	await new Function("names", `with (names) { return (async () => { ${body} })(); }`)(names);
	return { out, err };
}

test("the library's example", async () => {
	const good = await run(files(""));
	expect(good.out).toEqual([expect.stringMatching(/^Pod p [0-9a-f]{64}$/)]);
	const said = /\/\/ (pod\.yaml:.*?) …$/m.exec(page)?.[1] ?? "-";
	const bad = await run(files("      workingDir: /\n"));
	expect(bad.out).toEqual([]);
	expect(bad.err.some((line) => line.startsWith(said))).toBe(true);
});

test("every flag is in the table, and every flag of the table is there", () => {
	const flags = genpolicyCommand.flags;
	const said = new Set([...page.matchAll(/`(?:-\w`, `)?--([\w-]+)/g)].map((m) => m[1]));
	for (const { name, hidden } of flags) if (hidden !== true) expect(said).toContain(name);
	for (const name of said) expect(flags.map((f) => f.name)).toContain(name);
});

test("every warning is in the table", () => {
	const sources = readdirSync(join(root, "src/genpolicy"), { recursive: true, encoding: "utf8" }).filter((f) =>
		f.endsWith(".ts"),
	);
	const codes = sources.flatMap((f) => [
		...readFileSync(join(root, "src/genpolicy", f), "utf8").matchAll(/\.warn\(\s*"([\w-]+)"/g),
	]);
	expect(codes.length).toBeGreaterThan(8);
	for (const [, code] of codes) expect(page).toContain(`\`${code}\``);
});
