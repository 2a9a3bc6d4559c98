/**
 * Constant folding on plans: rules that are constants (`policy_data := {…}`) become the constant
 * wherever they are read, reads of constants and pure builtins of constants are done once, here, and
 * statements that then always succeed or fail disappear or end their path. What a policy answers
 * does not change; a call that would be an error is left for evaluation to report.
 */

import { at, got } from "../at.ts";
import type { Builtin, BuiltinContext } from "../builtins/define.ts";
import { dot, isCollection } from "../value/access.ts";
import { objectEntries, RegoSet } from "../value/collections.ts";
import { equal } from "../value/compare.ts";
import { assertNever, isObject, type Value } from "../value/value.ts";
import { constantOf } from "./constant-rule.ts";
import { branchesOf, chained } from "./else-chain.ts";
import { type Counts, countReads, countWrites, readsOf } from "./locals.ts";
import type { Block, Definition, Expression, Func, Local, ScanStmt, Stmt } from "./plan.ts";

export interface Foldable {
	readonly constants: readonly Value[];
	readonly funcs: readonly Func[];
	readonly builtins: readonly string[];
	readonly mockable: {
		readonly funcs: readonly number[];
		readonly builtins: readonly number[];
		readonly shadowed: readonly number[];
	};
}

/** The plan's functions and constants after folding. */
export function foldPlan<P extends Foldable>(plan: P, builtins: ReadonlyMap<string, Builtin>): P {
	return new Folder(plan, builtins).run() as P;
}

/** Work one folded builtin call may do; results stay small anyway. */
const foldBudget = 20_000;

class Folder {
	readonly #plan: Foldable;
	readonly #constants: Value[];
	readonly #scalars: Map<unknown, number> = new Map();
	readonly #builtins: readonly (Builtin | undefined)[];
	readonly #mocked: ReadonlySet<number>;
	readonly #shadowed: ReadonlySet<number>;
	/** Constant index of each constant rule. */
	readonly #rules: Map<number, number> = new Map();
	/** Constants of locals on the current path. */
	#locals: Map<Local, Expression> = new Map();
	#writes: Counts = new Map();
	#reads: Counts = new Map();

