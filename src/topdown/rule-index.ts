/**
 * OPA's index of the definitions at one path: which of them may match, by what their bodies compare documents and
 * arguments with. It is kept as OPA keeps it, because a trace tells how many rules matched, and whether the first
 * match is enough. Source of the rules: OPA v1/ast/index.go.
 */

import { at } from "../at.ts";
import { branchesOf } from "../plan/else-chain.ts";
import { objectEntries } from "../value/collections.ts";
import { equal } from "../value/compare.ts";
import { canonicalKey } from "../value/key.ts";
import { isArray, isObject, isScalar, isSet, type Value } from "../value/value.ts";
import {
	array,
	type Body,
	builtinName,
	type Expr,
	isGround,
	isRootName,
	itemsOf,
	type Logical,
	type Reference,
	type Rule,
	sides,
	type Term,
} from "./nodes.ts";
import { termText } from "./text.ts";

/** What is compared: a document, or an argument of the function. */
export type Subject = { readonly ref: Reference } | { readonly arg: number };

/** The value of a subject where the index is asked; undefined where it has none. */
export type Resolve = (subject: Subject) => Value | undefined;

export interface IndexResult {
	readonly rules: readonly Rule[];
	/** Else branches of a rule that matched, as far as they match. */
	readonly otherwise: ReadonlyMap<Rule, readonly Rule[]>;
	readonly default: Rule | undefined;
	readonly kind: "single" | "multi";
	earlyExit: boolean;
	readonly onlyGroundRefs: boolean;
}

/** Any value at all, as long as there is one. */
const anything: Term = { kind: "var", name: "__any__", place: undefined };

interface Mapper {
	readonly key: string;
	readonly map: (v: Value) => Value;
}

interface Entry {
	readonly subject: Subject;
	/** What identifies the subject. */
	readonly key: string;
	readonly value: Term;
	readonly mapper: Mapper | undefined;
}

type Alternatives = readonly (readonly Entry[])[];

/** As many ways to one definition are kept apart; of more, none is. */
const maxPaths = 32;

interface Numbered {
	/** Numbers of the definition, and of the branch in it. */
	readonly root: number;
	readonly branch: number;
	readonly rule: Rule;
}

class TrieNode {
	subject: Subject | undefined;
	readonly mappers: Mapper[] = [];
	next: TrieNode | undefined;
	any: TrieNode | undefined;
	none: TrieNode | undefined;
	readonly scalars: Map<unknown, TrieNode> = new Map();
	list: TrieNode | undefined;
	readonly rules: Numbered[] = [];
	value: Term | undefined;
	multiple = false;

	append(entry: Numbered): void {
		const { rule } = entry;
		this.rules.push(entry);
		if (this.value !== undefined && rule.value !== undefined && !sameTerm(this.value, rule.value)) this.multiple = true;
		if (this.value === undefined && rule.complete) this.value = rule.value;
	}

	insert(entry: Pick<Entry, "subject" | "mapper">, value: Term | undefined): TrieNode {
		this.next ??= new TrieNode();
		this.next.subject = entry.subject;
		if (entry.mapper !== undefined) this.next.addMapper(entry.mapper);
		return this.next.#insertValue(value);
	}

	addMapper(mapper: Mapper): void {
		if (!this.mappers.some((m) => m.key === mapper.key)) this.mappers.push(mapper);
	}

	#insertValue(t: Term | undefined): TrieNode {
		if (t === undefined) {
			this.none ??= new TrieNode();
			return this.none;
		}
		const scalar = scalarOf(t);
		if (scalar !== undefined) return this.#scalar(scalar);
		const items = itemsOf(t);
		if (items !== undefined) {
			this.list ??= new TrieNode();
			return this.list.#insertList(items);
		}
		this.any ??= new TrieNode();
		return this.any;
	}

	#scalar(v: Value): TrieNode {
		const key = canonicalKey(v);
		let child = this.scalars.get(key);
		if (child === undefined) {
			child = new TrieNode();
			this.scalars.set(key, child);
		}
		return child;
	}

	#insertList(items: readonly Term[]): TrieNode {
		const [head, ...rest] = items;
		if (head === undefined) return this;
		const scalar = scalarOf(head);
		if (scalar !== undefined) return this.#scalar(scalar).#insertList(rest);
		this.any ??= new TrieNode();
		return this.any.#insertList(rest);
	}
}

