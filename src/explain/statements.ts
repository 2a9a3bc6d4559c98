/** Statements of a plan: what is run for each success, and where the values they bind are from. */
import { at } from "../at.ts";
import type { EvalContext } from "../eval/context.ts";
import { conflict } from "../eval/frame.ts";
import { makeLayer, type ReplacementValue } from "../eval/layer.ts";
import { insertEntry, isObjectOf, scan, unpackArray } from "../eval/runtime.ts";
import { type Block, isLazyMock, type LetStmt, type Stmt, type WithStmt } from "../plan/plan.ts";
import { dot, isCollection } from "../value/access.ts";
import { equal } from "../value/compare.ts";
import { assertNever, isArray, type Value } from "../value/value.ts";
import type { Recorder } from "./cover/recorder.ts";
import { evaluate, evaluateAll } from "./expressions.ts";
import type { Frame, Next } from "./frame.ts";
import type { Interpreter, Target } from "./interpreter.ts";
import { literal, made, type Patch, type Place, root, step, type Traced } from "./source.ts";

const always: Next = () => true;

/** Runs a block from a statement on; true means stop. */
export function run(
	p: Interpreter,
	c: EvalContext,
	f: Frame,
	block: Block,
	start: number,
	next: Next,
	target: Target | undefined,
): boolean {
	for (let i = start; i < block.length; i++) {
		const s = at(block, i);
		switch (s.op) {
			case "let":
			case "test":
			case "not":
			case "every":
			case "once":
			case "unpack-array":
			case "unpack-object":
				if (p.recorder === undefined) {
					if (!succeeds(p, c, f, s)) return false;
				} else if (!recorded(p.recorder, s, () => succeeds(p, c, f, s))) return false;
				break;
			case "print":
				break;
			default: {
				const rest = i + 1;
				const on: Next = (x) => run(p, x, f, block, rest, next, target);
				const { recorder } = p;
				if (recorder === undefined) return many(p, c, f, s, on, target);
				// It has succeeded when what follows it is run, or a value is given.
				let reached = s.op === "return" || s.op === "yield-member" || s.op === "yield-entry" || s.op === "yield-row";
				if (reached && s.op !== "return") recorder.keep();
				const stop = many(
					p,
					c,
					f,
					s,
					(x) => {
						reached = true;
						return on(x);
					},
					target,
				);
				recorder.statement(s, reached);
				return stop;
			}
		}
	}
	return next(c);
}

/** A statement that succeeds at most once, with what it goes through taken back where it fails. */
function recorded(recorder: Recorder, s: Step, run: () => boolean): boolean {
	const { mark } = recorder;
	const success = run();
	if (!success || s.op === "not") recorder.back(mark);
	recorder.statement(s, success);
	return success;
}

type Step = Extract<
	Stmt,
	{ readonly op: "let" | "test" | "not" | "every" | "once" | "unpack-array" | "unpack-object" }
>;

/** Statements that succeed at most once. */
export function succeeds(p: Interpreter, c: EvalContext, f: Frame, s: Step): boolean {
	switch (s.op) {
		case "let": {
			const v = evaluate(p, c, f, s.value);
			f.slots[s.local] = v;
			if (p.explains && v !== undefined) noteMaker(c, f, s);
			return v !== undefined;
		}
		case "test": {
			const v = evaluate(p, c, f, s.value);
			return v !== undefined && v.value !== false;
		}
		case "not":
			return !p.block(c, f, s.body, 0, always);
		case "every": {
			const v = evaluate(p, c, f, s.source);
			if (v === undefined || !isCollection(v.value)) return false;
			return !scan(v.value, (key, value) => {
				if (c.limited) c.query.step(1);
				bindEntry(f, s, v, key, value);
				return !p.block(c, f, s.body, 0, always);
			});
		}
		case "once":
			return s.blocks.some((b) => p.block(c, f, b, 0, always));
		case "unpack-array": {
			const v = evaluate(p, c, f, s.value);
			const items = unpackArray(v?.value, s.elements.length);
			if (v === undefined || items === undefined) return false;
			for (const [i, local] of s.elements.entries()) {
				f.set(local, at(items, i), step(v.from, i));
				if (p.explains) f.noteUnpacked(local, { e: s.value, c, f }, i);
			}
			return true;
		}
		case "unpack-object": {
			const v = evaluate(p, c, f, s.value);
			if (v === undefined || !isObjectOf(v.value, s.entries.length)) return false;
			for (const [k, local] of s.entries) {
				const key = evaluate(p, c, f, k);
				const x = key === undefined ? undefined : dot(v.value, key.value);
				if (key === undefined || x === undefined) return false;
				f.set(local, x, step(v.from, key.value));
			}
			return true;
		}
		default:
			assertNever(s, "statement");
	}
}

/** Notes how a local came about, where that tells more than its value. */
function noteMaker(c: EvalContext, f: Frame, s: LetStmt): void {
	const { op } = s.value;
	if ((op === "dot" && s.value.key.op === "const") || op === "const" || op === "input" || op === "base") {
		f.via?.delete(s.local);
		return;
	}
	f.via ??= new Map();
	f.via.set(s.local, { e: s.value, c, f });
}

/** Binds an entry of a collection: its place is below the collection's. */
export function bindEntry(
	f: Frame,
	s: { readonly key: number; readonly value: number },
	of: Traced,
	key: Value,
	value: Value,
): void {
	const from = step(of.from, key);
	// A name is no document: it is known by the place it leads to.
	f.set(s.key, key, made([from]));
	f.set(s.value, value, from);
}

