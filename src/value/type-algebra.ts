/**
 * What can be done with static types: order them, form unions, look up the type of a key, of all keys
 * and of all values. The answers are OPA's (v1/types/types.go), its oddities included: `unknownType`
 * stands for its missing types, and looking something up that cannot be there gives unknownType.
 */

import { at, at as elementAt } from "../at.ts";
import { objectEntries } from "./collections.ts";
import { compare } from "./compare.ts";
import { numberText, toDouble } from "./number.ts";
import {
	type AnyType,
	type ArrayType,
	anyOf,
	anyType,
	booleanType,
	type FunctionType,
	functionType,
	nullType,
	numberType,
	type ObjectType,
	objectOf,
	type Parts,
	setOf,
	stringType,
	type Type,
	tuple,
	unknownType,
} from "./types.ts";
import { isArray, isNumber, isSet, type Value } from "./value.ts";

/** The definition a recursive type stands for; any other type as it is. */
export function unrolled(t: Type): Type {
	return t.kind === "recursive" ? t.type : t;
}

const ranks: Readonly<Record<Exclude<Type["kind"], "recursive">, number>> = {
	unknown: -1,
	null: 0,
	boolean: 1,
	number: 2,
	string: 3,
	array: 4,
	object: 5,
	set: 6,
	any: 7,
	function: 8,
};

/** A total order of types; members of unions are in this order. */
export function compareTypes(a0: Type, b0: Type): number {
	if (a0 === b0) return 0;
	if (a0.kind === "recursive" && b0.kind === "recursive" && a0.name === b0.name) return 0;
	const a = unrolled(a0);
	const b = unrolled(b0);
	if (a === b) return 0;
	if (a.kind === "array" && b.kind === "array") return a.compareTo?.(b) ?? compareArrayTypes(a, b);
	if (a.kind === "object" && b.kind === "object") return a.compareTo?.(b) ?? compareObjectTypes(a, b);
	if (a.kind === "set" && b.kind === "set") return compareTypes(a.of, b.of);
	if (a.kind === "any" && b.kind === "any") return compareLists(a.of, b.of);
	if (a.kind === "function" && b.kind === "function") {
		if (a.args.length !== b.args.length) return a.args.length < b.args.length ? -1 : 1;
		return (
			compareLists(a.args, b.args) ||
			compareTypes(a.result ?? unknownType, b.result ?? unknownType) ||
			compareTypes(a.variadic ?? unknownType, b.variadic ?? unknownType)
		);
	}
	return rank(a) - rank(b);
}

function rank(t: Type): number {
	return t.kind === "recursive" ? rank(t.type) : ranks[t.kind];
}

function compareLists(a: readonly Type[], b: readonly Type[]): number {
	for (let i = 0; i < a.length && i < b.length; i++) {
		const c = compareTypes(at(a, i), at(b, i));
		if (c !== 0) return c;
	}
	return a.length - b.length;
}

function compareArrayTypes(a: ArrayType, b: ArrayType): number {
	if (a.dynamic === undefined || b.dynamic === undefined) {
		if (a.dynamic !== undefined) return 1;
		if (b.dynamic !== undefined) return -1;
		return compareLists(a.items, b.items);
	}
	return compareTypes(a.dynamic, b.dynamic) || compareLists(a.items, b.items);
}

function compareObjectTypes(a: ObjectType, b: ObjectType): number {
	if (a.dynamic === undefined || b.dynamic === undefined) {
		if (a.dynamic !== undefined) return 1;
		if (b.dynamic !== undefined) return -1;
	} else {
		const c = compareTypes(a.dynamic.key, b.dynamic.key) || compareTypes(a.dynamic.value, b.dynamic.value);
		if (c !== 0) return c;
	}
	const p = a.props;
	const q = b.props;
	for (let i = 0; i < p.length && i < q.length; i++) {
		const x = elementAt(p, i);
		const y = elementAt(q, i);
		const c = compare(x.key, y.key) || compareTypes(x.value, y.value);
		if (c !== 0) return c;
	}
	return p.length - q.length;
}

export function isAny(t: Type): boolean {
	return t.kind === "any" && t.of.length === 0;
}

