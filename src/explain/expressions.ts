/** Expressions of a plan: a value with where it is from, or undefined. */
import type { EvalContext } from "../eval/context.ts";
import { storedValue } from "../eval/documents.ts";
import { whole } from "../eval/overlay.ts";
import { dot, scan, storedDot } from "../eval/runtime.ts";
import type { Block, Expression } from "../plan/plan.ts";
import { writtenFirst } from "../plan/stable.ts";
import { ObjectBuilder, RegoSet } from "../value/collections.ts";
import { equal } from "../value/compare.ts";
import { assertNever, type Value } from "../value/value.ts";
import { Collector, type Frame } from "./frame.ts";
import type { Interpreter } from "./interpreter.ts";
import {
	dataRoot,
	inputRoot,
	literal,
	made,
	type Part,
	type Place,
	parts,
	type Source,
	step,
	type Traced,
} from "./source.ts";

/** An expression's value as others may see it. */
export function evaluate(p: Interpreter, c: EvalContext, f: Frame, e: Expression): Traced | undefined {
	const v = read(p, c, f, e);
	if (v === undefined || (e.op !== "input" && e.op !== "base" && e.op !== "dot")) return v;
	const value = whole(v.value) ?? v.value;
	return value === v.value ? v : { value, from: v.from };
}

/** As evaluate; what it gives is only stepped into. */
function read(p: Interpreter, c: EvalContext, f: Frame, e: Expression): Traced | undefined {
	switch (e.op) {
		case "const": {
			const value = p.plan.constants[e.index];
			return value === undefined ? undefined : { value, from: literal };
		}
		case "local":
			return f.slots[e.local];
		case "input":
			return c.input === undefined ? undefined : { value: c.input, from: p.rootsOf(c).input };
		case "base":
			return traced(storedValue(c, e.path), dataAt(p, c, e.path));
		case "dot": {
			const v = read(p, c, f, e.value);
			const k = v === undefined ? undefined : evaluate(p, c, f, e.key);
			if (v === undefined || k === undefined) return undefined;
			const value = e.stored === true ? storedDot(v.value, k.value) : dot(v.value, k.value);
			if (value === undefined) return undefined;
			const from = step(v.from, k.value);
			if (e.key.op !== "const" && p.recorder !== undefined) {
				p.recorder.scan(v.from);
				p.recorder.pick(from);
			}
			return { value, from };
		}
		case "rule":
			return p.ruleTraced(c, e.func);
		case "rule-at": {
			const keys = evaluateAll(p, c, f, e.keys);
			return keys === undefined
				? undefined
				: p.ruleAtTraced(
						c,
						e.func,
						keys.map((k) => k.value),
					);
		}
		case "document":
			return traced(p.document(c, e.path), dataAt(p, c, e.path));
		case "document-keys":
		case "document-dot": {
			const keys = evaluateAll(p, c, f, e.keys);
			if (keys === undefined) return undefined;
			const path = [...e.path, ...keys.map((k) => k.value)];
			const from = dataAt(p, c, path);
			if (e.op === "document-dot") return traced(p.documents.value(c, path), from);
			return { value: p.documents.keys(c, path), from: made([from]) };
		}
		case "call": {
			const args = evaluateAll(p, c, f, e.args);
			return args === undefined ? undefined : p.callTraced(c, e.func, args, e.loc);
		}
		case "builtin": {
			const args = evaluateAll(p, c, f, e.args);
			if (args === undefined) return undefined;
			const value = p.callBuiltin(
				c,
				e.builtin,
				args.map((a) => a.value),
				e.loc,
			);
			if (value === undefined) return undefined;
			return { value, from: resultSource(p, e.builtin, value, args) };
		}
		case "equal": {
			const left = evaluate(p, c, f, e.left);
			const right = left === undefined ? undefined : evaluate(p, c, f, e.right);
			if (left === undefined || right === undefined) return undefined;
			const [a, b] = writtenFirst(e.left, e.right, [left.value, right.value]);
			return { value: equal(a, b), from: made([left.from, right.from]) };
		}
		case "array": {
			const items = evaluateAll(p, c, f, e.items);
			if (items === undefined) return undefined;
			return { value: items.map((i) => i.value), from: parts(items.map((i, at) => ({ key: at, from: i.from }))) };
		}
		case "set": {
			const items = evaluateAll(p, c, f, e.items);
			if (items === undefined) return undefined;
			const value = RegoSet.of(items.map((i) => i.value));
			return { value, from: parts(items.map((i) => ({ key: i.value, from: i.from }))) };
		}
		case "object": {
			const out = new ObjectBuilder();
			const items: Part[] = [];
			for (const [k, v] of e.entries) {
				const key = evaluate(p, c, f, k);
				const value = key === undefined ? undefined : evaluate(p, c, f, v);
				if (key === undefined || value === undefined) return undefined;
				out.set(key.value, value.value);
				items.push({ key: key.value, from: value.from });
			}
			return { value: out.finish(), from: parts(items) };
		}
		case "collect": {
			const collector = Collector.for(e.into);
			f.collectors[e.target] = collector;
			p.block(c, f, e.body, 0, never);
			const made = collector.finish();
			// Of nothing it is still known what was looked through.
			return made.from.kind === "parts" && made.from.items.length === 0
				? { ...made, from: looked(p, c, f, e.body) }
				: made;
		}
		default:
			assertNever(e, "expression");
	}
}