/** Statements that run `next` for each success, and those that end a path. */
function many(
	p: Interpreter,
	c: EvalContext,
	f: Frame,
	s: Exclude<Stmt, Step>,
	next: Next,
	target: Target | undefined,
): boolean {
	switch (s.op) {
		case "scan": {
			const v = evaluate(p, c, f, s.source);
			if (v === undefined) return false;
			p.recorder?.scan(v.from);
			return scan(v.value, (key, value) => {
				if (c.limited) c.query.step(1);
				bindEntry(f, s, v, key, value);
				const mark = p.recorder?.mark ?? 0;
				p.recorder?.pick(step(v.from, key));
				if (!next(c)) {
					p.recorder?.back(mark);
					return false;
				}
				if (p.picked !== undefined) p.picked(step(v.from, key));
				return true;
			});
		}
		case "relation": {
			for (const r of relationResults(p, c, f, s) ?? []) {
				if (c.limited) c.query.step(1);
				f.slots[s.value] = r;
				if (next(c)) return true;
			}
			return false;
		}
		case "with": {
			const inner = layer(p, c, f, s);
			if (inner === undefined) return false;
			// What follows the statement runs in the context the statement was met in.
			return p.block(inner, f, s.body, 0, (x) => next(x.outer), target);
		}
		case "return": {
			if (target !== undefined && "ends" in target) return target.ends(c, s);
			const v = evaluate(p, c, f, s.value);
			if (v === undefined) return false;
			if (target === undefined || !("result" in target)) throw new Error("return outside a definition");
			const old = f.slots[target.result];
			if (old === undefined) f.slots[target.result] = v;
			else if (!equal(old.value, v.value)) throw target.conflict();
			return target.stop;
		}
		case "yield-member": {
			if (target !== undefined && "ends" in target && target.into === s.into) return target.ends(c, s);
			const v = evaluate(p, c, f, s.value);
			if (v === undefined) return false;
			// Only the definition's own successes decide about its else branch.
			if (target !== undefined && "counts" in target && target.counts === s.into) c.query.yields++;
			f.collectors[s.into]?.member(v);
			return next(c);
		}
		case "yield-entry": {
			if (target !== undefined && "ends" in target && target.into === s.into) return target.ends(c, s);
			const keys = evaluateAll(p, c, f, s.path);
			const v = keys === undefined ? undefined : evaluate(p, c, f, s.value);
			if (keys === undefined || v === undefined) return false;
			if (target !== undefined && "counts" in target && target.counts === s.into) c.query.yields++;
			const into = f.collectors[s.into];
			const path = keys.map((k) => k.value);
			if (into?.entry(path, v, s.member, insertEntry) === false) {
				throw conflict(c, "object keys must be unique", s.loc);
			}
			return next(c);
		}
		case "yield-row": {
			const values = evaluateAll(p, c, f, s.values);
			if (values === undefined) return false;
			const bindings = s.bindings.map(([name, l]) => [name, f.read(l).value] as const);
			f.sink?.({ values: values.map((v) => v.value), bindings });
			return false;
		}
		case "print":
			return next(c);
		default:
			assertNever(s, "statement");
	}
}

/** The results of a relation builtin; what `walk` finds is below its operand. */
export function relationResults(
	p: Interpreter,
	c: EvalContext,
	f: Frame,
	s: Extract<Stmt, { op: "relation" }>,
): readonly Traced[] | undefined {
	const args = evaluateAll(p, c, f, s.args);
	if (args === undefined) return undefined;
	const results = p.callBuiltin(
		c,
		s.builtin,
		args.map((a) => a.value),
		s.loc,
	);
	if (results === undefined || !isArray(results)) return undefined;
	const [operand] = args;
	const isWalk = p.builtin(s.builtin).name === "walk";
	return results.map((value) => {
		const path = isWalk && isArray(value) ? value[0] : undefined;
		if (operand === undefined || path === undefined || !isArray(path))
			return { value, from: made(args.map((a) => a.from)) };
		let { from } = operand;
		for (const key of path) from = step(from, key);
		return {
			value,
			from: {
				kind: "parts",
				items: [
					{ key: 0, from: made([from]) },
					{ key: 1, from },
				],
				index: undefined,
			},
		};
	});
}

/** The context of a `with`'s body; undefined where a replacement is. */
export function layer(p: Interpreter, c: EvalContext, f: Frame, s: WithStmt): EvalContext | undefined {
	const values: ReplacementValue[] = [];
	const replaced: { readonly input: Patch[]; readonly data: Patch[] } = { input: [], data: [] };
	for (const r of s.replacements) {
		const e = "by" in r ? ("value" in r.by ? r.by.value : undefined) : r.value;
		const v = e === undefined ? undefined : evaluate(p, c, f, e);
		if (e !== undefined && v === undefined && !isLazyMock(r)) return undefined;
		values.push(v?.value);
		if (r.target === "input" || r.target === "data") {
			replaced[r.target].push({ path: r.path, from: v?.from ?? literal });
		}
	}
	const inner = makeLayer(c, s.replacements, values);
	const { input, data } = p.rootsOf(c);
	p.setRoots(inner, { input: patchedRoot(input, replaced.input), data: patchedRoot(data, replaced.data) });
	return inner;
}

function patchedRoot(of: Place, patches: readonly Patch[]): Place {
	if (patches.length === 0) return of;
	const all = patches.find((x) => x.path.length === 0);
	if (all === undefined) return root(of.root === "data" ? "data" : "input", [...patches, ...(of.patches ?? [])]);
	return all.from.kind === "place" ? all.from : { ...root("data"), root: "rule", inner: all.from };
}
