/** Expressions of a plan as closures: (context, frame) → value or undefined. */
import type { Expression } from "../../plan/plan.ts";
import { isStable, writtenFirst } from "../../plan/stable.ts";
import { dot, isPlainName, missing, storedDot } from "../../value/access.ts";
import { ObjectBuilder, RegoSet } from "../../value/collections.ts";
import { equal } from "../../value/compare.ts";
import { assertNever, type Value } from "../../value/value.ts";
import type { EvalContext } from "../context.ts";
import { storedValue } from "../documents.ts";
import { type Collector, type Ev, type Frame, newCollector } from "../frame.ts";
import { isEmptyObject, sizeOfPlain } from "../listings.ts";
import { whole } from "../overlay.ts";
import { known } from "../selector.ts";
import type { ClosureProgram } from "./closures.ts";

export function compileExpression(p: ClosureProgram, e: Expression): Ev {
	const value = compileRead(p, e);
	if (e.op !== "input" && e.op !== "base" && !(e.op === "dot" && rootOf(e).op !== "local")) return value;
	return (c, f) => whole(value(c, f));
}

/** Where a chain of steps begins. */
function rootOf(e: Expression): Expression {
	let root = e;
	while (root.op === "dot") root = root.value;
	return root;
}

/** As compileExpression; what it gives is only stepped into. */
function compileRead(p: ClosureProgram, e: Expression): Ev {
	switch (e.op) {
		case "const": {
			const v = p.plan.constants[e.index] as Value;
			return () => v;
		}
		case "local": {
			const { local } = e;
			return (_c, f) => f[local] as Value | undefined;
		}
		case "input":
			return (c) => c.input;
		case "base": {
			const { path } = e;
			return (c) => storedValue(c, path);
		}
		case "dot":
			return compileDot(p, e);
		case "rule": {
			const { func } = e;
			return (c) => p.rule(c, func);
		}
		case "rule-at": {
			const keys = e.keys.map((k) => compileExpression(p, k));
			const { func } = e;
			return (c, f) => {
				const values = evalAll(keys, c, f, []);
				return values === undefined ? undefined : p.byKey.value(c, func, values);
			};
		}
		case "document": {
			const { path } = e;
			return (c) => p.documents.value(c, path);
		}
		case "document-keys": {
			const keys = e.keys.map((k) => compileExpression(p, k));
			return (c, f) => {
				const path = evalAll(keys, c, f, e.path);
				return path === undefined ? undefined : p.documents.keys(c, path);
			};
		}
		case "document-dot": {
			const keys = e.keys.map((k) => compileExpression(p, k));
			return (c, f) => {
				const path = evalAll(keys, c, f, e.path);
				return path === undefined ? undefined : p.documents.value(c, path);
			};
		}
		case "call":
			return compileCall(p, e);
		case "builtin":
			return compileBuiltin(p, e);
		case "equal": {
			const left = compileExpression(p, e.left);
			const right = compileExpression(p, e.right);
			const isEqual = equality(p, e.left, e.right);
			return (c, f) => {
				const a = left(c, f);
				if (a === undefined) return undefined;
				const b = right(c, f);
				return b === undefined ? undefined : isEqual(a, b);
			};
		}
		case "array": {
			const items = e.items.map((i) => compileExpression(p, i));
			return (c, f) => evalAll(items, c, f, []);
		}
		case "set": {
			const items = e.items.map((i) => compileExpression(p, i));
			return (c, f) => {
				const values = evalAll(items, c, f, []);
				return values === undefined ? undefined : RegoSet.of(values);
			};
		}
		case "object": {
			const entries = e.entries.map(([k, v]) => [compileExpression(p, k), compileExpression(p, v)] as const);
			return (c, f) => {
				const out = new ObjectBuilder();
				for (const [k, v] of entries) {
					const key = k(c, f);
					if (key === undefined) return undefined;
					const value = v(c, f);
					if (value === undefined) return undefined;
					out.set(key, value);
				}
				return out.finish();
			};
		}
		case "collect": {
			const body = p.block(e.body, () => false);
			const { into, target } = e;
			return (c, f) => {
				const collector: Collector = newCollector(into);
				f[target] = collector;
				body(c, f);
				return into === "object" ? (collector as ObjectBuilder).finish() : (collector as Value);
			};
		}
		default:
			assertNever(e, "expression");
	}
}