/** null, a boolean, number or string. */
function scalarOf(t: Term): Value | undefined {
	return t.kind === "value" && isScalar(t.value) ? t.value : undefined;
}

export function sameTerm(a: Term, b: Term): boolean {
	if (a.kind === "value" && b.kind === "value") return equal(a.value, b.value);
	return a.kind === b.kind && termText(a) === termText(b);
}

export class RuleIndex {
	readonly #root = new TrieNode();
	#default: Rule | undefined;
	readonly #kind: "single" | "multi";
	#onlyGroundRefs = true;

	constructor(rules: readonly Rule[], isVirtual: (path: readonly Term[]) => boolean) {
		this.#kind = at(rules, 0).key === undefined ? "single" : "multi";
		const indices = new Indices(isVirtual);
		for (const first of rules) {
			for (const r of branchesOf(first)) {
				if (r.default) {
					this.#default = r;
					continue;
				}
				if (!r.path.every((t, i) => i === 0 || t.kind === "value")) this.#onlyGroundRefs = false;
				if (!skipsIndexing(r.body)) {
					const constants = new Map<string, Term>();
					for (const e of r.body) indices.update(r, e, constants);
				}
			}
		}
		const sorted = indices.sorted();
		rules.forEach((first, root) => {
			let branch = 0;
			for (const rule of branchesOf(first)) {
				if (rule.default) continue;
				for (const path of indices.paths(rule)) this.#insert(sorted, path, { root, branch, rule });
				branch++;
			}
		});
	}

