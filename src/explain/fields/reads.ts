/**
 * What a policy reads and compares that can never be there: fields that no input has, values of types that are never
 * equal. Found by following what is known of the input through the plan, into functions with the arguments they are
 * called with. In: a plan and, for each rule that is asked, what its input is. Out: places where, however they are
 * reached, nothing is. What is not known may be anything, so that nothing is reported that could be meant.
 */
import { at } from "../../at.ts";
import { nearest } from "../../face/suggest.ts";
import type { Block, Definition, Expression, Func, Local, PlanLocation, PlanOnDemand, Stmt } from "../../plan/plan.ts";
import type { Value } from "../../value/value.ts";
import { boolean, either, entries, neverEqual, none, type Shape, shapeKey, shapeName, shapeOf, step } from "./shape.ts";

export interface Impossible {
	readonly kind: "field" | "comparison" | "loop";
	readonly location: PlanLocation;
	readonly message: string;
}

/** More than any policy has; who writes one that needs more is not told. */
const maxSteps = 300_000;
const maxDepth = 400;

export class GaveUp extends Error {}

interface Call {
	readonly input: Shape;
	/** By parameter. */
	readonly locals: Map<Local, Shape>;
	/** What a function returns; of a set its members. */
	result: Shape;
}

/** Reads of a plan. Throws GaveUp where it is too large. */
export class Reads {
	private readonly plan: PlanOnDemand;
	/** Results of functions, by what they were called with. */
	private readonly known = new Map<string, Shape>();
	/** By expression: undefined where it was found possible once. */
	private readonly found = new Map<object, Impossible | undefined>();
	private readonly seen = new Set<number>();
	private steps = 0;
	private depth = 0;
	private location: PlanLocation = -1;

	constructor(plan: PlanOnDemand) {
		this.plan = plan;
	}

	/** What a rule's value is, asked with such an input. */
	ask(func: number, input: Shape): Shape {
		return this.called(func, [], input);
	}

	/** Functions and rules that were reached. */
	get reached(): ReadonlySet<number> {
		return this.seen;
	}

	/** In the order of their places. */
	get impossible(): readonly Impossible[] {
		return [...this.found.values()].filter((i) => i !== undefined).sort((a, b) => a.location - b.location);
	}

	private called(func: number, args: readonly Shape[], input: Shape): Shape {
		const key = [func, ...args.map(shapeKey), shapeKey(input)].join(" ");
		if (this.known.has(key)) return this.known.get(key);
		const f = this.plan.funcs.at(func);
		if (f === undefined) return undefined;
		this.seen.add(func);
		// Where a policy does refer to itself after all.
		this.known.set(key, undefined);
		if (++this.depth > maxDepth) throw new GaveUp();
		const outer = this.location;
		const result = this.valueOf(f, args, input);
		this.location = outer;
		this.depth--;
		this.known.set(key, result);
		return result;
	}

	private valueOf(f: Func, args: readonly Shape[], input: Shape): Shape {
		let result: Shape = none;
		for (const first of f.default === undefined ? f.definitions : [...f.definitions, f.default])
			for (let d: Definition | undefined = first; d !== undefined; d = d.else) {
				const locals = new Map(Array.from({ length: f.arity }, (_, i): [Local, Shape] => [i, args[i]]));
				const call: Call = { input, locals, result: none };
				this.block(d.body, call);
				result = either(result, call.result);
			}
		if (f.kind === "set") return [{ is: "set", of: result }];
		return f.kind === "object" ? undefined : result;
	}

	private block(block: Block, call: Call): void {
		for (const s of block) {
			if (++this.steps > maxSteps) throw new GaveUp();
			// Prints may name what is not there.
			if (s.op === "print") continue;
			this.location = s.loc;
			this.statement(s, call);
		}
	}

	private statement(s: Exclude<Stmt, { op: "print" }>, call: Call): void {
		switch (s.op) {
			case "let":
				this.bind(call, s.local, this.value(s.value, call));
				return;
			case "test":
				this.value(s.value, call);
				return;
			case "not":
				this.block(s.body, call);
				return;
			case "scan":
			case "every": {
				const source = this.value(s.source, call);
				const { key, value, never } = entries(source);
				const what = `${shapeName(source)} has no members`;
				this.note(s, never ? { kind: "loop", message: what } : undefined);
				this.bind(call, s.key, key);
				this.bind(call, s.value, value);
				if (s.op === "every") this.block(s.body, call);
				return;
			}
			case "relation":
				for (const a of s.args) this.value(a, call);
				this.bind(call, s.value, undefined);
				return;
			case "with": {
				let { input } = call;
				for (const r of s.replacements) {
					if ("value" in r) this.value(r.value, call);
					if (r.target === "input") input = undefined;
				}
				const inner = { ...call, input };
				this.block(s.body, inner);
				call.result = inner.result;
				return;
			}
			case "once":
				for (const b of s.blocks) this.block(b, call);
				return;
			case "unpack-array": {
				const { value } = entries(this.value(s.value, call));
				for (const local of s.elements) this.bind(call, local, value);
				return;
			}
			case "unpack-object":
				this.value(s.value, call);
				for (const [key, local] of s.entries) {
					this.value(key, call);
					this.bind(call, local, undefined);
				}
				return;
			case "return":
				call.result = either(call.result, this.value(s.value, call));
				return;
			case "yield-member":
				this.collect(call, s.into, this.value(s.value, call));
				return;
			case "yield-entry":
				for (const p of s.path) this.value(p, call);
				this.value(s.value, call);
				return;
			case "yield-row":
				for (const v of s.values) this.value(v, call);
		}
	}

