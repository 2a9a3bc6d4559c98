/**
 * Plans to JavaScript: one function per rule or function, statements as nested loops and labelled
 * blocks, failure as a jump. The emitted text closes over K (constants), B (builtins) and R (the
 * runtime), and never contains anything of the policy but quoted literals (see code.ts).
 */

import { at, got } from "../../at.ts";
import type { Builtin } from "../../builtins/define.ts";
import { constantOf } from "../../plan/constant-rule.ts";
import { apart, branchesOf } from "../../plan/else-chain.ts";
import { type Grouping, groupingAt } from "../../plan/groups.ts";
import { indexRules, type RuleIndex } from "../../plan/index-rules.ts";
import { type Counts, countWrites } from "../../plan/locals.ts";
import type {
	Block,
	Definition,
	Expression,
	Func,
	PlanLocation,
	ScanStmt,
	Stmt,
	TreeNode,
	WithStmt,
} from "../../plan/plan.ts";
import { isLazyMock } from "../../plan/plan.ts";
import { isStable } from "../../plan/stable.ts";
import { isPlainName } from "../../value/access.ts";
import { assertNever, type Value } from "../../value/value.ts";
import type { ExecutablePlan } from "../backend.ts";
import { fewCalls } from "../call-site.ts";
import { conflictMessage } from "../frame.ts";
import { isPureOwn } from "../grouped-scan.ts";
import { callsOfParts, type KeptBy } from "../policy-parts.ts";
import { known } from "../selector.ts";
import { type Code, join, js, name } from "./code.ts";
import type { EmitterChoices, Optimisation } from "./emit-choices.ts";
import { ExpressionEmitter, emitCondition } from "./emit-expressions.ts";
import { withoutProven } from "./emit-guards.ts";
import { fixedReads } from "./emit-hoist.ts";
import { mayBeAbove, type ReplacedPaths, replacedPaths } from "./emit-overlays.ts";
import { repeatedCalls } from "./emit-reuse.ts";
import { operand, Scope } from "./emit-scope.ts";
import { type RowTable, type Shape, shapesOf, slotOf } from "./emit-shapes.ts";

/** Where a function stands in the text of its program. */
export interface EmittedFunction {
	readonly line: number;
	readonly lines: number;
	readonly location: PlanLocation;
}

/** What a program's text refers to, collected while it is emitted. */
export class ProgramEmitter {
	readonly plan: ExecutablePlan;
	readonly builtins: readonly Builtin[];
	readonly mockedFuncs: ReadonlySet<number>;
	readonly mockedBuiltins: ReadonlySet<number>;
	readonly shadowed: ReadonlySet<number>;
	readonly constants: Set<number> = new Set();
	readonly calledBuiltins: Set<number> = new Set();
	/** Constant regular expressions, by constant index of the pattern. */
	readonly patterns: Set<number> = new Set();
	readonly withs: WithStmt[] = [];
	readonly #wanted: number[] = [];
	readonly #seen: Set<number> = new Set();
	readonly #memo: Map<number, number> = new Map();
	/** Rules that are asked for by key. */
	readonly #byKey: Set<number> = new Set();
	/** Functions of their keys. */
	readonly #keyedBy: ReadonlyMap<number, readonly number[]>;
	readonly #dataOnly: ReadonlySet<number>;
	/** Functions whose bodies are too deep to emit: left to closures. */
	readonly deep: Set<number> = new Set();

	readonly maxDefinitions: number;

	readonly shareFrom: number;

	readonly #without: ReadonlySet<Optimisation>;

	constructor(plan: ExecutablePlan, builtins: readonly Builtin[], choices: EmitterChoices = {}) {
		this.maxDefinitions = choices.maxDefinitions ?? 1000;
		this.shareFrom = choices.shareFrom ?? 4;
		this.#without = choices.without ?? new Set();
		this.plan = plan;
		this.builtins = builtins;
		this.mockedFuncs = new Set(plan.mockable.funcs);
		this.mockedBuiltins = new Set(plan.mockable.builtins);
		this.shadowed = new Set(plan.mockable.shadowed);
		this.#keyedBy = new Map(plan.keyed.map((k) => [k.rule, k.by]));
		this.#dataOnly = new Set(plan.dataOnly);
	}

	#replaced: ReplacedPaths | undefined;

