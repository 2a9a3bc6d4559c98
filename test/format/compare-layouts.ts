/**
 * Compares `rego fmt` with a real `opa fmt` on modules laid out anew by chance (layouts.ts), byte for byte, and shows
 * the shortest that differ:
 *
 *     node scripts/run-ts.js test/format/compare-layouts.ts OPA [--modules N] [--seed S] [--show N]
 */
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { builtins } from "../../src/builtins/registry.ts";
import { checkAsV1 } from "../../src/compiler/check.ts";
import { formatModule } from "../../src/format/format.ts";
import { Source } from "../../src/location.ts";
import { parseModule } from "../../src/parser/parser.ts";
import { laidOutAnew, Numbers } from "./layouts.ts";
import { caseModules, type FormattedModule, fieldModules, ownModules } from "./modules.ts";

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		modules: { type: "string", default: "1000" },
		seed: { type: "string", default: "1" },
		show: { type: "string", default: "5" },
	},
});
const opa = positionals[0];
if (opa === undefined) throw new Error("give the path of opa");

function ours({ text, version }: FormattedModule): string | undefined {
	const module = parseModule(new Source("stdin", text), {
		regoVersion: version,
		isBuiltin: (b) => builtins.has(b),
	}).value;
	if (module === undefined) return undefined;
	if (version === "v1" && checkAsV1(module, builtins).length > 0) return undefined;
	return formatModule(module, { regoVersion: version }).text;
}

function theirs({ text, version }: FormattedModule): Promise<string | undefined> {
	return new Promise((resolve) => {
		const child = spawn(opa ?? "", ["fmt", ...(version === "v0" ? ["--v0-compatible"] : [])]);
		let out = "";
		child.stdout.setEncoding("utf8").on("data", (part: string) => {
			out += part;
		});
		child.stdin.on("error", () => {});
		child.stdin.end(text);
		child.on("close", (code) => resolve(code === 0 ? out : undefined));
	});
}

const numbers = new Numbers(Number(values.seed));
const seeds = [...ownModules(), ...fieldModules(), ...caseModules()].filter((m) => m.text.length < 4000);
const different: { m: FormattedModule; mine: string | undefined; want: string | undefined }[] = [];
let parsed = 0;
let left = Number(values.modules);

async function comparing(): Promise<void> {
	while (left-- > 0) {
		const seed = seeds[numbers.below(seeds.length)];
		if (seed === undefined) return;
		const m = { ...seed, text: laidOutAnew(seed.text, numbers) };
		const want = await theirs(m);
		let mine: string | undefined;
		try {
			mine = ours(m);
		} catch (e) {
			mine = `threw ${e instanceof Error ? (e.stack ?? "") : String(e)}`;
		}
		if (want !== undefined) parsed++;
		if (mine !== want) different.push({ m, mine, want });
	}
}

await Promise.all([comparing(), comparing()]);
console.log(`${values.modules} modules, ${parsed} accepted by opa, ${different.length} differ`);
different.sort((a, b) => a.m.text.length - b.m.text.length);
for (const { m, mine, want } of different.slice(0, Number(values.show))) {
	console.log(`--- ${m.from} (${m.version})\n${m.text}\n--- opa\n${want}\n--- ours\n${mine}\n`);
}
process.exitCode = different.length === 0 ? 0 : 1;
