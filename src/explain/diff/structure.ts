/** What differs between two policies as they are written: rules, definitions, entries of their constants and data. */
import { type JsonValue, jsonValue } from "../../face/json-value.ts";
import { constantOf } from "../../plan/constant-rule.ts";
import { pathText } from "../../plan/path-text.ts";
import type { Definition, Func } from "../../plan/plan.ts";
import type { Explainable } from "../../planned.ts";
import { objectEntries, objectGet, RegoSet } from "../../value/collections.ts";
import { equal } from "../../value/compare.ts";
import { canonicalKey } from "../../value/key.ts";
import { termText } from "../../value/term-text.ts";
import { isArray, isObject, type Value } from "../../value/value.ts";
import { distance } from "../distance.ts";
import { pointerOf } from "../source.ts";
import { witness } from "./regex.ts";
import type { StructuralChange } from "./report.ts";

const most = 1000;

export function structuralChanges(before: Explainable, after: Explainable): readonly StructuralChange[] {
	const out: StructuralChange[] = [];
	const old = rulesOf(before);
	const now = rulesOf(after);
	for (const [name, f] of now) {
		if (!old.has(name))
			out.push({ kind: "rule added", rule: pathText(f.path), ...rowOf(after, f.location), widens: true });
	}
	for (const [name, f] of old) {
		const g = now.get(name);
		if (g === undefined) {
			out.push({ kind: "rule removed", rule: pathText(f.path), ...rowOf(before, f.location) });
			continue;
		}
		compareRules(before, f, after, g, out);
	}
	compareValues("data", [], before.data, after.data, out);
	return out.slice(0, most);
}

/** Rules and functions by their names; functions of single keys are those of their rules. */
function rulesOf(of: Explainable): ReadonlyMap<string, Func> {
	const out = new Map<string, Func>();
	for (let i = 0; i < of.plan.funcs.length; i++) {
		const f = of.plan.funcs.at(i);
		if (f === undefined || (f.arity > 0 && f.kind !== "function")) continue;
		out.set(`${pathText(f.path)}/${f.arity}`, f);
	}
	return out;
}

function rowOf(of: Explainable, loc: number): { readonly row?: number } {
	const row = of.places.locate(loc)?.row;
	return row === undefined ? {} : { row };
}

function compareRules(before: Explainable, f: Func, after: Explainable, g: Func, out: StructuralChange[]): void {
	const rule = pathText(f.path);
	const a = constantOf(f);
	const b = constantOf(g);
	const x = a === undefined ? undefined : before.plan.constants[a];
	const y = b === undefined ? undefined : after.plan.constants[b];
	if (x !== undefined && y !== undefined) {
		compareValues(rule, [], x, y, out);
		return;
	}
	const all = (of: Explainable, func: Func): Map<string, Definition> => {
		const list = [...func.definitions, ...(func.default === undefined ? [] : [func.default])];
		return new Map(list.map((d) => [textOf(of, d), d]));
	};
	const old = all(before, f);
	const now = all(after, g);
	for (const [text, d] of now) {
		if (!old.has(text)) out.push({ kind: "definition added", rule, ...rowOf(after, d.location), widens: true });
	}
	for (const [text, d] of old) {
		if (!now.has(text)) out.push({ kind: "definition removed", rule, ...rowOf(before, d.location) });
	}
}

/** A definition as a text that says nothing of where it stands: the same for the same. */
function textOf(of: Explainable, d: Definition): string {
	const { plan } = of;
	return JSON.stringify(d, (key, value: unknown) => {
		if (key === "loc" || key === "location" || key === "names") return undefined;
		if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
		if ("op" in value && value.op === "const" && "index" in value && typeof value.index === "number") {
			const constant = plan.constants[value.index];
			return { op: "const", is: constant === undefined ? "" : termText(constant) };
		}
		if ("func" in value && typeof value.func === "number") {
			const func = plan.funcs.at(value.func);
			return { ...value, func: func === undefined ? "" : pathText(func.path) };
		}
		if ("builtin" in value && typeof value.builtin === "number")
			return { ...value, builtin: plan.builtins[value.builtin] };
		return value;
	});
}

