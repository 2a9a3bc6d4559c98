/**
 * The closure backend: a plan becomes a tree of JavaScript closures, no dynamic code, so it runs
 * under any Content-Security-Policy. It is the reference the generated code is compared with.
 *
 * A block becomes one closure that runs its statements and then whatever continues after it.
 * Statements that succeed at most once are steps, run in a row; the others (scan, relation, with)
 * call the rest of the block for each success. A run answers true for "stop looking".
 */

import { at } from "../../at.ts";
import type { Builtin } from "../../builtins/define.ts";
import { RegoError } from "../../errors.ts";
import { decode } from "../../plan/constants.ts";
import { branchesOf } from "../../plan/else-chain.ts";
import { groupingAt } from "../../plan/groups.ts";
import { indexRules, type RuleIndex } from "../../plan/index-rules.ts";
import { pathText } from "../../plan/path-text.ts";
import type {
	Block,
	Definition,
	Expression,
	Func,
	OpenFunc,
	PlanLocation,
	PlanOnDemand,
	PrintStmt,
	Query,
	Stmt,
} from "../../plan/plan.ts";
import { isStable } from "../../plan/stable.ts";
import { dot, isCollection } from "../../value/access.ts";
import { type ObjectBuilder, RegoSet } from "../../value/collections.ts";
import { equal } from "../../value/compare.ts";
import { canonicalKey } from "../../value/key.ts";
import { assertNever, type Value } from "../../value/value.ts";
import type { Backend, Entry, Program } from "../backend.ts";
import { CallSite, fewCalls } from "../call-site.ts";
import { EvalContext, orUndefined, UNDEFINED } from "../context.ts";
import { Documents } from "../documents.ts";
import {
	type Collector,
	conflict,
	conflictMessage,
	type Ev,
	type Frame,
	type FuncRunner,
	type RowSink,
	type Run,
	type Step,
} from "../frame.ts";
import { type Entry as GroupEntry, GroupedScan, isPureOwn } from "../grouped-scan.ts";
import { type Callees, callMock } from "../mocks.ts";
import { whole } from "../overlay.ts";
import { PlanBuiltins } from "../plan-builtins.ts";
import { RulesByKey, within } from "../rules-by-key.ts";
import { insertEntry, isObjectOf, ObjectCollector, scan, unpackArray } from "../runtime.ts";
import { known, Selector } from "../selector.ts";
import { compileWith } from "./effects.ts";
import { compileExpression } from "./expressions.ts";

/** Runs plans as closures: no code from strings, ready at once. */
export const closures: Backend = {
	name: "closures",
	prepare: (plan, builtins) => closureProgram(plan, builtins),
};

/** Closures are made for a function when it is first called, so that it need not be planned before. */
export function closureProgram(
	plan: PlanOnDemand,
	builtins: ReadonlyMap<string, Builtin>,
	prints?: PrintRuns,
): Program {
	return new ClosureProgram(plan, builtins, prints);
}

/** What runs prints (prints.ts). */
export interface PrintRuns {
	readonly compile: (p: ClosureProgram, stmt: PrintStmt) => Step;
	/** Where rules print: evaluation in OPA's order, in which no call that was made before is made again. */
	readonly order:
		| {
				readonly remembering: (run: FuncRunner) => FuncRunner;
				readonly settling: (run: Run) => Run;
				readonly single: (func: SingleRule) => FuncRunner;
		  }
		| undefined;
}

/** A function of several definitions that has one value. */
export interface SingleRule {
	readonly select: Select;
	readonly definition: (i: number) => FuncRunner;
	readonly fallback: FuncRunner | undefined;
	readonly message: string;
	readonly last: Producer;
}

const noArgs: readonly Value[] = [];

/** Numbers of the definitions to try. */
type Select = (c: EvalContext, args: readonly Value[]) => readonly number[];

/** A function, and which of its definitions to try. */
interface Chosen {
	readonly func: Omit<OpenFunc, "index">;
	readonly select: Select;
}