	#insert(sorted: readonly Entry[], path: readonly Entry[], numbered: Numbered): void {
		let node = this.#root;
		if (path.length > 0) {
			for (const level of sorted) {
				const values = path.filter((e) => e.key === level.key);
				const [first] = values;
				if (first === undefined) node = node.insert({ subject: level.subject, mapper: undefined }, undefined);
				else if (values.length === 1) node = node.insert(first, first.value);
				else if (values.some((e) => e.value.kind === "var")) {
					const child = node.insert(first, anything);
					for (const e of values) if (e.mapper !== undefined) node.next?.addMapper(e.mapper);
					node = child;
				} else {
					for (const e of values) node.insert(e, e.value).append(numbered);
					return;
				}
			}
		}
		node.append(numbered);
	}

	lookup(resolve: Resolve): IndexResult {
		const found = new Found();
		traverse(this.#root, resolve, found);
		const result = this.#result(found);
		if (!found.multiple) {
			let last: Term | undefined;
			for (const { value, complete } of result.rules) {
				if (!complete || (value !== undefined && last !== undefined && !sameTerm(last, value))) {
					found.multiple = true;
					break;
				}
				if (value !== undefined) last = value;
			}
		}
		result.earlyExit = !found.multiple;
		return result;
	}

	/** Every rule, with indexing off. */
	all(): IndexResult {
		const found = new Found();
		everything(this.#root, found);
		const result = this.#result(found);
		result.earlyExit = !found.multiple;
		return result;
	}

	#result(found: Found): IndexResult {
		const rules: Rule[] = [];
		const otherwise = new Map<Rule, readonly Rule[]>();
		for (const root of [...found.rules.keys()]) {
			const nodes = [...(found.rules.get(root) ?? [])].sort((a, b) => a.branch - b.branch);
			const first = at(nodes, 0).rule;
			rules.push(first);
			if (nodes.length > 1)
				otherwise.set(
					first,
					nodes.slice(1).map((n) => n.rule),
				);
		}
		const onlyGroundRefs = this.#onlyGroundRefs;
		return { rules, otherwise, default: this.#default, kind: this.#kind, earlyExit: false, onlyGroundRefs };
	}
}

/** What a walk through the index met. */
class Found {
	readonly rules: Map<number, Numbered[]> = new Map();
	#value: Term | undefined;
	multiple = false;

	add(node: TrieNode): void {
		for (const n of node.rules) {
			const known = this.rules.get(n.root);
			if (known === undefined) this.rules.set(n.root, [n]);
			else if (!known.some((k) => k.branch === n.branch)) known.push(n);
		}
		if (node.multiple) this.multiple = true;
		if (this.multiple || node.value === undefined) return;
		const ground = isGround(node.value);
		if ((ground && this.#value === undefined) || (this.#value !== undefined && sameTerm(this.#value, node.value))) {
			this.#value = node.value;
			return;
		}
		this.multiple = true;
	}
}

function everything(node: TrieNode | undefined, found: Found): void {
	if (node === undefined) return;
	found.add(node);
	everything(node.any, found);
	everything(node.none, found);
	for (const child of node.scalars.values()) everything(child, found);
	everything(node.list, found);
	everything(node.next, found);
}

function traverse(node: TrieNode | undefined, resolve: Resolve, found: Found): void {
	if (node === undefined) return;
	found.add(node);
	const level = node.next;
	if (level === undefined) return;
	const v = level.subject === undefined ? undefined : resolve(level.subject);
	traverse(level.none, resolve, found);
	if (v === undefined) return;
	traverse(level.any, resolve, found);
	traverseValue(level, resolve, found, v);
	for (const m of level.mappers) {
		const mapped = m.map(v);
		if (!equal(mapped, v)) traverseValue(level, resolve, found, mapped);
	}
}

function traverseValue(node: TrieNode, resolve: Resolve, found: Found, v: Value): void {
	if (isScalar(v)) {
		traverse(node.scalars.get(canonicalKey(v)), resolve, found);
		return;
	}
	if (node.list !== undefined && isArray(v)) traverseList(node.list, resolve, found, v);
	if (node.scalars.size === 0) return;
	for (const member of membersOf(v)) {
		if (isScalar(member)) traverse(node.scalars.get(canonicalKey(member)), resolve, found);
	}
}

function membersOf(v: Value): readonly Value[] {
	if (isArray(v)) return v;
	if (isSet(v)) return v.sorted();
	return isObject(v) ? objectEntries(v).map(([, item]) => item) : [];
}

function traverseList(node: TrieNode | undefined, resolve: Resolve, found: Found, items: readonly Value[]): void {
	if (node === undefined) return;
	const [head, ...rest] = items;
	if (head === undefined) {
		traverse(node, resolve, found);
		return;
	}
	traverseList(node.any, resolve, found, rest);
	if (isScalar(head)) traverseList(node.scalars.get(canonicalKey(head)), resolve, found, rest);
}

/** A rule that prints, or names its case, is evaluated whatever it asks of the input. */
function skipsIndexing(b: Body): boolean {
	return b.some((e) => {
		const w = e.what;
		switch (w.kind) {
			case "call": {
				const name = builtinName(w.operator);
				return name === "internal.print" || name === "internal.test_case";
			}
			case "every":
			case "not":
				return skipsIndexing(w.body);
			case "and":
			case "or":
				return skipsIndexing(w.left) || skipsIndexing(w.right);
			default:
				return false;
		}
	});
}

class Indices {
	readonly #isVirtual: (path: readonly Term[]) => boolean;
	readonly #rules = new Map<Rule, Entry[]>();
	readonly #disjunctions = new Map<Rule, Alternatives[]>();
	/** Entries of enclosing bodies: variables may stand for their subjects. */
	readonly #outer: readonly Entry[];
	readonly #counts = new Map<string, { readonly entry: Entry; count: number }>();

	constructor(isVirtual: (path: readonly Term[]) => boolean, outer: readonly Entry[] = []) {
		this.#isVirtual = isVirtual;
		this.#outer = outer;
	}

	#own(rule: Rule): Entry[] {
		let list = this.#rules.get(rule);
		if (list === undefined) {
			list = [];
			this.#rules.set(rule, list);
		}
		return list;
	}

	/** Subjects, those of most rules first. */
	sorted(): readonly Entry[] {
		return [...this.#counts.values()].sort((a, b) => b.count - a.count).map((c) => c.entry);
	}

	update(rule: Rule, e: Expr, constants: Map<string, Term>): void {
		if (e.with.length > 0 || e.negated) return;
		const w = e.what;
		if (w.kind === "and" || w.kind === "or") {
			this.#logical(rule, w, constants);
			return;
		}
		if (w.kind === "term") {
			if (w.term.kind === "ref") this.#equation(rule, w.term, anything, constants);
			return;
		}
		if (w.kind !== "call") return;
		const both = sides(e);
		const name = builtinName(w.operator);
		const [a, b] = both ?? w.args;
		if (a === undefined || b === undefined) return;
		if (both !== undefined || (name === "equal" && w.args.length === 2)) {
			if (!this.#wildcard(rule, a, b, constants) && !this.#wildcard(rule, b, a, constants)) {
				this.#equation(rule, a, b, constants);
			}
		} else if (name === "glob.match" && w.args.length === 3) this.#glob(rule, a, b, at(w.args, 2));
		else if (name === "internal.member_2" && w.args.length === 2) this.#member(rule, a, b, constants);
	}

	#logical(rule: Rule, w: Logical, constants: ReadonlyMap<string, Term>): void {
		const left = this.#operand(rule, w.left, constants);
		if (w.kind === "or" && left.length === 0) return;
		const right = this.#operand(rule, w.right, constants);
		if (w.kind === "and") {
			this.#require(rule, left);
			this.#require(rule, right);
		} else if (right.length > 0) this.#require(rule, [...left, ...right]);
	}

	#require(rule: Rule, ways: Alternatives): void {
		const [only] = ways;
		if (only === undefined) return;
		if (ways.length === 1) {
			for (const e of only) this.#insert(rule, e);
			return;
		}
		for (const way of ways) for (const e of way) this.#count(e);
		const known = this.#disjunctions.get(rule);
		if (known === undefined) this.#disjunctions.set(rule, [ways]);
		else known.push(ways);
	}

	#operand(rule: Rule, b: Body, constants: ReadonlyMap<string, Term>): Alternatives {
		const scratch = new Indices(this.#isVirtual, [...this.#own(rule), ...this.#outer]);
		const scoped = new Map(constants);
		for (const e of b) scratch.update(rule, e, scoped);
		const ways = scratch.paths(rule);
		if (ways.length === 1 && ways[0]?.length === 0) return [];
		// Variables of the operand are its own.
		return ways.map((way) => way.map((e) => (e.value.kind === "var" ? { ...e, value: anything } : e)));
	}

	paths(rule: Rule): Alternatives {
		const always = this.#own(rule);
		let out: Alternatives = [always];
		for (const ways of this.#disjunctions.get(rule) ?? []) {
			if (out.length * ways.length > maxPaths) return [always];
			out = out.flatMap((path) => ways.map((way) => [...path, ...way]));
		}
		return out;
	}

	#count(e: Entry): void {
		const known = this.#counts.get(e.key);
		if (known === undefined) this.#counts.set(e.key, { entry: e, count: 1 });
		else known.count++;
	}

	#insert(rule: Rule, e: Entry): void {
		this.#count(e);
		const list = this.#own(rule);
		for (const [i, other] of list.entries()) {
			if (other.key !== e.key) continue;
			if (sameTerm(other.value, e.value)) return;
			if (e.value.kind !== "var" && other.value.kind === "var") {
				list[i] = e;
				return;
			}
		}
		list.push(e);
	}

	#isIndexable(t: Reference): boolean {
		const head = t.terms[0];
		if (head?.kind !== "var" || !isRootName(head.name)) return false;
		return t.terms.every((x, i) => i === 0 || x.kind === "value") && !this.#isVirtual(t.terms);
	}

	#of(subject: Subject, value: Term, mapper?: Mapper): Entry {
		const key = "ref" in subject ? termText(subject.ref) : `args[${subject.arg}]`;
		return { subject, key, value, mapper };
	}

	/** What a variable stands for: a document it was set equal to before, or an argument. */
	#subjectOf(rule: Rule, name: string): Subject | undefined {
		for (const e of [...this.#own(rule), ...this.#outer]) {
			if (e.value.kind === "var" && e.value.name === name) return e.subject;
		}
		const arg = (rule.args ?? []).findIndex((t) => t.kind === "var" && t.name === name);
		return arg < 0 ? undefined : { arg };
	}

	#equation(rule: Rule, a: Term, b: Term, constants: Map<string, Term>): void {
		if (!this.#oneWay(rule, a, b, constants)) this.#oneWay(rule, b, a, constants);
	}

	#oneWay(rule: Rule, a: Term, b: Term, constants: Map<string, Term>): boolean {
		if (a.kind === "var") {
			if (b.kind === "value") constants.set(a.name, b);
			const value = comparable(b);
			if (value === undefined) return false;
			const subject = this.#subjectOf(rule, a.name);
			if (subject === undefined) return false;
			this.#insert(rule, this.#of(subject, value));
			return true;
		}
		if (a.kind !== "ref" || !this.#isIndexable(a)) return false;
		let value: Term | undefined = comparable(b);
		if (b.kind === "var") value = constants.get(b.name) ?? b;
		if (value === undefined) return false;
		this.#insert(rule, this.#of({ ref: a }, value));
		return true;
	}

	/** `input.x[_] = "a"` */
	#wildcard(rule: Rule, a: Term, b: Term, constants: ReadonlyMap<string, Term>): boolean {
		if (a.kind !== "ref" || a.terms.length < 2) return false;
		const prefix = a.terms.slice(0, -1);
		const last = at(a.terms, prefix.length);
		if (isGround(last)) return false;
		const ground: Reference = { kind: "ref", terms: prefix, place: a.place };
		if (!this.#isIndexable(ground)) return false;
		const value = b.kind === "var" ? constants.get(b.name) : comparable(b);
		if (value === undefined || scalarOf(value) === undefined) return false;
		this.#insert(rule, this.#of({ ref: ground }, value));
		return true;
	}

	#glob(rule: Rule, pattern: Term, delimiters: Term, match: Term): void {
		const delimiter = delimiterText(delimiters);
		if (delimiter === undefined || match.kind !== "var") return;
		const parts = globParts(pattern, delimiter);
		const subject = this.#subjectOf(rule, match.name);
		if (parts === undefined || subject === undefined) return;
		const map = (v: Value): Value => (typeof v === "string" ? splitEscaped(v, delimiter) : v);
		this.#insert(rule, this.#of(subject, parts, { key: delimiter, map }));
	}

	#member(rule: Rule, a: Term, b: Term, constants: ReadonlyMap<string, Term>): void {
		if (a.kind === "var") {
			const subject = this.#subjectOf(rule, a.name);
			if (subject !== undefined) {
				const collection = b.kind === "var" ? (constants.get(b.name) ?? b) : b;
				const items = elements(collection);
				// A variable may be any value: OPA leaves it out where a constant stands beside it, and excludes rules that hold.
				if (items.some((t) => t.kind === "var")) return;
				for (const t of items) this.#insert(rule, this.#of(subject, t));
				return;
			}
		}
		let value = a;
		if (a.kind === "var") value = constants.get(a.name) ?? a;
		else if (scalarOf(a) === undefined) return;
		const subject = b.kind === "ref" ? { ref: b } : b.kind === "var" ? this.#subjectOf(rule, b.name) : undefined;
		// Arguments are no documents, and not looked into.
		if (subject === undefined || !("ref" in subject) || !this.#isIndexable(subject.ref)) return;
		this.#insert(rule, this.#of(subject, value));
	}
}

