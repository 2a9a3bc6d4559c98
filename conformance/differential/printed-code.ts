/**
 * Prints put at random places of real policies, ours against the real OPA: verdicts, values and what is printed.
 *
 *     node scripts/run-ts.js conformance/differential/printed-code.ts [--rounds N] [--seed S] FOLDER…
 *
 * Folders hold case files (as conformance/cases) or policies.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compile } from "../../src/compile.ts";
import { RegoError, RegoErrors } from "../../src/errors.ts";
import { closures } from "../../src/eval/closures/closures.ts";
import { Source } from "../../src/location.ts";
import type { Body } from "../../src/parser/ast.ts";
import { parseModule } from "../../src/parser/parser.ts";
import { parseJson, toJson } from "../../src/value/json.ts";
import type { PlainObject, Value } from "../../src/value/value.ts";
import { readCases } from "../cases.ts";
import { buildOracle, Oracle } from "./oracle.ts";
import { writeTyped } from "./typed-json.ts";

interface Code {
	readonly name: string;
	readonly modules: readonly string[];
	readonly query: string;
	readonly data: string;
	readonly input: string | undefined;
	readonly v0: boolean;
}

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { rounds: { type: "string", default: "1" }, seed: { type: "string", default: "1" } },
});
let state = Number(values.seed) >>> 0 || 1;
function below(n: number): number {
	state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
	return Math.floor((state / 2 ** 32) * n);
}

/** Offsets of all expressions of bodies, with the variables that are named in the rule. */
function places(text: string, v0: boolean): readonly { readonly at: number; readonly names: readonly string[] }[] {
	const { value, errors } = parseModule(new Source("m.rego", text), { regoVersion: v0 ? "v0" : "v1" });
	if (value === undefined || errors.length > 0) return [];
	const out: { at: number; names: readonly string[] }[] = [];
	for (const r of value.rules) {
		const names = new Set<string>();
		const starts = new Set<number>();
		const visit = (x: unknown): void => {
			if (typeof x !== "object" || x === null) return;
			if (Array.isArray(x)) {
				const isBody =
					x.length > 0 && x.every((e) => typeof e === "object" && e !== null && "kind" in e && e.kind === "expr");
				if (isBody) for (const e of x as Body) starts.add(e.start);
				for (const y of x) visit(y);
				return;
			}
			const node = x as { kind?: string; name?: unknown; braces?: boolean; leftBraces?: boolean };
			if (node.kind === "var" && typeof node.name === "string" && /^[a-z]\w*$/i.test(node.name)) names.add(node.name);
			// Operands without braces have no place for a print, nor have parts of templates.
			if (node.kind === "block" && node.braces === false) return;
			if (node.kind === "logical" || node.kind === "template-string") return;
			for (const y of Object.values(node)) visit(y);
		};
		if (r.hasBody) visit([r.body, r.head.value, r.head.key, r.else]);
		for (const at of starts) out.push({ at, names: [...names] });
	}
	return out;
}

function injected(text: string, v0: boolean): string {
	const all = places(text, v0);
	if (all.length === 0) return text;
	const chosen = Array.from({ length: 1 + below(2) }, () => all[below(all.length)] as (typeof all)[number]);
	let out = text;
	for (const [i, { at, names }] of chosen.sort((a, b) => b.at - a.at).entries()) {
		const shown = names.length === 0 || below(2) === 0 ? "" : `, ${names[below(names.length)]}`;
		out = `${out.slice(0, at)}print("p${i}"${shown}); ${out.slice(at)}`;
	}
	return out;
}

function policies(path: string): Code[] {
	if (statSync(path).isDirectory()) return readdirSync(path).flatMap((n) => policies(join(path, n)));
	if (!path.endsWith(".rego")) return [];
	const text = readFileSync(path, "utf8");
	const v0 = parseModule(new Source(path, text), { regoVersion: "v1" }).errors.length > 0;
	return [{ name: path, modules: [text], query: "data = x", data: "{}", input: undefined, v0 }];
}