	/** Whether what is read may be an object of which a `with` replaces a part. */
	mayBeOverlay(e: Expression): boolean {
		if (e.op !== "dot" && e.op !== "input" && e.op !== "base") return false;
		this.#replaced ??= replacedPaths([
			this.plan.funcs.map((f) => apart([...f.definitions, f.default])),
			this.plan.queries,
		]);
		return mayBeAbove(e, this.#replaced, (index) => (slotOf(index) === undefined ? this.value(index) : undefined));
	}

	/** Whether an optimisation is wanted. */
	does(optimisation: Optimisation): boolean {
		return !this.#without.has(optimisation);
	}

	/** The function of an index; it will be emitted, too. */
	func(index: number): Code {
		if (!this.#seen.has(index)) {
			this.#seen.add(index);
			this.#wanted.push(index);
		}
		return name("f", index);
	}

	/** Value of a rule group: memoised per context. */
	rule(index: number): Code {
		this.func(index);
		if (!this.#memo.has(index)) this.#memo.set(index, this.#memo.size);
		return name("m", index);
	}

	/** Value of a rule group at keys. */
	ruleAt(index: number): Code {
		this.rule(index);
		if (!this.#byKey.has(index)) {
			this.#byKey.add(index);
			for (const func of this.#keyedBy.get(index) ?? []) this.func(func);
		}
		return name("y", index);
	}

	constant(index: number): Code {
		this.constants.add(index);
		return name("k", index);
	}

	value(index: number): Value {
		return at(this.plan.constants, index);
	}

	builtin(index: number): Code {
		this.calledBuiltins.add(index);
		return name("b", index);
	}

	pattern(index: number): Code {
		this.patterns.add(index);
		return name("x", index);
	}

	/** Whether calls of a builtin are worth keeping, and may be. */
	isKept(index: number): boolean {
		const b = this.builtins[index];
		return b !== undefined && !this.mockedBuiltins.has(index) && b.pure && b.keep;
	}

	#memberSites = 0;

	memberSite(): Code {
		return name("q", this.#memberSites++);
	}

	readonly #resultSites: Code[] = [];
	#callsOfParts: ReturnType<typeof callsOfParts> | undefined;

	/** What the result of a call is kept by; undefined where it is not kept. */
	keptBy(e: Extract<Expression, { op: "builtin" }>): KeptBy | undefined {
		// Constants that differ by row are no constants.
		if (!this.does("policy-parts") || this.shape !== undefined) return undefined;
		this.#callsOfParts ??= callsOfParts(this.plan, {
			isKept: (b) => this.isKept(b) && this.builtins[b]?.shortcut?.kind !== "match",
			isText: (b) => this.builtins[b]?.result?.kind === "string",
			joins: (b) => this.builtins[b]?.shortcut?.kind === "join",
		});
		return this.#callsOfParts.get(e);
	}

	/** Where the results of one call are kept. */
	resultSite(by: KeptBy): Code {
		return name("w", this.#resultSites.push(by.other === undefined ? js`PartResults` : js`LastResults`) - 1);
	}

	/** The shape that is being emitted, and the slots its text has used so far, in the order of its rows. */
	shape: Shape | undefined;
	usedSlots: number[] = [];

	/** The slot a constant index or a place stands for, as it is read. */
	slot(index: number): { readonly number: number; readonly code: Code } | undefined {
		const number = slotOf(index);
		if (number === undefined) return undefined;
		if (!this.usedSlots.includes(number)) this.usedSlots.push(number);
		return { number, code: name("s", number) };
	}

	/** A place, which may be a slot of a shape. */
	place(loc: PlanLocation): Code {
		return this.slot(loc)?.code ?? js`${loc}`;
	}

	/** Rows of the functions that definitions share, by group: `r12` in the text. */
	readonly rows: Map<number, RowTable> = new Map();
	/** Constants that rows hold. */
	readonly rowConstants: Set<number> = new Set();
	/** A rule index, by function: `i12` in the text. */
	readonly indexes: Map<number, RuleIndex> = new Map();
	/** Functions of single definitions of indexed groups. */
	readonly extra: Code[] = [];

	withStmt(stmt: WithStmt): number {
		return this.withs.push(stmt) - 1;
	}

	/** The rules that a document at or below a path may be made of: all of them, or at keys. */
	document(path: readonly string[]): void {
		for (const r of this.rulesAt(path)) {
			if (this.#keyedBy.has(r)) this.ruleAt(r);
			else this.rule(r);
		}
	}

	/** Rule groups at or below a path; the group that owns the path. */
	rulesAt(path: readonly string[]): readonly number[] {
		let node: TreeNode | undefined = this.plan.tree;
		for (const key of path) {
			if (node?.rule !== undefined) return [node.rule];
			node = node?.children?.find(([n]) => n === key)?.[1];
		}
		const out: number[] = [];
		const stack = node === undefined ? [] : [node];
		for (let n = stack.pop(); n !== undefined; n = stack.pop()) {
			if (n.rule !== undefined) out.push(n.rule);
			for (const [, child] of n.children ?? []) stack.push(child);
		}
		return out;
	}

	/**
	 * Text of everything reachable from the roots: declarations, then the functions, whose lines it tells.
	 * `entries`: the roots that will be asked for by themselves.
	 */
	program(roots: readonly number[], entries: readonly number[], lines: EmittedFunction[] = []): Code {
		for (const root of roots) this.rule(root);
		const functions: Code[] = [];
		const indexes: number[] = [];
		for (let i = this.#wanted.shift(); i !== undefined; i = this.#wanted.shift()) {
			functions.push(this.#function(i));
			indexes.push(i);
		}
		for (const [index, slot] of this.#memo) functions.push(this.#memoised(index, slot));
		for (const index of this.#byKey) functions.push(this.#keyed(index));
		functions.push(...entries.map((i) => this.#entry(i)));
		const head: Code[] = [js`const equal = R.${this.does("json-equality") ? js`same` : js`equal`};`];
		for (const k of [...this.constants]) head.push(js`const ${name("k", k)} = K[${k}];`);
		for (const b of this.calledBuiltins) head.push(js`const ${name("b", b)} = B[${b}].eval;`);
		for (const i of this.indexes.keys()) head.push(js`const ${name("i", i)} = R.index(${i});`);
		for (const i of this.rows.keys()) head.push(js`const ${name("r", i)} = R.rows(${i});`);
		for (let q = 0; q < this.#memberSites; q++) head.push(js`const ${name("q", q)} = new MemberSite();`);
		this.#sites.forEach((kind, z) => {
			head.push(js`const ${name("z", z)} = new ${kind}();`);
		});
		this.#resultSites.forEach((kind, w) => {
			head.push(js`const ${name("w", w)} = new ${kind}();`);
		});
		for (const x of this.patterns) head.push(js`const ${name("x", x)} = R.pattern(K[${x}]);`);
		const table = [...this.#memo].map(([i, slot]) => js`[${i}, ${name("m", i)}, ${slot}]`);
		const calls = [...this.#seen].map((i) => js`[${i}, ${name("f", i)}]`);
		// With the value where nothing needs to be evaluated.
		const starts = entries.map((i) => {
			const constant = constantOf(at(this.plan.funcs, i));
			const value = constant === undefined ? js`` : js`, ${this.constant(constant)}`;
			return js`[${i}, ${name("e", i)}${value}]`;
		});
		let line = head.length + 2;
		for (const [at, f] of functions.slice(0, indexes.length).entries()) {
			const count = f.text.split("\n").length;
			lines.push({ line, lines: count, location: (this.plan.funcs[indexes[at] as number] as Func).location });
			line += count;
		}
		return join(
			[
				js`"use strict";`,
				js`const { dot, storedDot, missing, equalNumber, compareValues, scanKeys, scanValue, baseValue, whole, conflict, RegoSet, ObjectBuilder, ObjectCollector, insertEntry, isObjectOf, isCollection, MemberSite, PartResults, LastResults, CallSite, GroupedScan, Groups, regexMatch, lookup, join, U, C, Q } = R;`,
				...head,
				...functions,
				...this.extra,
				js`return { rules: [${join(table, ", ")}], funcs: [${join(calls, ", ")}], entries: [${join(starts, ", ")}] };`,
			],
			"\n",
		);
	}

	/**
	 * A rule as a whole evaluation. Nothing it evaluates asks for it again, so it is not memoised; and the
	 * context is made here, beside the call, so that where the rule only reads from it, it is never made.
	 */
	#entry(index: number): Code {
		const func = at(this.plan.funcs, index);
		const constant = constantOf(func);
		const context = this.does("lazy-context") ? js`new C(o, v, d)` : js`new C(o, v, d, new Q(o))`;
		const evaluated = this.#dataOnly.has(index)
			? js`R.kept(${context}, ${index}, ${name("f", index)})`
			: js`${name("f", index)}(${context})`;
		const value = constant === undefined ? evaluated : this.constant(constant);
		return js`function ${name("e", index)}(o, v, d) { return ${value}; }`;
	}

	#memoised(index: number, slot: number): Code {
		const shadow = this.shadowed.has(index)
			? js`if (c.shadowed !== undefined && c.shadowed.has(${index})) return R.shadow(c, ${index});`
			: js``;
		return js`function ${name("m", index)}(c) {${shadow}
const v = c.memo[${slot}];
if (v !== undefined) return v === U ? undefined : v;
const w = ${this.#dataOnly.has(index) ? js`R.kept(c, ${index}, ${name("f", index)})` : js`${name("f", index)}(c)`};
c.memo[${slot}] = w === undefined ? U : w;
return w;
}`;
	}

	/** A rule at keys: all of it may be known. */
	#keyed(index: number): Code {
		const slot = got(this.#memo, index);
		const shadow = this.shadowed.has(index)
			? js`if (c.shadowed !== undefined && c.shadowed.has(${index})) return R.within(R.shadow(c, ${index}), k, 0);`
			: js``;
		return js`function ${name("y", index)}(c, k) {${shadow}
const v = c.memo[${slot}];
if (v !== undefined) return v === U ? undefined : R.within(v, k, 0);
return R.ruleAt(c, ${index}, k);
}`;
	}

	/**
	 * A group with an index: its definitions become functions of their own (or closures, where there
	 * are too many to be worth the text), and the group calls those the index selects.
	 */
	#indexed(index: number, whole: Func, emitter: FunctionEmitter, ruleIndex: RuleIndex): Code {
		this.indexes.set(index, ruleIndex);
		const func =
			ruleIndex.kind === "table" && this.does("proven-guards")
				? { ...whole, definitions: withoutProven(whole.definitions, ruleIndex, this.plan.constants) }
				: whole;
		const args = Array.from({ length: func.arity }, (_, i) => name("a", i));
		const collects = func.kind === "set" || func.kind === "object";
		const shared = this.#shared(index, func, emitter);
		if (shared !== undefined) return emitter.emitIndexed(index, ruleIndex, shared);
		const many = func.definitions.length > this.maxDefinitions;
		if (!many) {
			func.definitions.forEach((d, i) => {
				const one = new FunctionEmitter(this, func);
				const body = one.emitOne(d);
				if (one.scope.maxDepth > emitter.scope.maxDepth) emitter.scope.maxDepth = one.scope.maxDepth;
				const params = join([js`c`, ...args, ...(collects ? [name("n", 0)] : [])], ", ");
				this.extra.push(js`function ${name("d", index, i)}(${params}) {\n${body}\n}`);
			});
			const list = func.definitions.map((_, i) => name("d", index, i));
			this.extra.push(js`const ${name("d", index)} = [${join(list, ", ")}];`);
		}
		const call = (i: Code): Code => {
			const given = join([js`c`, ...args, ...(collects ? [name("n", 0)] : [])], ", ");
			return many
				? js`R.definition(${index}, ${i})(c, [${join(args, ", ")}]${collects ? js`, ${name("n", 0)}` : js``})`
				: js`${name("d", index)}[${i}](${given})`;
		};
		return emitter.emitIndexed(index, ruleIndex, call);
	}

	/**
	 * A group whose definitions are of few shapes: a function for each shape, and rows of what differs.
	 * Undefined where nothing would be shared or too much left over.
	 */
	#shared(index: number, func: Func, emitter: FunctionEmitter): ((i: Code) => Code) | undefined {
		const { definitions } = func;
		const regexMatch = this.plan.builtins.indexOf("regex.match");
		const shapes = shapesOf(definitions, this.plan.constants, regexMatch, this.shareFrom);
		const single = definitions.length - shapes.reduce((n, s) => n + s.members.length, 0);
		if (shapes.length === 0 || shapes.length + single > this.maxDefinitions) return undefined;
		const args = Array.from({ length: func.arity }, (_, i) => name("a", i));
		const collects = func.kind === "set" || func.kind === "object";
		const given = [js`c`, ...args, ...(collects ? [name("n", 0)] : [])];
		const rows: number[][] = definitions.map(() => []);
		const constants: number[][] = [];
		const names: Code[] = [];
		const add = (d: Definition, at: number, shape: Shape | undefined): void => {
			this.shape = shape;
			this.usedSlots = [];
			const one = new FunctionEmitter(this, func);
			const body = one.emitOne(d);
			if (one.scope.maxDepth > emitter.scope.maxDepth) emitter.scope.maxDepth = one.scope.maxDepth;
			const slots = this.usedSlots.map((slot, i) => js`const ${name("s", slot)} = r[${i + 1}];\n`);
			const own = name("d", index, at);
			this.extra.push(js`function ${own}(${join([...given, js`r`], ", ")}) {\n${join(slots)}${body}\n}`);
			const isConstant = this.usedSlots.map((slot) => shape?.kinds.has(slot) === true);
			constants.push(isConstant.flatMap((is, i) => (is ? [i + 1] : [])));
			for (const [member, row] of shape?.members ?? [[at, []] as const]) {
				const filled = this.usedSlots.map((slot) => row[slot] as number);
				rows[member] = [names.length, ...filled];
				for (const [i, is] of isConstant.entries()) if (is) this.rowConstants.add(filled[i] as number);
			}
			this.shape = undefined;
			names.push(own);
		};
		for (const shape of shapes) add(shape.definition, shape.members[0]?.[0] ?? 0, shape);
		definitions.forEach((d, i) => {
			if (rows[i]?.length === 0) add(d, i, undefined);
		});
		this.rows.set(index, { rows, constants });
		const [only] = names;
		if (only !== undefined && names.length === 1) {
			return (i) => js`${only}(${join([...given, js`${name("r", index)}[${i}]`], ", ")})`;
		}
		this.extra.push(js`const ${name("d", index)} = [${join(names, ", ")}];`);
		return (i) => {
			const row = js`${name("r", index)}[${i}]`;
			return js`${name("d", index)}[${row}[0]](${join([...given, row], ", ")})`;
		};
	}

	#function(index: number): Code {
		const func = at(this.plan.funcs, index);
		const params = Array.from({ length: func.arity }, (_, i) => name("a", i));
		const head = join([js`c`, ...params], ", ");
		const emitter = new FunctionEmitter(this, func);
		const ruleIndex = indexRules(func, {
			constants: this.plan.constants,
			builtin: (i) => known(this.builtins[i], this.mockedBuiltins.has(i)),
		});
		const body = ruleIndex === undefined ? emitter.emit() : this.#indexed(index, func, emitter, ruleIndex);
		if (emitter.scope.maxDepth > 200) {
			this.deep.add(index);
			return js`function ${name("f", index)}(${head}) { return R.interpret(c, ${index}, [${join(params, ", ")}]); }`;
		}
		if (func.kind !== "function" || !this.does("call-results") || this.#paths(index) < manyPaths) {
			return js`function ${name("f", index)}(${head}) {\n${body}\n}`;
		}
		const [f, g, site] = [name("f", index), name("g", index), this.site(js`CallSite`)];
		return js`function ${f}(${head}) { return ++${site}.calls <= ${fewCalls} ? ${g}(${head}) : ${site}.call(c, ${g}, [${join(params, ", ")}]); }
function ${g}(${head}) {\n${body}\n}`;
	}

	readonly #pathsBelow: Map<number, number> = new Map();

	/** How many paths of calls begin at a function: functions do not call themselves. */
	#paths(index: number): number {
		const known = this.#pathsBelow.get(index);
		if (known !== undefined) return known;
		// Should a plan from elsewhere have calls in a circle, it ends here.
		this.#pathsBelow.set(index, 1);
		const func = this.plan.funcs[index] as Func;
		let paths = 1;
		for (const called of callsIn(apart([...func.definitions, func.default]), [])) {
			paths = Math.min(1e9, paths + (this.plan.funcs[called] === undefined ? 0 : this.#paths(called)));
		}
		this.#pathsBelow.set(index, paths);
		return paths;
	}

	readonly #sites: Code[] = [];

	/** A place that the evaluations of a program remember something of. */
	site(kind: Code): Code {
		return name("z", this.#sites.push(kind) - 1);
	}
}

/** Functions below which there are fewer paths of calls are not worth counting their calls. */
const manyPaths = 64;

/** The functions that a part of a plan calls, as often as it names them. */
function callsIn(part: unknown, found: number[]): readonly number[] {
	if (typeof part !== "object" || part === null) return found;
	const { op, func } = part as { readonly op?: unknown; readonly func?: unknown };
	if (op === "call" && typeof func === "number") found.push(func);
	for (const x of Array.isArray(part) ? part : Object.values(part)) callsIn(x, found);
	return found;
}

/** An expression that only reads one value out of another: what it gives may be read again. */
function isRead(e: Expression): boolean {
	return e.op === "dot" || e.op === "base" || e.op === "input";
}

/** A scan whose next statement compares a read of the entry with a value from outside. */
interface Group {
	readonly inner: Expression;
	readonly outer: Expression;
}

function groupOf(scan: ScanStmt, next: Stmt | undefined, x: ExpressionEmitter): Group | undefined {
	if (next?.op !== "test" || next.value.op !== "equal" || scan.value < 0) return undefined;
	// The source must be the same in every turn of the loops around: no locals but parameters.
	if (!readsOnly(scan.source, (l) => x.isParameter(l))) return undefined;
	const { left, right } = next.value;
	const ofEntry = (e: Expression): boolean =>
		readsOnly(e, (l) => l === scan.value || l === scan.key) && !readsOnly(e, () => false);
	const outside = (e: Expression): boolean => readsOnly(e, (l) => l !== scan.value && l !== scan.key);
	if (ofEntry(left) && outside(right)) return { inner: left, outer: right };
	if (ofEntry(right) && outside(left)) return { inner: right, outer: left };
	return undefined;
}

/** Whether an expression only reads: input, data, constants and the locals allowed. */
function readsOnly(e: Expression, local: (l: number) => boolean): boolean {
	switch (e.op) {
		case "const":
		case "input":
		case "base":
			return true;
		case "local":
			return local(e.local);
		case "dot":
			return readsOnly(e.value, local) && readsOnly(e.key, local);
		case "rule":
		case "rule-at":
		case "document":
		case "document-keys":
		case "document-dot":
		case "call":
		case "builtin":
		case "equal":
		case "array":
		case "set":
		case "object":
		case "collect":
			return false;
		default:
			assertNever(e, "expression");
	}
}

/** What the end of a definition's path does. */
type Sink =
	/** Return at once: every value would be the same. */
	| { readonly kind: "stop" }
	/** Keep the value in a variable; a second, different one is a conflict. */
	| { readonly kind: "keep"; readonly into: Code; readonly message: string; readonly location: number }
	| { readonly kind: "collect" };

export class FunctionEmitter {
	readonly program: ProgramEmitter;
	readonly func: Func;
	readonly scope: Scope = new Scope(js`c`, js`return undefined;`);
	readonly expressions: ExpressionEmitter;
	#definitions = 0;

	constructor(program: ProgramEmitter, func: Func) {
		this.program = program;
		this.func = func;
		this.expressions = new ExpressionEmitter(program, this.scope, func.arity, (block, end) =>
			this.#block(block, 0, end),
		);
	}

	/** What these definitions call more than once is kept. */
	#keepCalls(definitions: readonly Definition[]): void {
		const { program, func, expressions } = this;
		if (!program.does("kept-calls")) return;
		expressions.repeated = repeatedCalls(apart(definitions), func.arity, (b) => program.isKept(b));
	}

	emit(): Code {
		const { func, scope } = this;
		this.#keepCalls([...func.definitions, ...(func.default === undefined ? [] : [func.default])]);
		// Rules are evaluated once; calls may double at every level.
		if (func.kind === "function") scope.emit(js`if (c.limited) c.query.step(1);`);
		if (func.kind === "set" || func.kind === "object") this.#collecting();
		else if (func.sameValue === true) {
			for (const d of func.definitions) this.#stopping(d);
			this.#fallback();
		} else {
			const r = scope.temp();
			const message = conflictMessage(func);
			for (const d of func.definitions) {
				if (d.else === undefined) this.#keeping(d, r, message);
				else {
					const own = scope.temp();
					scope.emit(js`${own} = undefined;`);
					// A conflict is where the branch stands that has the value.
					this.#elseChain(d, own, message, (location) =>
						scope.emit(js`if (${own} !== undefined) {
if (${r} === undefined) ${r} = ${own};
else if (!equal(${r}, ${own})) throw conflict(c, ${message}, ${this.program.place(location)});
}`),
					);
				}
			}
			if (func.default === undefined) scope.emit(js`return ${r};`);
			else {
				scope.emit(js`if (${r} !== undefined) return ${r};`);
				this.#fallback();
			}
		}
		return scope.finish();
	}

	/** The body of a function for one definition of an indexed group. */
	emitOne(d: Definition): Code {
		const { func, scope } = this;
		this.#keepCalls([d]);
		if (func.kind === "set" || func.kind === "object") this.#collectDefinition(d, name("n", 0));
		else if (func.sameValue === true) this.#stopping(d);
		else {
			const r = scope.temp();
			this.#elseChain(d, r, conflictMessage(func));
			scope.emit(js`return ${r};`);
		}
		scope.emit(js`return undefined;`);
		return scope.finish();
	}

	/** The body of an indexed group: `call` gives the call of one definition. */
	emitIndexed(index: number, ruleIndex: RuleIndex, call: (i: Code) => Code): Code {
		const { func, scope, expressions } = this;
		const list = scope.temp();
		const i = scope.temp();
		const found = scope.temp();
		expressions.locals = (local) => name("a", local);
		if (ruleIndex.kind === "conditions") {
			const args = Array.from({ length: func.arity }, (_, a) => name("a", a));
			scope.emit(js`${list} = ${name("i", index)}.select(c, [${join(args, ", ")}]);`);
		} else {
			scope.emit(js`${list} = undefined;`);
			const label = scope.label();
			scope.nested(js`${label}: {`, js`break ${label};`, () => {
				const v = expressions.required(ruleIndex.on);
				const found = js`lookup(${name("i", index)}, ${v.code})`;
				// Strings are their own keys where no other key could be taken for one.
				const plain = [...ruleIndex.byKey.keys()].every((k) => typeof k !== "string" || k.charCodeAt(0) !== 0);
				const direct = js`typeof ${v.code} === "string" ? ${name("i", index)}.byKey.get(${v.code}) : ${found}`;
				scope.emit(js`${list} = ${plain ? direct : found};`);
			});
			scope.emit(js`if (${list} === undefined) ${list} = ${name("i", index)}.rest;`);
		}
		const loop = js`for (${i} = 0; ${i} < ${list}.length; ${i}++)`;
		const one = call(js`${list}[${i}]`);
		if (func.kind === "set" || func.kind === "object") {
			const isSet = func.kind === "set";
			scope.declare(name("n", 0));
			scope.emit(isSet ? js`${name("n", 0)} = new RegoSet();` : js`${name("n", 0)} = new ObjectCollector();`);
			scope.emit(js`${loop} ${one};`);
			if (func.default !== undefined) this.#collectDefinition(func.default, name("n", 0));
			scope.emit(this.#finished(name("n", 0)));
			return scope.finish();
		}
		if (func.sameValue === true) {
			scope.emit(js`${loop} {
${found} = ${one};
if (${found} !== undefined) return ${found};
}`);
		} else {
			const r = scope.temp();
			scope.emit(js`${r} = undefined;
${loop} {
${found} = ${one};
if (${found} === undefined) continue;
if (${r} === undefined) ${r} = ${found};
else if (!equal(${r}, ${found})) throw conflict(c, ${conflictMessage(func)}, R.locationOf(${index}, ${list}[${i}]));
}
if (${r} !== undefined) return ${r};`);
		}
		this.#fallback();
		return scope.finish();
	}

	#fallback(): void {
		const d = this.func.default;
		if (d !== undefined) this.#definition(d, { kind: "stop" });
		this.scope.emit(js`return undefined;`);
	}

	#stopping(d: Definition): void {
		for (let x: Definition | undefined = d; x !== undefined; x = x.else) this.#definition(x, { kind: "stop" });
	}

	#keeping(d: Definition, into: Code, message: string): void {
		this.#definition(d, { kind: "keep", into, message, location: d.location });
	}

	/** `after` follows each branch, with its place. */
	#elseChain(d: Definition, into: Code, message: string, after?: (location: number) => void): void {
		const branch = (b: Definition): void => {
			this.#keeping(b, into, message);
			after?.(b.location);
		};
		if (d.else === undefined) {
			branch(d);
			return;
		}
		// One after the other, not inside each other: there may be many.
		const { scope } = this;
		const label = scope.label();
		scope.nested(js`${label}: {`, scope.fail, () => {
			branchesOf(d).forEach((b, i) => {
				if (i > 0) scope.emit(js`if (${into} !== undefined) break ${label};`);
				branch(b);
			});
		});
	}

	#collecting(): void {
		const { func, scope } = this;
		const x = scope.temp();
		const isSet = func.kind === "set";
		scope.emit(isSet ? js`${x} = new RegoSet();` : js`${x} = new ObjectCollector();`);
		for (const d of func.definitions) this.#collectDefinition(d, x);
		if (func.default !== undefined) this.#collectDefinition(func.default, x);
		scope.emit(this.#finished(x));
	}

	/** Returns what was collected: of a function of keys, what is at them. */
	#finished(collector: Code): Code {
		const all = this.func.kind === "set" ? collector : js`${collector}.finish()`;
		if (this.func.arity === 0) return js`return ${all};`;
		const keys = Array.from({ length: this.func.arity }, (_, i) => name("a", i));
		return js`return R.within(${all}, [${join(keys, ", ")}], 0);`;
	}

	#collectDefinition(d: Definition, into: Code): void {
		const { scope } = this;
		if (d.else === undefined) {
			this.#definition(d, { kind: "collect" }, into);
			return;
		}
		const before = scope.temp();
		const label = scope.label();
		scope.emit(js`${before} = c.query.yields;`);
		scope.nested(js`${label}: {`, scope.fail, () => {
			branchesOf(d).forEach((b, i) => {
				if (i > 0) scope.emit(js`if (c.query.yields !== ${before}) break ${label};`);
				this.#definition(b, { kind: "collect" }, into);
			});
		});
	}

	#sink: Sink = { kind: "collect" };

	#definition(d: Definition, sink: Sink, collector?: Code): void {
		const { scope, expressions } = this;
		const outer = this.#sink;
		this.#sink = sink;
		const prefix = this.#definitions++;
		expressions.locals = (local) => {
			if (local < this.func.arity) return name("a", local);
			return local === d.result && collector !== undefined ? collector : name("l", prefix, local);
		};
		for (let i = this.func.arity; i < d.locals; i++) {
			if (!(i === d.result)) scope.declare(name("l", prefix, i));
		}
		expressions.isParameter = (local) => local < this.func.arity;
		expressions.collector = d.result;
		const label = scope.label();
		scope.nested(js`${label}: {`, js`break ${label};`, () => this.#block(d.body, 0, () => {}));
		this.#sink = outer;
	}

	/** Statements i … of a block, then whatever `end` emits: loops enclose all that follows them. */
	#block(block: Block, i: number, end: () => void): void {
		const { scope, expressions } = this;
		for (let at = i; at < block.length; at++) {
			const stmt = block[at] as Stmt;
			const rest = (): void => this.#block(block, at + 1, end);
			switch (stmt.op) {
				case "let": {
					const local = expressions.local(stmt.local);
					const value = expressions.expression(stmt.value);
					scope.emit(js`${local} = ${value.code};`);
					if (!value.defined) scope.failIf(js`${local} === undefined`);
					if (this.program.does("known-types")) scope.learn(local, value, isRead(stmt.value));
					break;
				}
				case "test":
					emitCondition(expressions, stmt.value);
					break;
				case "not": {
					const label = scope.label();
					const fail = scope.fail;
					scope.nested(js`${label}: {`, js`break ${label};`, () => this.#block(stmt.body, 0, () => scope.emit(fail)));
					break;
				}
				case "once":
					this.#once(stmt.blocks);
					break;
				case "every":
					this.#every(stmt);
					break;
				case "scan": {
					const grouped = scope.loops > 0 && this.program.does("groups");
					const group = grouped ? groupOf(stmt, block[at + 1], expressions) : undefined;
					const grouping = group === undefined ? this.#grouping(block, at) : undefined;
					if (grouping !== undefined) this.#scanEntries(stmt, grouping, rest);
					else if (group === undefined) this.#scan(stmt, block.slice(at + 1), rest);
					else
						this.#scanGroup(stmt, group, expressions.counted(block, at + 2, stmt.value), () =>
							this.#block(block, at + 2, end),
						);
					return;
				}
				case "relation": {
					const results = scope.hold(
						expressions.expression({ op: "builtin", builtin: stmt.builtin, args: stmt.args, loc: stmt.loc }),
					);
					scope.failIf(js`!Array.isArray(${results.code})`);
					const i0 = scope.temp();
					const label = scope.label();
					scope.nested(
						js`${label}: for (${i0} = 0; ${i0} < ${results.code}.length; ${i0}++) {
if (c.limited) c.query.step(1);`,
						js`continue ${label};`,
						() => {
							scope.emit(js`${expressions.local(stmt.value)} = ${results.code}[${i0}];`);
							scope.forget(expressions.local(stmt.value));
							rest();
						},
						true,
					);
					return;
				}
				case "with":
					this.#with(stmt, rest);
					return;
				case "unpack-array": {
					const v = scope.hold(expressions.expression(stmt.value));
					scope.failIf(js`!Array.isArray(${v.code}) || ${v.code}.length !== ${stmt.elements.length}`);
					stmt.elements.forEach((local, n) => {
						if (local < 0) return;
						scope.emit(js`${expressions.local(local)} = ${v.code}[${n}];`);
						scope.forget(expressions.local(local));
					});
					break;
				}
				case "unpack-object": {
					const v = scope.hold(expressions.expression(stmt.value));
					scope.failIf(js`!isObjectOf(${v.code}, ${stmt.entries.length})`);
					for (const [key, local] of stmt.entries) {
						const x = scope.require(operand(js`dot(${v.code}, ${expressions.required(key).code})`));
						if (local < 0) continue;
						scope.emit(js`${expressions.local(local)} = ${x.code};`);
						scope.forget(expressions.local(local));
					}
					break;
				}
				case "print":
					throw new Error("prints are not for generated code");
				case "return":
					this.#return(expressions.required(stmt.value).code);
					return;
				case "yield-member": {
					const v = expressions.required(stmt.value);
					if (stmt.into === expressions.collector) scope.emit(js`c.query.yields++;`);
					expressions.add(stmt.into, v);
					break;
				}
				case "yield-entry":
					expressions.insert(stmt);
					break;
				case "yield-row":
					throw new Error("queries are not for generated code");
				default:
					assertNever(stmt, "statement");
			}
		}
		end();
	}

	#return(value: Code): void {
		const { scope } = this;
		const sink = this.#sink;
		if (sink.kind === "stop") scope.emit(js`return ${value};`);
		else if (sink.kind === "keep") {
			scope.emit(js`if (${sink.into} === undefined) ${sink.into} = ${value};
else if (!equal(${sink.into}, ${value})) throw conflict(c, ${sink.message}, ${this.program.place(sink.location)});`);
		}
	}

	/** Falls through on success of any block. */
	#once(blocks: readonly Block[]): void {
		const { scope } = this;
		const done = scope.label();
		const fail = scope.fail;
		scope.nested(js`${done}: {`, fail, () => {
			for (const block of blocks) {
				const label = scope.label();
				scope.nested(js`${label}: {`, js`break ${label};`, () =>
					this.#block(block, 0, () => scope.emit(js`break ${done};`)),
				);
			}
			scope.emit(fail);
		});
	}

	#every(stmt: Extract<Stmt, { op: "every" }>): void {
		const { scope, expressions } = this;
		const fail = scope.fail;
		const source = scope.require(scope.hold(expressions.expression(stmt.source)));
		scope.failIf(js`!isCollection(${source.code})`);
		const loop = scope.label();
		const keys = this.#keys(source.code, false, stmt.source);
		const i = scope.temp();
		const n = js`(${keys} === null ? ${source.code}.length : ${keys}.length)`;
		scope.nested(
			js`${loop}: for (${i} = 0; ${i} < ${n}; ${i}++) {
if (c.limited) c.query.step(1);`,
			fail,
			() => {
				this.#bindEntry(source.code, keys, i, stmt.key, stmt.value);
				const body = scope.label();
				scope.nested(js`${body}: {`, js`break ${body};`, () =>
					this.#block(stmt.body, 0, () => scope.emit(js`continue ${loop};`)),
				);
				scope.emit(fail);
			},
			true,
		);
	}

	/** Keys of a collection: null for an array (its indexes), the members of a set. */
	#keys(source: Code, ordered: boolean, of: Expression): Code {
		const keys = this.scope.temp();
		this.scope.emit(js`${keys} = Array.isArray(${source}) ? null : scanKeys(${source}, ${ordered}, ${isStable(of)});`);
		return keys;
	}

	#bindEntry(source: Code, keys: Code, i: Code, key: number, value: number): void {
		const { scope, expressions } = this;
		if (value >= 0) {
			const local = expressions.local(value);
			scope.emit(js`${local} = ${keys} === null ? ${source}[${i}] : scanValue(${source}, ${keys}[${i}]);`);
			scope.failIf(js`${local} === undefined`);
			scope.forget(local);
		}
		if (key >= 0) {
			scope.emit(js`${expressions.local(key)} = ${keys} === null ? ${i} : ${keys}[${i}];`);
			scope.forget(expressions.local(key));
		}
	}

	/** The array that a scan goes through, where the policy says it. */
	#constantArray(source: Expression): readonly Value[] | undefined {
		if (source.op !== "const" || slotOf(source.index) !== undefined) return undefined;
		const v = this.program.value(source.index);
		return Array.isArray(v) && this.program.does("known-types") ? v : undefined;
	}

	/** Makes the reads before a loop that its turns would repeat. */
	#hoist(stmt: ScanStmt, body: Block): void {
		const { program, scope, expressions } = this;
		if (!program.does("fixed-reads")) return;
		const written: Counts = new Map();
		countWrites([stmt, ...body], written);
		const isName = (constant: number): boolean => {
			const key = slotOf(constant) === undefined ? program.value(constant) : undefined;
			return typeof key === "string" && isPlainName(key);
		};
		for (const read of fixedReads(body, (l) => !written.has(l), isName)) scope.share(expressions.expression(read));
	}

	#scanConstant(stmt: ScanStmt, list: readonly Value[], body: Block, rest: () => void): void {
		const { scope, expressions } = this;
		if (list.length === 0) {
			scope.emit(scope.fail);
			return;
		}
		this.#hoist(stmt, body);
		const source = expressions.required(stmt.source);
		const i = scope.temp();
		const label = scope.label();
		scope.nested(
			js`${label}: for (${i} = 0; ${i} < ${list.length}; ${i}++) {
if (c.limited) c.query.step(1);`,
			js`continue ${label};`,
			() => {
				if (stmt.value >= 0) {
					const local = expressions.local(stmt.value);
					scope.emit(js`${local} = ${source.code}[${i}];`);
					const string = list.every((v) => typeof v === "string");
					scope.learn(local, operand(local, { string }), false);
				}
				if (stmt.key >= 0) {
					scope.emit(js`${expressions.local(stmt.key)} = ${i};`);
					scope.forget(expressions.local(stmt.key));
				}
				rest();
			},
			true,
		);
	}

	#scan(stmt: ScanStmt, body: Block, rest: () => void): void {
		const { scope, expressions } = this;
		const constant = this.#constantArray(stmt.source);
		if (constant !== undefined) {
			this.#scanConstant(stmt, constant, body, rest);
			return;
		}
		const source = scope.require(scope.hold(expressions.expression(stmt.source)));
		this.#hoist(stmt, body);
		const keys = this.#keys(source.code, scope.ordered, stmt.source);
		const i = scope.temp();
		const n = scope.temp();
		const label = scope.label();
		scope.nested(
			js`${label}: for (${i} = 0, ${n} = ${keys} === null ? ${source.code}.length : ${keys}.length; ${i} < ${n}; ${i}++) {
if (c.limited) c.query.step(1);`,
			js`continue ${label};`,
			() => {
				this.#bindEntry(source.code, keys, i, stmt.key, stmt.value);
				rest();
			},
			true,
		);
	}

	/** The grouping of a scan that is made again and again, in a loop. */
	#grouping(block: Block, at: number): Grouping | undefined {
		const { program, scope } = this;
		if (scope.loops === 0 || !program.does("groups")) return undefined;
		return groupingAt(block, at, (b) => isPureOwn(program.builtins[b]) && !program.mockedBuiltins.has(b));
	}

	/** A scan that looks at a group of the entries where the same collection has been met before. */
	#scanEntries(stmt: ScanStmt, grouping: Grouping, rest: () => void): void {
		const { scope, expressions, program } = this;
		const source = scope.require(scope.hold(expressions.expression(stmt.source)));
		const wanted = grouping.outer.map((e) => expressions.held(e).code);
		const [keyOf, entries, keys, i, n] = [scope.temp(), scope.temp(), scope.temp(), scope.temp(), scope.temp()];
		const bind = (key: Code, value: Code): void => {
			for (const [local, code] of [
				[stmt.key, key],
				[stmt.value, value],
			] as const) {
				if (local < 0) continue;
				scope.emit(js`${expressions.local(local)} = ${code};`);
				scope.forget(expressions.local(local));
			}
		};
		scope.nested(js`${keyOf} = (k, x) => {`, js`return undefined;`, () => {
			bind(js`k`, js`x`);
			const parts = grouping.inner.map((e) => expressions.required(e).code);
			scope.emit(js`return [${join(parts, ", ")}];`);
		});
		const site = program.site(js`GroupedScan`);
		scope.emit(js`;${entries} = ${site}.entries(${scope.ctx}, ${source.code}, [${join(wanted, ", ")}], ${keyOf});
${keys} = ${entries} !== undefined || Array.isArray(${source.code}) ? null : scanKeys(${source.code}, ${scope.ordered}, ${isStable(stmt.source)});`);
		const label = scope.label();
		scope.nested(
			js`${label}: for (${i} = 0, ${n} = (${entries} ?? ${keys} ?? ${source.code}).length; ${i} < ${n}; ${i}++) {
if (c.limited) c.query.step(1);`,
			js`continue ${label};`,
			() => {
				scope.nested(js`if (${entries} !== undefined) {`, scope.fail, () =>
					bind(js`${entries}[${i}][0]`, js`${entries}[${i}][1]`),
				);
				scope.nested(js`else {`, scope.fail, () => this.#bindEntry(source.code, keys, i, stmt.key, stmt.value));
				for (const local of [stmt.key, stmt.value]) if (local >= 0) scope.forget(expressions.local(local));
				rest();
			},
			true,
		);
	}

	/**
	 * A scan in a loop that keeps only entries where a read of the entry equals a value from outside
	 * (`[x | some x in xs; x.group == g]`): the entries are grouped by that read once, and each turn of
	 * the outer loop scans its group, or only adds its size to a counter.
	 */
	#scanGroup(stmt: ScanStmt, group: Group, counter: Code | undefined, rest: () => void): void {
		const { scope, expressions } = this;
		const source = scope.require(scope.hold(expressions.expression(stmt.source)));
		const wanted = expressions.held(group.outer);
		const groups = scope.temp();
		const loop = scope.label();
		scope.nested(
			js`if (${groups} === undefined || ${groups}.source !== ${source.code}) {
${groups} = new Groups(${source.code});`,
			scope.fail,
			() => {
				const fill = scope.label();
				const keys = this.#keys(source.code, scope.ordered, stmt.source);
				const i = scope.temp();
				const n = js`(${keys} === null ? ${source.code}.length : ${keys}.length)`;
				scope.nested(
					js`${fill}: for (${i} = 0; ${i} < ${n}; ${i}++) {
if (c.limited) c.query.step(1);`,
					js`continue ${fill};`,
					() => {
						this.#bindEntry(source.code, keys, i, stmt.key, stmt.value);
						const key = expressions.required(group.inner);
						scope.emit(js`${groups}.add(${key.code}, ${keys} === null ? ${i} : ${keys}[${i}]);`);
					},
					true,
				);
			},
		);
		const list = scope.temp();
		scope.emit(js`${list} = ${groups}.get(${wanted.code});`);
		if (counter !== undefined) {
			scope.emit(js`if (c.limited) c.query.step(${list}.length);`);
			scope.emit(js`${counter} += ${list}.length;`);
			return;
		}
		const i = scope.temp();
		scope.nested(
			js`${loop}: for (${i} = 0; ${i} < ${list}.length; ${i}++) {
if (c.limited) c.query.step(1);`,
			js`continue ${loop};`,
			() => {
				if (stmt.value >= 0) {
					const local = expressions.local(stmt.value);
					scope.emit(
						js`${local} = Array.isArray(${source.code}) ? ${source.code}[${list}[${i}]] : scanValue(${source.code}, ${list}[${i}]);`,
					);
					scope.forget(local);
				}
				if (stmt.key >= 0) {
					scope.emit(js`${expressions.local(stmt.key)} = ${list}[${i}];`);
					scope.forget(expressions.local(stmt.key));
				}
				rest();
			},
			true,
		);
	}

	#with(stmt: WithStmt, rest: () => void): void {
		const { scope, expressions } = this;
		const values = stmt.replacements.map((r) => {
			if (!("by" in r)) return expressions.required(r.value).code;
			if (!("value" in r.by)) return js`undefined`;
			return (isLazyMock(r) ? expressions.expression(r.by.value) : expressions.required(r.by.value)).code;
		});
		const outer = scope.ctx;
		const inner = scope.temp();
		scope.emit(js`${inner} = R.layer(${outer}, ${this.program.withStmt(stmt)}, [${join(values, ", ")}]);`);
		scope.ctx = inner;
		const label = scope.label();
		// A block of its own: what was read under the replacements is forgotten after it.
		scope.nested(js`${label}: {`, scope.fail, () =>
			this.#block(stmt.body, 0, () => {
				scope.ctx = outer;
				rest();
				scope.ctx = inner;
			}),
		);
		scope.ctx = outer;
	}
}
