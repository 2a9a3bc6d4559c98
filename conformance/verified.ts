/**
 * A backend that looks at each function of a plan before it runs it: every local is written once on a path, and before
 * anything reads it (src/plan/plan.ts). A local that nothing writes is undefined: what reads it fails, or is true below
 * `not`, and all backends agree on that wrong answer. Decisions and queries that the library leaves to closures at first do
 * not come here: generated code runs the same plans.
 */
import type { Backend, ExecutablePlan } from "../src/eval/backend.ts";
import { pathText } from "../src/plan/path-text.ts";
import type { Block, Definition, Expression, Func, Local, OpenFunc, PlanOnDemand, Stmt } from "../src/plan/plan.ts";
import { assertNever } from "../src/value/value.ts";

export function verified(backend: Backend): Backend {
	return { ...backend, prepare: (plan, builtins) => backend.prepare(verifiedPlan(plan), builtins) };
}

function verifiedPlan(plan: ExecutablePlan): ExecutablePlan {
	for (const q of plan.queries) new Path([], `query ${q.name}`).block(q.body);
	if (Array.isArray(plan.funcs)) {
		for (const f of plan.funcs) verifyFunc(f);
		return plan;
	}
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
		at: { value: (i: number) => once(funcs.at(i), verifyFunc) },
		...(funcs.open === undefined ? {} : { open: { value: (i: number) => openVerified(funcs.open?.(i), once) } }),
	});
	return Object.create(plan, { funcs: { value: wrapped } });
}

type Once = <T extends object>(f: T | undefined, verify: (f: T) => void) => T | undefined;

function openVerified(f: OpenFunc | undefined, once: Once): OpenFunc | undefined {
	if (f === undefined) return undefined;
	const { definitions } = f;
	const at = (i: number): Definition | undefined => once(definitions.at(i), (d) => verifyDefinition(f, d));
	return {
		...f,
		definitions: Object.create(definitions, { length: { get: () => definitions.length }, at: { value: at } }),
	};
}

function verifyFunc(f: Func): void {
	for (const d of f.definitions) verifyDefinition(f, d);
	if (f.default !== undefined) verifyDefinition(f, f.default);
}

function verifyDefinition(f: Pick<Func, "path" | "arity">, first: Definition): void {
	const parameters = Array.from({ length: f.arity }, (_, i) => i);
	for (let d: Definition | undefined = first; d !== undefined; d = d.else) {
		new Path([...parameters, d.result], pathText(f.path)).block(d.body);
	}
}

/** What has been written on the way to a statement. */
class Path {
	readonly #written: Set<Local>;
	readonly #where: string;

	constructor(written: Iterable<Local>, where: string) {
		this.#written = new Set(written);
		this.#where = where;
	}

	block(block: Block): void {
		for (const s of block) this.#statement(s);
	}

	/** A block whose locals end with it. */
	#scoped(block: Block, ...written: readonly Local[]): void {
		const inner = new Path(this.#written, this.#where);
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