/** An index that may leave more is made of the whole function: plans show more of their definitions than syntax. */
const fewDefinitions = 64;

/** A query of a policy whose rules and functions another program has: that of the policy, kept for its queries. */
export function queryProgram(plan: PlanOnDemand, builtins: ReadonlyMap<string, Builtin>, rules: Program): Program {
	if (!(rules instanceof ClosureProgram)) throw new Error("queries run on closures");
	return new QueryProgram(plan, builtins, rules);
}

export class ClosureProgram implements Program {
	readonly plan: PlanOnDemand;
	readonly documents: Documents;
	readonly byKey: RulesByKey;
	readonly #kept: ReadonlySet<number>;
	readonly #builtins: PlanBuiltins;
	readonly #funcs: (FuncRunner | undefined)[];
	readonly #queries: ((c: EvalContext, onRow: RowSink) => void)[] = [];
	readonly prints: PrintRuns | undefined;

	constructor(plan: PlanOnDemand, builtins: ReadonlyMap<string, Builtin>, prints?: PrintRuns) {
		this.plan = plan;
		this.prints = prints;
		this.#builtins = new PlanBuiltins(plan.builtins, builtins);
		plan.builtins.forEach((_, i) => {
			this.builtin(i);
		});
		this.#kept = new Set(plan.dataOnly);
		this.byKey = new RulesByKey(this, plan.keyed, prints?.order === undefined);
		this.documents = new Documents(plan, this);
		this.#funcs = new Array(plan.funcs.length);
	}

	/** A builtin by its index in the plan. */
	builtin(index: number): Builtin {
		return this.#builtins.at(index);
	}

	expression(e: Expression): Ev {
		return compileExpression(this, e);
	}

	block(block: Block, end: Run): Run {
		return compileBlock(this, block, end);
	}

	rule(c: EvalContext, index: number): Value | undefined {
		if (c.shadowed?.has(index) === true) return this.shadow(c, index);
		const known = c.memo[index];
		if (known !== undefined) return known === UNDEFINED ? undefined : known;
		const kept = this.#kept.has(index) ? c.kept : undefined;
		const run = this.func(index);
		const v = kept === undefined ? run(c, noArgs) : kept.value(c, index, (x) => run(x, noArgs));
		c.memo[index] = v === undefined ? UNDEFINED : v;
		return v;
	}

	/** The value of a rule at keys in a row. */
	ruleAt(c: EvalContext, index: number, keys: readonly Value[]): Value | undefined {
		return keys.length === 0 ? this.rule(c, index) : this.byKey.value(c, index, keys);
	}

	knownRule(c: EvalContext, index: number): Value | typeof UNDEFINED | undefined {
		if (c.shadowed?.has(index) === true) return orUndefined(this.shadow(c, index));
		const known = c.memo[index];
		return known === undefined && this.#kept.has(index) ? c.kept?.get(index) : known;
	}

	isKept(index: number): boolean {
		return this.#kept.has(index);
	}

	call(c: EvalContext, func: number, args: readonly Value[]): Value | undefined {
		return this.func(func)(c, args);
	}

	/** A rule hidden by `with`: the replaced data answers. */
	shadow(c: EvalContext, index: number): Value | undefined {
		let v: Value | undefined = c.data;
		for (const key of (this.plan.funcs.at(index) as Func).path) v = dot(v, decode(key));
		return whole(v);
	}

