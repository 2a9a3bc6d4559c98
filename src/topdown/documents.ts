/**
 * References to `data`: along the tree of rules and base documents, to rules that are evaluated, or to what is
 * stored. Source of the order of all that happens: OPA v1/topdown/eval.go, evalTree and evalVirtual.
 */

import { at } from "../at.ts";
import { RegoError } from "../errors.ts";
import { withoutSystem } from "../eval/documents.ts";
import { dot, storedDot } from "../value/access.ts";
import { ObjectBuilder, objectEntries, objectGet, RegoSet } from "../value/collections.ts";
import { equal } from "../value/compare.ts";
import { isArray, isObject, isScalar, isSet, type Value } from "../value/value.ts";
import type { Bindings } from "./bindings.ts";
import { evalDefinitions } from "./definitions.ts";
import { evalTerm } from "./elements.ts";
import { evaluate } from "./evaluate.ts";
import { constant, isGround, type Place, type Reference, type Rule, reference, type Term, variable } from "./nodes.ts";
import type { Node } from "./program.ts";
import type { IndexResult, RuleIndex, Subject } from "./rule-index.ts";
import { type EarlyExit, type Exit, isUndefined, type Next, pathKey, type Query, suppressed } from "./state.ts";
import { biunify, ground, unify } from "./unify.ts";
import { merge } from "./values.ts";

// --- base documents ----------------------------------------------------------------------------

/** A document of `data` that is stored, or that `with` has put there. */
function resolveData(q: Query, path: readonly Term[]): Value | undefined {
	const replaced = q.data === undefined ? undefined : find(q.data, path);
	if (isReplaced(q, path)) return replaced;
	if (path.some((t, i) => i > 0 && (t.kind !== "value" || !isScalar(t.value)))) return replaced;
	let stored: Value | undefined = q.machine.base;
	for (let i = 1; i < path.length && stored !== undefined; i++) {
		const t = at(path, i);
		stored = t.kind === "value" ? storedDot(stored, t.value) : undefined;
	}
	if (path.length === 1 && stored === q.machine.base) stored = withoutSystem(q.machine.base);
	if (replaced === undefined) return stored;
	return stored === undefined ? replaced : merge(replaced, stored);
}

function find(document: Value, path: readonly Term[]): Value | undefined {
	let v: Value | undefined = document;
	for (let i = 1; i < path.length && v !== undefined; i++) {
		const t = at(path, i);
		v = t.kind === "value" ? dot(v, t.value) : undefined;
	}
	return v;
}

/** Whether a `with` has replaced the document at a path, or one around it. */
function isReplaced(q: Query, path: readonly Term[]): boolean {
	return q.machine.targets.some((targets) => targets.some((t) => isPrefix(t, path)));
}

function isPrefix(prefix: readonly Term[], path: readonly Term[]): boolean {
	if (prefix.length > path.length) return false;
	return prefix.every((t, i) => {
		const other = at(path, i);
		if (t.kind === "var" && other.kind === "var") return t.name === other.name;
		return t.kind === "value" && other.kind === "value" && equal(t.value, other.value);
	});
}

// --- along the tree ----------------------------------------------------------------------------

interface Tree {
	readonly ref: Reference;
	readonly bindings: Bindings;
	readonly result: Term;
	readonly resultOf: Bindings;
	/** The path so far, with values in place of variables, and the rest as it is written. */
	readonly plugged: readonly Term[];
	readonly at: number;
	readonly node: Node | undefined;
}

export function evalTree(
	q: Query,
	ref: Reference,
	bindings: Bindings,
	result: Term,
	resultOf: Bindings,
	next: Next,
): Exit {
	const node = q.machine.program.tree.child("data");
	return tree(q, { ref, bindings, result, resultOf, plugged: ref.terms, at: 1, node }, next);
}

function tree(q: Query, t: Tree, next: Next): Exit {
	const key = t.ref.terms[t.at];
	if (key === undefined) {
		const v = extent(q, t);
		return v === undefined ? undefined : biunify(q, t.result, constant(v), t.resultOf, t.bindings, next);
	}
	const plugged = t.bindings.plug(key);
	return isGround(plugged) ? descend(q, t, plugged, next) : enumerate(q, t, key, next);
}