function compareValues(rule: string, path: readonly Value[], a: Value, b: Value, out: StructuralChange[]): void {
	if (out.length >= most || equal(a, b)) return;
	const pointer = pointerOf(path);
	if (isArray(a) && isArray(b)) {
		compareLists(rule, path, a, b, out);
	} else if (a instanceof RegoSet && b instanceof RegoSet) {
		compareLists(rule, path, a.sorted(), b.sorted(), out);
	} else if (isRecord(a) && isRecord(b)) {
		for (const [k, v] of objectEntries(a)) {
			const w = objectGet(b, k);
			if (w !== undefined) compareValues(rule, [...path, k], v, w, out);
			else out.push({ kind: "entry removed", rule, pointer: pointerOf([...path, k]), before: jsonValue(v) });
		}
		for (const [k, w] of objectEntries(b)) {
			if (objectGet(a, k) === undefined)
				out.push({ kind: "entry added", rule, pointer: pointerOf([...path, k]), after: jsonValue(w), widens: true });
		}
	} else if (typeof a === "string" && typeof b === "string" && isPattern(a) && isPattern(b)) {
		out.push(patternChange(rule, pointer, a, b));
	} else out.push({ kind: "value changed", rule, pointer, before: jsonValue(a), after: jsonValue(b) });
}

function isRecord(v: Value): v is Extract<Value, object> & Parameters<typeof objectEntries>[0] {
	return typeof v === "object" && v !== null && isObject(v);
}

/** Elements that have come and gone; those that are alike are compared with each other. */
function compareLists(
	rule: string,
	path: readonly Value[],
	a: readonly Value[],
	b: readonly Value[],
	out: StructuralChange[],
): void {
	const isIn = (list: readonly Value[]): ((v: Value) => boolean) => {
		const keys = new Set(list.map(canonicalKey));
		return (v) => keys.has(canonicalKey(v));
	};
	const [inA, inB] = [isIn(a), isIn(b)];
	const gone = a.map((value, i) => ({ value, i })).filter(({ value }) => !inB(value));
	const come = b.map((value, i) => ({ value, i })).filter(({ value }) => !inA(value));
	for (const { value, i } of gone) {
		let best: { readonly value: Value; readonly i: number } | undefined;
		let least = 0.5;
		for (const c of come.slice(0, 200)) {
			const d = distance(value, c.value);
			if (d < least) {
				least = d;
				best = c;
			}
		}
		if (best === undefined) {
			out.push({ kind: "entry removed", rule, pointer: pointerOf([...path, i]), before: jsonValue(value) });
			continue;
		}
		come.splice(come.indexOf(best), 1);
		compareValues(rule, [...path, best.i], value, best.value, out);
	}
	for (const { value, i } of come) {
		out.push({ kind: "entry added", rule, pointer: pointerOf([...path, i]), after: jsonValue(value), widens: true });
	}
	if (gone.length + come.length === 0) {
		const change: StructuralChange = {
			kind: "value changed",
			rule,
			pointer: pointerOf(path),
			before: asJson(a),
			after: asJson(b),
		};
		out.push(change);
	}
}

function asJson(list: readonly Value[]): JsonValue {
	return list.map(jsonValue);
}

/** Whether a text looks like a regular expression. */
function isPattern(s: string): boolean {
	return /^\^|\$$|[*+?\\[(|]/.test(s);
}

function patternChange(rule: string, pointer: string, before: string, after: string): StructuralChange {
	const more = witness(after, before);
	const less = witness(before, after);
	const base = { rule, pointer, before, after };
	if (typeof more === "string" && less === null) return { ...base, kind: "pattern wider", witness: more, widens: true };
	if (more === null && typeof less === "string") return { ...base, kind: "pattern narrower", witness: less };
	return { ...base, kind: "pattern changed", ...(typeof more === "string" ? { witness: more, widens: true } : {}) };
}