/** The type of what is of type a or b: a sorted union, flat, without repetitions; `any` absorbs all. */
export function union(a: Type, b: Type): Type {
	if (a === b) return a.kind === "function" ? unionOfFunctions(a, a) : a;
	if (a.kind === "unknown") return b;
	if (b.kind === "unknown") return a;
	if (a.kind === "function" || b.kind === "function") {
		return a.kind === "function" && b.kind === "function" ? unionOfFunctions(a, b) : unknownType;
	}
	if (a.kind === "any") return b.kind === "any" ? mergeUnions(a, b) : withMember(a, b);
	if (b.kind === "any") return withMember(b, a);
	const c = compareTypes(a, b);
	if (c === 0) return a;
	return c < 0 ? anyOf(a, b) : anyOf(b, a);
}

function withMember(t: AnyType, member: Type): AnyType {
	if (t.of.length === 0) return t;
	const at = memberIndex(t, member);
	return at < 0 ? anyOf(...t.of.slice(0, ~at), member, ...t.of.slice(~at)) : t;
}

/** Index of a member of a sorted union, or the complement of where it would be. */
function memberIndex(t: AnyType, member: Type): number {
	return indexIn(t.of, member);
}

function indexIn(sorted: readonly Type[], t: Type): number {
	let lo = 0;
	let hi = sorted.length - 1;
	while (lo <= hi) {
		const mid = (lo + hi) >> 1;
		const c = compareTypes(at(sorted, mid), t);
		if (c === 0) return mid;
		if (c < 0) lo = mid + 1;
		else hi = mid - 1;
	}
	return ~lo;
}

function mergeUnions(a: AnyType, b: AnyType): AnyType {
	if (a.of.length === 0) return a;
	if (b.of.length === 0) return b;
	return { kind: "any", of: distinct([...a.of, ...b.of]) };
}

/** Up to this many types are put in order one by one: mostly they are few, and of few kinds. */
const placed = 64;

/** The types in order, each once: of those that are equal, the first. */
function distinct(types: Type[]): Type[] {
	if (types.length > placed) {
		types.sort(compareTypes);
		return types.filter((t, i) => i === 0 || compareTypes(at(types, i - 1), t) !== 0);
	}
	const out: Type[] = [];
	for (const t of types) {
		const at = indexIn(out, t);
		if (at < 0) out.splice(~at, 0, t);
	}
	return out;
}

function unionOfFunctions(a: FunctionType, b: FunctionType): Type {
	if (a.args.length !== b.args.length || (a.variadic === undefined) !== (b.variadic === undefined)) {
		return unknownType;
	}
	const result = union(a.result ?? unknownType, b.result ?? unknownType);
	const variadic = a.variadic && b.variadic && union(a.variadic, b.variadic);
	const args = a.args.map((x, i) => union(x, at(b.args, i)));
	return functionType(args, result.kind === "unknown" ? undefined : result, variadic);
}

/** union() over a list, at the cost of one sort however many different types there are. */
export function unionOf(types: readonly Type[]): Type {
	if (types.some((t) => t.kind === "function")) return sequentialUnion(types);
	let first: Type = unknownType;
	let members: Set<Type> | undefined;
	for (const t of types) {
		if (t === first || t.kind === "unknown") continue;
		if (first.kind === "unknown") first = t;
		else {
			members ??= new Set();
			if (t.kind !== "any") members.add(t);
			else {
				if (t.of.length === 0) return t;
				for (const m of t.of) members.add(m);
			}
		}
	}
	if (members === undefined) return first;
	if (first.kind !== "any") members.add(first);
	else {
		if (first.of.length === 0) return first;
		for (const m of first.of) members.add(m);
	}
	const of = distinct([...members]);
	return of.length === 1 ? elementAt(of, 0) : { kind: "any", of };
}

/**
 * Functions make the order matter. Of functions that differ in arity OPA keeps a function of which nothing
 * is known (a nil pointer in Go): a function after it takes its place, anything else leaves no type at all.
 */
function sequentialUnion(types: readonly Type[]): Type {
	let out: Type = unknownType;
	let mismatch = false;
	for (const t of types) {
		if (t.kind === "unknown") continue;
		const before: Type = out;
		out = mismatch && t.kind !== "function" ? unknownType : union(out, t);
		mismatch = before.kind === "function" && t.kind === "function" && out.kind === "unknown";
	}
	return out;
}

