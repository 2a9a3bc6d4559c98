/**
 * Every way there is to execute a plan: closures, generated code, modules built ahead of time (their
 * text evaluated here, with this tree's sources as their runtime), the interpreter of explanations, and each
 * of them with and without folding. `everyWay` asks the same of all of them.
 */
import { vi } from "vitest";
import { builtAheadBy } from "../../conformance/aot-backend.ts";
import { type AotProgram, AotProgram as Program, useBuiltins } from "../../src/aot/program.ts";
import { compilePattern } from "../../src/builtins/regex.ts";
import { builtins } from "../../src/builtins/registry.ts";
import type { CompileOptions } from "../../src/compile-with.ts";
import { InOrder } from "../../src/compiler/stages/in-order.ts";
import type { Backend } from "../../src/eval/backend.ts";
import { closures } from "../../src/eval/closures/closures.ts";
import { deepCalls } from "../../src/eval/deep-calls.ts";
import { optimisations } from "../../src/eval/generated/emit-choices.ts";
import { generated, generatedWith } from "../../src/eval/generated/generated.ts";
import { interpreted } from "../../src/explain/interpreter.ts";
import { compile, loadPlan, RegoError, RegoErrors, type Value } from "../../src/index.ts";
import type { EvaluateOptions } from "../../src/planned.ts";
import { termText } from "../../src/value/term-text.ts";

/** Evaluates the text of a module that `rego build -t js` made; `exports` are its exports by name. */
export function evaluateModule(code: string): { readonly program: AotProgram; readonly [name: string]: unknown } {
	const names: string[] = [];
	const body = code
		.replace(/^import (\{ AotProgram(?:, deepCalls)? \}) from "[^"]*";$/m, "const $1 = RUNTIME;")
		.replace(/^import \{ \w+ as (c\d+) \} from "[^"]*\/([\w-]+)";$/gm, 'const $1 = CATEGORIES["$2"];')
		.replace(
			/^import \{ \w+ as (c\d+), compilePattern as (c\d+) \} from "[^"]*\/([\w-]+)";$/gm,
			'const $1 = CATEGORIES["$3"], $2 = RUNTIME.compilePattern;',
		)
		.replace(/^export const (\w+) = /gm, (_, name: string) => {
			names.push(name);
			return `const ${name} = `;
		})
		.replace(/^export \{ program \};$/m, "")
		.replace(/^export default entrypoints;$/m, "");
	const make = new Function("RUNTIME", "CATEGORIES", `${body}\nreturn { program, ${names.join(", ")} };`) as (
		runtime: object,
		categories: object,
	) => { readonly program: AotProgram };
	const all = [...builtins.values()];
	const categories = Object.fromEntries(all.map((b) => [b.module, all.filter((o) => o.module === b.module)]));
	return make({ AotProgram: Program, compilePattern, deepCalls }, categories);
}

export const builtAhead: Backend = builtAheadBy((code, own) => {
	if (own.length > 0) useBuiltins(own);
	return evaluateModule(code).program;
});

export const backends: readonly Backend[] = [closures, generated, builtAhead, interpreted];

export interface Way {
	readonly name: string;
	readonly options: CompileOptions;
}

export const ways: readonly Way[] = [
	...backends.flatMap((backend) =>
		[true, false].map((fold) => ({
			name: `${backend.name}${fold ? "" : ", not folded"}`,
			options: { backend, optimize: { fold } },
		})),
	),
	// An indexed group's definitions as functions of their own, and as closures.
	{ name: "js, nothing shared", options: { backend: generatedWith({ shareFrom: Number.POSITIVE_INFINITY }) } },
	{
		name: "js, groups as closures",
		options: { backend: generatedWith({ shareFrom: Number.POSITIVE_INFINITY, maxDefinitions: 1 }) },
	},
	{ name: "js, plain", options: { backend: generatedWith({ without: new Set(optimisations) }) } },
];

/** Each optimisation left out: of one plan, as nothing before the emitter knows of them. */
const emitters: readonly { readonly name: string; readonly backend: Backend }[] = optimisations.map((o) => ({
	name: `js, without ${o}`,
	backend: generatedWith({ without: new Set([o]) }),
}));

/** An answer as text: the value, `undefined`, or the error. */
export function answerText(answer: () => Value | undefined): string {
	try {
		const v = answer();
		return v === undefined ? "undefined" : termText(v);
	} catch (e) {
		if (e instanceof RegoErrors) return e.errors.map((x) => x.message).join("\n");
		if (e instanceof RegoError) return e.message;
		throw e;
	}
}

/** Answers of one document by way: as a prepared rule, and as an evaluation. */
export function everyWay(
	modules: { readonly [file: string]: string },
	path: string,
	asked: CompileOptions & EvaluateOptions & { readonly input?: unknown } = {},
): { readonly [way: string]: string } {
	const { input, limits, strictBuiltinErrors, ...rest } = asked;
	const evaluating = { limits, strictBuiltinErrors, optional: true };
	// What answers are worth in Rego is compared, whatever the kinds of their values in JavaScript.
	const options = { ...rest, limits, strictBuiltinErrors, values: "rego" } as const;
	const out: { [way: string]: string } = {};
	// Compiling looks at no backend. Those that are users' own run what was compiled for them, the others one plan.
	const plain = compile(modules, options);
	const notFolded = compile(modules, { ...options, optimize: { fold: false } });
	for (const { name, options: own } of ways) {
		const isCompiled = own.backend === closures || own.backend === generated;
		const { plan } = own.optimize?.fold === false ? notFolded : plain;
		const policy = isCompiled
			? compile(modules, { ...options, ...own })
			: loadPlan(plan, { ...options, backend: own.backend });
		const rule = policy.rule(path, { optional: true });
		out[name] = answerText(() => rule(input));
		out[`${name}, evaluate`] = answerText(() => policy.evaluate(path, input, evaluating).value);
	}
	// Most bodies are in order as they are written; here each goes through all of the ordering.
	const inOrder = vi.spyOn(InOrder.prototype, "succeeds").mockReturnValue(false);
	try {
		const policy = compile(modules, { ...options, backend: closures });
		out["closures, every body ordered"] = answerText(() => policy.rule(path, { optional: true })(input));
		const loaded = loadPlan(policy.plan, { ...options, backend: generated });
		out["js, every body ordered"] = answerText(() => loaded.rule(path, { optional: true })(input));
	} finally {
		inOrder.mockRestore();
	}
	const { plan } = plain;
	for (const { name, backend } of emitters) {
		const policy = loadPlan(plan, { ...options, backend });
		const rule = policy.rule(path, { optional: true });
		out[name] = answerText(() => rule(input));
		out[`${name}, evaluate`] = answerText(() => policy.evaluate(path, input, evaluating).value);
	}
	out["with prints"] = answerText(() => plain.evaluate(path, input, { ...evaluating, prints: true }).value);
	return out;
}
