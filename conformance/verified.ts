/**
 * A backend that looks at each function of a plan before it runs it: every local is written once on a path, and before
 * anything reads it (src/plan/plan.ts). A local that nothing writes is undefined: what reads it fails, or is true below
 * `not`, and all backends agree on that wrong answer. Decisions and queries that the library leaves to closures at first do
 * not come here: generated code runs the same plans.
 */
import type { Backend, ExecutablePlan } from "../src/eval/backend.ts";
import { pathText } from "../src/plan/path-text.ts";
import type { Block, Definition, Expression, Func, Local, OpenFunc, PlanOnDemand, Stmt } from "../src/plan/plan.ts";
import { assertNever, type Value } from "../src/value/value.ts";

export function verified(backend: Backend): Backend {
	return { ...backend, prepare: (plan, builtins) => backend.prepare(verifiedPlan(plan), builtins) };
}

/** Throws where a plan does not keep it. */
export function verify(plan: ExecutablePlan): void {
	verifyQueries(plan);
	for (const f of plan.funcs) verifyFunc(plan, f);
}

function verifyQueries(plan: ExecutablePlan): void {
	for (const q of plan.queries) new Path([], `query ${q.name}`, plan.constants).block(q.body);
}

function verifiedPlan(plan: ExecutablePlan): ExecutablePlan {
	if (Array.isArray(plan.funcs)) {
		verify(plan);
		return plan;
	}
	verifyQueries(plan);
	const funcs = plan.funcs as PlanOnDemand["funcs"];
	const seen = new WeakSet<object>();
	const once = <T extends object>(f: T | undefined, verify: (f: T) => void): T | undefined => {
		if (f !== undefined && !seen.has(f)) {
			seen.add(f);
			verify(f);
		}
		return f;
	};
	const wrapped: PlanOnDemand["funcs"] = Object.create(funcs, {
		length: { get: () => funcs.length },
		at: { value: (i: number) => once(funcs.at(i), (f) => verifyFunc(plan, f)) },
		...(funcs.open === undefined ? {} : { open: { value: (i: number) => openVerified(plan, funcs.open?.(i), once) } }),
	});
	return Object.create(plan, { funcs: { value: wrapped } });
}

type Once = <T extends object>(f: T | undefined, verify: (f: T) => void) => T | undefined;

function openVerified(plan: ExecutablePlan, f: OpenFunc | undefined, once: Once): OpenFunc | undefined {
	if (f === undefined) return undefined;
	const { definitions } = f;
	const at = (i: number): Definition | undefined => once(definitions.at(i), (d) => verifyDefinition(plan, f, d));
	return {
		...f,
		definitions: Object.create(definitions, { length: { get: () => definitions.length }, at: { value: at } }),
	};
}

function verifyFunc(plan: ExecutablePlan, f: Func): void {
	for (const d of f.definitions) verifyDefinition(plan, f, d);
	if (f.default !== undefined) verifyDefinition(plan, f, f.default);
}

function verifyDefinition(plan: ExecutablePlan, f: Pick<Func, "path" | "arity">, first: Definition): void {
	const parameters = Array.from({ length: f.arity }, (_, i) => i);
	for (let d: Definition | undefined = first; d !== undefined; d = d.else) {
		new Path([...parameters, d.result], pathText(f.path), plan.constants).block(d.body);
	}
}

/** What has been written on the way to a statement. */
class Path {
	readonly #written: Set<Local>;
	readonly #where: string;
	readonly #constants: readonly Value[];
	/** Something can never be true: what follows is never run, and may read what folding has left out. */
	#ended = false;

	constructor(written: Iterable<Local>, where: string, constants: readonly Value[]) {
		this.#written = new Set(written);
		this.#where = where;
		this.#constants = constants;
	}

	block(block: Block): void {
		for (const s of block) {
			this.#statement(s);
			this.#ended ||= s.op === "test" && s.value.op === "const" && this.#constants[s.value.index] === false;
			if (this.#ended) return;
		}
	}

	/** A block whose locals end with it. */
	#scoped(block: Block, ...written: readonly Local[]): void {
		const inner = new Path(this.#written, this.#where, this.#constants);
		for (const l of written) inner.#write(l);
		inner.block(block);
	}

	#write(l: Local): void {
		if (l < 0) return;
		if (this.#written.has(l)) throw new Error(`${this.#where}: local ${l} is written twice`);
		this.#written.add(l);
	}

	#read(l: Local): void {
		if (!this.#written.has(l)) throw new Error(`${this.#where}: local ${l} is read before it is written`);
	}

	#statement(s: Stmt): void {
		switch (s.op) {
			case "let":
				this.#expression(s.value);
				this.#write(s.local);
				break;
			case "test":
			case "return":
				this.#expression(s.value);
				break;
			case "not":
				this.#scoped(s.body);
				break;
			case "once":
				for (const b of s.blocks) this.#scoped(b);
				break;
			case "scan":
				this.#expression(s.source);
				this.#write(s.key);
				this.#write(s.value);
				break;
			case "relation":
				this.#expressions(s.args);
				this.#write(s.value);
				break;
			case "every":
				this.#expression(s.source);
				this.#scoped(s.body, s.key, s.value);
				break;
			case "with":
				for (const r of s.replacements) {
					if (!("by" in r)) this.#expression(r.value);
					else if ("value" in r.by) this.#expression(r.by.value);
				}
				this.block(s.body);
				break;
			case "unpack-array":
				this.#expression(s.value);
				for (const l of s.elements) this.#write(l);
				break;
			case "unpack-object":
				this.#expression(s.value);
				for (const [k, l] of s.entries) {
					this.#expression(k);
					this.#write(l);
				}
				break;
			case "print":
				for (const a of s.args) this.#scoped(a.block, a.target);
				break;
			case "yield-member":
				this.#read(s.into);
				this.#expression(s.value);
				break;
			case "yield-entry":
				this.#read(s.into);
				this.#expressions(s.path);
				this.#expression(s.value);
				break;
			case "yield-row":
				this.#expressions(s.values);
				for (const [, l] of s.bindings) this.#read(l);
				break;
			default:
				assertNever(s, "statement");
		}
	}

	#expressions(all: readonly Expression[]): void {
		for (const e of all) this.#expression(e);
	}

	#expression(e: Expression): void {
		switch (e.op) {
			case "const":
			case "input":
			case "base":
			case "rule":
			case "document":
				break;
			case "local":
				this.#read(e.local);
				break;
			case "dot":
				this.#expression(e.value);
				this.#expression(e.key);
				break;
			case "rule-at":
			case "document-keys":
			case "document-dot":
				this.#expressions(e.keys);
				break;
			case "call":
			case "builtin":
				this.#expressions(e.args);
				break;
			case "equal":
				this.#expression(e.left);
				this.#expression(e.right);
				break;
			case "array":
			case "set":
				this.#expressions(e.items);
				break;
			case "object":
				for (const [k, v] of e.entries) {
					this.#expression(k);
					this.#expression(v);
				}
				break;
			case "collect":
				this.#scoped(e.body, e.target);
				break;
			default:
				assertNever(e, "expression");
		}
	}
}