	/** A rule group as the whole of an evaluation. */
	entry(index: number): Entry {
		const run = this.func(index);
		// Nothing it evaluates asks for it again: rules do not refer to themselves.
		if (!this.#kept.has(index)) return (options, input, data) => run(new EvalContext(options, input, data), noArgs);
		return (options, input, data) => this.rule(new EvalContext(options, input, data), index);
	}

	/** A call of a function that some `with` replaces. */
	callFunc(c: EvalContext, index: number, args: readonly Value[], loc: PlanLocation): Value | undefined {
		const mock = c.funcMocks?.get(index);
		return mock === undefined ? this.func(index)(c, args) : callMock(this.#callees, c, mock, args, loc);
	}

	/** A call of a builtin that some `with` replaces. */
	callBuiltin(c: EvalContext, index: number, args: readonly Value[], loc: PlanLocation): Value | undefined {
		const mock = c.builtinMocks?.get(index);
		if (mock !== undefined) return callMock(this.#callees, c, mock, args, loc);
		const b = this.builtin(index);
		return b.eval(c.calling(b.name, loc), ...args);
	}

	readonly #callees: Callees = {
		func: (c, index, args) => this.func(index)(c, args),
		builtin: (c, index, args, loc) => this.callBuiltin(c, index, args, loc),
	};

	document(c: EvalContext, path: readonly string[]): Value | undefined {
		return this.documents.value(c, path);
	}

	query(c: EvalContext, index: number, onRow: RowSink): void {
		let run = this.#queries[index];
		if (run === undefined) {
			run = this.#compileQuery(this.plan.queries[index] as Query);
			this.#queries[index] = run;
		}
		run(c, onRow);
	}

	#compileQuery(q: Query): (c: EvalContext, onRow: RowSink) => void {
		const body = compileBlock(this, q.body, never);
		return (c, onRow) => {
			const f: Frame = new Array(q.locals + 1);
			f[q.locals] = onRow;
			body(c, f);
		};
	}

	/** The closures of a function, made on first use. */
	func(index: number): FuncRunner {
		let run = this.#funcs[index];
		if (run === undefined) {
			run = this.#compileFunc(index);
			this.#funcs[index] = run;
		}
		return run;
	}

	#compileFunc(index: number): FuncRunner {
		const { func, select } = this.#opened(index) ?? this.#planned(index);
		const single = func.kind === "complete" || func.kind === "function";
		const evaluate = single ? this.#single(func, select) : this.#collecting(func, select);
		const isFunction = func.kind === "function";
		const run = isFunction ? (this.prints?.order?.remembering ?? oftenCalled)(evaluate) : evaluate;
		const name = pathText(func.path);
		return (c, args) => {
			if (c.limited) c.query.step(1);
			try {
				const { deep } = c.options;
				return deep === undefined ? run(c, args) : deep.call(c, index, args, run);
			} catch (e) {
				if (e instanceof RegoError) {
					e.stack_trace = [...e.stack_trace, { rule: name, location: c.query.locate(func.location) }];
				}
				throw e;
			}
		};
	}