/** Where the first collection that a body goes through is from. */
function looked(p: Interpreter, c: EvalContext, f: Frame, body: Block): Source {
	const s = body.find((x) => x.op === "scan");
	if (s === undefined || body[0] !== s) return literal;
	const of = evaluate(p, c, f, s.source);
	return of === undefined ? literal : made([of.from]);
}

const never = (): boolean => false;

const setOperations: ReadonlySet<string> = new Set(["minus", "and", "or", "intersection"]);

function memberOf(a: Traced, b: Traced, m: Value): Source {
	const of = a.value instanceof RegoSet && a.value.has(m) ? a : b;
	return step(of.from, m);
}

/** Where a builtin's result is from: of all its operands, where no more is known. */
function resultSource(p: Interpreter, builtin: number, value: Value, args: readonly Traced[]): Source {
	const [first, second] = args;
	const { name } = p.builtin(builtin);
	// Each name is that of an entry.
	if (name === "object.keys" && first !== undefined && value instanceof RegoSet) {
		const keys = [...value.unordered()];
		return parts(keys.map((key) => ({ key, from: made([step(first.from, key)]) })));
	}
	// Members that are left are from where they were.
	if (first !== undefined && second !== undefined && value instanceof RegoSet && setOperations.has(name)) {
		return parts([...value.unordered()].map((m) => ({ key: m, from: memberOf(first, second, m) })));
	}
	const { picked, recorder } = p;
	const isWatched = picked !== undefined || recorder !== undefined;
	if (isWatched && name === "internal.member_2" && first !== undefined && second !== undefined) {
		recorder?.scan(second.from);
		scan(second.value, (key, v) => {
			if (!equal(v, first.value)) return false;
			picked?.(step(second.from, key));
			recorder?.pick(step(second.from, key));
			return true;
		});
	}
	if (
		name === "object.get" &&
		first !== undefined &&
		second !== undefined &&
		dot(first.value, second.value) !== undefined
	) {
		return step(first.from, second.value);
	}
	return made(args.map((a) => a.from));
}

export function evaluateAll(
	p: Interpreter,
	c: EvalContext,
	f: Frame,
	list: readonly Expression[],
): Traced[] | undefined {
	const out: Traced[] = [];
	for (const e of list) {
		const v = evaluate(p, c, f, e);
		if (v === undefined) return undefined;
		out.push(v);
	}
	return out;
}

function traced(value: Value | undefined, from: Source): Traced | undefined {
	return value === undefined ? undefined : { value, from };
}

/** The place of base data at a path. */
function dataAt(p: Interpreter, c: EvalContext, path: readonly Value[]): Source {
	let from: Source = p.rootsOf(c).data;
	for (const key of path) from = step(from, key);
	return from;
}

/** Where input and data are from in an evaluation in which no `with` has replaced anything. */
export const roots: { readonly input: Place; readonly data: Place } = { input: inputRoot, data: dataRoot };
