/** Inputs that may tell two policies apart, made of given ones: by what either policy would want, and by its constants. */
import { type JsonValue, jsonValue } from "../../face/json-value.ts";
import type { Explainable } from "../../planned.ts";
import { objectEntries } from "../../value/collections.ts";
import { canonicalKey } from "../../value/key.ts";
import { isArray, isNumber, isObject, isSet, type Value } from "../../value/value.ts";
import { type Edit, edited, valueAt } from "../edit.ts";
import { explain } from "../explain.ts";
import { pointerOf } from "../source.ts";
import type { StructuralChange } from "./report.ts";

export interface Made {
	readonly input: Value;
	/** What was changed; undefined of one that was given. */
	readonly change: string | undefined;
}

/** Given inputs, and for each the nearest that either policy allows. */
export function seeds(
	recorded: readonly Value[],
	policies: readonly Explainable[],
	path: string,
	timely: () => number,
): readonly Made[] {
	const out: Made[] = recorded.map((input) => ({ input, change: undefined }));
	const start: readonly Value[] = recorded.length === 0 ? [{}] : recorded;
	for (const input of start.slice(0, 50)) {
		for (const of of policies) {
			if (timely() <= 0) return out;
			const e = explain({ explainable: () => of }, path, input, { timeMs: Math.min(2000, timely()) });
			const [fix] = e.fixes;
			if (fix === undefined) continue;
			let changed: Value | undefined = input;
			for (const o of fix.patch) changed = edited(changed, { op: o.op, path: pathIn(changed, o.path), value: o.value });
			if (changed !== undefined)
				out.push({ input: changed, change: fix.patch.map((o) => `${o.op} ${o.path}`).join(", ") });
		}
	}
	return out;
}

/** The steps of a pointer into a document: positions of lists are numbers. */
function pathIn(doc: Value | undefined, pointer: string): readonly Value[] {
	let v = doc;
	return pointer
		.split("/")
		.slice(1)
		.map((part): Value => {
			const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
			const key: Value = v !== undefined && isArray(v) && /^\d+$/.test(name) ? Number(name) : name;
			v = valueAt(v, [key]);
			return key;
		});
}

interface Leaf {
	readonly path: readonly Value[];
	readonly value: Value;
}

/** One change at a time: the values that differ between the policies first, then constants of both. */
export function* variations(
	of: Made,
	changes: readonly StructuralChange[],
	constants: readonly Value[],
): Generator<Made> {
	const leaves = leavesOf(of.input);
	const first = changes.flatMap((c): JsonValue[] => [
		...(c.witness === undefined ? [] : [c.witness]),
		...scalars(c.after),
		...scalars(c.before),
	]);
	for (const values of [first, constants]) {
		for (const { path, value } of leaves) {
			for (const v of values) {
				if (!sameKind(v, value)) continue;
				yield* made(of, { op: "replace", path, value: v });
			}
		}
	}
	for (const { path, value } of leaves) {
		yield* made(of, { op: "remove", path, value: undefined });
		if (typeof value === "string") yield* made(of, { op: "replace", path, value: `${value}x` });
		if (typeof value === "number") {
			yield* made(of, { op: "replace", path, value: value + 1 });
			yield* made(of, { op: "replace", path, value: value - 1 });
		}
		if (typeof value === "boolean") yield* made(of, { op: "replace", path, value: !value });
	}
}

function* made(of: Made, e: Edit): Generator<Made> {
	const input = edited(of.input, e);
	if (input === undefined) return;
	const with_ = e.value === undefined ? "" : ` with ${JSON.stringify(jsonValue(e.value))?.slice(0, 80)}`;
	const change = `${e.op} ${pointerOf(e.path)}${with_}`;
	yield { input, change: of.change === undefined ? change : `${of.change}, ${change}` };
}

function sameKind(a: Value, b: Value): boolean {
	return typeof a === typeof b && (typeof a !== "object" || a === null || isNumber(a));
}

function scalars(v: JsonValue | undefined): readonly JsonValue[] {
	if (v === undefined) return [];
	if (typeof v !== "object" || v === null) return [v];
	return Object.values(v).flatMap((x) => (typeof x === "object" && x !== null ? [] : [x]));
}

function leavesOf(v: Value): readonly Leaf[] {
	const out: Leaf[] = [];
	const visit = (x: Value, path: readonly Value[]): void => {
		if (out.length >= 300 || path.length > 32) return;
		if (isArray(x)) {
			for (const [i, y] of x.entries()) visit(y, [...path, i]);
		} else if (typeof x === "object" && x !== null && isObject(x)) {
			for (const [k, y] of objectEntries(x)) visit(y, [...path, k]);
		} else if (path.length > 0 && !(typeof x === "object" && x !== null && isSet(x))) out.push({ path, value: x });
	};
	visit(v, []);
	return out;
}

/** Scalars that the policies compare with, each once. */
export function constantsOf(policies: readonly Explainable[]): readonly Value[] {
	const seen = new Map<unknown, Value>();
	const visit = (v: Value, depth: number): void => {
		if (seen.size >= 400 || depth > 16) return;
		if (typeof v !== "object" || v === null || isNumber(v)) {
			if (typeof v !== "string" || v.length < 200) seen.set(canonicalKey(v), v);
		} else if (isArray(v)) for (const x of v) visit(x, depth + 1);
		else if (isSet(v)) for (const x of v.sorted()) visit(x, depth + 1);
		else for (const [, x] of objectEntries(v)) visit(x, depth + 1);
	};
	for (const of of policies) {
		for (let i = 0; i < of.plan.funcs.length; i++) of.plan.funcs.at(i);
		for (const v of of.plan.constants) visit(v, 0);
	}
	return [...seen.values()];
}