function descend(q: Query, t: Tree, key: Term, next: Next): Exit {
	const plugged = [...t.plugged.slice(0, t.at), key, ...t.plugged.slice(t.at + 1)];
	let node: Node | undefined;
	if (!isReplaced(q, plugged.slice(0, t.at + 1))) {
		node = key.kind === "value" ? t.node?.child(key.value) : undefined;
		if (node !== undefined && node.rules.length > 0) return evalVirtual(q, { ...t, plugged, node }, node, next);
	}
	return tree(q, { ...t, plugged, at: t.at + 1, node }, next);
}

function enumerate(q: Query, t: Tree, pattern: Term, next: Next): Exit {
	const document = resolveData(q, t.plugged.slice(0, t.at));
	let deferred: EarlyExit | undefined;
	for (const k of document === undefined ? [] : keysOf(document)) {
		const exit = biunify(q, k, pattern, t.bindings, t.bindings, () => descend(q, t, k, next));
		if (exit === undefined) continue;
		if (!exit.deferred || deferred !== undefined) return exit;
		deferred = exit;
	}
	if (deferred !== undefined) return deferred;
	for (const child of t.node?.sorted ?? []) {
		if (document !== undefined && hasKey(document, child.key)) continue;
		const k = constant(child.key);
		const exit = biunify(q, k, pattern, t.bindings, t.bindings, () => descend(q, t, k, next));
		if (exit !== undefined) return exit;
	}
	return undefined;
}

function keysOf(v: Value): readonly Term[] {
	if (isArray(v)) return v.map((_, i) => constant(i));
	if (isSet(v)) return v.sorted().map((x) => constant(x));
	return isObject(v) ? objectEntries(v).map(([k]) => constant(k)) : [];
}

function hasKey(v: Value, key: Value): boolean {
	if (isArray(v)) return typeof key === "number" && key in v;
	if (isSet(v)) return v.has(key);
	return isObject(v) && objectGet(v, key) !== undefined;
}

/** Everything at a path: what is stored, and all rules below. */
function extent(q: Query, t: Tree): Value | undefined {
	const base = resolveData(q, t.plugged);
	const virtual = t.node === undefined ? undefined : leaves(q, t.plugged, t.node);
	if (virtual === undefined) return base;
	return base === undefined ? virtual : merge(base, virtual);
}

function leaves(q: Query, plugged: readonly Term[], node: Node): Value {
	const out = new ObjectBuilder();
	// As in OPA, siblings share one path: an event that is printed later shows the last of them.
	const path = [...plugged];
	for (const child of node.sorted) {
		if (plugged.length === 1 && child.key === "system") continue;
		path[plugged.length] = constant(child.key);
		if (child.rules.length === 0) {
			out.set(child.key, leaves(q, path, child));
			continue;
		}
		const leaf = variable("$_leaf");
		let found: Value | undefined;
		unify(q, reference(path), leaf, () => {
			found = ground(q.bindings.plug(leaf));
			return undefined;
		});
		if (found !== undefined) out.set(child.key, found);
	}
	return out.finish();
}

// --- rules -------------------------------------------------------------------------------------

export function rulesFor(
	q: Query,
	path: Reference,
	args: readonly Term[] | undefined,
	index: RuleIndex | undefined,
): IndexResult | undefined {
	if (index === undefined) return undefined;
	const { machine } = q;
	const resolve = (s: Subject): Value | undefined => {
		if ("arg" in s) {
			const t = args?.[s.arg];
			const plugged = t === undefined ? undefined : q.bindings.plug(t);
			return plugged?.kind === "value" ? plugged.value : undefined;
		}
		const head = s.ref.terms[0];
		if (head?.kind === "var" && head.name === "input")
			return q.input === undefined ? undefined : find(q.input, s.ref.terms);
		return resolveData(q, s.ref.terms);
	};
	const found = machine.indexing ? index.lookup(resolve) : index.all();
	if (!machine.earlyExit) found.earlyExit = false;
	if (machine.traced) {
		const n = found.rules.length;
		const message = `(matched ${n} rule${n === 1 ? "" : "s"}${found.earlyExit ? ", early exit" : ""})`;
		q.tell("Index", { kind: "expr", expr: at(q.body, q.index) }, message, path);
	}
	return found;
}

