/**
 * Conditions of definitions as their syntax shows them, so that only those that can succeed are planned for a first
 * decision. It sees the simplest of what the plan's index sees (plan/rule-conditions.ts), and nothing else: a definition
 * of which nothing is known is tried. In: bodies in evaluation order, as the checks leave them.
 */
import { at } from "../../at.ts";
import type { Call, Expr, Rule, Term } from "../../parser/ast.ts";
import { isWildcard } from "../../parser/ast.ts";
import { type Clause, isScalar, Reads, type Scalar } from "../../plan/conditions.ts";
import { IndexTable, indexConditions, type RuleIndex } from "../../plan/index-rules.ts";
import { operatorName } from "../syntax/calls.ts";
import type { PlanContext } from "./context.ts";

/** A definition without its bodies: what is compared with parameters, in their order. */
export interface Candidate {
	readonly rule: Rule;
	readonly params: readonly Term[];
}

interface Candidates {
	readonly length: number;
	at(i: number): Candidate;
}

/** The index of definitions; undefined where there is no telling most of them apart. */
export function indexSyntax(candidates: Candidates, context: PlanContext): RuleIndex | undefined {
	const reads = new Reads();
	const collector = new Collector(reads, context);
	return tableOf(candidates, reads, collector) ?? mixedIndexOf(candidates, reads, collector);
}

/** So many definitions, from all over the rule, show what all of them may compare. */
const samples = 16;
/** Definitions that a table tells nothing of, or that share a key. */
const maxInTable = 16;

/** A table of what nearly all of them compare, where they compare it with different things. */
function tableOf(candidates: Candidates, reads: Reads, collector: Collector): RuleIndex | undefined {
	const counts = new Map<number, number>();
	for (let i = 0; i < samples; i++) {
		const clauses = collector.clauses(candidates.at(Math.floor((i * candidates.length) / samples)));
		const compared = new Set(clauses.flatMap(([atom]) => (atom?.[1] === "is" ? [atom[0]] : [])));
		for (const read of compared) counts.set(read, (counts.get(read) ?? 0) + 1);
	}
	for (const [read, n] of counts) {
		const on = reads.sources.get(read);
		if (on === undefined || n < samples - 1) continue;
		const table = filledTable(candidates, read, collector);
		if (table !== undefined) return table.index(on);
	}
	return undefined;
}

/** Undefined where the table would be no use. */
function filledTable(candidates: Candidates, read: number, collector: Collector): IndexTable | undefined {
	const table = new IndexTable();
	for (let i = 0; i < candidates.length; i++) {
		const what = collector.comparedWith(candidates.at(i), read);
		if (what === undefined) {
			table.always(i);
			if (table.rest.length > maxInTable) return undefined;
		} else if ((table.under(what, i)?.length ?? 0) > 2 * maxInTable) return undefined;
	}
	return table;
}

/** An index of conditions of any kind; most definitions must have some. */
function mixedIndexOf(candidates: Candidates, reads: Reads, collector: Collector): RuleIndex | undefined {
	const definitions: (readonly Clause[])[] = [];
	let unknown = 0;
	for (let i = 0; i < candidates.length; i++) {
		const clauses = collector.clauses(candidates.at(i));
		if (clauses.length === 0 && ++unknown > candidates.length / 8) return undefined;
		definitions.push(clauses);
	}
	return indexConditions({ reads: reads.list, definitions, sources: reads.sources });
}

class Collector {
	readonly #reads: Reads;
	readonly #context: PlanContext;
	#found: Clause[] = [];
	/** The one read that matters, and the first scalar that it is compared with; -1: all that is found is kept. */
	#wanted = -1;
	#scalar: Scalar | undefined;
	/** Reads that variables stand for. */
	#variables: Map<string, number> | undefined;
	/** Nothing before may end in an error. */
	#isSafe = true;

	constructor(reads: Reads, context: PlanContext) {
		this.#reads = reads;
		this.#context = context;
	}

	/** All that a definition shows; none where it must always be tried. */
	clauses(c: Candidate): readonly Clause[] {
		this.#found = [];
		this.#wanted = -1;
		this.#collect(c);
		return this.#found;
	}

	/** What a definition compares a read with, so that it fails where that is something else. */
	comparedWith(c: Candidate, read: number): Scalar | undefined {
		this.#wanted = read;
		this.#scalar = undefined;
		this.#collect(c);
		return this.#scalar;
	}

