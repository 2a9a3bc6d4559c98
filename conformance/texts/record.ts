/**
 * Asks the real OPA what it says of texts near Rego:
 *
 *     node scripts/run-ts.js conformance/texts/record.ts --texts N --seed S [--write] [--show N]
 *
 * Needs Go, for the oracle of conformance/differential. Shows where we say something else; with --write, all
 * texts become recorded.jsonl.br, each with OPA's verdict, and a mark where ours is still another one.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants } from "node:zlib";
import { readCases } from "../cases.ts";
import { Dice } from "../differential/dice.ts";
import { buildOracle, Oracle } from "../differential/oracle.ts";
import { question, type SeedText } from "./mutate.ts";
import { isSame, type TextError, textError, verdict } from "./verdict.ts";

const { values } = parseArgs({
	options: {
		texts: { type: "string", default: "10000" },
		seed: { type: "string", default: "1" },
		show: { type: "string", default: "10" },
		write: { type: "boolean", default: false },
	},
});
const root = process.cwd();

/** Modules of our own cases. */
function seeds(): readonly SeedText[] {
	const out: SeedText[] = [];
	for (const c of readCases([join(root, "conformance/cases")])) {
		for (const text of c.modules ?? []) out.push({ text, v0: c.regoVersion === "v0" });
	}
	const plans = join(root, "test/golden/plans");
	for (const name of readdirSync(plans)) {
		if (name.endsWith(".rego")) out.push({ text: readFileSync(join(plans, name), "utf8"), v0: false });
	}
	out.push({ text: readFileSync(join(root, "examples/demo/policy.rego"), "utf8"), v0: false });
	return out.filter((s) => s.text.length < 20_000);
}

/** A small generator of random numbers (mulberry32): the same for ever. */
function random(seed: number): { nextInt(low?: number, high?: number): number } {
	let state = seed >>> 0;
	const next = (): number => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
	return { nextInt: (low = 0, high = 1) => low + Math.floor(next() * (high - low + 1)) };
}

const built = buildOracle(root);
if ("reason" in built) throw new Error(built.reason);
const oracle = new Oracle(built.path, 2000);
const dice = new Dice(random(Number(values.seed)) as ConstructorParameters<typeof Dice>[0]);
const all = seeds();
const lines: string[] = [];
const kinds = new Map<string, { count: number; example: string }>();
let same = 0;
let different = 0;
let right = 0;
for (let i = 0; i < Number(values.texts); i++) {
	const q = question(dice, all);
	const reply = await oracle.ask(
		{
			modules: q.modules,
			queries: q.query === undefined ? [] : [q.query],
			data: "{}",
			input: undefined,
			strict: false,
			prints: true,
		},
		q.v0,
	);
	const errors = reply.errors ?? reply.answers?.[0]?.errors ?? [];
	if (reply.lost === true || errors.some((e) => e.code === "panic" || e.code === "other")) continue;
	const want = errors
		.filter((e) => e.code.startsWith("rego_"))
		.map((e) => textError(e.code, e.message, e.row, e.col, e.file));
	let got: readonly TextError[];
	try {
		got = verdict(q);
	} catch (e) {
		got = [["thrown", String(e), 0, 0]];
	}
	if (want.length === 0) right++;
	const alike = isSame(got, want);
	lines.push(JSON.stringify([(q.v0 ? "v0" : "v1") + (alike ? "" : " differs"), q.modules, q.query ?? null, ...want]));
	if (alike) {
		same++;
		continue;
	}
	different++;
	const kind = kindOf(want, got);
	const seen = kinds.get(kind);
	const text = [...q.modules, q.query ?? ""].join("\n~~~\n");
	if (seen !== undefined) {
		seen.count++;
		if (text.length >= seen.example.length) continue;
	}
	kinds.set(kind, {
		count: seen?.count ?? 1,
		example: `${q.v0 ? "v0" : "v1"}\n${text}\n--- OPA  ${JSON.stringify(want)}\n--- ours ${JSON.stringify(got)}`,
	});
}
oracle.close();

/** Differences of one kind are mostly one fault: told by the first error that is not the same. */
function kindOf(want: readonly TextError[], got: readonly TextError[]): string {
	const i = want.findIndex((e, k) => JSON.stringify(e) !== JSON.stringify(got[k]));
	const at = i < 0 ? want.length : i;
	const shape = (e: TextError | undefined): string =>
		e === undefined ? "nothing" : e[1].replace(/\(hint.*|\(e\.g.*/s, "").replace(/\b[a-z_]\w*\b(?= is unsafe)/g, "x");
	const a = want[at];
	const b = got[at];
	if (a !== undefined && b !== undefined && a[1] === b[1]) return `place of: ${shape(a)}`;
	return `${shape(a)}  ≠  ${shape(b)}`;
}

for (const [kind, { count, example }] of [...kinds]
	.sort((a, b) => b[1].count - a[1].count)
	.slice(0, Number(values.show))) {
	console.log(`\n=== ${count}× ${kind}\n${example}`);
}
console.log(`\n${same} alike (${right} of all right), ${different} different`);
if (values.write) {
	const text = `${lines.join("\n")}\n`;
	const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
	const packed = brotliCompressSync(text, { params });
	writeFileSync(join(root, "conformance/texts/recorded.jsonl.br"), packed);
	console.log(`${lines.length} texts, ${text.length} characters, ${packed.length} bytes`);
}