/** Whether every value of type b is one of type a, as far as membership in a union tells. */
function contains(a: Type, b: Type): boolean {
	if (a.kind !== "any") return compareTypes(a, b) === 0;
	if (b.kind === "function") return false;
	return a.of.length === 0 || memberIndex(a, b) >= 0;
}

/** The type of a value: its elements one by one. */
export function typeOfValue(v: Value): Type {
	if (v === null) return nullType;
	switch (typeof v) {
		case "boolean":
			return booleanType;
		case "string":
			return stringType;
		case "number":
		case "bigint":
			return numberType;
		default:
	}
	if (isNumber(v)) return numberType;
	if (isArray(v)) return tuple(v.map(typeOfValue));
	if (isSet(v)) return setOf(unionOf(v.sorted().map(typeOfValue)));
	return objectOf(objectEntries(v).map(([key, value]) => ({ key, value: typeOfValue(value) })));
}

/** The type of what is at a key. */
export function select(t0: Type, key: Value): Type {
	const t = unrolled(t0);
	switch (t.kind) {
		case "array": {
			if (!isNumber(key) || !isIndex(numberText(key))) return unknownType;
			return t.items[toDouble(key)] ?? t.dynamic ?? unknownType;
		}
		case "object":
			return selectProperty(t, key);
		case "set": {
			const member = typeOfValue(key);
			if (compareTypes(t.of, member) === 0) return t.of;
			return t.of.kind === "any" && contains(t.of, member) ? member : unknownType;
		}
		case "any":
			if (t.of.length === 0) return anyType;
			return selectInMembers(t, key);
		default:
			return unknownType;
	}
}

/** Go reads the number's text, to an integer of 64 bits: `1.0` is no index there, `-0` is one. */
function isIndex(text: string): boolean {
	if (text === "-0") return true;
	return /^\d{1,19}$/.test(text) && (text.length < 19 || text <= "9223372036854775807");
}

function selectInMembers(t: AnyType, key: Value): Type {
	return unionOf(t.of.map((m) => select(m, key)));
}

export function selectProperty(t: ObjectType, key: Value): Type {
	const named = typeof key === "string" ? t.named?.(key) : undefined;
	if (named !== undefined) return named;
	const props = t.props;
	let lo = 0;
	let hi = props.length - 1;
	while (lo <= hi) {
		const mid = (lo + hi) >> 1;
		const p = elementAt(props, mid);
		const c = compare(p.key, key);
		if (c === 0) return p.value;
		if (c < 0) lo = mid + 1;
		else hi = mid - 1;
	}
	if (t.dynamic !== undefined && contains(t.dynamic.key, typeOfValue(key))) return t.dynamic.value;
	return unknownType;
}

/** The type of all keys; unknownType for what has none. */
export function keysOf(t0: Type): Type {
	const t = unrolled(t0);
	switch (t.kind) {
		case "array":
			return numberType;
		case "set":
			return t.of;
		case "object":
			return remembered("keys", t, () => {
				const dynamic = t.dynamic === undefined ? unknownType : t.dynamic.key;
				return unionOf([...t.props.map((p) => typeOfValue(p.key)), dynamic]);
			});
		case "any":
			return isAny(t) ? anyType : remembered("keys", t, () => unionOf(t.of.map(keysOf)));
		default:
			return unknownType;
	}
}

/** The type of all elements. */
export function valuesOf(t0: Type): Type {
	const t = unrolled(t0);
	switch (t.kind) {
		case "array":
			if (t.items.length === 0) return t.dynamic ?? unknownType;
			return remembered("values", t, () => unionOf([...t.items, t.dynamic ?? unknownType]));
		case "set":
			return t.of;
		case "object":
			if (t.props.length === 0) return t.dynamic?.value ?? unknownType;
			return remembered("values", t, () => {
				const dynamic = t.dynamic === undefined ? unknownType : t.dynamic.value;
				return unionOf([...t.props.map((p) => p.value), dynamic]);
			});
		case "any":
			return isAny(t) ? anyType : remembered("values", t, () => unionOf(t.of.map(valuesOf)));
		default:
			return unknownType;
	}
}

function remembered(which: keyof Parts, t: ArrayType | ObjectType | AnyType, make: () => Type): Type {
	let parts = t.parts;
	if (parts === undefined) {
		parts = {};
		t.parts = parts;
	}
	let found = parts[which];
	if (found === undefined) {
		found = make();
		parts[which] = found;
	}
	return found;
}