	#collect({ rule, params }: Candidate): void {
		// An else branch may succeed where the body fails.
		if (rule.else !== undefined) return;
		this.#variables = undefined;
		this.#isSafe = true;
		for (let i = 0; i < params.length; i++) this.#param(at(params, i), i);
		for (let i = 0; i < rule.body.length && this.#scalar === undefined; i++) {
			if (!this.#expr(at(rule.body, i))) return;
		}
	}

	#is(read: number, what: Scalar): void {
		if (this.#wanted < 0) this.#found.push([[read, "is", what]]);
		else if (this.#wanted === read) this.#scalar ??= what;
	}

	#param(t: Term, local: number): void {
		if (t.kind === "var") {
			if (!isWildcard(t.name)) this.#stands(t.name, this.#reads.root({ op: "local", local }));
		} else if (t.kind === "scalar" && isScalar(t.value)) this.#is(this.#reads.root({ op: "local", local }), t.value);
	}

	#stands(name: string, read: number): void {
		this.#variables ??= new Map();
		this.#variables.set(name, read);
	}

	/** False where nothing after may be looked at. */
	#expr(e: Expr): boolean {
		// Under replacements, documents are others.
		if (e.with.length > 0 || e.what.kind !== "term-expr") return false;
		const t = e.what.term;
		if (t.kind === "ref" || t.kind === "var") return this.#isPlain(t);
		if (t.kind !== "call") return false;
		for (let i = 0; i < t.args.length; i++) if (!this.#isPlain(at(t.args, i))) return false;
		const name = operatorName(t.operator);
		const builtin = name === undefined ? undefined : this.#context.builtins.get(name);
		if (builtin === undefined || builtin.relation) return false;
		if (!e.negated) this.#call(t, name);
		this.#isSafe &&= builtin.total === true && builtin.module !== "";
		return true;
	}

	#call(t: Call, name: string | undefined): void {
		const [a, b] = t.args;
		if (a === undefined || b === undefined || t.args.length !== 2) return;
		switch (name) {
			case "equal":
			case "eq":
			case "assign":
				this.#equal(a, b);
				this.#equal(b, a);
				return;
			case "startswith":
				this.#text(a, "begins", b);
				return;
			case "endswith":
				this.#text(a, "ends", b);
				return;
			default:
		}
	}

	#equal(a: Term, b: Term): void {
		const read = this.#read(b);
		if (read === undefined) return;
		if (a.kind === "scalar") {
			if (isScalar(a.value)) this.#is(read, a.value);
		} else if (a.kind === "var" && !isWildcard(a.name) && b.kind === "ref") this.#stands(a.name, read);
	}

	#text(t: Term, test: "begins" | "ends", what: Term): void {
		if (
			what.kind !== "scalar" ||
			typeof what.value !== "string" ||
			what.value === "" ||
			!this.#isSafe ||
			this.#wanted >= 0
		)
			return;
		const read = this.#read(t);
		if (read !== undefined) this.#found.push([[read, test, what.value]]);
	}

	/** `input`, a parameter, a variable that stands for either, or what is at a path of constant keys below. */
	#read(t: Term): number | undefined {
		if (t.kind === "var") return t.name === "input" ? this.#reads.root({ op: "input" }) : this.#variables?.get(t.name);
		if (t.kind !== "ref") return undefined;
		let read = this.#read(at(t.terms, 0));
		for (let i = 1; i < t.terms.length && read !== undefined; i++) {
			const key = at(t.terms, i);
			read = key.kind === "scalar" ? this.#step(read, key.value) : undefined;
		}
		return read;
	}

	#step(from: number, key: unknown): number | undefined {
		const isPosition = typeof key === "number" && Number.isSafeInteger(key) && key >= 0;
		if (typeof key !== "string" && !isPosition) return undefined;
		const read = this.#reads.key(from, key, false);
		const value = this.#reads.sources.get(from);
		if (value === undefined || this.#reads.sources.has(read)) return read;
		return this.#reads.key(from, key, false, { op: "dot", value, key: this.#context.constant(key) });
	}

	/** Whether evaluating a term reads the input or arguments only: no rule, no call, no loop. */
	#isPlain(t: Term): boolean {
		if (t.kind === "scalar") return true;
		if (t.kind === "var") return t.name !== "data";
		if (t.kind !== "ref") return false;
		const head = at(t.terms, 0);
		if (head.kind !== "var" || head.name === "data") return false;
		for (let i = 1; i < t.terms.length; i++) if (at(t.terms, i).kind !== "scalar") return false;
		return true;
	}
}
