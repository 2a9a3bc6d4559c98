/** object.*: lookup, keys, filtering, merging and the subset test (json.filter and friends: json-edit.ts). */

import { at } from "../at.ts";
import { ObjectBuilder, objectEntries, objectGet, objectSize, RegoSet, unorderedKeys } from "../value/collections.ts";
import { equal } from "../value/compare.ts";
import { canonicalKey } from "../value/key.ts";
import { type ArrayValue, isArray, isObject, isSet, type ObjectValue, type Value } from "../value/value.ts";
import {
	type Builtin,
	define,
	ofModule,
	operandElementError,
	operandTypeError,
	type PureContext,
	t,
} from "./define.ts";
import { element } from "./operators.ts";

const category = "object";
const anyObject = t.map(t.any, t.any);
const keysType = t.union(t.array(t.any), t.map(t.any, t.any), t.set(t.any));

/** One step into a value, as a reference takes it. */
function step(v: Value, key: Value): Value | undefined {
	if (isArray(v)) return element(v, key);
	// OPA answers with the key: 1.0 where the set holds 1.
	if (isSet(v)) return v.has(key) ? key : undefined;
	return isObject(v) ? objectGet(v, key) : undefined;
}

const get: Builtin = define("object.get", {
	category,
	pure: true,
	since: "0.17.0",
	args: [
		["object", anyObject, "object to look in"],
		["key", t.any, "key, or an array of them: a path"],
		["default", t.any, "answer where there is nothing"],
	],
	resultName: "value",
	result: t.any,
	resultDoc: "the value found, or default",
	doc: "Looks up a key or a path in an object.",
	eval: (_ctx, object, key, otherwise) => {
		if (!isArray(key)) {
			const found = objectGet(object, key);
			return found === undefined ? otherwise : found;
		}
		let v: Value | undefined = object;
		for (const k of key) {
			v = step(v, k);
			if (v === undefined) return otherwise;
		}
		return v;
	},
});

const keys: Builtin = define("object.keys", {
	category,
	pure: true,
	since: "0.47.0",
	args: [["object", anyObject]],
	resultName: "value",
	result: t.set(t.any),
	resultDoc: "its keys",
	doc: "Collects the keys of an object.",
	eval: (ctx, object) => {
		const all = unorderedKeys(object);
		ctx.step(all.length);
		return RegoSet.of(all);
	},
});

/** The keys named by an array's elements, a set's members or an object's keys. */
function keySet(ctx: PureContext, v: Value): RegoSet | undefined {
	if (isSet(v)) return v;
	const items = isArray(v) ? v : isObject(v) ? unorderedKeys(v) : undefined;
	if (items === undefined) return ctx.typeError(operandTypeError(2, v, ["object", "set", "array"]));
	ctx.step(items.length);
	return RegoSet.of(items);
}

function selection(
	name: string,
	doc: string,
	resultName: string,
	resultDoc: string,
	select: (ctx: PureContext, object: ObjectValue, listed: RegoSet) => ObjectValue,
): Builtin {
	return define(name, {
		category,
		pure: true,
		since: "0.17.2",
		args: [
			["object", anyObject, "object to copy from"],
			["keys", keysType, "keys, as an array, a set or the keys of an object"],
		],
		resultName,
		result: anyObject,
		resultDoc,
		doc,
		unchecked: true,
		eval: (ctx: PureContext, object: Value, list: Value) => {
			if (!isObject(object)) return ctx.typeError(operandTypeError(1, object, ["object"]));
			const listed = keySet(ctx, list);
			return listed === undefined ? undefined : select(ctx, object, listed);
		},
	});
}

/** OPA goes through the longer of the two, which decides how equal keys (1 and 1.0) are spelled. */
function keep(ctx: PureContext, object: ObjectValue, listed: RegoSet): ObjectValue {
	const out = new ObjectBuilder();
	if (objectSize(object) < listed.size) {
		ctx.step(listed.size);
		for (const k of listed.unordered()) {
			const v = objectGet(object, k);
			if (v !== undefined) out.set(k, v);
		}
		return out.finish();
	}
	const entries = objectEntries(object);
	ctx.step(entries.length);
	for (const [k, v] of entries) if (listed.has(k)) out.set(k, v);
	return out.finish();
}

function drop(ctx: PureContext, object: ObjectValue, listed: RegoSet): ObjectValue {
	const out = new ObjectBuilder();
	const entries = objectEntries(object);
	ctx.step(entries.length);
	for (const [k, v] of entries) if (!listed.has(k)) out.set(k, v);
	return out.finish();
}

/**
 * Later objects win key by key; where both values are objects they are merged in turn. Of equal keys
 * (1 and 1.0) the first or the last one's spelling stays.
 */
