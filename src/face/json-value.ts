/**
 * What a policy answers, as its caller gets it: a value of the caller's own. What is changed in it changes
 * no constant of the policy, no base data and no input, so it changes no later decision.
 *
 * "json" is what JSON.parse would make of OPA's answer: sets are arrays, keys are strings, numbers are
 * doubles. "rego" keeps sets, keys of other types and every digit.
 */

import { at, valueAt } from "../at.ts";
import { checkLevels, isOverflow } from "../stack.ts";
import { isCollection } from "../value/access.ts";
import { plainKeys, RegoObject, RegoSet, setOwn } from "../value/collections.ts";
import { refuseForeign } from "../value/foreign.ts";
import { RegoNumber, toBigInt, toDouble } from "../value/number.ts";
import { isArray, isObject, isPlainObject, type PlainObject, type Value } from "../value/value.ts";

/** What JSON.parse makes. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** As JsonValue, with numbers that a double would change as `bigint` and RegoNumber. */
export type ExactJsonValue =
	| null
	| boolean
	| number
	| bigint
	| string
	| RegoNumber
	| ExactJsonValue[]
	| { [key: string]: ExactJsonValue };

/** What answers are made of. */
export interface ValueOptions {
	/** Answers as JSON.parse would give them ("json", the default), or as Rego's own values. */
	readonly values?: "json" | "rego" | undefined;
	/**
	 * For "json" values: every number as the nearest double ("double", the default), or `bigint` and
	 * RegoNumber where a double would change it ("exact").
	 */
	readonly numbers?: "double" | "exact" | undefined;
}

/** Makes a value the caller's own. Called for anything but booleans and undefined. */
export type ToCaller = (v: Value) => unknown;

/** The conversion that options ask for. */
export function toCaller(options: ValueOptions): ToCaller {
	if (options.values === "rego") return (v) => converted(v, ownValue);
	return options.numbers === "exact" ? (v) => converted(v, exactJson) : (v) => converted(v, jsonValue);
}

/** What a conversion gives, also of values too deep for its recursion. */
function converted(v: Value, of: (v: Value) => Value): Value {
	try {
		return of(v);
	} catch (e) {
		if (!isOverflow(e)) throw e;
		return convertDeep(v, of);
	}
}

/** A composite whose parts are being converted. */
interface Open {
	readonly value: Value;
	readonly parts: readonly Value[];
	readonly done: Value[];
}

/** Parts first, on a stack of our own; a composite is then made of parts that are converted already. */
function convertDeep(root: Value, of: (v: Value) => Value): Value {
	const open: Open[] = [{ value: root, parts: partsOf(root), done: [] }];
	for (;;) {
		const top = at(open, open.length - 1);
		if (top.done.length < top.parts.length) {
			const value = at(top.parts, top.done.length);
			checkLevels(open.length);
			open.push({ value, parts: partsOf(value), done: [] });
			continue;
		}
		open.pop();
		const made = top.parts.length === 0 ? of(top.value) : rebuilt(top.value, top.done, of);
		const outer = open.at(-1);
		if (outer === undefined) return made;
		outer.done.push(made);
	}
}

/** What is in arrays, sets and plain objects; other values are not taken apart. */
function partsOf(v: Value): readonly Value[] {
	if (isArray(v)) return v;
	if (v instanceof RegoSet) return v.sorted();
	if (v instanceof RegoObject || !isObject(v)) return [];
	return plainKeys(v).map((k) => valueAt(v, k));
}

function rebuilt(v: Value, parts: readonly Value[], of: (v: Value) => Value): Value {
	if (isArray(v)) return parts;
	if (v instanceof RegoSet) return of === ownValue ? RegoSet.of(parts).seal() : parts;
	const out: { [key: string]: Value } = {};
	const names = isPlainObject(v) ? plainKeys(v) : [];
	for (const [i, name] of names.entries()) setOwn(out, name, at(parts, i));
	return out;
}

/** As JSON.parse would read what OPA prints. */
export function jsonValue(v: Value): JsonValue {
	switch (typeof v) {
		case "string":
		case "boolean":
		case "number":
			return v;
		case "bigint":
			return Number(v);
		default:
	}
	// JsonValue and null are told apart by what follows; the casts only say that recursion gives JsonValue.
	return v instanceof RegoNumber ? toDouble(v) : (composite(v, jsonValue) as JsonValue);
}

/** As jsonValue, where numbers keep what they are worth. */
function exactJson(v: Value): ExactJsonValue {
	switch (typeof v) {
		case "string":
		case "boolean":
		case "bigint":
			return v;
		case "number":
			return Number.isInteger(v) && !Number.isSafeInteger(v) ? BigInt(v) : v;
		default:
	}
	return v instanceof RegoNumber ? exactNumber(v) : (composite(v, exactJson) as ExactJsonValue);
}

/** `1.0` is 1, `1e20` a bigint; a decimal of more digits than a double has stays what it is. */
function exactNumber(n: RegoNumber): number | bigint | RegoNumber {
	const integer = toBigInt(n);
	if (integer !== undefined) {
		const double = Number(integer);
		return Number.isSafeInteger(double) ? double : integer;
	}
	const double = toDouble(n);
	const shortest = new RegoNumber(String(double));
	if (!Number.isFinite(double)) return n;
	const { mant, exp } = n.decimal;
	return shortest.decimal.mant === mant && shortest.decimal.exp === exp ? double : n;
}

function composite(v: Value, of: (inner: Value) => unknown): unknown {
	if (v === null) return null;
	if (Array.isArray(v)) return v.map(of);
	if (v instanceof RegoSet) return v.sorted().map(of);
	// Keys that are no strings are written as their JSON text, as OPA does.
	const plain = v instanceof RegoObject ? v.toJSON() : (v as PlainObject);
	return copyObject(plain, of);
}

function copyObject(o: PlainObject, of: (inner: Value) => unknown): unknown {
	refuseForeign(o);
	const out: { [key: string]: unknown } = {};
	for (const k of Object.keys(o)) {
		const x = o[k];
		// An input's property that is undefined is none.
		if (x !== undefined) setOwn(out as { [key: string]: Value }, k, of(x) as Value);
	}
	return out;
}

/** Rego's own values, whose arrays and objects are the caller's. Sets are shared: nobody can change them. */
function ownValue(v: Value): Value {
	if (typeof v !== "object" || v === null || v instanceof RegoNumber) return v;
	if (Array.isArray(v)) return v.map(ownValue);
	if (v instanceof RegoSet) {
		const members = [...v.unordered()];
		return (members.some(isCollection) ? RegoSet.of(members.map(ownValue)) : v).seal();
	}
	if (v instanceof RegoObject) {
		const out = new RegoObject();
		for (const [k, x] of v.unordered()) out.set(ownValue(k), ownValue(x));
		return out;
	}
	return copyObject(v, ownValue) as PlainObject;
}
