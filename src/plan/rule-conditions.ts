/**
 * What the definitions of a group need of the input, of base data and of their arguments: conditions that
 * are looked up in tables instead of being tried one by one (index-rules.ts, eval/selector.ts). They say
 * when a definition cannot succeed, and never that it does; reading them fails with no error.
 */

import { at } from "../at.ts";
import type { Builtin } from "../builtins/define.ts";
import { objectEntries, RegoSet } from "../value/collections.ts";
import { assertNever, isObject, type Value } from "../value/value.ts";
import { type Clause, isScalar, type KnownConditions, maxAtoms, Reads, type Scalar } from "./conditions.ts";
import type { Block, Definition, Expression, Func, Local, Stmt } from "./plan.ts";

/** What a plan says about its parts. */
export interface ConditionPlan {
	readonly constants: readonly Value[];
	/** A builtin that is the language's own and that no `with` replaces; undefined for others. */
	readonly builtin: (index: number) => Pick<Builtin, "name" | "total"> | undefined;
}

/** Clauses kept of combinations: of alternatives, and of else branches. */
const maxCombined = 8;

export function conditionsOf(func: Func, plan: ConditionPlan): KnownConditions {
	const reads = new Reads();
	const definitions = func.definitions.map((d) => clausesOfChain(d, func, plan, reads));
	return { reads: reads.list, definitions, sources: reads.sources };
}

/** A definition with else branches succeeds where one of them does. */
function clausesOfChain(d: Definition, func: Func, plan: ConditionPlan, reads: Reads): readonly Clause[] {
	let out = clausesOf(d.body, func, plan, reads);
	for (let other = d.else; other !== undefined && out.length > 0; other = other.else) {
		out = either(out, clausesOf(other.body, func, plan, reads));
	}
	return out;
}

function clausesOf(body: Block, func: Func, plan: ConditionPlan, reads: Reads): readonly Clause[] {
	// OPA evaluates every definition that prints, so that what it prints on its way is seen.
	if (body.some(prints)) return [];
	const collector = new Collector(func.arity, plan, reads);
	collector.block(body);
	return collector.clauses;
}

function prints(s: Stmt): boolean {
	if (s.op === "once") return s.blocks.some((b) => b.some(prints));
	return s.op === "print" || ((s.op === "not" || s.op === "every" || s.op === "with") && s.body.some(prints));
}

/** Clauses that hold wherever those of one list or those of the other do. */
function either(a: readonly Clause[], b: readonly Clause[]): Clause[] {
	const out: Clause[] = [];
	for (const x of a) {
		for (const y of b) {
			if (out.length === maxCombined) return out;
			if (x.length + y.length <= maxAtoms) out.push([...x, ...y]);
		}
	}
	return out;
}

class Collector {
	readonly clauses: Clause[] = [];
	readonly #arity: number;
	readonly #plan: ConditionPlan;
	readonly #reads: Reads;
	/** Reads that locals hold. */
	readonly #locals: Map<Local, number>;
	/**
	 * Something before may end in an error. OPA looks at equalities first all the same, and at nothing
	 * else: a definition that fails for another reason would have shown its error.
	 */
	#risky: boolean;

	constructor(arity: number, plan: ConditionPlan, reads: Reads, locals = new Map<Local, number>(), risky = false) {
		this.#arity = arity;
		this.#plan = plan;
		this.#reads = reads;
		this.#locals = locals;
		this.#risky = risky;
	}

	block(block: Block): void {
		for (const s of block) {
			// Under replacements, documents are others.
			if (s.op === "with" || s.op === "relation") return;
			this.#stmt(s);
			this.#risky ||= !harmlessStmt(s, this.#plan);
		}
	}