function unite(ctx: PureContext, objects: readonly ObjectValue[], spelling: "first" | "last"): ObjectValue {
	if (objects.length === 1) return at(objects, 0);
	/** For each key, the values still alive: one of any kind, or several objects to merge. */
	const alive = new Map<unknown, { key: Value; values: Value[] }>();
	for (const o of objects) {
		const entries = objectEntries(o);
		ctx.step(entries.length);
		for (const [key, value] of entries) {
			const id = canonicalKey(key);
			const entry = alive.get(id);
			if (entry === undefined) {
				alive.set(id, { key, values: [value] });
				continue;
			}
			if (isObject(value) && isObject(at(entry.values, 0))) entry.values.push(value);
			else entry.values = [value];
			if (spelling === "last") entry.key = key;
		}
	}
	const out = new ObjectBuilder();
	for (const { key, values } of alive.values()) {
		out.set(key, values.length === 1 ? at(values, 0) : unite(ctx, values as ObjectValue[], spelling));
	}
	return out.finish();
}

const union: Builtin = define("object.union", {
	category,
	pure: true,
	since: "0.17.2",
	args: [
		["a", anyObject, "object to start from"],
		["b", anyObject, "object whose values win"],
	],
	resultName: "output",
	result: anyObject,
	resultDoc: "the merged object",
	doc: "Merges two objects, and the objects in them, with the second's values winning.",
	// OPA answers the first of equal objects, however its numbers are spelled.
	eval: (ctx, a, b) => {
		if (objectSize(b) === 0 || equal(a, b)) return a;
		return objectSize(a) === 0 ? b : unite(ctx, [a, b], "first");
	},
});

const unionN: Builtin = define("object.union_n", {
	category,
	pure: true,
	since: "0.37.0",
	args: [["objects", t.array(anyObject), "objects to merge"]],
	resultName: "output",
	result: anyObject,
	resultDoc: "the merged object",
	doc: "Merges any number of objects, with later values winning.",
	eval: (ctx, objects) => {
		const odd = objects.find((o) => !isObject(o));
		if (odd !== undefined) return ctx.typeError(operandElementError(1, objects, odd, ["object"]));
		return objects.length === 0 ? {} : unite(ctx, objects, "last");
	},
});

function isSubset(ctx: PureContext, outer: Value, inner: Value): boolean {
	if (isObject(outer) && isObject(inner)) return isSubObject(ctx, outer, inner);
	if (isSet(outer) && isSet(inner)) {
		ctx.step(inner.size);
		for (const v of inner.unordered()) if (!outer.has(v)) return false;
		return true;
	}
	return isArray(outer) && isArray(inner) && isSubArray(ctx, outer, inner);
}

function isSubObject(ctx: PureContext, outer: ObjectValue, inner: ObjectValue): boolean {
	const entries = objectEntries(inner);
	ctx.step(entries.length);
	for (const [k, v] of entries) {
		const there = objectGet(outer, k);
		if (there === undefined) return false;
		if (!equal(v, there) && !isSubset(ctx, there, v)) return false;
	}
	return true;
}

/** inner occurs in outer without gaps. */
function isSubArray(ctx: PureContext, outer: ArrayValue, inner: ArrayValue): boolean {
	for (let start = 0; start + inner.length <= outer.length; start++) {
		let n = 0;
		while (n < inner.length && equal(at(outer, start + n), at(inner, n))) n++;
		ctx.step(n + 1);
		if (n === inner.length) return true;
	}
	return false;
}

/** OPA counts every element that is in the set, repeated ones too, and never an empty array. */
function coversSet(ctx: PureContext, outer: ArrayValue, inner: RegoSet): boolean {
	ctx.step(outer.length);
	let missing = inner.size;
	for (const v of outer) {
		if (inner.has(v)) missing--;
		if (missing === 0) return true;
	}
	return false;
}

const subset: Builtin = define("object.subset", {
	category,
	pure: true,
	since: "0.42.0",
	args: [
		["super", keysType, "value to look in"],
		["sub", keysType, "value to look for"],
	],
	resultName: "result",
	result: t.boolean,
	resultDoc: "true if sub is part of super",
	doc: "Tells whether an object, set or array is part of another.",
	unchecked: true,
	eval: (ctx, outer: Value, inner: Value) => {
		if (isArray(outer) && isSet(inner)) return coversSet(ctx, outer, inner);
		const same =
			(isObject(outer) && isObject(inner)) || (isSet(outer) && isSet(inner)) || (isArray(outer) && isArray(inner));
		if (!same) return ctx.typeError("both arguments object.subset must be of the same type or array and set");
		return isSubset(ctx, outer, inner);
	},
});

export const objects: readonly Builtin[] = ofModule("objects", [
	get,
	keys,
	selection("object.filter", "Keeps the entries with the given keys.", "filtered", "the entries kept", keep),
	selection("object.remove", "Drops the entries with the given keys.", "output", "the entries left", drop),
	union,
	unionN,
	subset,
]);