function evalVirtual(q: Query, t: Tree, node: Node, next: Next): Exit {
	const path = reference(t.plugged.slice(0, t.at + 1), t.ref.place);
	const found = rulesFor(q, path, undefined, node.index);
	if (found === undefined) return undefined;
	if (found.kind === "single" && found.onlyGroundRefs) return new Complete(q, t, found).eval(next);
	return new Partial(q, t, found).eval(next);
}

function conflict(message: string, place: Place | undefined): RegoError {
	return new RegoError("eval_conflict_error", message, place?.source.location(place.start));
}

/** A rule with one value. */
class Complete {
	readonly #q: Query;
	readonly #t: Tree;
	readonly #found: IndexResult;
	readonly #key: string;

	constructor(q: Query, t: Tree, found: IndexResult) {
		this.#q = q;
		this.#t = t;
		this.#found = found;
		this.#key = pathKey(t.plugged.slice(0, t.at + 1));
	}

	eval(next: Next): Exit {
		const { rules, default: otherwise } = this.#found;
		if (rules.length === 0 && otherwise === undefined) return undefined;
		// Of all there is, functions are no part.
		if ((rules[0] ?? otherwise)?.args !== undefined) return undefined;
		const cached = this.#q.machine.caches.get(this.#key);
		if (cached === isUndefined) return undefined;
		if (cached !== undefined) return this.#term(constant(cached), this.#t.bindings, next);
		return suppressed(
			evalDefinitions(
				this.#found,
				(rule, before, findOne) => this.#rule(rule, before, findOne, next),
				() => this.#q.machine.caches.put(this.#key, isUndefined),
			),
		);
	}

	#rule(rule: Rule, previous: Value | undefined, findOne: boolean, next: Next): readonly [Exit, Value | undefined] {
		const child = this.#q.child(rule.body);
		const node = { kind: "rule", rule } as const;
		child.findOne = findOne;
		child.tell("Enter", node);
		let known = previous;
		let result: Value | undefined;
		const exit = evaluate(child, () => {
			child.tell("Exit", node, child.findOne ? "early" : "");
			const head = rule.value ?? constant(true);
			result = ground(child.bindings.plug(head));
			if (known !== undefined) {
				if (!equal(known, result)) {
					throw conflict("complete rules must not produce multiple outputs", rule.place);
				}
				child.tell("Redo", node);
				return undefined;
			}
			known = result;
			this.#q.machine.caches.put(this.#key, result);
			const { term, of } = child.bindings.apply(head);
			const inner = this.#term(term, of, next);
			if (inner !== undefined) return inner;
			child.tell("Redo", node);
			return undefined;
		});
		return [exit, result];
	}

	#term(term: Term, of: Bindings, next: Next): Exit {
		const t = this.#t;
		const { ref, bindings, result, resultOf } = t;
		return evalTerm(this.#q, { ref, at: t.at + 1, bindings, term, of, result, resultOf }, next);
	}
}

/** A set or an object put together by definitions. */
class Partial {
	readonly #q: Query;
	readonly #t: Tree;
	readonly #found: IndexResult;

	constructor(q: Query, t: Tree, found: IndexResult) {
		this.#q = q;
		this.#t = t;
		this.#found = found;
	}

	eval(next: Next): Exit {
		return this.#t.ref.terms.length === this.#t.at + 1 ? this.#whole(next) : this.#byKey(next);
	}