	#stmt(s: Stmt): void {
		switch (s.op) {
			case "let": {
				const read = this.#read(s.value);
				if (read !== undefined) this.#locals.set(s.local, read);
				return;
			}
			case "test":
				this.#test(s.value);
				return;
			case "scan": {
				const read = this.#risky ? undefined : this.#read(s.source);
				if (read !== undefined && s.value >= 0) this.#locals.set(s.value, this.#reads.each(read));
				return;
			}
			case "unpack-array": {
				const read = this.#read(s.value);
				if (read === undefined) return;
				s.elements.forEach((local, i) => {
					if (local >= 0) this.#locals.set(local, this.#reads.key(read, i, false));
				});
				return;
			}
			case "unpack-object": {
				const read = this.#read(s.value);
				if (read === undefined) return;
				for (const [key, local] of s.entries) {
					const name = key.op === "const" ? this.#plan.constants[key.index] : undefined;
					if (local >= 0 && typeof name === "string") this.#locals.set(local, this.#reads.key(read, name, false));
				}
				return;
			}
			case "once": {
				let all: readonly Clause[] | undefined;
				for (const block of s.blocks) {
					const inner = new Collector(this.#arity, this.#plan, this.#reads, new Map(this.#locals), this.#risky);
					inner.block(block);
					all = all === undefined ? inner.clauses : either(all, inner.clauses);
				}
				this.clauses.push(...(all ?? []));
				return;
			}
			case "not":
			case "relation":
			case "every":
			case "with":
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

	#test(e: Expression): void {
		if (e.op === "equal") {
			this.#equal(e.left, e.right);
			this.#equal(e.right, e.left);
			return;
		}
		if (e.op !== "builtin") return;
		const [a, b, c] = e.args;
		switch (this.#plan.builtin(e.builtin)?.name) {
			case "internal.member_2":
				if (a !== undefined && b !== undefined) this.#member(a, b);
				return;
			case "startswith":
				if (a !== undefined) this.#text(a, "begins", this.#constant(b));
				return;
			case "endswith":
				if (a !== undefined) this.#text(a, "ends", this.#constant(b));
				return;
			case "glob.match": {
				const pattern = this.#constant(a);
				if (typeof pattern !== "string" || this.#constant(b) === undefined || c === undefined) return;
				const ends = literalEnds(pattern);
				this.#text(c, "begins", ends?.[0]);
				this.#text(c, "ends", ends?.[1]);
				return;
			}
			case "regex.match": {
				const pattern = this.#constant(a);
				if (typeof pattern === "string" && b !== undefined) this.#text(b, "begins", literalStart(pattern));
				return;
			}
			default:
		}
	}

	#equal(constant: Expression, other: Expression): void {
		const value = this.#constant(constant);
		if (value === undefined) return;
		const read = this.#read(other);
		if (read !== undefined) this.#is(read, value);
	}

	/** What is read equals a constant: itself a scalar, or made of some. */
	#is(read: number, value: Value): void {
		if (isScalar(value)) {
			this.clauses.push([[read, "is", value]]);
			return;
		}
		if (!Array.isArray(value)) return;
		const elements: readonly Value[] = value;
		for (let i = 0; i < Math.min(elements.length, maxCombined); i++) {
			const element = at(elements, i);
			if (isScalar(element)) this.clauses.push([[this.#reads.key(read, i, false), "is", element]]);
		}
	}

	#member(member: Expression, collection: Expression): void {
		const list = this.#constant(collection);
		if (list !== undefined) {
			const read = this.#read(member);
			const values = read === undefined ? undefined : membersOf(list);
			if (values === undefined || values.length > maxAtoms || !values.every(isScalar)) return;
			this.clauses.push(values.map((v) => [read as number, "is", v] as const));
			return;
		}
		const value = this.#constant(member);
		const read = value === undefined || !isScalar(value) ? undefined : this.#read(collection);
		if (read !== undefined) this.clauses.push([[this.#reads.each(read), "is", value as Scalar]]);
	}

	#text(e: Expression, test: "begins" | "ends", text: Value | undefined): void {
		if (typeof text !== "string" || text === "" || this.#risky) return;
		const read = this.#read(e);
		if (read !== undefined) this.clauses.push([[read, test, text]]);
	}

	#constant(e: Expression | undefined): Value | undefined {
		return e?.op === "const" ? this.#plan.constants[e.index] : undefined;
	}

	/** A read without locals of the definition, or undefined: `input.a.b`, a parameter, base data. */
	#read(e: Expression): number | undefined {
		switch (e.op) {
			case "input":
			case "base":
				return this.#reads.root(e);
			case "local":
				return e.local < this.#arity ? this.#reads.root(e) : this.#locals.get(e.local);
			case "dot": {
				const key = this.#constant(e.key);
				if (typeof key !== "string" && !isPosition(key)) return undefined;
				const from = this.#read(e.value);
				if (from === undefined) return undefined;
				// The expression can be used instead where it has no locals but parameters.
				const inner = this.#reads.sources.get(from);
				const source = inner === undefined ? undefined : { ...e, value: inner };
				return this.#reads.key(from, key, e.stored === true, source);
			}
			case "const":
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
				return undefined;
			default:
				assertNever(e, "expression");
		}
	}
}

function isPosition(v: Value | undefined): v is number {
	return typeof v === "number" && Number.isSafeInteger(v) && v >= 0;
}

function membersOf(v: Value): readonly Value[] | undefined {
	if (Array.isArray(v)) return v;
	if (v instanceof RegoSet) return [...v.unordered()];
	return isObject(v) ? objectEntries(v).map(([, x]) => x) : undefined;
}

/** Whether a statement cannot end in an error. */
function harmlessStmt(s: Stmt, plan: ConditionPlan): boolean {
	switch (s.op) {
		case "let":
		case "test":
		case "unpack-array":
			return harmlessExpression(s.value, plan);
		case "scan":
			return harmlessExpression(s.source, plan);
		case "unpack-object":
			return harmlessExpression(s.value, plan) && s.entries.every(([k]) => harmlessExpression(k, plan));
		case "not":
			return s.body.every((x) => harmlessStmt(x, plan));
		case "every":
			return harmlessExpression(s.source, plan) && s.body.every((x) => harmlessStmt(x, plan));
		case "once":
			return s.blocks.every((b) => b.every((x) => harmlessStmt(x, plan)));
		case "relation":
		case "with":
		case "print":
		case "return":
		case "yield-member":
		case "yield-entry":
		case "yield-row":
			return false;
		default:
			assertNever(s, "statement");
	}
}

function harmlessExpression(e: Expression, plan: ConditionPlan): boolean {
	switch (e.op) {
		case "const":
		case "local":
		case "input":
		case "base":
			return true;
		case "dot":
			return harmlessExpression(e.value, plan) && harmlessExpression(e.key, plan);
		case "equal":
			return harmlessExpression(e.left, plan) && harmlessExpression(e.right, plan);
		case "array":
		case "set":
			return e.items.every((x) => harmlessExpression(x, plan));
		case "builtin":
			return plan.builtin(e.builtin)?.total === true && e.args.every((x) => harmlessExpression(x, plan));
		case "rule":
		case "rule-at":
		case "document":
		case "document-keys":
		case "document-dot":
		case "call":
		case "object":
		case "collect":
			return false;
		default:
			assertNever(e, "expression");
	}
}

/** What a text that a glob matches begins and ends with; undefined where the pattern has more than `*` and `?`. */
function literalEnds(pattern: string): readonly [string, string] | undefined {
	if (/[[\]{}\\\0\ud800-\udfff\ufffd]/.test(pattern)) return undefined;
	// In OPA, `??a` matches "éab": without a star, its end may be met before the text's (regex/glob.ts).
	if (pattern.includes("?") && !pattern.includes("*")) return [/^[^?]*/.exec(pattern)?.[0] ?? "", ""];
	return [/^[^*?]*/.exec(pattern)?.[0] ?? "", /[^*?]*$/.exec(pattern)?.[0] ?? ""];
}

/** What a text that a regular expression matches begins with, as far as its first letters say so. */
function literalStart(pattern: string): string {
	if (pattern.includes("|") || pattern.includes("(?")) return "";
	const [, start = "", next = ""] = /^\^([A-Za-z0-9_/:@ -]*)([*?{]?)/.exec(pattern) ?? [];
	return next === "" ? start : start.slice(0, -1);
}
