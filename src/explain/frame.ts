/** The frames explanations run on: a value and where it is from in each slot, collectors beside them. */
import type { EvalContext } from "../eval/context.ts";
import type { RowSink } from "../eval/frame.ts";
import { ObjectCollector } from "../eval/runtime.ts";
import type { Local } from "../plan/plan.ts";
import { ObjectBuilder, RegoSet } from "../value/collections.ts";
import type { Value } from "../value/value.ts";
import { type Part, parts, type Source, type Traced } from "./source.ts";

export class Frame {
	readonly slots: (Traced | undefined)[];
	readonly collectors: (Collector | undefined)[] = [];
	sink: RowSink | undefined;

	constructor(size: number) {
		this.slots = new Array(size);
	}

	/** The same state, for going two ways from here. */
	copy(): Frame {
		const out = new Frame(0);
		out.slots.push(...this.slots);
		out.collectors.push(...this.collectors);
		out.sink = this.sink;
		return out;
	}

	/** A local that has been written. */
	read(local: Local): Traced {
		const v = this.slots[local];
		if (v === undefined) throw new Error(`local ${local} is read before it is written`);
		return v;
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
