/**
 * Small modules with their plan and the JavaScript made of it, for reading: one module a statement or
 * expression. `UPDATE_GOLDEN=1 npx vitest run test/eval/golden.test.ts` writes them anew.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Builtin } from "../../src/builtins/define.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { checkModules } from "../../src/compiler/check.ts";
import { planPolicy } from "../../src/compiler/planner/policy.ts";
import { ProgramEmitter } from "../../src/eval/generated/emit.ts";
import { compile, parseModule, Source } from "../../src/index.ts";
import { sourcesOf } from "../../src/plan/hash.ts";
import type { Block, Expression, Plan, Stmt } from "../../src/plan/plan.ts";
import { planText } from "../../src/plan/text.ts";

const folder = new URL("../golden/plans/", import.meta.url);
const update = process.env["UPDATE_GOLDEN"] === "1";
const names = readdirSync(folder)
	.filter((f) => f.endsWith(".rego"))
	.map((f) => f.slice(0, -".rego".length));

function read(file: string): string {
	return readFileSync(new URL(file, folder), "utf8");
}

function planOf(name: string): Plan {
	const file = `${name}.rego`;
	if (name !== "prints") return compile({ [file]: read(file) }).plan;
	// Plans with prints are made for one evaluation and never handed out.
	const { value } = parseModule(new Source(file, read(file)));
	const set = checkModules(value === undefined ? [] : [value], {
		builtins,
		strict: false,
		prints: "kept",
		maxErrors: 10,
	});
	if (set.value === undefined) throw new Error(set.errors.join("\n"));
	const { plan, context } = planPolicy(set.value, { builtins, producer: "", prints: true });
	return { ...plan, sources: sourcesOf(context.sources), hash: "" };
}

function compareGolden(file: string, got: string): void {
	if (update) writeFileSync(new URL(file, folder), got);
	expect(existsSync(new URL(file, folder)), `${file} is missing: UPDATE_GOLDEN=1 writes it`).toBe(true);
	expect(got).toBe(read(file));
}

describe("plans", () => {
	for (const name of names) {
		test(name, () => {
			// The head names the version and digests.
			const text = planText(planOf(name)).replace(/^.*?\n\n/s, "");
			compareGolden(`${name}.plan.txt`, text);
		});
	}
});

describe("places in the text of a plan", () => {
	const sources = { "one.rego": "package one\n\np := input.a\n", "two.rego": "package two\n\n\nq := input.b\n" };
	const { plan } = compile(sources);
	test("each in its source", () => {
		expect(planText(plan).match(/\((?:one|two)\.rego:\d+\)/g)).toEqual([
			"(one.rego:3)",
			"(one.rego:3)",
			"(two.rego:4)",
			"(two.rego:4)",
		]);
	});
	test("none without sources, numbers for what is not there", () => {
		const bare = { ...plan, sources: [], constants: [] };
		expect(planText(bare)).not.toMatch(/\.rego:/);
		expect(planText(bare)).toMatch(/const \d+/);
	});
});

describe("JavaScript", () => {
	for (const name of names.filter((n) => n !== "prints")) {
		test(name, () => {
			const plan = planOf(name);
			const emitter = new ProgramEmitter(
				plan,
				plan.builtins.map((b) => builtins.get(b) as Builtin),
			);
			for (let i = 0; i < plan.funcs.length; i++) emitter.func(i);
			const rules = plan.funcs.flatMap((f, i) => (f.kind === "function" ? [] : [i]));
			const { text } = emitter.program(rules, rules);
			compareGolden(`${name}.js.txt`, `${text}\n`);
		});
	}
});

test("every statement and expression of a plan is in some module", () => {
	const seen = new Set<string>();
	const visit = (x: unknown): void => {
		if (typeof x !== "object" || x === null) return;
		if ("op" in x && typeof x.op === "string") seen.add(x.op);
		for (const v of Object.values(x)) visit(v);
	};
	for (const name of names) for (const f of planOf(name).funcs) visit(f);
	expect([...kinds].filter((k) => !seen.has(k))).toEqual([]);
	expect([...seen].filter((k) => !kinds.has(k))).toEqual([]);
});

/** Checked by the compiler to be all of them, but for rows, which only queries have. */
const statements: { readonly [op in Exclude<Stmt["op"], "yield-row">]: true } = {
	every: true,
	let: true,
	not: true,
	once: true,
	print: true,
	relation: true,
	return: true,
	scan: true,
	test: true,
	"unpack-array": true,
	"unpack-object": true,
	with: true,
	"yield-entry": true,
	"yield-member": true,
};
const expressions: { readonly [op in Expression["op"]]: true } = {
	array: true,
	base: true,
	builtin: true,
	call: true,
	collect: true,
	const: true,
	document: true,
	"document-dot": true,
	"document-keys": true,
	dot: true,
	equal: true,
	input: true,
	local: true,
	object: true,
	rule: true,
	"rule-at": true,
	set: true,
};
const kinds: ReadonlySet<string> = new Set([...Object.keys(statements), ...Object.keys(expressions)]);

test("a block is a list of statements: nothing else hides in a plan", () => {
	const blocks: Block[] = planOf("let-and-test").funcs.flatMap((f) => f.definitions.map((d) => d.body));
	expect(blocks.every((b) => Array.isArray(b) && b.length > 0)).toBe(true);
});