	/** Every local is written by one statement of a path; of several paths any may have written it. */
	private bind(call: Call, local: Local, shape: Shape): void {
		if (local < 0) return;
		call.locals.set(local, call.locals.has(local) ? either(call.locals.get(local), shape) : shape);
	}

	/** Into a comprehension, or into the rule's own set. */
	private collect(call: Call, into: Local, member: Shape): void {
		if (call.locals.has(into)) call.locals.set(into, either(call.locals.get(into), member));
		else call.result = either(call.result, member);
	}

	private value(e: Expression, call: Call): Shape {
		switch (e.op) {
			case "const":
				return shapeOf(at(this.plan.constants, e.index));
			case "local":
				return call.locals.get(e.local);
			case "input":
				return call.input;
			case "dot":
				return this.dot(e, call);
			case "rule":
				return this.called(e.func, [], call.input);
			case "rule-at":
				for (const k of e.keys) this.value(k, call);
				this.called(e.func, [], call.input);
				return undefined;
			case "document-keys":
			case "document-dot":
				for (const k of e.keys) this.value(k, call);
				return undefined;
			case "base":
			case "document":
				return undefined;
			case "call":
				return this.called(
					e.func,
					e.args.map((a) => this.value(a, call)),
					call.input,
				);
			case "builtin": {
				const args = e.args.map((a) => this.value(a, call));
				if (this.plan.builtins[e.builtin] === "neq") this.compare(e, args[0], args[1], "always differs from");
				return undefined;
			}
			case "equal":
				this.compare(e, this.value(e.left, call), this.value(e.right, call), "never equals");
				return boolean;
			case "array":
			case "set": {
				const of = e.items.map((i) => this.value(i, call)).reduce(either, none);
				return [{ is: e.op === "set" ? "set" : "list", of }];
			}
			case "object":
				return this.object(e, call);
			case "collect": {
				call.locals.set(e.target, none);
				const outer = this.location;
				this.block(e.body, call);
				this.location = outer;
				return e.into === "object"
					? undefined
					: [{ is: e.into === "set" ? "set" : "list", of: call.locals.get(e.target) }];
			}
		}
	}

	private dot(e: Extract<Expression, { op: "dot" }>, call: Call): Shape {
		const value = this.value(e.value, call);
		this.value(e.key, call);
		const key = this.constant(e.key);
		const { shape, missing, names } = step(value, key);
		if (missing === undefined) this.note(e, undefined);
		else {
			const meant = typeof key === "string" ? nearest(key, names) : undefined;
			const what = typeof key === "string" ? JSON.stringify(key) : "such member";
			const hint = meant === undefined ? "" : `: did you mean ${JSON.stringify(meant)}?`;
			this.note(e, { kind: "field", message: `${missing} has no ${what}${hint}` });
		}
		return shape;
	}

	private constant(e: Expression): Value | undefined {
		return e.op === "const" ? at(this.plan.constants, e.index) : undefined;
	}

	private object(e: Extract<Expression, { op: "object" }>, call: Call): Shape {
		const fields = new Map<string, Shape>();
		let whole = true;
		for (const [k, v] of e.entries) {
			this.value(k, call);
			const key = this.constant(k);
			const shape = this.value(v, call);
			if (typeof key === "string") fields.set(key, shape);
			else whole = false;
		}
		if (!whole) return undefined;
		const name = `an object of ${[...fields.keys()].join(", ") || "nothing"}`;
		// Two of the same keys count as one: of which their values are is not told apart.
		return [{ is: "record", name, fields: new Map([...fields.keys()].map((k) => [k, undefined])) }];
	}

	private compare(e: object, a: Shape, b: Shape, how: string): void {
		const message = `${shapeName(a)} ${how} ${shapeName(b)}`;
		this.note(e, neverEqual(a, b) ? { kind: "comparison", message } : undefined);
	}

	/** What is possible once is never reported again. */
	private note(e: object, impossible: Omit<Impossible, "location"> | undefined): void {
		if (impossible === undefined) this.found.set(e, undefined);
		else if (!this.found.has(e)) this.found.set(e, { ...impossible, location: this.location });
	}
}