/** Equality of two values, knowing what they are of. */
function equality(p: ClosureProgram, left: Expression, right: Expression): (a: Value, b: Value) => boolean {
	const [written, other] = writtenFirst(left, right, [left, right]);
	const isEmpty = written.op === "const" && isEmptyObject(p.plan.constants[written.index] as Value, false);
	const stable = isStable(other);
	const isSame = isEmpty ? (_: Value, b: Value): boolean => isEmptyObject(b, stable) : equal;
	return written === left ? isSame : (a, b) => isSame(b, a);
}

function evalAll(items: readonly Ev[], c: EvalContext, f: Frame, start: readonly Value[]): Value[] | undefined {
	const out: Value[] = [...start];
	for (const item of items) {
		const v = item(c, f);
		if (v === undefined) return undefined;
		out.push(v);
	}
	return out;
}

function compileDot(p: ClosureProgram, e: Extract<Expression, { op: "dot" }>): Ev {
	const value = compileRead(p, e.value);
	const step = e.stored === true ? storedDot : dot;
	if (e.key.op === "const") {
		const key = p.plan.constants[e.key.index] as Value;
		if (typeof key === "string" && isPlainName(key)) {
			return (c, f) => {
				const v = value(c, f);
				if (v === undefined || v === null) return undefined;
				return (v as { [k: string]: Value | undefined })[key] ?? missing(v, key);
			};
		}
		return (c, f) => step(value(c, f), key);
	}
	const key = compileExpression(p, e.key);
	return (c, f) => {
		const v = value(c, f);
		if (v === undefined) return undefined;
		const k = key(c, f);
		return k === undefined ? undefined : step(v, k);
	};
}

function compileCall(p: ClosureProgram, e: Extract<Expression, { op: "call" }>): Ev {
	const args = e.args.map((a) => compileExpression(p, a));
	const { func } = e;
	return (c, f) => {
		const values = evalAll(args, c, f, []);
		if (values === undefined) return undefined;
		return c.funcMocks === undefined ? p.func(func)(c, values) : p.callFunc(c, func, values, e.loc);
	};
}

function compileBuiltin(p: ClosureProgram, e: Extract<Expression, { op: "builtin" }>): Ev {
	const args = e.args.map((a) => compileExpression(p, a));
	const index = e.builtin;
	const { name, eval: body } = p.builtin(index);
	const { loc } = e;
	const [x, y, z] = args;
	const first = e.args[0];
	if (args.length === 1 && first !== undefined && known(p.builtin(index), false)?.shortcut?.kind === "length") {
		const stable = isStable(first);
		return (c, f) => {
			const a = (x as Ev)(c, f);
			if (a === undefined) return undefined;
			if (c.builtinMocks !== undefined) return p.callBuiltin(c, index, [a], loc);
			return sizeOfPlain(a, stable) ?? body(c.calling(name, loc), a);
		};
	}
	switch (args.length) {
		case 1:
			return (c, f) => {
				const a = (x as Ev)(c, f);
				if (a === undefined) return undefined;
				if (c.builtinMocks !== undefined) return p.callBuiltin(c, index, [a], loc);
				return body(c.calling(name, loc), a);
			};
		case 2:
			return (c, f) => {
				const a = (x as Ev)(c, f);
				if (a === undefined) return undefined;
				const b = (y as Ev)(c, f);
				if (b === undefined) return undefined;
				if (c.builtinMocks !== undefined) return p.callBuiltin(c, index, [a, b], loc);
				return body(c.calling(name, loc), a, b);
			};
		case 3:
			return (c, f) => {
				const a = (x as Ev)(c, f);
				if (a === undefined) return undefined;
				const b = (y as Ev)(c, f);
				if (b === undefined) return undefined;
				const d = (z as Ev)(c, f);
				if (d === undefined) return undefined;
				if (c.builtinMocks !== undefined) return p.callBuiltin(c, index, [a, b, d], loc);
				return body(c.calling(name, loc), a, b, d);
			};
		default:
			return (c, f) => {
				const values = evalAll(args, c, f, []);
				if (values === undefined) return undefined;
				if (c.builtinMocks !== undefined) return p.callBuiltin(c, index, values, loc);
				return body(c.calling(name, loc), ...values);
			};
	}
}
