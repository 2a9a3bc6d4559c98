/** What is shared by everything that one evaluation does, and what a query within it has for itself. */

import type { QueryState } from "../eval/context.ts";
import { canonicalKey } from "../value/key.ts";
import { numberText } from "../value/number.ts";
import { isNumber, type PlainObject, type Value } from "../value/value.ts";
import { Bindings } from "./bindings.ts";
import type { EventNode, Local, Locals, Op, TraceEvent, Tracer } from "./events.ts";
import type { Body, Comprehension, Place, Reference, Term } from "./nodes.ts";
import type { Program } from "./program.ts";
import { walkNode } from "./walk.ts";

/** An iteration need not go on: a first match was enough, for this query or for one around it. */
export class EarlyExit {
	/** It is for a query around the one that gives it. */
	readonly deferred: boolean;
	readonly previous: EarlyExit | undefined;

	constructor(deferred: boolean, previous: EarlyExit | undefined) {
		this.deferred = deferred;
		this.previous = previous;
	}
}

export type Exit = EarlyExit | undefined;
/** What is done with a solution. */
export type Next = () => Exit;

/** The exit without what it says of the innermost query. */
export function suppressed(exit: Exit): Exit {
	return exit?.previous;
}

/** As in OPA, numbers that are written differently have results of their own. */
function keyOf(v: Value): unknown {
	return isNumber(v) ? `\u0003${numberText(v)}` : canonicalKey(v);
}

/** Key of a path. */
export function pathKey(terms: readonly Term[], scope = ""): string {
	let out = "";
	for (const t of terms) {
		const key = t.kind === "value" ? keyOf(t.value) : t.kind === "var" ? `\u0001${t.name}` : "\u0002";
		const text = String(key);
		out += `${typeof key} ${text.length} ${text}`;
	}
	return out + scope;
}

export const isUndefined: unique symbol = Symbol("undefined");

/** Values of rules, of calls and of indexed comprehensions; a `with` has values of its own. */
class Caches {
	readonly #documents: Map<string, Value | typeof isUndefined>[] = [new Map()];
	readonly #comprehensions: Map<Comprehension, Map<string, Value>>[] = [new Map()];

	push(): void {
		this.#documents.push(new Map());
		this.#comprehensions.push(new Map());
	}

	pop(): void {
		this.#documents.pop();
		this.#comprehensions.pop();
	}

	get(key: string): Value | typeof isUndefined | undefined {
		return this.#documents.at(-1)?.get(key);
	}

	put(key: string, value: Value | typeof isUndefined): void {
		this.#documents.at(-1)?.set(key, value);
	}

	comprehension(t: Comprehension): Map<string, Value> | undefined {
		return this.#comprehensions.at(-1)?.get(t);
	}

	putComprehension(t: Comprehension, values: Map<string, Value>): void {
		this.#comprehensions.at(-1)?.set(t, values);
	}
}

export interface MachineOptions {
	readonly program: Program;
	readonly data: PlainObject;
	/** For builtins: limits, time, prints, errors. */
	readonly state: QueryState;
	readonly tracers: readonly Tracer[];
	/** Leave out definitions that cannot match. Default true. */
	readonly indexing?: boolean;
	/** Stop at a match that is enough. Default true. */
	readonly earlyExit?: boolean;
	/** Where a call is, as builtins' errors and prints tell it. */
	readonly placeId: (place: Place | undefined) => number;
	/** Names in the source of variables of the query. */
	readonly queryNames: ReadonlyMap<string, string>;
}

export class Machine {
	readonly program: Program;
	readonly base: PlainObject;
	readonly state: QueryState;
	readonly tracers: readonly Tracer[];
	readonly traced: boolean;
	/** Whether events tell the values of variables. */
	readonly wantsLocals: boolean;
	/** Whether each step of a unification is told. */
	readonly tellsUnify: boolean;
	readonly indexing: boolean;
	readonly earlyExit: boolean;
	readonly caches: Caches = new Caches();
	/** Groups of frames: while a replacement runs, nothing is replaced. */
	readonly mocks: Map<string, Term>[][] = [[]];
	/** Paths that `with` has replaced. */
	readonly targets: (readonly (readonly Term[])[])[] = [];
	readonly placeId: (place: Place | undefined) => number;
	readonly queryNames: ReadonlyMap<string, string>;
	#queries = 0;