/** What something may be compared with: scalars, variables, arrays of these. */
function comparable(t: Term): Term | undefined {
	if (t.kind === "var" || scalarOf(t) !== undefined) return t;
	const items = itemsOf(t);
	if (items === undefined) return undefined;
	return items.every((x) => x.kind === "var" || scalarOf(x) !== undefined) ? t : undefined;
}

function elements(t: Term): readonly Term[] {
	if (t.kind === "value") return membersOf(t.value).map((value) => ({ kind: "value", value, place: undefined }));
	if (t.kind === "array" || t.kind === "set") return t.items;
	return t.kind === "object" ? t.entries.map(([, v]) => v) : [];
}

function delimiterText(t: Term): string | undefined {
	if (t.kind !== "value" || !isArray(t.value)) return undefined;
	if (t.value.length === 0) return ".";
	let out = "";
	for (const v of t.value) {
		if (typeof v !== "string") return undefined;
		out += v;
	}
	return out;
}

/** A pattern that has no more than whole parts left open; as what its parts are compared with. */
function globParts(t: Term, delimiter: string): Term | undefined {
	if (t.kind !== "value" || typeof t.value !== "string") return undefined;
	const out: Term[] = [];
	for (const part of splitEscaped(t.value, delimiter)) {
		if (part === "*") {
			out.push({ kind: "var", name: "$globwildcard", place: undefined });
			continue;
		}
		if (/[[?{*]/.test(part.replace(/\\./g, ""))) return undefined;
		out.push({ kind: "value", value: part, place: undefined });
	}
	return array(out);
}

/** Parts between delimiters that no backslash stands before. */
function splitEscaped(s: string, delimiter: string): string[] {
	const out: string[] = [];
	let last = 0;
	let escaped = false;
	for (let i = 0; i < s.length; i++) {
		if (s[i] === "\\" || escaped) escaped = !escaped;
		else if (delimiter.includes(s.charAt(i))) {
			out.push(s.slice(last, i));
			last = i + 1;
		}
	}
	out.push(s.slice(last));
	return out;
}
