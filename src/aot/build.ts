/**
 * A policy as one ES module: the emitted functions of some entry points, their constants, and calls
 * into `regoplan/runtime`. The module needs no parser, no compiler and no code from strings, so it
 * runs under any Content-Security-Policy and in edge workers.
 */

import { at } from "../at.ts";
import type { Builtin } from "../builtins/define.ts";
import { RegoError } from "../errors.ts";
import { type EmittedFunction, ProgramEmitter } from "../eval/generated/emit.ts";
import { meantDocument } from "../face/documents.ts";
import { encode } from "../plan/constants.ts";
import type { Plan, TreeNode } from "../plan/plan.ts";
import { ruleAt, rulesAt } from "../plan/rule-at.ts";
import { isOverflow } from "../stack.ts";
import type { AotModule } from "./program.ts";
import { sourceMap } from "./source-map.ts";

export interface AotOutput {
	/** The module's text. */
	readonly code: string;
	/** Its type declarations. */
	readonly types: string;
	/** Source map (version 3) to the Rego sources. */
	readonly map: string;
}

export interface BuildOptions {
	readonly plan: Plan;
	readonly builtins: ReadonlyMap<string, Builtin>;
	/** Paths of names below data, e.g. ["agent_policy", "CreateContainerRequest"]. */
	readonly entrypoints: readonly (readonly string[])[];
	/** File the module will be, for its source map comment. */
	readonly file: string;
	/** Emit every rule and function, not only what the entry points reach. */
	readonly everything?: boolean;
	/** Where the runtime is imported from. */
	readonly runtime?: string;
}

/** Builds the module. Throws RegoError for an entry point that does not exist. */
export function buildModule(options: BuildOptions): AotOutput {
	const { plan, builtins } = options;
	const table = plan.builtins.map((n) => {
		const b = builtins.get(n);
		if (b === undefined) throw new RegoError("rego_compile_error", `unsupported built-in: ${n}`);
		return b;
	});
	const emitter = new ProgramEmitter(plan, table, {
		maxDefinitions: Number.POSITIVE_INFINITY,
		cut: true,
	});
	for (const path of options.entrypoints) {
		if (!reaches(plan.tree, path)) {
			const meant = meantDocument(path, plan.tree, {});
			const hint = meant === undefined ? undefined : `did you mean ${meant}?`;
			const reason = `undefined entrypoint data.${path.join(".")}${hint === undefined ? "" : `: ${hint}`}`;
			throw new RegoError("rego_compile_error", reason, undefined, { hint });
		}
	}
	const roots = (options.everything === true ? [[]] : options.entrypoints).flatMap((path) => rulesAt(plan.tree, path));
	if (options.everything === true) for (let i = 0; i < plan.funcs.length; i++) emitter.func(i);
	const functions: EmittedFunction[] = [];
	const entries = options.everything === true ? roots : options.entrypoints.flatMap((path) => ruleAt(plan, path) ?? []);
	const body = emitter.program(roots, [...new Set(entries)], functions).text;
	if (emitter.deep.size > 0) {
		const name = (plan.funcs[at([...emitter.deep], 0)]?.path ?? []).join(".");
		throw new RegoError("rego_compile_error", `data.${name} is nested too deeply to build ahead of time`);
	}
	const used = new Set([...emitter.calledBuiltins, ...plan.mockable.builtins]);
	for (const w of emitter.withs) {
		for (const r of w.replacements) if ("by" in r && "builtin" in r.by) used.add(r.by.builtin);
	}
	// The embedder registers its own builtins (useBuiltins).
	const categories = [...new Set([...used].map((i) => at(table, i).module))].filter((m) => m !== "").sort();
	const constants = constantsText(plan, (i) =>
		[emitter.constants, emitter.patterns, emitter.rowConstants].some((used) => used.has(i)),
	);
	const from = options.runtime ?? "regoplan/runtime";
	const lit = (v: unknown): string =>
		JSON.stringify(v)
			.replace(/\u2028/g, "\\u2028")
			.replace(/\u2029/g, "\\u2029");
	const head = [
		`// Made by regoplan ${lit(plan.regoplan)} from policy ${lit(plan.hash)}. Do not edit.`,
		`import { AotProgram${emitter.cuts.size > 0 ? ", deepCalls" : ""} } from ${lit(from)};`,
		...categories.map(
			(c, i) =>
				`import { ${exportName(c)} as c${i}${c === "regex" ? `, compilePattern as c${categories.length}` : ""} } from ${lit(`${from.replace(/runtime$/, "builtins")}/${c}`)};`,
		),
		"const program = new AotProgram({",
		"format: 3,",
		`hash: ${lit(plan.hash)},`,
		`constants: ${lit(constants)},`,
		`builtins: ${lit(plan.builtins.map((n, i) => (used.has(i) ? n : "")))},`,
		`tree: ${lit(plan.tree)},`,
		`keyed: ${lit(plan.keyed)},`,
		`dataOnly: ${lit(plan.dataOnly)},`,
		`paths: ${lit(plan.funcs.map((f) => f.path))},`,
		...(plan.data === undefined ? [] : [`data: ${lit(JSON.stringify(encode(plan.data)))},`]),
		`replacements: ${lit(emitter.withs.map((w) => w.replacements))},`,
		`indexes: ${lit(indexesOf(emitter))},`,
		`sources: ${lit(plan.sources)},`,
		...(emitter.cuts.size > 0 ? ["deep: deepCalls,"] : []),
		"emit: (K, B, R) => {",
	];
	const tail = [
		`}}, [${categories.map((_, i) => `c${i}`).join(", ")}]${categories.includes("regex") ? `, c${categories.length}` : ""});`,
		...exportsOf(options.entrypoints).map(
			({ name, path }) => `export const ${name} = program.entry(${path.map(lit).join(", ")});`,
		),
		"/** What evaluates them. */",
		"export { program };",
		"/** Every decision by its entry point. */",
		`export const entrypoints = { ${exportsOf(options.entrypoints)
			.map(({ name, path }) => `${lit(path.join("/"))}: ${name}`)
			.join(", ")} };`,
		`/** Digest of the sources. */`,
		`export const hash = program.hash;`,
		"export default entrypoints;",
		`//# sourceMappingURL=${encodeURIComponent(options.file.split("/").pop() ?? "")}.map`,
		"",
	];
	return {
		code: [...head, body, ...tail].join("\n"),
		types: declarations(options.entrypoints, from),
		map: sourceMap(options.file, plan, functions, head.length),
	};
}

