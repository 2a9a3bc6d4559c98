/**
 * Base documents, read and changed by path as OPA's store does it: what a change gives is a new document that
 * shares all it did not touch with the old one. In arrays, `add` inserts and `-` is the end.
 */
import { at, last } from "../at.ts";
import { getOwn, setOwn } from "../value/collections.ts";
import { isArray, isPlainObject, type PlainObject, type Value } from "../value/value.ts";
import { StorageError } from "./errors.ts";
import { pathEscape, pathUnescape } from "./percent.ts";

export type Path = readonly string[];

export type WriteOp = "add" | "remove" | "replace";

/** `a/b%2Fc` as its parts; undefined where it is not well encoded. */
export function storagePath(escaped: string): Path | undefined {
	const trimmed = escaped.replace(/^\/+|\/+$/g, "");
	if (trimmed === "") return [];
	const parts: string[] = [];
	for (const part of trimmed.split("/")) {
		const name = pathUnescape(part);
		if (name === undefined) return undefined;
		parts.push(name);
	}
	return parts;
}

/** `/a/b%2Fc`, as errors name a path. */
function pathText(path: Path): string {
	return `/${path.map(pathEscape).join("/")}`;
}

function notFound(): StorageError {
	return new StorageError("storage_not_found_error", "document does not exist");
}

/** What is at a path. Throws StorageError where there is nothing. */
export function read(data: Value, path: Path): Value {
	let node = data;
	for (const key of path) {
		// In an array the error says what is wrong with the index.
		const inner = isArray(node) ? at(node, arrayIndex(node, key, path)) : member(node, key);
		if (inner === undefined) throw notFound();
		node = inner;
	}
	return node;
}

/** What is at a path, or undefined. */
export function find(data: Value, path: Path): Value | undefined {
	let node: Value | undefined = data;
	for (const key of path) {
		if (node === undefined) return undefined;
		node = isArray(node) ? node[indexIn(node, key) ?? -1] : member(node, key);
	}
	return node;
}

function member(node: Value, key: string): Value | undefined {
	return isPlainObject(node) ? getOwn(node, key) : undefined;
}

function indexIn(items: readonly Value[], key: string): number | undefined {
	const index = isInteger(key) ? Number(key) : -1;
	return index >= 0 && index < items.length ? index : undefined;
}

function isInteger(key: string): boolean {
	return /^[+-]?[0-9]+$/.test(key);
}

/** Documents with objects made on the way to a path. Throws StorageError where something else stands there. */
export function makeDir(data: PlainObject, path: Path): PlainObject {
	const there = find(data, path);
	if (there === undefined) {
		const made = makeDir(data, path.slice(0, -1));
		return write(made, "add", path, {});
	}
	if (!isPlainObject(there)) throw new StorageError("storage_write_conflict_error", pathText(path));
	return data;
}

/** Documents after one change. Throws StorageError. */
export function write(data: PlainObject, op: WriteOp, path: Path, value: Value): PlainObject {
	if (path.length === 0) {
		if (op === "remove") throw new StorageError("storage_invalid_patch_error", "root cannot be removed");
		if (!isPlainObject(value)) throw new StorageError("storage_invalid_patch_error", "root must be object");
		return value;
	}
	return writeBelow(data, op, path, 0, value);
}

function writeBelow(node: PlainObject, op: WriteOp, path: Path, i: number, value: Value): PlainObject {
	const key = at(path, i);
	const inner = getOwn(node, key);
	if (i === path.length - 1) {
		if (inner === undefined && op !== "add") throw notFound();
		return op === "remove" ? without(node, key) : withMember(node, key, value);
	}
	if (inner === undefined) throw notFound();
	return withMember(node, key, changed(inner, op, path, i + 1, value));
}

function changed(node: Value, op: WriteOp, path: Path, i: number, value: Value): Value {
	if (isArray(node)) return writeArray(node, op, path, i, value);
	if (isPlainObject(node)) return writeBelow(node, op, path, i, value);
	throw notFound();
}

function writeArray(items: readonly Value[], op: WriteOp, path: Path, i: number, value: Value): Value {
	const key = at(path, i);
	if (i < path.length - 1) {
		const index = arrayIndex(items, key, path);
		return items.with(index, changed(at(items, index), op, path, i + 1, value));
	}
	if (key === "-" || key === String(items.length)) {
		if (op === "add") return [...items, value];
		throw new StorageError("storage_invalid_patch_error", `${pathText(path)}: invalid patch path`);
	}
	const index = arrayIndex(items, key, path);
	if (op === "replace") return items.with(index, value);
	return op === "add" ? items.toSpliced(index, 0, value) : items.toSpliced(index, 1);
}

function arrayIndex(items: readonly Value[], key: string, path: Path): number {
	const hint = (what: string): StorageError =>
		new StorageError("storage_not_found_error", `${pathText(path)}: ${what}`);
	if (!isInteger(key)) throw hint("array index must be integer");
	const index = indexIn(items, key);
	if (index === undefined) throw hint("array index out of range");
	return index;
}

function withMember(node: PlainObject, key: string, value: Value): PlainObject {
	const out: { [key: string]: Value } = {};
	for (const k of Object.keys(node)) setOwn(out, k, getOwn(node, k) ?? null);
	setOwn(out, key, value);
	return out;
}

function without(node: PlainObject, key: string): PlainObject {
	const out: { [key: string]: Value } = {};
	for (const k of Object.keys(node)) if (k !== key) setOwn(out, k, getOwn(node, k) ?? null);
	return out;
}

/** Documents with one put where nothing was; objects are made on the way. */
export function insert(data: PlainObject, path: Path, value: Value): PlainObject {
	if (path.length === 0) return write(data, "add", path, value);
	const parent = path.slice(0, -1);
	return write(makeDir(data, parent), "add", [...parent, last(path)], value);
}
