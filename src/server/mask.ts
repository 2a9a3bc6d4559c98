/**
 * Hiding parts of what is logged: a mask names paths of the input and the result, to be removed or replaced.
 * Values are never changed: what a mask gives is a new one.
 */
import { at } from "../at.ts";
import { getOwn, setOwn } from "../value/collections.ts";
import { isArray, isPlainObject, isSet, type PlainObject, type Value } from "../value/value.ts";
import { pathEscape, pathUnescape } from "./percent.ts";

export interface MaskRule {
	readonly op: "remove" | "upsert";
	/** `input` or `result`. */
	readonly part: "input" | "result" | "nd_builtin_cache";
	/** Below the part. */
	readonly path: readonly string[];
	readonly value: Value;
}

/** What masks are for, and what they have done. */
export interface Masked {
	readonly input: Value | undefined;
	readonly result: Value | undefined;
	readonly erased: readonly string[];
	readonly masked: readonly string[];
}

/** The rules a mask policy answers. Throws Error where they are none: what cannot be masked is not logged. */
export function maskRules(v: Value): readonly MaskRule[] {
	const list = isSet(v) ? v.sorted() : isArray(v) ? v : undefined;
	if (list === undefined) throw new Error("unexpected rule format");
	return list.map((item) => {
		if (typeof item === "string") return maskRule(item, "remove", null);
		if (!isPlainObject(item)) throw new Error("invalid mask rule format encountered");
		const op = getOwn(item, "op");
		if (op !== "remove" && op !== "upsert") throw new Error(`mask op is not supported: ${String(op ?? "")}`);
		const path = getOwn(item, "path");
		if (typeof path !== "string" || path === "") throw new Error('invalid "path" value');
		return maskRule(path, op, getOwn(item, "value") ?? null);
	});
}

function maskRule(path: string, op: MaskRule["op"], value: Value): MaskRule {
	if (path === "") throw new Error("mask must be non-empty");
	if (!path.startsWith("/")) throw new Error("mask must be slash-prefixed");
	const [part, ...below] = path.slice(1).split("/");
	if (part !== "input" && part !== "result" && part !== "nd_builtin_cache") {
		throw new Error(`mask prefix not allowed: ${part}`);
	}
	for (const name of below) if (pathUnescape(name) === undefined) throw new Error(`invalid URL escape in ${path}`);
	return { op, part, path: below, value };
}

export function applyMask(
	rules: readonly MaskRule[],
	event: { readonly input: Value | undefined; readonly result: Value | undefined },
): Masked {
	let { input, result } = event;
	const erased: string[] = [];
	const masked: string[] = [];
	for (const rule of rules) {
		if (rule.part === "nd_builtin_cache") continue;
		const old = rule.part === "input" ? input : result;
		if (old === undefined) continue;
		const changed = applied(rule, old);
		if (changed === undefined) continue;
		if (rule.part === "input") input = changed.value;
		else result = changed.value;
		// As OPA writes it: escaped once more than it was.
		const text = `/${[rule.part, ...rule.path.map(pathEscape)].join("/")}`;
		(rule.op === "remove" ? erased : masked).push(text);
	}
	return { input, result, erased, masked };
}

/** Undefined where the path leads nowhere. */
function applied(rule: MaskRule, old: Value): { readonly value: Value | undefined } | undefined {
	const path = rule.path.map(pathEscape);
	if (path.length === 0) return { value: rule.op === "remove" ? undefined : rule.value };
	if (rule.op === "remove") return removed(old, path, 0, true);
	if (!isPlainObject(old)) return undefined;
	return upserted(old, path, 0, rule.value);
}

/** Sets are arrays in what is logged. */
function items(v: Value): readonly Value[] | undefined {
	return isArray(v) ? v : isSet(v) ? v.sorted() : undefined;
}

function removed(v: Value, path: readonly string[], i: number, top: boolean): { readonly value: Value } | undefined {
	const key = at(path, i);
	const end = i === path.length - 1;
	const list = items(v);
	if (list !== undefined) {
		const index = indexIn(list, key);
		// An element of what is masked itself stays: OPA has nowhere to put the shorter list.
		if (index === undefined || (end && top)) return undefined;
		if (end) return { value: list.toSpliced(index, 1) };
		const inner = removed(at(list, index), path, i + 1, false);
		return inner && { value: list.with(index, inner.value) };
	}
	if (!isPlainObject(v)) return undefined;
	const old = getOwn(v, key);
	if (old === undefined) return undefined;
	if (end) return { value: withMember(v, key, undefined) };
	const inner = removed(old, path, i + 1, false);
	return inner && { value: withMember(v, key, inner.value) };
}

function upserted(v: Value, path: readonly string[], i: number, value: Value): { readonly value: Value } | undefined {
	const key = at(path, i);
	const end = i === path.length - 1;
	const list = items(v);
	if (list !== undefined) {
		const index = indexIn(list, key);
		if (index === undefined) return undefined;
		if (end) return { value: list.with(index, value) };
		const inner = upserted(at(list, index), path, i + 1, value);
		return inner && { value: list.with(index, inner.value) };
	}
	if (!isPlainObject(v)) return undefined;
	if (end) return { value: withMember(v, key, value) };
	const inner = upserted(getOwn(v, key) ?? {}, path, i + 1, value);
	return inner && { value: withMember(v, key, inner.value) };
}

function indexIn(list: readonly Value[], key: string): number | undefined {
	const index = /^[+-]?[0-9]+$/.test(key) ? Number(key) : -1;
	return index >= 0 && index < list.length ? index : undefined;
}

function withMember(o: PlainObject, key: string, value: Value | undefined): PlainObject {
	const out: { [key: string]: Value } = {};
	for (const k of Object.keys(o)) if (k !== key) setOwn(out, k, getOwn(o, k) ?? null);
	if (value !== undefined) setOwn(out, key, value);
	return out;
}
