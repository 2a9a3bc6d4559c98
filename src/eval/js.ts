/**
 * The generated-JavaScript backend: emits a program's text once (emit.ts), makes functions of it
 * with `new Function`, and runs rules through them. Queries, and bodies nested too deeply to emit,
 * run as closures, which call the generated functions for every rule and function.
 */
import type { Builtin } from "../builtins/define.ts";
import { compileRegex } from "../regex/regex.ts";
import { dot, isCollection } from "../value/access.ts";
import { ObjectBuilder, RegoSet } from "../value/collections.ts";
import { compare, equal } from "../value/compare.ts";
import { compareNumbers } from "../value/number.ts";
import { isNumber, type NumberValue, type Value } from "../value/value.ts";
import type { Backend, ExecutablePlan } from "./backend.ts";
import type { FuncRunner } from "./closure-frame.ts";
import { conflict } from "./closure-frame.ts";
import { ClosureProgram } from "./closures.ts";
import { type EvalContext, UNDEFINED } from "./context.ts";
import { baseValue } from "./documents.ts";
import { ProgramEmitter } from "./emit.ts";
import type { ReplacementValue } from "./layer.ts";
import { makeLayer } from "./layer.ts";
import { insertEntry, isObjectOf, ObjectCollector, scanKeys, scanValue } from "./runtime.ts";

/** Generated functions by index. */
interface Emitted {
	readonly rules: readonly (readonly [number, (c: EvalContext) => Value | undefined])[];
	readonly funcs: readonly (readonly [number, (c: EvalContext, ...args: readonly Value[]) => Value | undefined])[];
}

/** Whether this host allows code from strings (no strict Content-Security-Policy). */
export function canGenerate(): boolean {
	try {
		return new Function("return 1")() === 1;
	} catch {
		return false;
	}
}

export const generated: Backend = {
	name: "js",
	prepare: (plan, builtins) => new GeneratedProgram(plan, builtins),
};

class GeneratedProgram extends ClosureProgram {
	#rules: Map<number, (c: EvalContext) => Value | undefined> | undefined;
	#funcs: Map<number, (c: EvalContext, ...args: readonly Value[]) => Value | undefined> | undefined;

	constructor(plan: ExecutablePlan, builtins: ReadonlyMap<string, Builtin>) {
		super(plan, builtins);
	}

	override rule(c: EvalContext, index: number): Value | undefined {
		if (this.#rules === undefined) this.#generate();
		const f = this.#rules?.get(index);
		return f === undefined ? super.rule(c, index) : f(c);
	}

	override func(index: number): FuncRunner {
		if (this.#funcs === undefined) this.#generate();
		const f = this.#funcs?.get(index);
		return f === undefined ? super.func(index) : (c, args) => f(c, ...args);
	}

	/** Entry for callers that know the rule: no lookup per call. */
	override entry(index: number): (c: EvalContext) => Value | undefined {
		if (this.#rules === undefined) this.#generate();
		return this.#rules?.get(index) ?? ((c) => super.rule(c, index));
	}

	#generate(): void {
		const emitter = new ProgramEmitter(this.plan, this.builtins);
		const roots = this.plan.funcs.flatMap((f, i) => (f.kind === "function" ? [] : [i]));
		for (let i = 0; i < this.plan.funcs.length; i++) emitter.func(i);
		const text = emitter.program(roots).text;
		const make = new Function("K", "B", "R", text);
		// The text is ours: quoted literals and generated names only (code.ts).
		const emitted = make(this.plan.constants, this.builtins, this.#runtime(emitter)) as Emitted;
		this.#rules = new Map(emitted.rules);
		this.#funcs = new Map(emitted.funcs);
	}

	#runtime(emitter: ProgramEmitter): object {
		return {
			...runtime,
			shadow: (c: EvalContext, index: number) => this.shadow(c, index),
			document: (c: EvalContext, path: readonly Value[]) => this.documents.value(c, path),
			documentKeys: (c: EvalContext, path: readonly Value[]) => this.documents.keys(c, path),
			interpret: (c: EvalContext, index: number, args: readonly Value[]) => super.func(index)(c, args),
			callFunc: (c: EvalContext, index: number, args: readonly Value[], loc: number) =>
				this.callFunc(c, index, args, loc),
			callBuiltin: (c: EvalContext, index: number, args: readonly Value[], loc: number) =>
				this.callBuiltin(c, index, args, loc),
			layer: (c: EvalContext, index: number, values: readonly ReplacementValue[]) =>
				makeLayer(c, emitter.withs[index]?.replacements ?? [], values),
		};
	}
}

/** What emitted code calls, beyond the program's own. */
const runtime: Readonly<Record<string, unknown>> = {
	dot,
	equal,
	equalNumber: (a: Value, b: NumberValue): boolean => isNumber(a) && compareNumbers(a, b) === 0,
	compareValues: compare,
	scanKeys,
	scanValue,
	baseValue,
	conflict,
	RegoSet,
	ObjectBuilder,
	ObjectCollector,
	insertEntry,
	isObjectOf,
	isCollection,
	regexMatch,
	pattern,
	U: UNDEFINED,
};

/** A constant pattern, or undefined where it does not compile: then the builtin reports it. */
function pattern(text: string): { test(s: string): boolean } | undefined {
	try {
		return compileRegex(text);
	} catch {
		return undefined;
	}
}

/** A computed pattern through the shared cache; undefined where it does not compile. */
function regexMatch(text: string, s: string): boolean | undefined {
	try {
		return compileRegex(text).test(s);
	} catch {
		return undefined;
	}
}