	/** A function of many definitions, of which few are ever tried: these are planned when they are. */
	#opened(index: number): Chosen | undefined {
		const func = this.plan.funcs.open?.(index);
		if (func === undefined) return undefined;
		const { select, most } = this.#choice(func.index, func.definitions.length);
		return most > fewDefinitions ? undefined : { func, select };
	}

	#planned(index: number): Chosen {
		const func = this.plan.funcs.at(index) as Func;
		const ruleIndex = indexRules(func, {
			constants: this.plan.constants,
			builtin: (i) => known(this.builtin(i), false),
		});
		return { func, select: this.#choice(ruleIndex, func.definitions.length).select };
	}

	/** complete rules and functions: one value, or a conflict. */
	#single(func: Chosen["func"], select: Select): FuncRunner {
		const stop = func.sameValue === true;
		const message = conflictMessage(func);
		const last: Producer = { location: func.location };
		const definitions = new Lazily(func.definitions, (d) => this.definition(d, stop, message, last));
		const fallback = func.default === undefined ? undefined : this.definition(func.default, true, message);
		const order = this.prints?.order;
		if (order !== undefined && func.kind === "function" && !stop) {
			const definition = (i: number): FuncRunner => definitions.at(i);
			return order.single({ select, definition, fallback, message, last });
		}
		return (c, args) => {
			let result: Value | undefined;
			for (const i of select(c, args)) {
				const v = definitions.at(i)(c, args);
				if (v === undefined) continue;
				if (stop) return v;
				if (result === undefined) result = v;
				else if (!equal(result, v)) throw conflict(c, message, last.location);
			}
			return result === undefined && fallback !== undefined ? fallback(c, args) : result;
		};
	}

	/** Which definitions of so many to try: those the rule index leaves, in order; and the most that it may leave. */
	#choice(index: RuleIndex | undefined, count: number): { readonly select: Select; readonly most: number } {
		if (index?.kind === "conditions") {
			const selector = new Selector(index.conditions);
			// A condition may be what a builtin says that has been replaced.
			const select: Select = (c, args) => (c.builtinMocks === undefined ? selector.select(c, args) : selector.all);
			return { select, most: selector.worst };
		}
		if (index === undefined) {
			const all = upTo(count);
			return { select: () => all, most: count };
		}
		const { byKey, rest } = index;
		const on = this.expression(index.on);
		let all: readonly number[] | undefined;
		let most = rest.length;
		for (const list of byKey.values()) most = Math.max(most, list.length);
		const select: Select = (c, args) => {
			if (c.builtinMocks !== undefined) {
				all ??= upTo(count);
				return all;
			}
			const v = on(c, args as Frame);
			return v === undefined ? rest : (byKey.get(canonicalKey(v)) ?? rest);
		};
		return { select, most };
	}

	/** One definition with its else branches; `producer` learns which of them had the value. */
	definition(d: Definition, stop: boolean, message: string, producer?: Producer): FuncRunner {
		if (d.else === undefined) return this.#branch(d, stop, message, producer);
		const branches = branchesOf(d).map((b) => this.#branch(b, stop, message, producer));
		return (c, args) => {
			for (const branch of branches) {
				const v = branch(c, args);
				if (v !== undefined) return v;
			}
			return undefined;
		};
	}

	#branch(d: Definition, stop: boolean, message: string, producer?: Producer): FuncRunner {
		const body = compileBlock(this, d.body, never, { stop, message, location: d.location, result: d.result });
		const { locals, result, location } = d;
		return (c, args) => {
			const f: Frame = new Array(locals);
			for (let i = 0; i < args.length; i++) f[i] = at(args, i);
			body(c, f);
			const v = f[result] as Value | undefined;
			if (v !== undefined && producer !== undefined) producer.location = location;
			return v;
		};
	}

	/** Partial sets and objects; at the keys that are their arguments, where they have any. */
	#collecting(func: Chosen["func"], select: Select): FuncRunner {
		const isSet = func.kind === "set";
		const definitions = new Lazily(func.definitions, (d) => this.collector(d));
		return (c, args) => {
			const into: Collector = isSet ? new RegoSet() : new ObjectCollector();
			for (const i of select(c, args)) definitions.at(i)(c, args, into);
			const all = into instanceof ObjectCollector ? into.finish() : into;
			return args.length === 0 ? all : within(all, args, 0);
		};
	}

	/** One definition of a partial rule, with its else branches. */
	collector(d: Definition): (c: EvalContext, args: readonly Value[], into: Collector) => void {
		const branches = branchesOf(d).map(({ body, locals, result }) => {
			return { run: compileBlock(this, body, never, { counts: result }), locals, result };
		});
		return (c, args, into) => {
			const before = c.query.yields;
			for (const { run, locals, result } of branches) {
				const f: Frame = new Array(locals);
				for (let i = 0; i < args.length; i++) f[i] = at(args, i);
				f[result] = into;
				run(c, f);
				if (c.query.yields !== before) return;
			}
		};
	}
}

/** A function whose calls are kept where they are many and take long. */
function oftenCalled(run: FuncRunner): FuncRunner {
	const site = new CallSite();
	const spread = (c: EvalContext, ...args: readonly Value[]): Value | undefined => run(c, args);
	return (c, args) => (++site.calls <= fewCalls ? run(c, args) : site.call(c, spread, args));
}

class QueryProgram extends ClosureProgram {
	readonly #rules: ClosureProgram;

	constructor(plan: PlanOnDemand, builtins: ReadonlyMap<string, Builtin>, rules: ClosureProgram) {
		// With prints, what calls of functions leave for later is done at the end of the query's blocks, too.
		super(plan, builtins, rules.prints);
		this.#rules = rules;
	}

