/**
 * Calls whose results the policy itself bounds: a pure builtin of a part of the policy's constants
 * (an entry of an allow-list, a field of it) can have no more results than there are such parts,
 * whatever the inputs are. Each is made once and kept for the life of the program (part-results.ts).
 */
import type { Block, Definition, Expression, Local, Stmt } from "../plan/plan.ts";
import { assertNever } from "../value/value.ts";
import type { ExecutablePlan } from "./backend.ts";

type Call = Extract<Expression, { op: "builtin" }>;

/** What the result of a call is kept by. */
export interface KeptBy {
	/** The operand, or item of a list of operands, that is a part of the policy. */
	readonly part: Expression;
	/** The one other operand that is no constant: only the last result is kept. */
	readonly other: Expression | undefined;
}

export interface BuiltinTraits {
	/** Pure, and costs more than looking whether its result is at hand. */
	isKept(builtin: number): boolean;
	/** Its result is a string. */
	isText(builtin: number): boolean;
	/** Its last operand is a list whose items may be looked at one by one. */
	joins(builtin: number): boolean;
}

/** The calls of a plan that are kept. */
export function callsOfParts(plan: ExecutablePlan, traits: BuiltinTraits): ReadonlyMap<Call, KeptBy> {
	const analysis = new Analysis(plan, traits);
	// A parameter is a part where every call gives one: until no call takes that back.
	do analysis.run();
	while (analysis.changed);
	return analysis.kept;
}

/** What matters of a body, wherever in it: one walk, however often it is looked at. */
interface Digest {
	/** Index of its function, or -1 for a query. */
	readonly func: number;
	readonly arity: number;
	/** Statements that write locals or replace functions. */
	readonly writes: readonly Block[number][];
	readonly calls: readonly Extract<Expression, { op: "call" | "builtin" }>[];
}

/** Whether statements write locals or replace functions. */
const writes: Readonly<Record<Stmt["op"], boolean>> = {
	let: true,
	scan: true,
	every: true,
	relation: true,
	"unpack-array": true,
	"unpack-object": true,
	with: true,
	test: false,
	not: false,
	once: false,
	print: false,
	return: false,
	"yield-member": false,
	"yield-entry": false,
	"yield-row": false,
};
const writing: ReadonlySet<unknown> = new Set(Object.entries(writes).flatMap(([op, is]) => (is ? [op] : [])));

function digest(body: Block, func: number, arity: number): Digest {
	const writes: Block[number][] = [];
	const calls: Extract<Expression, { op: "call" | "builtin" }>[] = [];
	const walk = (x: object): void => {
		const { op } = x as { readonly op?: unknown };
		if (op === "call" || op === "builtin") calls.push(x as Extract<Expression, { op: "call" | "builtin" }>);
		else if (writing.has(op)) writes.push(x as Block[number]);
		for (const key in x) {
			const y = (x as { readonly [key: string]: unknown })[key];
			if (typeof y === "object" && y !== null) walk(y);
		}
	};
	walk(body);
	return { func, arity, writes, calls };
}

class Analysis {
	readonly kept: Map<Call, KeptBy> = new Map();
	changed = false;
	readonly #plan: ExecutablePlan;
	readonly #traits: BuiltinTraits;
	readonly #bodies: Digest[] = [];
	/** By function: its parameters that are given something else. */
	readonly #others: readonly Set<Local>[];
	/** Locals of the body at hand that hold parts; one that is written twice must be one each time. */
	#parts: Map<Local, boolean> = new Map();
	#written = false;

	constructor(plan: ExecutablePlan, traits: BuiltinTraits) {
		this.#plan = plan;
		this.#traits = traits;
		this.#others = plan.funcs.map(() => new Set());
		const add = (d: Definition | undefined, func: number, arity: number): void => {
			for (let x = d; x !== undefined; x = x.else) this.#bodies.push(digest(x.body, func, arity));
		};
		plan.funcs.forEach((f, index) => {
			for (const d of f.definitions) add(d, index, f.arity);
			add(f.default, index, f.arity);
		});
		for (const q of plan.queries) this.#bodies.push(digest(q.body, -1, 0));
	}