/** The constants that are used, as JSON. */
function constantsText(plan: Plan, isUsed: (index: number) => boolean): string {
	try {
		return JSON.stringify(plan.constants.map((v, i) => (isUsed(i) ? encode(v) : null)));
	} catch (e) {
		if (!isOverflow(e)) throw e;
		throw new RegoError("rego_compile_error", "values in the policy are nested too deeply to build ahead of time");
	}
}

/** Rule indexes as data. */
function indexesOf(emitter: ProgramEmitter): AotModule["indexes"] {
	return [...emitter.indexes].map(([func, index]) => ({
		func,
		...(index.kind === "conditions"
			? { conditions: index.conditions }
			: {
					byValue: [...index.byKey.values()].map((list, i) => [at(index.values, i), list] as const),
					rest: index.rest,
				}),
		table: emitter.rows.get(func),
		locations: (emitter.plan.funcs[func]?.definitions ?? []).map((d) => d.location),
	}));
}

/** Names the module exports: the last name of the path where that is a free identifier. */
function exportsOf(
	entrypoints: readonly (readonly string[])[],
): readonly { readonly name: string; readonly path: readonly string[] }[] {
	const usedNames = new Set(["program", "entrypoints", "hash", "AotProgram", "default"]);
	return entrypoints.map((path, i) => {
		const last = path[path.length - 1] ?? "";
		const free =
			/^[A-Za-z_][A-Za-z0-9_]*$/.test(last) && !usedNames.has(last) && !reserved.has(last) && !/^c\d+$/.test(last);
		let name = free ? last : `entrypoint${i}`;
		while (usedNames.has(name)) name += "_";
		usedNames.add(name);
		return { name, path };
	});
}

/** Reserved words, and the globals that emitted code uses. */
const reserved: ReadonlySet<string> = new Set(
	"await break case catch class const continue debugger delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield arguments eval undefined NaN Infinity Array Number Object".split(
		" ",
	),
);

function declarations(entrypoints: readonly (readonly string[])[], from: string): string {
	const list = exportsOf(entrypoints);
	return [
		`import type { AotDecision, AotProgram } from ${JSON.stringify(from)};`,
		...list.map(({ name, path }) => `/** ${commentText(path)} */\nexport declare const ${name}: AotDecision;`),
		`export declare const entrypoints: { ${list.map(({ path }) => `readonly ${JSON.stringify(path.join("/"))}: AotDecision`).join("; ")} };`,
		"export declare const hash: string;",
		"export declare const program: AotProgram;",
		"export default entrypoints;",
		"",
	].join("\n");
}

/** A path below data, as text that cannot end a comment. */
function commentText(path: readonly string[]): string {
	const names = path.map((p) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(p) ? `.${p}` : `[${JSON.stringify(p)}]`));
	return `data${names.join("")}`.replaceAll("*/", "*\\/");
}

/** `render-template` exports renderTemplate. */
function exportName(module: string): string {
	return module.replace(/-([a-z])/g, (_, c: string) => c.toUpperCase());
}

/** Whether a path leads to a rule or package of the tree. */
function reaches(tree: TreeNode, path: readonly string[]): boolean {
	let node: TreeNode | undefined = tree;
	for (const name of path) {
		if (node?.rule !== undefined) return true;
		node = node?.children?.find(([n]) => n === name)?.[1];
		if (node === undefined) return false;
	}
	return node !== undefined;
}