	override rule(c: EvalContext, index: number): Value | undefined {
		return this.#rules.rule(c, index);
	}

	override ruleAt(c: EvalContext, index: number, keys: readonly Value[]): Value | undefined {
		return this.#rules.ruleAt(c, index, keys);
	}

	override func(index: number): FuncRunner {
		return this.#rules.func(index);
	}
}

/** Where the definition or else branch stands that gave the last value: a conflict is reported there. */
interface Producer {
	location: PlanLocation;
}

function upTo(count: number): readonly number[] {
	return Array.from({ length: count }, (_, i) => i);
}

/** What is made of definitions, of each when it is first tried. */
class Lazily<T> {
	readonly #definitions: Chosen["func"]["definitions"];
	readonly #make: (d: Definition) => T;
	readonly #made: (T | undefined)[];

	constructor(definitions: Chosen["func"]["definitions"], make: (d: Definition) => T) {
		this.#definitions = definitions;
		this.#make = make;
		this.#made = new Array(definitions.length);
	}

	at(i: number): T {
		let made = this.#made[i];
		if (made === undefined) {
			const d = this.#definitions.at(i);
			if (d === undefined) throw new Error(`no definition ${i}`);
			made = this.#make(d);
			this.#made[i] = made;
		}
		return made;
	}
}

/** The end of a path whose other solutions are wanted, too. */
const never: Run = () => false;
/** The end of a path where one solution is enough. */
const always: Run = () => true;

/** What the end of a path needs to know about its definition. */
type Target = ReturnTarget | { readonly counts: number };

/** A definition of one value. */
interface ReturnTarget {
	readonly stop: boolean;
	readonly message: string;
	readonly location: PlanLocation;
	readonly result: number;
}

function compileBlock(p: ClosureProgram, block: Block, end: Run, target?: Target): Run {
	let next = end;
	let steps: Step[] = [];
	const settled = p.prints?.order?.settling ?? ((run: Run): Run => run);
	const flush = (): void => {
		if (steps.length > 0) next = settled(sequence(steps, next));
		steps = [];
	};
	for (let i = block.length - 1; i >= 0; i--) {
		const stmt = block[i] as Stmt;
		const step = compileStep(p, stmt);
		if (step !== undefined) steps.unshift(step);
		else {
			flush();
			next = compileMany(p, stmt, next, target, stmt.op === "scan" ? groupedScan(p, block, i) : undefined);
		}
	}
	flush();
	return settled(next);
}

function sequence(steps: readonly Step[], next: Run): Run {
	const [a, b, c] = steps;
	if (steps.length === 1 && a !== undefined) return (x, f) => a(x, f) && next(x, f);
	if (steps.length === 2 && a !== undefined && b !== undefined) return (x, f) => a(x, f) && b(x, f) && next(x, f);
	if (steps.length === 3 && a !== undefined && b !== undefined && c !== undefined) {
		return (x, f) => a(x, f) && b(x, f) && c(x, f) && next(x, f);
	}
	return (x, f) => {
		for (let i = 0; i < steps.length; i++) if (!(steps[i] as Step)(x, f)) return false;
		return next(x, f);
	};
}

