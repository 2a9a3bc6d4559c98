/**
 * A plan interpreted, with where each value is from. It answers what the other backends answer: it is one of
 * those that the conformance runner compares. Explanations ask it what holds before they ask why something
 * does not.
 */
import { at } from "../at.ts";
import type { Builtin } from "../builtins/define.ts";
import { RegoError } from "../errors.ts";
import type { Backend, Entry, Program } from "../eval/backend.ts";
import { EvalContext } from "../eval/context.ts";
import { Documents } from "../eval/documents.ts";
import { conflict, conflictMessage, type RowSink } from "../eval/frame.ts";
import { callMock } from "../eval/mocks.ts";
import { whole } from "../eval/overlay.ts";
import { PlanBuiltins } from "../eval/plan-builtins.ts";
import { operandsOf } from "../eval/remember-calls.ts";
import { within } from "../eval/rules-by-key.ts";
import { ObjectCollector } from "../eval/runtime.ts";
import { decode } from "../plan/constants.ts";
import { pathText } from "../plan/path-text.ts";
import type {
	Block,
	Definition,
	Func,
	KeyedRule,
	PlanLocation,
	PlanOnDemand,
	ReturnStmt,
	YieldEntryStmt,
	YieldMemberStmt,
} from "../plan/plan.ts";
import { dot } from "../value/access.ts";
import { RegoSet } from "../value/collections.ts";
import { equal } from "../value/compare.ts";
import type { Value } from "../value/value.ts";
import type { Recorder } from "./cover/recorder.ts";
import { roots } from "./expressions.ts";
import { Collector, Frame, type Next } from "./frame.ts";
import { literal, type Place, ruleValue, type Source, step, type Traced } from "./source.ts";
import { run } from "./statements.ts";

/** The interpreter as a backend: slow, and for comparing with the others. */
export const interpreted: Backend = {
	name: "interpreted",
	prepare: (plan, builtins) => new Interpreter(plan, builtins),
};

interface Roots {
	readonly input: Place;
	readonly data: Place;
}

/** What is known in one context. Null: undefined. */
interface Memo {
	readonly rules: Map<number, Traced | null>;
	readonly byKey: Map<string, Traced | null>;
	readonly calls: Map<string, Traced | null>;
}

/** Calls of a function in an evaluation that are just made; more are remembered. */
const fewCalls = 32;

export class Interpreter implements Program {
	readonly plan: PlanOnDemand;
	readonly documents: Documents;
	readonly #builtins: PlanBuiltins;
	readonly #keyed: Map<number, KeyedRule> = new Map();
	readonly #memos: WeakMap<EvalContext, Memo> = new WeakMap();
	readonly #roots: WeakMap<EvalContext, Roots> = new WeakMap();
	readonly #calls: WeakMap<EvalContext, number[]> = new WeakMap();
	/** Told of each entry of a collection that a success went through; nothing is remembered meanwhile. */
	picked: ((from: Source) => void) | undefined;

	/** Told of everything an evaluation goes through. */
	recorder: Recorder | undefined;
	/** It is asked for explanations: how locals came about is noted. */
	get explains(): boolean {
		return this.#remembers;
	}

	readonly #remembers: boolean;
	readonly #numbers: WeakMap<object, number> = new WeakMap();
	#next = 0;

	/** `remembers`: what is asked again and again is remembered from the first call on. */
	constructor(plan: PlanOnDemand, builtins: ReadonlyMap<string, Builtin>, remembers = false) {
		this.plan = plan;
		this.#remembers = remembers;
		this.#builtins = new PlanBuiltins(plan.builtins, builtins);
		this.documents = new Documents(plan, this);
	}

	/** A builtin by its index in the plan. */
	builtin(index: number): Builtin {
		return this.#builtins.at(index);
	}

	func(index: number): Func {
		const f = this.plan.funcs.at(index);
		if (f === undefined) throw new RegoError("eval_internal_error", `the plan has no function ${index}`);
		return f;
	}

	/** Where the documents of a context are from. */
	rootsOf(c: EvalContext): Roots {
		return this.#roots.get(c) ?? roots;
	}

	setRoots(c: EvalContext, of: Roots): void {
		this.#roots.set(c, of);
	}

	memo(c: EvalContext): Memo {
		let memo = this.#memos.get(c);
		if (memo === undefined) {
			memo = { rules: new Map(), byKey: new Map(), calls: new Map() };
			this.#memos.set(c, memo);
		}
		return memo;
	}

	// As the other backends' programs.

	rule(c: EvalContext, func: number): Value | undefined {
		return this.ruleTraced(c, func)?.value;
	}

	ruleAt(c: EvalContext, func: number, keys: readonly Value[]): Value | undefined {
		return this.ruleAtTraced(c, func, keys)?.value;
	}

	entry(func: number): Entry {
		return (options, input, data) => this.rule(new EvalContext(options, input, data), func);
	}

	document(c: EvalContext, path: readonly string[]): Value | undefined {
		return this.documents.value(c, path);
	}

