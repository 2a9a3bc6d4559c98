/** The frames explanations run on: a value and where it is from in each slot, collectors beside them. */
import type { EvalContext } from "../eval/context.ts";
import type { RowSink } from "../eval/frame.ts";
import { ObjectCollector } from "../eval/runtime.ts";
import type { Expression, Local } from "../plan/plan.ts";
import { ObjectBuilder, RegoSet } from "../value/collections.ts";
import type { Value } from "../value/value.ts";
import type { Operand, Unknown } from "./blame.ts";
import { type Part, parts, type Source, type Traced } from "./source.ts";

/** An expression and the frame it was evaluated on. */
export interface Via {
	readonly e: Expression;
	readonly c: EvalContext;
	readonly f: Frame;
}

export interface Unpacked {
	readonly of: Via;
	readonly index: number;
}

export class Frame {
	readonly slots: (Traced | undefined)[];
	readonly collectors: (Collector | undefined)[] = [];
	sink: RowSink | undefined;
	/** Locals that have no value, though what follows goes on as if they had. */
	unknowns: Map<Local, Unknown> | undefined;
	/** What locals were bound to, where that tells more than their values. */
	via: Map<Local, Via> | undefined;

	/** Locals that are elements of a list that was taken apart. */
	unpacked: Map<Local, Unpacked> | undefined;

	constructor(size: number) {
		this.slots = new Array(size);
	}

	/** The same state, for going two ways from here. */
	copy(): Frame {
		const out = new Frame(0);
		out.slots.push(...this.slots);
		out.collectors.push(...this.collectors);
		out.sink = this.sink;
		if (this.unknowns !== undefined) out.unknowns = new Map(this.unknowns);
		if (this.via !== undefined) {
			out.via = new Map();
			// What was made on this frame is asked about on the other one: here the locals go on changing.
			for (const [l, v] of this.via) out.via.set(l, v.f === this ? { ...v, f: out } : v);
		}
		if (this.unpacked !== undefined) {
			out.unpacked = new Map();
			for (const [l, u] of this.unpacked) out.unpacked.set(l, u.of.f === this ? { ...u, of: { ...u.of, f: out } } : u);
		}
		return out;
	}

	noteUnpacked(local: Local, of: Via, index: number): void {
		if (local < 0) return;
		this.unpacked ??= new Map();
		this.unpacked.set(local, { of, index });
	}

	/** A local that has been written. */
	read(local: Local): Traced {
		const v = this.slots[local];
		if (v === undefined) throw new Error(`local ${local} is read before it is written`);
		return v;
	}

	/** Binds a local to what may be unknown. */
	bind(local: Local, v: Operand, via: Via | undefined): void {
		if (local < 0) return;
		if ("unknown" in v) {
			this.slots[local] = undefined;
			this.unknowns ??= new Map();
			this.unknowns.set(local, v);
		} else {
			this.slots[local] = v;
			this.unknowns?.delete(local);
		}
		if (via !== undefined) {
			this.via ??= new Map();
			this.via.set(local, via);
		} else this.via?.delete(local);
	}

	set(local: Local, value: Value, from: Source): void {
		if (local >= 0) this.slots[local] = { value, from };
	}
}

/** What goes on after a path; true means stop. */
export type Next = (c: EvalContext) => boolean;

/** What comprehensions and partial rules collect, and where the parts are from. */
export class Collector {
	readonly #into: Value[] | RegoSet | ObjectBuilder | ObjectCollector;
	readonly #parts: Part[] = [];

	constructor(into: Value[] | RegoSet | ObjectBuilder | ObjectCollector) {
		this.#into = into;
	}

	static for(into: "array" | "set" | "object"): Collector {
		return new Collector(into === "array" ? [] : into === "set" ? new RegoSet() : new ObjectBuilder());
	}

	member(v: Traced): void {
		const into = this.#into;
		if (Array.isArray(into)) {
			this.#parts.push({ key: into.length, from: v.from });
			into.push(v.value);
		} else if (into instanceof RegoSet) {
			this.#parts.push({ key: v.value, from: v.from });
			into.add(v.value);
		}
	}

	/** False on a conflict. */
	entry(keys: readonly Value[], v: Traced, member: boolean, insertFlat: InsertFlat): boolean {
		const into = this.#into;
		const [first] = keys;
		if (first !== undefined) this.#parts.push({ key: first, from: v.from });
		if (into instanceof ObjectCollector) return into.insert(keys, v.value, member);
		return into instanceof ObjectBuilder && first !== undefined && insertFlat(into, first, v.value);
	}

	finish(): Traced {
		const into = this.#into;
		const isBuilder = into instanceof ObjectBuilder || into instanceof ObjectCollector;
		return { value: isBuilder ? into.finish() : into, from: parts(this.#parts) };
	}
}

type InsertFlat = (into: ObjectBuilder, key: Value, value: Value) => boolean;