	constructor(options: MachineOptions) {
		this.program = options.program;
		this.base = options.data;
		this.state = options.state;
		this.tracers = options.tracers;
		this.traced = options.tracers.length > 0;
		this.wantsLocals = options.tracers.some((t) => t.wantsLocals);
		this.tellsUnify = options.tracers.some((t) => t.wantsUnify);
		this.indexing = options.indexing ?? true;
		this.earlyExit = options.earlyExit ?? true;
		this.placeId = options.placeId;
		this.queryNames = options.queryNames;
	}

	nextQuery(): number {
		return this.#queries++;
	}

	mock(name: string): Term | undefined {
		const group = this.mocks.at(-1) ?? [];
		for (let i = group.length - 1; i >= 0; i--) {
			const found = group[i]?.get(name);
			if (found !== undefined) return found;
		}
		return undefined;
	}

	/** The name a variable has in the source, if it has one. */
	sourceName(name: string): string | undefined {
		return this.program.sourceNames.get(name) ?? this.queryNames.get(name);
	}

	tell(e: TraceEvent): void {
		for (const t of this.tracers) if (e.op !== "Unify" || t.wantsUnify) t.event(e);
	}
}

/** A query within an evaluation: a body, and how far it is. */
export class Query {
	readonly machine: Machine;
	readonly body: Body;
	readonly id: number;
	readonly parent: Query | undefined;
	readonly bindings: Bindings;
	index = 0;
	/** A first match is enough. */
	findOne = false;
	defined = false;
	input: Value | undefined;
	/** What `with` has put over data. */
	data: Value | undefined;
	#lastPlace: Place | undefined;

	constructor(machine: Machine, body: Body, parent: Query | undefined, bindings?: Bindings) {
		this.machine = machine;
		this.body = body;
		this.parent = parent;
		this.id = machine.nextQuery();
		this.bindings = bindings ?? new Bindings();
		if (parent !== undefined) {
			this.input = parent.input;
			this.data = parent.data;
			this.#lastPlace = parent.#lastPlace;
		}
	}

	/** A body that sees the variables of this one. */
	closure(body: Body): Query {
		return new Query(this.machine, body, this, this.bindings);
	}

	/** A body with variables of its own. */
	child(body: Body): Query {
		return new Query(this.machine, body, this);
	}

	tell(op: Op, node: EventNode | undefined, message = "", ref?: Reference, at?: Place): void {
		const { machine } = this;
		if (!machine.traced || (op === "Unify" && !machine.tellsUnify)) return;
		const place = at ?? (node === undefined ? undefined : placeOf(node));
		if (place !== undefined) this.#lastPlace = place;
		machine.tell({
			op,
			node,
			// OPA's announcement of a case has none.
			place: op === "TestCase" ? undefined : (place ?? this.#lastPlace),
			queryId: this.id,
			parentId: this.parent?.id ?? 0,
			message,
			ref,
			locals: machine.wantsLocals ? this.#locals() : undefined,
			documents: machine.wantsLocals ? this.#documents(node) : [],
		});
	}

	#locals(): Locals {
		const out = new Map<string, Local>();
		for (const v of this.bindings.variables()) {
			const term = this.bindings.plug(v);
			if (term.kind === "value") out.set(v.name, { value: term.value, place: v.place });
		}
		return out;
	}

	/** Values already known of what a node refers to. */
	#documents(node: EventNode | undefined): readonly (readonly [Reference, Value])[] {
		const out: (readonly [Reference, Value])[] = [];
		const visit = (t: Term): boolean => {
			if (t.kind !== "ref") return false;
			const open = t.terms.findIndex((x, i) => i > 0 && x.kind !== "value");
			const ground = open < 0 ? t.terms : t.terms.slice(0, open);
			const known = this.machine.caches.get(pathKey(ground));
			if (known !== undefined && known !== isUndefined) out.push([{ ...t, terms: ground }, known]);
			return false;
		};
		walkNode(node, visit);
		return out;
	}
}

function placeOf(node: EventNode): Place | undefined {
	switch (node.kind) {
		case "rule":
			return node.rule.place;
		case "body":
			return node.body[0]?.place;
		case "expr":
			return node.expr.place;
		default:
			return undefined;
	}
}
