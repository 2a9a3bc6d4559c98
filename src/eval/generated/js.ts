/**
 * The generated-JavaScript backend: emits a program's text once (emit.ts), makes functions of it
 * with `new Function`, and runs rules through them. Queries, and bodies nested too deeply to emit,
 * run as closures, which call the generated functions for every rule and function.
 */
import type { Builtin } from "../../builtins/define.ts";
import type { RuleIndex } from "../../plan/index-rules.ts";
import type { Definition, Replacement } from "../../plan/plan.ts";
import { compileRegex } from "../../regex/regex.ts";
import type { Value } from "../../value/value.ts";
import type { Entry, ExecutablePlan, Program } from "../backend.ts";
import { ClosureProgram } from "../closures/closures.ts";
import { type EvalContext, orUndefined, type UNDEFINED } from "../context.ts";
import type { FuncRunner } from "../frame.ts";
import { conflictMessage } from "../frame.ts";
import { ProgramEmitter } from "./emit.ts";
import type { EmitterChoices } from "./emit-choices.ts";
import { filledRows, type RowTable } from "./emit-shapes.ts";
import { type Emitted, type EmittedHost, emittedRuntime, type Selection, selectionOf } from "./emitted-runtime.ts";

export function prepareGenerated(
	plan: ExecutablePlan,
	builtins: ReadonlyMap<string, Builtin>,
	choices: EmitterChoices,
): Program {
	return new GeneratedProgram(plan, builtins, choices);
}

class GeneratedProgram extends ClosureProgram implements EmittedHost {
	/** All of it: one text is made of all its functions. */
	declare readonly plan: ExecutablePlan;
	replacements: readonly (readonly Replacement[])[] = [];
	#rules: ReadonlyMap<number, (c: EvalContext) => Value | undefined> | undefined;
	#slots: ReadonlyMap<number, number> = new Map();
	#funcs: ReadonlyMap<number, (c: EvalContext, ...args: readonly Value[]) => Value | undefined> = new Map();

	#entries: ReadonlyMap<number, Entry> = new Map();
	#rows: ReadonlyMap<number, RowTable> = new Map();
	#indexes: ReadonlyMap<number, RuleIndex> = new Map();
	readonly #definitions: Map<Definition, unknown> = new Map();

	readonly #choices: EmitterChoices;

	constructor(plan: ExecutablePlan, builtins: ReadonlyMap<string, Builtin>, choices: EmitterChoices) {
		super(plan, builtins);
		this.#choices = choices;
	}

	override rule(c: EvalContext, index: number): Value | undefined {
		const f = this.#generated().get(index);
		return f === undefined ? super.rule(c, index) : f(c);
	}

	override knownRule(c: EvalContext, index: number): Value | typeof UNDEFINED | undefined {
		const slot = this.#slots.get(index);
		if (slot === undefined) return super.knownRule(c, index);
		if (c.shadowed?.has(index) === true) return orUndefined(this.shadow(c, index));
		const known = c.memo[slot];
		return known === undefined && this.isKept(index) ? c.kept?.get(index) : known;
	}

	override func(index: number): FuncRunner {
		this.#generated();
		const f = this.#funcs.get(index);
		return f === undefined ? super.func(index) : (c, args) => f(c, ...args);
	}

	override entry(index: number): Entry {
		this.#generated();
		return this.#entries.get(index) ?? super.entry(index);
	}

	index(func: number): Selection {
		return selectionOf(this.#indexes.get(func));
	}

	rows(func: number): readonly (readonly Value[])[] {
		const table = this.#rows.get(func);
		return table === undefined ? [] : filledRows(table, this.plan.constants);
	}

	locationOf(func: number, definition: number): number {
		return this.plan.funcs[func]?.definitions[definition]?.location ?? -1;
	}

	/** Definitions of groups too large to emit, as closures made on first use. */
	definitionOf(func: number, definition: number): unknown {
		const f = this.plan.funcs[func];
		const d = f?.definitions[definition];
		if (f === undefined || d === undefined) throw new Error("no such definition");
		const known = this.#definitions.get(d);
		if (known !== undefined) return known;
		const made =
			f.kind === "set" || f.kind === "object"
				? this.collector(d)
				: this.definition(d, f.sameValue === true, conflictMessage(f));
		this.#definitions.set(d, made);
		return made;
	}

	interpret(c: EvalContext, index: number, args: readonly Value[]): Value | undefined {
		return super.func(index)(c, args);
	}

	#generated(): ReadonlyMap<number, (c: EvalContext) => Value | undefined> {
		if (this.#rules !== undefined) return this.#rules;
		const builtins = this.plan.builtins.map((_, i) => this.builtin(i));
		const emitter = new ProgramEmitter(this.plan, builtins, this.#choices);
		for (let i = 0; i < this.plan.funcs.length; i++) emitter.func(i);
		const rules = this.plan.funcs.flatMap((f, i) => (f.kind === "function" ? [] : [i]));
		const text = emitter.program(rules, emitter.does("entries") ? rules : []).text;
		this.#indexes = emitter.indexes;
		this.#rows = emitter.rows;
		this.replacements = emitter.withs.map((w) => w.replacements);
		// The text is ours: quoted literals and generated names only (code.ts).
		const make = new Function("K", "B", "R", text) as (...args: readonly unknown[]) => Emitted;
		const emitted = make(this.plan.constants, builtins, emittedRuntime(this, compileRegex));
		this.#rules = new Map(emitted.rules.map(([i, rule]) => [i, rule]));
		this.#slots = new Map(emitted.rules.map(([i, , slot]) => [i, slot]));
		this.#funcs = new Map(emitted.funcs);
		this.#entries = new Map(emitted.entries.map(([i, entry]) => [i, entry]));
		return this.#rules;
	}
}