/** Statements that succeed at most once; undefined for the others. */
function compileStep(p: ClosureProgram, stmt: Stmt): Step | undefined {
	switch (stmt.op) {
		case "let": {
			const value = compileExpression(p, stmt.value);
			const { local } = stmt;
			return (c, f) => (f[local] = value(c, f)) !== undefined;
		}
		case "test": {
			const value = compileExpression(p, stmt.value);
			return (c, f) => {
				const v = value(c, f);
				return v !== undefined && v !== false;
			};
		}
		case "not": {
			const body = compileBlock(p, stmt.body, always);
			return (c, f) => !body(c, f);
		}
		case "every": {
			const source = compileExpression(p, stmt.source);
			const body = compileBlock(p, stmt.body, always);
			const { key, value } = stmt;
			const stable = isStable(stmt.source);
			return (c, f) => {
				const v = source(c, f);
				if (!isCollection(v)) return false;
				return !scan(
					v,
					(k, x) => {
						if (c.limited) c.query.step(1);
						if (key >= 0) f[key] = k;
						if (value >= 0) f[value] = x;
						return !body(c, f);
					},
					stable,
				);
			};
		}
		case "once": {
			const blocks = stmt.blocks.map((b) => compileBlock(p, b, always));
			return (c, f) => {
				for (const b of blocks) if (b(c, f)) return true;
				return false;
			};
		}
		case "unpack-array": {
			const value = compileExpression(p, stmt.value);
			const { elements } = stmt;
			return (c, f) => {
				const v = unpackArray(value(c, f), elements.length);
				if (v === undefined) return false;
				for (let i = 0; i < elements.length; i++) {
					const local = elements[i] as number;
					if (local >= 0) f[local] = v[i] as Value;
				}
				return true;
			};
		}
		case "unpack-object": {
			const value = compileExpression(p, stmt.value);
			const entries = stmt.entries.map(([k, local]) => [compileExpression(p, k), local] as const);
			return (c, f) => {
				const v = value(c, f);
				if (!isObjectOf(v, entries.length)) return false;
				for (const [k, local] of entries) {
					const key = k(c, f);
					const x = key === undefined ? undefined : dot(v, key);
					if (x === undefined) return false;
					if (local >= 0) f[local] = x;
				}
				return true;
			};
		}
		case "print":
			if (p.prints === undefined) throw new Error("a plan that prints is run by the backend for prints");
			return p.prints.compile(p, stmt);
		case "scan":
		case "relation":
		case "with":
		case "return":
		case "yield-member":
		case "yield-entry":
		case "yield-row":
			return undefined;
		default:
			assertNever(stmt, "statement");
	}
}

/** The entries of a collection that a scan needs to look at; undefined: all. */
type GroupedRun = (c: EvalContext, f: Frame, source: Value) => readonly GroupEntry[] | undefined;

/** How the scan at `at` finds its entries by what its tests compare; undefined where they tell nothing. */
function groupedScan(p: ClosureProgram, block: Block, at: number): GroupedRun | undefined {
	const grouping = groupingAt(block, at, (b) => isPureOwn(p.builtin(b)));
	if (grouping === undefined) return undefined;
	const { key, value } = block[at] as Extract<Stmt, { op: "scan" }>;
	const inner = grouping.inner.map((e) => compileExpression(p, e));
	const outer = grouping.outer.map((e) => compileExpression(p, e));
	const all = (list: readonly Ev[], c: EvalContext, f: Frame): readonly Value[] | undefined => {
		const out: Value[] = [];
		for (const e of list) {
			const v = e(c, f);
			if (v === undefined) return undefined;
			out.push(v);
		}
		return out;
	};
	// A frame of its own: where an entry's key is made, nothing of the scan's is written.
	const keyOf = (c: EvalContext, k: Value, x: Value): readonly Value[] | undefined => {
		const f: Frame = [];
		if (key >= 0) f[key] = k;
		if (value >= 0) f[value] = x;
		return all(inner, c, f);
	};
	const site = new GroupedScan();
	return (c, f, source) => {
		const wanted = all(outer, c, f);
		// What is undefined equals nothing.
		return wanted === undefined ? [] : site.entries(c, source, wanted, (k, x) => keyOf(c, k, x));
	};
}