	query(c: EvalContext, index: number, onRow: RowSink): void {
		const q = this.plan.queries[index];
		if (q === undefined) throw new RegoError("eval_internal_error", `the plan has no query ${index}`);
		const f = new Frame(q.locals);
		f.sink = onRow;
		this.block(c, f, q.body, 0, never);
	}

	// With where values are from.

	ruleTraced(c: EvalContext, index: number): Traced | undefined {
		if (c.shadowed?.has(index) === true) return this.#shadow(c, index);
		const { rules } = this.memo(c);
		const known = rules.get(index);
		if (known !== undefined) return known ?? undefined;
		const v = this.#evaluateFunc(c, index, []);
		const out = v === undefined ? undefined : { value: v.value, from: ruleValue(index, v.from) };
		rules.set(index, out ?? null);
		return out;
	}

	/** A rule hidden by `with`: the replaced data answers. */
	#shadow(c: EvalContext, index: number): Traced | undefined {
		let v: Value | undefined = c.data;
		let from: Source = this.rootsOf(c).data;
		for (const key of this.func(index).path) {
			v = dot(v, decode(key));
			from = step(from, decode(key));
		}
		const value = whole(v);
		return value === undefined ? undefined : { value, from };
	}

	/** The value of a rule at keys in a row: all of it where that is known, else what is at them alone. */
	ruleAtTraced(c: EvalContext, index: number, keys: readonly Value[]): Traced | undefined {
		const keyed = this.#keyedRule(index);
		const n = Math.min(keys.length, keyed?.by.length ?? 0);
		const isKnown = c.shadowed?.has(index) === true || this.memo(c).rules.has(index);
		if (keyed === undefined || n === 0 || isKnown) return inside(this.ruleTraced(c, index), keys, 0);
		const operands = operandsOf(c);
		const name = `${index}:${keys.slice(0, n).map((k) => operands.number(k))}`;
		const { byKey } = this.memo(c);
		let known = byKey.get(name);
		if (known === undefined) {
			const literals = keys.slice(0, n).map((value) => ({ value, from: literal }));
			const v = this.#evaluateFunc(c, at(keyed.by, n - 1), literals);
			known = v === undefined ? null : { value: v.value, from: ruleValue(index, v.from) };
			byKey.set(name, known);
		}
		return inside(known ?? undefined, keys, n);
	}

	/** The function that evaluates a rule at its first n keys. */
	keyedFunc(index: number, n: number): number | undefined {
		const by = this.#keyedRule(index)?.by;
		return by?.[Math.min(n, by.length) - 1];
	}

	#keyedRule(index: number): KeyedRule | undefined {
		const { keyed } = this.plan;
		if (this.#keyed.size !== keyed.length) for (const k of keyed) this.#keyed.set(k.rule, k);
		return this.#keyed.get(index);
	}

	callTraced(c: EvalContext, index: number, args: readonly Traced[], loc: PlanLocation): Traced | undefined {
		const mock = c.funcMocks?.get(index);
		if (mock !== undefined) {
			const value = callMock(
				this.#callees,
				c,
				mock,
				args.map((a) => a.value),
				loc,
			);
			return value === undefined ? undefined : { value, from: literal };
		}
		if (this.#remembers && this.picked === undefined) return this.#remembered(c, index, args);
		let calls = this.#calls.get(c);
		if (calls === undefined) {
			calls = [];
			this.#calls.set(c, calls);
		}
		if (this.recorder !== undefined) return this.#evaluateFunc(c, index, args);
		const count = (calls[index] ?? 0) + 1;
		calls[index] = count;
		if (count <= fewCalls || this.picked !== undefined) return this.#evaluateFunc(c, index, args);
		const operands = operandsOf(c);
		const { calls: known } = this.memo(c);
		const name = `${index}:${args.map((a) => operands.number(a.value))}`;
		const before = known.get(name);
		if (before !== undefined) return before ?? undefined;
		const errors = c.errorCount;
		const v = this.#evaluateFunc(c, index, args);
		if (c.errorCount === errors && known.size < 20_000) known.set(name, v ?? null);
		return v;
	}

	/** A call whose answer is no more than yes or no is remembered: where that is from matters to nobody. */
	#remembered(c: EvalContext, index: number, args: readonly Traced[]): Traced | undefined {
		let name = `${index}`;
		for (const { value } of args) name += `:${this.#name(value)}`;
		const { calls } = this.memo(c);
		const before = calls.get(name);
		if (before !== undefined) return before ?? undefined;
		const v = this.#evaluateFunc(c, index, args);
		if ((v === undefined || typeof v.value === "boolean") && calls.size < 100_000) calls.set(name, v ?? null);
		return v;
	}

	/** The same text for the same value: composites by their identity. */
	#name(v: Value): string {
		if (typeof v === "string") return `"${v.length}"${v}`;
		if (typeof v !== "object" || v === null) return `${typeof v}${String(v)}`;
		let n = this.#numbers.get(v);
		if (n === undefined) {
			n = this.#next++;
			this.#numbers.set(v, n);
		}
		return `#${n}`;
	}

	callBuiltin(c: EvalContext, index: number, args: readonly Value[], loc: PlanLocation): Value | undefined {
		const mock = c.builtinMocks?.get(index);
		if (mock !== undefined) return callMock(this.#callees, c, mock, args, loc);
		const b = this.builtin(index);
		return b.eval(c.calling(b.name, loc), ...args);
	}

	readonly #callees = {
		func: (c: EvalContext, index: number, args: readonly Value[]): Value | undefined =>
			this.#evaluateFunc(
				c,
				index,
				args.map((value) => ({ value, from: literal })),
			)?.value,
		builtin: (c: EvalContext, index: number, args: readonly Value[], loc: PlanLocation): Value | undefined =>
			this.callBuiltin(c, index, args, loc),
	};

	#evaluateFunc(c: EvalContext, index: number, args: readonly Traced[]): Traced | undefined {
		const func = this.func(index);
		if (c.limited) c.query.step(1);
		const mark = this.recorder?.mark ?? 0;
		try {
			const single = func.kind === "complete" || func.kind === "function";
			const v = single ? this.#single(c, func, args) : this.#collecting(c, func, args);
			if (v === undefined || v.value === false) this.recorder?.back(mark);
			return v;
		} catch (e) {
			if (e instanceof RegoError) {
				const rule = pathText(func.path);
				e.stack_trace = [...e.stack_trace, { rule, location: c.query.locate(func.location) }];
			}
			throw e;
		}
	}

	/** complete rules and functions: one value, or a conflict. */
	#single(c: EvalContext, func: Func, args: readonly Traced[]): Traced | undefined {
		const stop = func.sameValue === true;
		let result: Traced | undefined;
		for (const d of func.definitions) {
			const found = this.definition(c, func, d, args, stop);
			if (found === undefined) continue;
			if (stop) return found.value;
			if (result === undefined) result = found.value;
			else if (!equal(result.value, found.value.value)) throw conflict(c, conflictMessage(func), found.by.location);
		}
		if (result === undefined && func.default !== undefined) {
			return this.definition(c, func, func.default, args, true)?.value;
		}
		return result;
	}

	/** The value of a definition, or of its first else branch that has one, and which of them that is. */
	definition(
		c: EvalContext,
		func: Func,
		first: Definition,
		args: readonly Traced[],
		stop: boolean,
	): { readonly value: Traced; readonly by: Definition } | undefined {
		for (let d: Definition | undefined = first; d !== undefined; d = d.else) {
			const f = frameOf(d, args);
			const { location } = d;
			this.block(c, f, d.body, 0, never, {
				result: d.result,
				stop,
				conflict: () => conflict(c, conflictMessage(func), location),
			});
			const value = f.slots[d.result];
			this.recorder?.definition(d.location, value !== undefined);
			if (value !== undefined) return { value, by: d };
		}
		return undefined;
	}

	/** Partial sets and objects; at the keys that are their arguments, where they have any. */
	#collecting(c: EvalContext, func: Func, args: readonly Traced[]): Traced | undefined {
		const into = new Collector(func.kind === "set" ? new RegoSet() : new ObjectCollector());
		for (const d of func.definitions) this.#collect(c, d, args, into);
		return inside(
			into.finish(),
			args.map((a) => a.value),
			0,
		);
	}

	#collect(c: EvalContext, first: Definition, args: readonly Traced[], into: Collector): void {
		for (let d: Definition | undefined = first; d !== undefined; d = d.else) {
			const f = frameOf(d, args);
			f.collectors[d.result] = into;
			const before = c.query.yields;
			this.block(c, f, d.body, 0, never, { counts: d.result });
			this.recorder?.definition(d.location, c.query.yields !== before);
			if (c.query.yields !== before) return;
		}
	}

	/** Runs a block from a statement on, and `next` for each success; true when that stopped it. */
	block(c: EvalContext, f: Frame, block: Block, at: number, next: Next, target?: Target): boolean {
		return run(this, c, f, block, at, next, target);
	}
}

/** What the end of a path needs to know about its definition. */
export type Target =
	| { readonly result: number; readonly stop: boolean; readonly conflict: () => RegoError }
	| { readonly counts: number }
	/** Asked at each return, and at each yield into a local; true means stop. */
	| { readonly into: number; readonly ends: (c: EvalContext, s: EndStmt) => boolean };

export type EndStmt = ReturnStmt | YieldMemberStmt | YieldEntryStmt;

const never: Next = () => false;

function frameOf(d: Definition, args: readonly Traced[]): Frame {
	const f = new Frame(d.locals);
	for (const [i, a] of args.entries()) f.slots[i] = a;
	return f;
}

/** What is at the keys from `from` on. */
function inside(v: Traced | undefined, keys: readonly Value[], from: number): Traced | undefined {
	if (v === undefined || keys.length === from) return v;
	const value = within(v.value, keys, from);
	if (value === undefined) return undefined;
	let source = v.from;
	for (const k of keys.slice(from)) source = step(source, k);
	return { value, from: source };
}