	get #path(): readonly Term[] {
		return this.#t.plugged.slice(0, this.#t.at + 1);
	}

	#whole(next: Next): Exit {
		const { result, resultOf, bindings } = this.#t;
		const { caches } = this.#q.machine;
		const key = pathKey(this.#path);
		const cached = caches.get(key);
		let v = cached === undefined || cached === isUndefined ? undefined : cached;
		if (v === undefined) {
			v = this.#build();
			caches.put(key, v);
		}
		return biunify(this.#q, constant(v), result, bindings, resultOf, next);
	}

	#build(): Value {
		const into = this.#accumulator();
		for (const rule of this.#found.rules) {
			const child = this.#q.child(rule.body);
			const node = { kind: "rule", rule } as const;
			child.tell("Enter", node);
			evaluate(child, () => {
				child.tell("Exit", node);
				into.add(rule, child.bindings);
				child.tell("Redo", node);
				return undefined;
			});
		}
		return into.finish();
	}

	#accumulator(): Accumulator {
		return new Accumulator(this.#found.kind === "multi" && this.#found.onlyGroundRefs, this.#t.at + 1);
	}

	#byKey(next: Next): Exit {
		const { rules, default: otherwise } = this.#found;
		if (rules.length === 0 && otherwise === undefined) return undefined;
		const q = this.#q;
		const { caches } = q.machine;
		const t = this.#t;
		const all = caches.get(pathKey(this.#path));
		if (all !== undefined && all !== isUndefined) return this.#term(t.at + 1, all, next);
		const first = t.bindings.plug(at(t.ref.terms, t.at + 1));
		if (first.kind === "var") {
			const v = this.#build();
			caches.put(pathKey(this.#path), v);
			return this.#term(t.at + 1, v, next);
		}
		const hint = this.#hint();
		if (hint.known !== undefined) return this.#term(hint.end + 1, hint.known, next);
		const into = this.#accumulator();
		for (const rule of rules) this.#one(rule, into);
		const v = into.finish();
		if (hint.key !== undefined) {
			let found: Value | undefined = v;
			for (const k of hint.path) found = found === undefined ? undefined : element(found, k);
			if (found !== undefined) caches.put(hint.key, found);
		}
		return this.#term(t.at + 1, v, next);
	}

	/** By which key the result is kept: the ground part of the reference, and what limits it after that. */
	#hint(): {
		readonly key: string | undefined;
		readonly path: readonly Value[];
		readonly known: Value | undefined;
		readonly end: number;
	} {
		const t = this.#t;
		const { caches } = this.#q.machine;
		const longest = Math.max(...this.#found.rules.map((r) => r.path.length + (r.key === undefined ? 0 : 1)), 0);
		const end = Math.min(longest, t.ref.terms.length);
		const path: Term[] = [];
		const scope: Term[] = [];
		let last = 0;
		for (let i = t.at + 1; i < end; i++) {
			const plugged = t.bindings.plug(at(t.ref.terms, i));
			if (isGround(plugged) && scope.length === 0) {
				last = i;
				path.push(plugged);
			} else {
				if (path.length === 0) break;
				scope.push(plugged);
			}
			const known = caches.get(this.#hintKey(path, scope));
			if (known !== undefined && known !== isUndefined) return { key: undefined, path: [], known, end: last };
		}
		while (scope.at(-1)?.kind === "var") scope.pop();
		if (path.length === 0) return { key: undefined, path: [], known: undefined, end: 0 };
		const values = path.map((x) => (x.kind === "value" ? x.value : null));
		return { key: this.#hintKey(path, scope), path: values, known: undefined, end: last };
	}

	#hintKey(path: readonly Term[], scope: readonly Term[]): string {
		const named = scope.map((x): Term => (x.kind === "var" ? variable("_") : x));
		return pathKey([...this.#path, ...path], scope.length === 0 ? "" : `<${pathKey(named)}>`);
	}

	/** A definition, as far as its head agrees with the reference. */
	#one(rule: Rule, into: Accumulator): void {
		const t = this.#t;
		const child = this.#q.child(rule.body);
		const node = { kind: "rule", rule } as const;
		child.tell("Enter", node);
		this.#head(child, t.at + 1, rule, () => {
			child.defined = true;
			return evaluate(child, () => {
				child.tell("Exit", node);
				if (into.add(rule, child.bindings)) child.tell("Duplicate", node);
				child.tell("Redo", node);
				return undefined;
			});
		});
		if (!child.defined) child.tell("Fail", node);
	}

	#head(child: Query, i: number, rule: Rule, next: Next): Exit {
		const t = this.#t;
		const { terms } = t.ref;
		const x = terms[i];
		const y = rule.path[i];
		if (x !== undefined && y !== undefined) {
			return biunify(child, x, y, t.bindings, child.bindings, () => this.#head(child, i + 1, rule, next));
		}
		if (rule.key !== undefined && x !== undefined && rule.path.length <= terms.length) {
			return biunify(child, x, rule.key, t.bindings, child.bindings, next);
		}
		return next();
	}

	#term(from: number, v: Value, next: Next): Exit {
		const { ref, bindings, result, resultOf } = this.#t;
		return evalTerm(this.#q, { ref, at: from, bindings, term: constant(v), of: bindings, result, resultOf }, next);
	}
}

function element(v: Value, key: Value): Value | undefined {
	if (isSet(v)) return v.get(key);
	if (isObject(v)) return objectGet(v, key);
	return isArray(v) && typeof key === "number" ? v[key] : undefined;
}

type Level = Map<string, Branch>;
interface Branch {
	readonly key: Value;
	/** Objects inside, members, or the value. */
	of: Level | RegoSet | { readonly value: Value };
}

/** Collects what definitions give: members of a set, or an object, nested as their refs are. */
class Accumulator {
	readonly #isSet: boolean;
	readonly #from: number;
	readonly #members = new RegoSet();
	readonly #root: Level = new Map();
	readonly #paths: string[][] = [];

	constructor(isSet: boolean, from: number) {
		this.#isSet = isSet;
		this.#from = from;
	}

	/** Whether it was there already. */
	add(rule: Rule, bindings: Bindings): boolean {
		if (this.#isSet) {
			const v = ground(bindings.plug(rule.key ?? constant(null)));
			const known = this.#members.has(v);
			this.#members.add(v);
			return known;
		}
		const unique = (): RegoError => conflict("object keys must be unique", rule.headPlace);
		const path = rule.path.slice(this.#from).map((t) => ground(bindings.plug(t)));
		const keys = path.map((v) => pathKey([constant(v)]));
		for (const other of this.#paths) {
			if (other.length < keys.length && other.every((k, i) => k === keys[i])) throw unique();
		}
		this.#paths.push(keys);
		let level = this.#root;
		for (let i = 0; i < path.length - 1; i++) {
			const key = at(keys, i);
			let branch = level.get(key);
			if (branch === undefined) {
				branch = { key: at(path, i), of: new Map() };
				level.set(key, branch);
			}
			if (!(branch.of instanceof Map)) throw unique();
			level = branch.of;
		}
		const leaf = at(keys, keys.length - 1);
		const key = at(path, path.length - 1);
		const known = level.get(leaf);
		if (rule.key !== undefined) {
			const member = ground(bindings.plug(rule.key));
			if (known === undefined) {
				level.set(leaf, { key, of: new RegoSet().add(member) });
				return false;
			}
			if (!(known.of instanceof RegoSet)) throw unique();
			const had = known.of.has(member);
			known.of.add(member);
			return had;
		}
		const value = ground(bindings.plug(rule.value ?? constant(true)));
		if (known === undefined) {
			level.set(leaf, { key, of: { value } });
			return false;
		}
		// What was put together so far may be the same; nothing is added to it afterwards.
		const had = known.of instanceof RegoSet ? undefined : finishedBranch(known.of);
		if (had === undefined || !equal(had, value)) throw unique();
		known.of = { value };
		return true;
	}

	finish(): Value {
		return this.#isSet ? this.#members : finished(this.#root);
	}
}

function finished(level: Level): Value {
	const out = new ObjectBuilder();
	for (const { key, of } of level.values()) out.set(key, finishedBranch(of));
	return out.finish();
}

function finishedBranch(of: Branch["of"]): Value {
	if (of instanceof Map) return finished(of);
	return of instanceof RegoSet ? of : of.value;
}
