/** Documents with one place changed. What is given is never changed. */
import { ObjectBuilder, objectEntries, objectGet } from "../value/collections.ts";
import { isArray, isObject, type Value } from "../value/value.ts";

export interface Edit {
	readonly op: "add" | "replace" | "remove";
	readonly path: readonly Value[];
	readonly value: Value | undefined;
}

/** The document after an edit; undefined where the edit does not fit it. */
export function edited(doc: Value | undefined, edit: Edit, at = 0): Value | undefined {
	const { op, path, value } = edit;
	if (at === path.length) return op === "remove" ? undefined : value;
	const key = path[at];
	const isLast = at === path.length - 1;
	if (doc === undefined) {
		// Objects are made on the way to what is added.
		if (op !== "add" || typeof key !== "string" || key === "-") return undefined;
		const below = edited(undefined, edit, at + 1);
		if (below === undefined) return undefined;
		const out = new ObjectBuilder();
		out.set(key, below);
		return out.finish();
	}
	if (isArray(doc)) {
		if (isLast && op === "add" && (key === "-" || key === doc.length))
			return value === undefined ? undefined : [...doc, value];
		if (typeof key !== "number" || !Number.isInteger(key) || key < 0 || key >= doc.length) return undefined;
		if (isLast && op === "remove") return doc.toSpliced(key, 1);
		if (isLast && op === "add") return value === undefined ? undefined : doc.toSpliced(key, 0, value);
		const below = edited(doc[key], edit, at + 1);
		return below === undefined ? undefined : doc.with(key, below);
	}
	if (typeof doc !== "object" || doc === null || !isObject(doc) || key === undefined) return undefined;
	const there = objectGet(doc, key);
	if (isLast && op === "remove") return there === undefined ? undefined : withEntry(doc, key, undefined);
	if (isLast && op === "replace" && there === undefined) return undefined;
	const below = edited(there, edit, at + 1);
	return below === undefined ? undefined : withEntry(doc, key, below);
}

function withEntry(doc: Extract<Value, object>, key: Value, value: Value | undefined): Value | undefined {
	if (!isObject(doc)) return undefined;
	const out = new ObjectBuilder();
	for (const [k, v] of objectEntries(doc)) if (k !== key) out.set(k, v);
	if (value !== undefined) out.set(key, value);
	return out.finish();
}

/** All edits, one after the other. */
export function editedAll(doc: Value | undefined, edits: readonly Edit[]): Value | undefined {
	let out = doc;
	for (const e of edits) {
		out = edited(out, e);
		if (out === undefined) return undefined;
	}
	return out;
}

/** The value at a path. */
export function valueAt(doc: Value | undefined, path: readonly Value[]): Value | undefined {
	let v = doc;
	for (const key of path) {
		if (v === undefined || typeof v !== "object" || v === null) return undefined;
		if (isArray(v)) v = typeof key === "number" ? v[key] : undefined;
		else v = isObject(v) ? objectGet(v, key) : undefined;
	}
	return v;
}
