/**
 * Calls whose results the policy itself bounds: a pure builtin of a part of the policy's constants
 * (an entry of an allow-list, a field of it) can have no more results than there are such parts,
 * whatever the inputs are. Each is made once and kept for the life of the program (part-results.ts).
 */
import type { Block, Definition, Expression, Local } from "../compiler/plan.ts";
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

class Analysis {
	readonly kept: Map<Call, KeptBy> = new Map();
	changed = false;
	readonly #plan: ExecutablePlan;
	readonly #traits: BuiltinTraits;
	/** By function: its parameters that are given something else. */
	readonly #others: readonly Set<Local>[];
	/** Locals of the definition at hand that hold parts; one that is written twice must be one each time. */
	#parts: Map<Local, boolean> = new Map();
	#written = false;

	constructor(plan: ExecutablePlan, traits: BuiltinTraits) {
		this.#plan = plan;
		this.#traits = traits;
		this.#others = plan.funcs.map(() => new Set());
	}

	run(): void {
		this.changed = false;
		this.kept.clear();
		this.#plan.funcs.forEach((f, index) => {
			const all = f.default === undefined ? f.definitions : [...f.definitions, f.default];
			for (const d of all) this.#definition(d, f.arity, index);
		});
		for (const q of this.#plan.queries) {
			this.#parts = new Map();
			this.#body(q.body);
		}
	}

	#definition(d: Definition, arity: number, index: number): void {
		this.#parts = new Map();
		for (let l = 0; l < arity; l++) this.#parts.set(l, this.#others[index]?.has(l) !== true);
		this.#body(d.body);
		if (d.else !== undefined) this.#definition(d.else, arity, index);
	}

	/** A body: first what its locals hold, as far as it takes, then the calls in it. */
	#body(body: Block): void {
		do {
			this.#written = false;
			this.#walk(body, (x) => this.#writes(x));
		} while (this.#written);
		this.#walk(body, (x) => this.#calls(x));
	}

	#walk(x: unknown, visit: (x: { readonly op?: unknown }) => void): void {
		if (typeof x !== "object" || x === null) return;
		visit(x);
		for (const y of Array.isArray(x) ? x : Object.values(x)) this.#walk(y, visit);
	}

	#write(local: Local, isPart: boolean): void {
		if (local < 0) return;
		const known = this.#parts.get(local);
		const now = isPart && known !== false;
		if (now === known) return;
		this.#parts.set(local, now);
		this.#written = true;
	}

	#writes(x: { readonly op?: unknown }): void {
		const s = x as Block[number];
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
			default:
		}
	}

	#calls(x: { readonly op?: unknown }): void {
		const e = x as Expression;
		if (e.op === "call") {
			e.args.forEach((a, i) => {
				if (!this.#isPart(a)) this.#takeBack(e.func, i);
			});
		} else if (e.op === "builtin") {
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
			default:
				return false;
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