	run(): void {
		this.changed = false;
		this.kept.clear();
		for (const b of this.#bodies) {
			this.#parts = new Map();
			for (let l = 0; l < b.arity; l++) this.#parts.set(l, this.#others[b.func]?.has(l) !== true);
			// First what its locals hold, as far as it takes, then the calls in it.
			do {
				this.#written = false;
				for (const s of b.writes) this.#writes(s);
			} while (this.#written);
			for (const c of b.calls) this.#calls(c);
		}
	}

	#write(local: Local, isPart: boolean): void {
		if (local < 0) return;
		const known = this.#parts.get(local);
		const now = isPart && known !== false;
		if (now === known) return;
		this.#parts.set(local, now);
		this.#written = true;
	}

	#writes(s: Block[number]): void {
		switch (s.op) {
			case "let":
				this.#write(s.local, this.#isPart(s.value));
				break;
			case "scan":
			case "every": {
				const isPart = this.#isPart(s.source);
				this.#write(s.key, isPart);
				this.#write(s.value, isPart);
				break;
			}
			case "relation":
				this.#write(s.value, false);
				break;
			case "unpack-array": {
				const isPart = this.#isPart(s.value);
				for (const l of s.elements) this.#write(l, isPart);
				break;
			}
			case "unpack-object": {
				const isPart = this.#isPart(s.value);
				for (const [, l] of s.entries) this.#write(l, isPart);
				break;
			}
			case "with":
				for (const r of s.replacements) {
					// What it replaces may be called with anything.
					if ("by" in r && "func" in r.by) this.#takeBack(r.by.func);
				}
				break;
			case "test":
			case "not":
			case "once":
			case "print":
			case "return":
			case "yield-member":
			case "yield-entry":
			case "yield-row":
				break;
			default:
				assertNever(s, "statement");
		}
	}

	#calls(e: Digest["calls"][number]): void {
		if (e.op === "call") {
			e.args.forEach((a, i) => {
				if (!this.#isPart(a)) this.#takeBack(e.func, i);
			});
		} else {
			const by = this.#keptBy(e);
			if (by !== undefined) this.kept.set(e, by);
		}
	}

	#takeBack(func: number, only?: Local): void {
		const others = this.#others[func];
		const locals =
			only === undefined ? Array.from({ length: this.#plan.funcs[func]?.arity ?? 0 }, (_, i) => i) : [only];
		for (const l of locals) {
			if (others === undefined || others.has(l)) continue;
			others.add(l);
			this.changed = true;
		}
	}

	/** Whether a value is a constant, part of one, or the kept result of such: always the same few values. */
	#isPart(e: Expression): boolean {
		switch (e.op) {
			case "const":
				return true;
			case "local":
				return this.#parts.get(e.local) === true;
			case "dot":
				return this.#isPart(e.value);
			case "builtin": {
				const by = this.#keptBy(e);
				return by !== undefined && by.other === undefined;
			}
			case "input":
			case "base":
			case "rule":
			case "rule-at":
			case "document":
			case "document-keys":
			case "document-dot":
			case "call":
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

	#keptBy(e: Call): KeptBy | undefined {
		if (!this.#traits.isKept(e.builtin)) return undefined;
		const last = e.args.at(-1);
		const operands =
			last?.op === "array" && this.#traits.joins(e.builtin) ? [...e.args.slice(0, -1), ...last.items] : e.args;
		const open = operands.filter((a) => a.op !== "const");
		const [first, second] = open;
		if (first === undefined || open.length > 2) return undefined;
		const part = this.#isPart(first) ? first : second !== undefined && this.#isPart(second) ? second : undefined;
		if (part === undefined) return undefined;
		const other = part === first ? second : first;
		if (other === undefined) return { part, other };
		return this.#traits.isText(e.builtin) && operands === e.args ? { part, other } : undefined;
	}
}