/** Case files where there are any, else policies. */
function codes(path: string): Code[] {
	const found = policies(path);
	if (found.length > 0) return found;
	return readCases([path]).flatMap((c) => {
		if (c.modules.length === 0 || c.inputTerm !== undefined || c.strictError || c.skip !== undefined) return [];
		const data = toJson(c.data);
		const input = c.input === undefined ? undefined : toJson(c.input);
		return [{ name: c.id, modules: c.modules, query: c.query, data, input, v0: c.regoVersion === "v0" }];
	});
}

const built = buildOracle(process.cwd());
if ("reason" in built) {
	console.log(`skipped: ${built.reason}`);
	process.exit(0);
}
const oracle = new Oracle(built.path, 4000);
const counts = { same: 0, refused: 0, verdict: 0, prints: 0, order: 0, value: 0, lost: 0 };
for (const code of positionals.flatMap(codes)) {
	for (let round = 0; round < Number(values.rounds); round++) {
		const modules = code.modules.map((m) => injected(m, code.v0));
		if (modules.every((m, i) => m === code.modules[i])) break;
		const p = { modules, queries: [code.query], data: code.data, input: code.input, strict: false, prints: true };
		const reply = await oracle.ask(p, code.v0);
		if (reply.lost === true) {
			counts.lost++;
			continue;
		}
		const wanted = reply.errors ?? reply.answers?.[0]?.errors ?? [];
		let printed: readonly string[] = [];
		let rows: readonly string[] = [];
		let errors: readonly string[] = [];
		try {
			const policy = compile(Object.fromEntries(modules.map((m, i) => [`m${i}.rego`, m])), {
				backend: closures,
				regoVersion: code.v0 ? "v0" : "v1",
				data: parseJson(code.data) as PlainObject,
				values: "rego",
			});
			const input = code.input === undefined ? undefined : (parseJson(code.input) as Value);
			const answer = policy.query(code.query, input, {
				prints: true,
				regoVersion: code.v0 ? "v0" : "v1",
				onPrints: (l) => {
					printed = l.map((x) => x.text);
				},
			});
			rows = answer.rows.map((r) => writeTyped((r.bindings as { x?: Value }).x ?? null)).sort();
		} catch (e) {
			const list = e instanceof RegoErrors ? e.errors : e instanceof RegoError ? [e] : [];
			errors = list.length > 0 ? list.map((x) => `${x.code} ${x.reason}`) : [`crash ${String(e)}`];
		}
		const theirs = wanted.map((e) => `${e.code} ${e.message}`);
		const show = (kind: keyof typeof counts, ours: unknown, want: unknown): void => {
			counts[kind]++;
			console.log(
				`--- ${kind} ${code.name}\n${modules.join("\n---\n").slice(0, 1500)}\nours ${JSON.stringify(ours).slice(0, 500)}\nopa  ${JSON.stringify(want).slice(0, 500)}`,
			);
		};
		if (errors.length > 0 || theirs.length > 0) {
			if ((errors[0] ?? "").split(" ")[0] === (theirs[0] ?? "").split(" ")[0]) counts.refused++;
			else show("verdict", errors, theirs);
			continue;
		}
		const lines = reply.answers?.[0]?.prints ?? [];
		const values_ = (reply.answers?.[0]?.rows ?? []).map((r) => r["b:x"] ?? "null").sort();
		if (JSON.stringify(rows) !== JSON.stringify(values_)) show("value", rows, values_);
		else if (JSON.stringify([...printed].sort()) !== JSON.stringify([...lines].sort())) show("prints", printed, lines);
		else if (JSON.stringify(printed) !== JSON.stringify(lines)) show("order", printed, lines);
		else counts.same++;
	}
}
oracle.close();
console.log(JSON.stringify(counts));
