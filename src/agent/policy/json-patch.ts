/**
 * RFC 6902 on Rego values. In: a document and the `ops` of a rule's result. Out: a new document
 * that shares what did not change, or a PatchError; the document given is never touched, so a patch
 * applies wholly or not at all.
 */
import { at as elementAt, valueAt } from "../../at.ts";
import { messageOf } from "../../thrown.ts";
import { getOwn, setOwn } from "../../value/collections.ts";
import { equal } from "../../value/compare.ts";
import { type ArrayValue, isArray, isPlainObject, type PlainObject, type Value } from "../../value/value.ts";

/** Why a patch cannot be applied. */
export class PatchError extends Error {}

/** Apply every op in order. */
export function applyPatch(document: Value, ops: ArrayValue): Value {
	let doc = document;
	for (const [i, op] of ops.entries()) {
		try {
			doc = applyOp(doc, op);
		} catch (e) {
			throw new PatchError(`operation ${i}: ${messageOf(e)}`);
		}
	}
	return doc;
}

function applyOp(doc: Value, op: Value): Value {
	if (!isPlainObject(op)) throw new PatchError("an operation must be an object");
	const name = getOwn(op, "op");
	const path = pointer(op, "path");
	switch (name) {
		case "add":
			return add(doc, path, 0, member(op));
		case "remove":
			return remove(doc, path, 0);
		case "replace":
			return replace(doc, path, 0, member(op));
		case "copy":
			return add(doc, path, 0, find(doc, pointer(op, "from")));
		case "move": {
			const from = pointer(op, "from");
			const v = find(doc, from);
			if (from.length < path.length && from.every((key, i) => key === path[i])) {
				throw new PatchError("a value cannot be moved into itself");
			}
			return from.length === 0 ? doc : add(remove(doc, from, 0), path, 0, v);
		}
		case "test":
			if (!equal(find(doc, path), member(op))) throw new PatchError("the value differs from the one tested for");
			return doc;
		default:
			throw new PatchError(`unknown operation ${JSON.stringify(name ?? null)}`);
	}
}

function member(op: PlainObject): Value {
	const v = getOwn(op, "value");
	if (v === undefined) throw new PatchError("the operation has no value");
	return v;
}

function pointer(op: PlainObject, field: string): readonly string[] {
	const text = getOwn(op, field);
	if (typeof text !== "string") throw new PatchError(`the operation has no ${field}`);
	if (text === "") return [];
	if (!text.startsWith("/")) throw new PatchError(`${field} ${JSON.stringify(text)} does not start with /`);
	return text
		.slice(1)
		.split("/")
		.map((part) => {
			if (/~(?![01])/.test(part)) throw new PatchError(`${field} ${JSON.stringify(text)} has a ~ that escapes nothing`);
			return part.replaceAll("~1", "/").replaceAll("~0", "~");
		});
}

function missing(path: readonly string[]): PatchError {
	return new PatchError(`nothing at ${path.map((p) => `/${p.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")}`);
}

/** An existing element's index. */
function index(list: ArrayValue, key: string, path: readonly string[]): number {
	const i = /^(?:0|[1-9][0-9]{0,9})$/.test(key) ? Number(key) : -1;
	if (i < 0 || i >= list.length) throw missing(path);
	return i;
}

function child(v: Value, path: readonly string[], at: number): Value {
	const key = elementAt(path, at);
	if (isArray(v)) return elementAt(v, index(v, key, path));
	const found = isPlainObject(v) ? getOwn(v, key) : undefined;
	if (found === undefined) throw missing(path);
	return found;
}

function find(doc: Value, path: readonly string[]): Value {
	let v = doc;
	for (let i = 0; i < path.length; i++) v = child(v, path, i);
	return v;
}

/** v with the value at path[at] put in place of what is there now. */
function withChild(v: Value, key: string, value: Value, path: readonly string[]): Value {
	if (isArray(v)) return v.with(index(v, key, path), value);
	const out = { ...(v as PlainObject) };
	setOwn(out, key, value);
	return out;
}

function add(v: Value, path: readonly string[], at: number, value: Value): Value {
	if (at === path.length) return value;
	const key = elementAt(path, at);
	if (at < path.length - 1) return withChild(v, key, add(child(v, path, at), path, at + 1, value), path);
	if (isArray(v)) {
		const i = key === "-" || key === String(v.length) ? v.length : index(v, key, path);
		return v.toSpliced(i, 0, value);
	}
	if (!isPlainObject(v)) throw missing(path.slice(0, at));
	return withChild(v, key, value, path);
}

function replace(v: Value, path: readonly string[], at: number, value: Value): Value {
	if (at === path.length) return value;
	const key = elementAt(path, at);
	return withChild(v, key, replace(child(v, path, at), path, at + 1, value), path);
}

function remove(v: Value, path: readonly string[], at: number): Value {
	const key = path[at];
	if (key === undefined) throw new PatchError("the whole document cannot be removed");
	const below = child(v, path, at);
	if (at < path.length - 1) return withChild(v, key, remove(below, path, at + 1), path);
	if (isArray(v)) return v.toSpliced(index(v, key, path), 1);
	const out: { [key: string]: Value } = {};
	for (const k of Object.keys(v as PlainObject)) {
		if (k !== key) setOwn(out, k, valueAt(v as PlainObject, k));
	}
	return out;
}