/** Statements that run `next` for each success, and those that end a path. */
function compileMany(
	p: ClosureProgram,
	stmt: Stmt,
	next: Run,
	target: Target | undefined,
	grouped: GroupedRun | undefined,
): Run {
	switch (stmt.op) {
		case "scan": {
			const source = compileExpression(p, stmt.source);
			const { key, value } = stmt;
			const stable = isStable(stmt.source);
			const each = (c: EvalContext, f: Frame, k: Value, x: Value): boolean => {
				if (c.limited) c.query.step(1);
				if (key >= 0) f[key] = k;
				if (value >= 0) f[value] = x;
				return next(c, f);
			};
			if (grouped === undefined) return (c, f) => scan(source(c, f), (k, x) => each(c, f, k, x), stable);
			return (c, f) => {
				const v = source(c, f);
				const entries = v === undefined ? undefined : grouped(c, f, v);
				if (entries === undefined) return scan(v, (k, x) => each(c, f, k, x), stable);
				for (const [k, x] of entries) if (each(c, f, k, x)) return true;
				return false;
			};
		}
		case "relation": {
			const call = compileExpression(p, { op: "builtin", builtin: stmt.builtin, args: stmt.args, loc: stmt.loc });
			const { value } = stmt;
			return (c, f) => {
				const results = call(c, f);
				if (!Array.isArray(results)) return false;
				for (const r of results as Value[]) {
					if (c.limited) c.query.step(1);
					f[value] = r;
					if (next(c, f)) return true;
				}
				return false;
			};
		}
		case "with":
			return compileWith(p, stmt, (end) => compileBlock(p, stmt.body, end, target), next);
		case "return": {
			const value = compileExpression(p, stmt.value);
			if (target === undefined || "counts" in target) throw new Error("return outside a definition");
			const { stop, message, location, result } = target;
			return (c, f) => {
				const v = value(c, f);
				if (v === undefined) return false;
				const old = f[result] as Value | undefined;
				if (old === undefined) f[result] = v;
				else if (!equal(old, v)) throw conflict(c, message, location);
				return stop;
			};
		}
		case "yield-member": {
			const value = compileExpression(p, stmt.value);
			const { into } = stmt;
			// Only the definition's own successes decide about its else branch.
			const counted = target !== undefined && "counts" in target && target.counts === into;
			return (c, f) => {
				const v = value(c, f);
				if (v === undefined) return false;
				if (counted) c.query.yields++;
				const target = f[into];
				if (Array.isArray(target)) (target as Value[]).push(v);
				else (target as RegoSet).add(v);
				return next(c, f);
			};
		}
		case "yield-entry":
			return compileEntry(p, stmt, next, target !== undefined && "counts" in target && target.counts === stmt.into);
		case "yield-row": {
			const values = stmt.values.map((v) => compileExpression(p, v));
			const { bindings } = stmt;
			return (c, f) => {
				const row: Value[] = [];
				for (const v of values) {
					const x = v(c, f);
					if (x === undefined) return false;
					row.push(x);
				}
				const sink = f[f.length - 1] as RowSink;
				sink({ values: row, bindings: bindings.map(([name, local]) => [name, f[local] as Value] as const) });
				return false;
			};
		}
		case "let":
		case "test":
		case "not":
		case "every":
		case "once":
		case "unpack-array":
		case "unpack-object":
		case "print":
			throw new Error(`not a statement that continues: ${stmt.op}`);
		default:
			assertNever(stmt, "statement");
	}
}

function compileEntry(p: ClosureProgram, stmt: Extract<Stmt, { op: "yield-entry" }>, next: Run, counted: boolean): Run {
	const path = stmt.path.map((e) => compileExpression(p, e));
	const value = compileExpression(p, stmt.value);
	const { into, member, loc } = stmt;
	const insert = (c: EvalContext, target: Collector, keys: readonly Value[], v: Value): void => {
		if (counted) c.query.yields++;
		const ok =
			target instanceof ObjectCollector
				? target.insert(keys, v, member)
				: insertEntry(target as ObjectBuilder, keys[0] as Value, v);
		if (!ok) throw conflict(c, "object keys must be unique", loc);
	};
	return (c, f) => {
		const keys: Value[] = [];
		for (const e of path) {
			const k = e(c, f);
			if (k === undefined) return false;
			keys.push(k);
		}
		const v = value(c, f);
		if (v === undefined) return false;
		insert(c, f[into] as Collector, keys, v);
		return next(c, f);
	};
}