	constructor(plan: Foldable, builtins: ReadonlyMap<string, Builtin>) {
		this.#plan = plan;
		this.#constants = [...plan.constants];
		this.#constants.forEach((v, i) => {
			if (v === null || typeof v !== "object") this.#scalars.set(v, i);
		});
		this.#builtins = plan.builtins.map((n) => builtins.get(n));
		this.#mocked = new Set(plan.mockable.builtins);
		this.#shadowed = new Set(plan.mockable.shadowed);
	}

	run(): Foldable {
		let funcs = this.#plan.funcs;
		// A constant rule may make others constant: until nothing changes, or the gain is gone.
		for (let round = 0; round < 4; round++) {
			const before = this.#rules.size;
			funcs.forEach((f, i) => {
				const value = this.#shadowed.has(i) ? undefined : constantOf(f);
				if (value !== undefined) this.#rules.set(i, value);
			});
			if (round > 0 && this.#rules.size === before) break;
			funcs = funcs.map((f) => this.#func(f));
		}
		return { ...this.#plan, funcs, constants: this.#constants };
	}

	#func(f: Func): Func {
		const definitions: Definition[] = [];
		for (const d of f.definitions) {
			const folded = this.#definition(d);
			// A definition that cannot succeed and has no else is no definition.
			if (!(isFailure(folded.body) && folded.else === undefined)) definitions.push(folded);
		}
		return { ...f, definitions };
	}

	#definition(d: Definition): Definition {
		return chained(branchesOf(d).map((b) => this.#branch(b))) ?? d;
	}

	#branch(d: Definition): Definition {
		this.#locals = new Map();
		this.#writes = new Map();
		this.#reads = new Map();
		countWrites(d.body, this.#writes);
		countReads(d.body, this.#reads);
		const body = this.#block(d.body);
		return { ...d, body };
	}

	#constant(v: Value): Expression {
		const scalar = v === null || typeof v !== "object";
		let index = scalar ? this.#scalars.get(v) : undefined;
		if (index === undefined) {
			index = this.#constants.push(v) - 1;
			if (scalar) this.#scalars.set(v, index);
		}
		return { op: "const", index };
	}

	#value(e: Expression | undefined): Value | undefined {
		return e?.op === "const" ? this.#constants[e.index] : undefined;
	}

	/** A block in a scope of its own. */
	#inner(block: Block): Block {
		const outer = this.#locals;
		this.#locals = new Map(outer);
		const out = this.#block(block);
		this.#locals = outer;
		return out;
	}

	#block(block: Block): Block {
		const out: Stmt[] = [];
		for (let i = 0; i < block.length; i++) {
			const stmt = at(block, i);
			const folded = this.#stmt(stmt);
			if (folded === "succeeds") continue;
			if (folded === "fails") {
				out.push({ op: "test", value: this.#constant(false), loc: stmt.loc });
				return out;
			}
			const mapped = folded.op === "scan" ? this.#mapped(folded, block, i + 1) : undefined;
			if (folded.op === "relation" && this.#readsSecondOnly(folded.value, block[i + 1])) {
				out.push({ ...folded, args: [...folded.args, this.#constant(true)] });
			} else if (mapped === undefined) out.push(folded);
			else {
				out.push(mapped.scan);
				i += mapped.replaced;
			}
			// What follows is never met, and might read what has been folded away.
			if (folded.op === "with" && isFailure(folded.body.slice(-1))) return out;
		}
		return out;
	}

	/** Whether of the pairs a relation gives (`walk(x, [_, v])`) only the second part is ever looked at. */
	#readsSecondOnly(pair: Local, next: Stmt | undefined): boolean {
		if (next?.op !== "unpack-array" || next.value.op !== "local" || next.value.local !== pair) return false;
		return next.elements.length === 2 && at(next.elements, 0) < 0 && this.#reads.get(pair) === 1;
	}

	#stmt(s: Stmt): Stmt | "succeeds" | "fails" {
		switch (s.op) {
			case "let": {
				const value = this.#fold(s.value);
				if (value === undefined) return "fails";
				if (value.op === "const" && this.#writes.get(s.local) === 1) {
					this.#locals.set(s.local, value);
					return "succeeds";
				}
				return { ...s, value };
			}
			case "test": {
				const value = this.#fold(s.value);
				if (value === undefined) return "fails";
				if (value.op === "const") return this.#value(value) === false ? "fails" : "succeeds";
				return { ...s, value };
			}
			case "not": {
				const body = this.#inner(s.body);
				if (body.length === 0) return "fails";
				return isFailure(body) ? "succeeds" : { ...s, body };
			}
			case "scan": {
				const source = this.#fold(s.source);
				if (source === undefined) return "fails";
				if (source.op === "const" && !isCollection(this.#value(source))) return "fails";
				return { ...s, source };
			}
			case "relation": {
				const args = this.#all(s.args);
				return args === undefined ? "fails" : { ...s, args };
			}
			case "every": {
				const source = this.#fold(s.source);
				if (source === undefined) return "fails";
				return { ...s, source, body: this.#inner(s.body) };
			}
			case "with": {
				const replacements = s.replacements.map((r) => {
					if ("by" in r) {
						if (!("value" in r.by)) return r;
						return { ...r, by: { value: this.#fold(r.by.value) ?? r.by.value } };
					}
					return { ...r, value: this.#fold(r.value) ?? r.value };
				});
				return { ...s, replacements, body: this.#block(s.body) };
			}
			case "once": {
				const blocks = s.blocks.map((b) => this.#inner(b)).filter((b) => !isFailure(b));
				if (blocks.length === 0) return "fails";
				return blocks[0]?.length === 0 ? "succeeds" : { ...s, blocks };
			}
			case "unpack-array": {
				const value = this.#fold(s.value);
				return value === undefined ? "fails" : { ...s, value };
			}
			case "unpack-object": {
				const value = this.#fold(s.value);
				if (value === undefined) return "fails";
				return { ...s, value, entries: s.entries.map(([k, l]) => [this.#fold(k) ?? k, l] as const) };
			}
			case "print":
				return { ...s, args: s.args.map((a) => ({ ...a, block: this.#inner(a.block) })) };
			case "return":
			case "yield-member": {
				const value = this.#fold(s.value);
				return value === undefined ? "fails" : { ...s, value };
			}
			case "yield-entry": {
				const path = this.#all(s.path);
				const value = this.#fold(s.value);
				return path === undefined || value === undefined ? "fails" : { ...s, path, value };
			}
			case "yield-row":
				return { ...s, values: s.values.map((v) => this.#fold(v) ?? v) };
			default:
				assertNever(s, "statement");
		}
	}

	/**
	 * A scan of a constant whose next statements compute on the entry and constants alone
	 * (`some x in xs; y := replace(x, "a", "b"); startswith(y, "c")`): done here for every entry, so
	 * that what is left is a scan of the results. Undefined where nothing can be done ahead.
	 */
	#mapped(
		scan: ScanStmt,
		block: Block,
		next: number,
	): { readonly scan: ScanStmt; readonly replaced: number } | undefined {
		const source = this.#value(scan.source);
		// A value that is not wanted is not written.
		if (source === undefined || scan.key >= 0 || this.#writes.get(scan.value) !== 1) return undefined;
		const entries = valuesOf(source);
		if (entries.length > 256) return undefined;
		let rows = entries.map((v) => new Map<Local, Value>([[scan.value, v]]));
		let last = scan.value;
		const inside: Counts = new Map();
		let best: { readonly scan: ScanStmt; readonly replaced: number } | undefined;
		for (let i = next; i < block.length; i++) {
			const s = at(block, i);
			if (s.op !== "let" && s.op !== "test") break;
			const out: Map<Local, Value>[] = [];
			for (const row of rows) {
				const v = this.#pure(s.value, row);
				if (v === impossible) return best;
				if (v === undefined || (s.op === "test" && v === false)) continue;
				if (s.op === "let") row.set(s.local, v);
				out.push(row);
			}
			rows = out;
			readsOf(s.value, inside);
			if (s.op === "let") {
				if (this.#writes.get(s.local) !== 1) return best;
				last = s.local;
			}
			// Only the last result can be handed on: the others must not be read any more.
			const finished = [...(rows[0]?.keys() ?? [])].every(
				(l) => l === last || (this.#reads.get(l) ?? 0) === (inside.get(l) ?? 0),
			);
			if (!finished || rows.length === 0) continue;
			const results = rows.map((row) => got(row, last));
			best = { scan: { ...scan, source: this.#constant(results), value: last }, replaced: i - next + 1 };
		}
		return best;
	}

	/** The value of an expression of a row and constants; undefined as in Rego, impossible where it is not pure. */
	#pure(e: Expression, row: ReadonlyMap<Local, Value>): Value | undefined | typeof impossible {
		switch (e.op) {
			case "const":
				return this.#constants[e.index];
			case "local":
				return row.get(e.local) ?? this.#value(this.#locals.get(e.local)) ?? impossible;
			case "rule": {
				const index = this.#rules.get(e.func);
				return index === undefined ? impossible : this.#constants[index];
			}
			case "dot":
			case "equal": {
				const a = this.#pure(e.op === "dot" ? e.value : e.left, row);
				const b = this.#pure(e.op === "dot" ? e.key : e.right, row);
				if (a === impossible || b === impossible) return impossible;
				if (a === undefined || b === undefined) return undefined;
				return e.op === "dot" ? dot(a, b) : equal(a, b);
			}
			case "builtin": {
				const b = this.#builtins[e.builtin];
				if (b === undefined || this.#mocked.has(e.builtin) || !isFoldable(b)) return impossible;
				const args: Value[] = [];
				for (const x of e.args) {
					const v = this.#pure(x, row);
					if (v === impossible) return impossible;
					if (v === undefined) return undefined;
					if (!isSmall(v)) return impossible;
					args.push(v);
				}
				const v = callPure(b, args);
				// No result is an error or a real undefined: evaluation knows which.
				return v === undefined || !isSmall(v) ? impossible : v;
			}
			case "input":
			case "base":
			case "rule-at":
			case "document":
			case "document-keys":
			case "document-dot":
			case "call":
			case "array":
			case "set":
			case "object":
			case "collect":
				return impossible;
			default:
				assertNever(e, "expression");
		}
	}

	#all(list: readonly Expression[]): readonly Expression[] | undefined {
		const out: Expression[] = [];
		for (const e of list) {
			const f = this.#fold(e);
			if (f === undefined) return undefined;
			out.push(f);
		}
		return out;
	}

	/** The folded expression; undefined when it can have no value. */
	#fold(e: Expression): Expression | undefined {
		switch (e.op) {
			case "const":
			case "input":
			case "base":
			case "document":
				return e;
			case "local":
				return this.#locals.get(e.local) ?? e;
			case "rule": {
				const index = this.#rules.get(e.func);
				return index === undefined ? e : { op: "const", index };
			}
			case "dot": {
				const value = this.#fold(e.value);
				const key = this.#fold(e.key);
				if (value === undefined || key === undefined) return undefined;
				const v = this.#value(value);
				const k = this.#value(key);
				if (v !== undefined && k !== undefined) {
					const x = dot(v, k);
					return x === undefined ? undefined : this.#constant(x);
				}
				return { ...e, value, key };
			}
			case "rule-at":
			case "document-keys":
			case "document-dot": {
				const keys = this.#all(e.keys);
				return keys === undefined ? undefined : { ...e, keys };
			}
			case "call": {
				const args = this.#all(e.args);
				return args === undefined ? undefined : { ...e, args };
			}
			case "builtin":
				return this.#call(e);
			case "equal": {
				const left = this.#fold(e.left);
				const right = this.#fold(e.right);
				if (left === undefined || right === undefined) return undefined;
				const a = this.#value(left);
				const b = this.#value(right);
				if (a !== undefined && b !== undefined) return this.#constant(equal(a, b));
				return { ...e, left, right };
			}
			case "array": {
				const items = this.#all(e.items);
				if (items === undefined) return undefined;
				const values = items.map((i) => this.#value(i));
				if (!values.every((v): v is Value => v !== undefined)) return { ...e, items };
				// Each of many values inside each other would be written down with all that is in it.
				return isShallow(values) ? this.#constant(values) : { ...e, items };
			}
			case "set": {
				const items = this.#all(e.items);
				return items === undefined ? undefined : { ...e, items };
			}
			case "object": {
				const entries: (readonly [Expression, Expression])[] = [];
				for (const [k, v] of e.entries) {
					const key = this.#fold(k);
					const value = this.#fold(v);
					if (key === undefined || value === undefined) return undefined;
					entries.push([key, value]);
				}
				return { ...e, entries };
			}
			case "collect":
				return { ...e, body: this.#inner(e.body) };
			default:
				assertNever(e, "expression");
		}
	}

	#call(e: Extract<Expression, { op: "builtin" }>): Expression | undefined {
		const args = this.#all(e.args);
		if (args === undefined) return undefined;
		const folded: Expression = { ...e, args };
		const b = this.#builtins[e.builtin];
		if (b === undefined || this.#mocked.has(e.builtin) || !isFoldable(b)) return folded;
		const values = args.map((a) => this.#value(a));
		if (!values.every((v): v is Value => v !== undefined && isSmall(v))) return folded;
		const result = callPure(b, values);
		return result === undefined || !isSmall(result) ? folded : this.#constant(result);
	}
}

/** Whether a value is less than some hundred levels deep, as nearly all are. */
function isShallow(v: Value, levels = 200): boolean {
	if (!Array.isArray(v)) return true;
	const items: readonly Value[] = v;
	return levels > 0 && items.every((x) => isShallow(x, levels - 1));
}

/** Marks what only evaluation can tell. */
const impossible: unique symbol = Symbol("impossible");

/** Entries of a constant in OPA's order; none for a scalar. */
function valuesOf(v: Value): readonly Value[] {
	if (Array.isArray(v)) return v;
	if (v instanceof RegoSet) return v.sorted();
	return isObject(v) ? objectEntries(v).map(([, x]) => x) : [];
}

/** A folded body that cannot succeed. */
function isFailure(block: Block): boolean {
	const first = block[0];
	return first?.op === "test" && first.value.op === "const";
}

function isFoldable(b: Builtin): boolean {
	return b.pure && !b.relation && b.result !== undefined;
}

function isSmall(v: Value): boolean {
	if (typeof v === "string") return v.length <= 4096;
	if (v === null || typeof v !== "object") return true;
	return Array.isArray(v) && v.length <= 64 && v.every((x) => typeof x !== "object" && isSmall(x));
}

class Unfoldable extends Error {}

/** The result of a call, or undefined where it has none or reports anything. */
function callPure(b: Builtin, args: readonly Value[]): Value | undefined {
	let budget = foldBudget;
	const refuse = (): never => {
		throw new Unfoldable();
	};
	const ctx: BuiltinContext = {
		error: refuse,
		typeError: refuse,
		fail: refuse,
		canWait: false,
		awaited: refuse,
		halt: refuse,
		nowNs: refuse,
		randomBytes: refuse,
		queryCache: new Map(),
		trace: refuse,
		print: refuse,
		step: (n) => {
			budget -= n;
			if (budget < 0) refuse();
		},
		runtime: {},
		host: {},
		location: "",
	};
	try {
		return b.eval(ctx, ...args);
	} catch {
		return undefined;
	}
}
