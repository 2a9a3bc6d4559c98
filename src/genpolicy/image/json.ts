/**
 * JSON of images, which anybody may have written: bounded in size, read by own properties only, and every wrong type
 * is an error that says where. Absent and null are the same, as in Go.
 */
import { ImageError } from "./image.ts";

/** Manifests, indexes and configurations are no larger; containerd's limit for manifests is the same. */
export const maxDocument: number = 4 << 20;

export type JsonObject = ReadonlyMap<string, unknown>;

/** Throws ImageError. */
export function parseDocument(bytes: Uint8Array, where: string): JsonObject {
	return toObject(parse(bytes, where), where);
}

/** A document that is a list. Throws ImageError. */
export function parseList(bytes: Uint8Array, where: string): readonly unknown[] {
	const value = parse(bytes, where) ?? [];
	if (Array.isArray(value)) return value;
	throw wrong(where, "a list", value);
}

function parse(bytes: Uint8Array, where: string): unknown {
	try {
		return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
	} catch {
		throw new ImageError("invalid", `${where}: it is not JSON`);
	}
}

export function toObject(value: unknown, where: string): JsonObject {
	if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(where, "an object", value);
	return new Map(Object.entries(value));
}

export function objectOf(o: JsonObject, key: string, where: string): JsonObject | undefined {
	const v = o.get(key) ?? undefined;
	return v === undefined ? undefined : toObject(v, `${where}: ${key}`);
}

export function stringOf(o: JsonObject, key: string, where: string): string | undefined {
	const v = o.get(key) ?? undefined;
	if (v === undefined || typeof v === "string") return v;
	throw wrong(`${where}: ${key}`, "a string", v);
}

export function booleanOf(o: JsonObject, key: string, where: string): boolean | undefined {
	const v = o.get(key) ?? undefined;
	if (v === undefined || typeof v === "boolean") return v;
	throw wrong(`${where}: ${key}`, "a boolean", v);
}

/** A size in bytes. */
export function sizeOf(o: JsonObject, key: string, where: string): number {
	const v = o.get(key);
	if (typeof v === "number" && Number.isSafeInteger(v) && v >= 0) return v;
	throw wrong(`${where}: ${key}`, "a size in bytes", v);
}

export function listOf(o: JsonObject, key: string, where: string): readonly unknown[] | undefined {
	const v: unknown = o.get(key) ?? undefined;
	if (v === undefined || Array.isArray(v)) return v;
	throw wrong(`${where}: ${key}`, "a list", v);
}

export function stringsOf(o: JsonObject, key: string, where: string): readonly string[] | undefined {
	return listOf(o, key, where)?.map((v, i) => {
		if (typeof v === "string") return v;
		throw wrong(`${where}: ${key}[${i}]`, "a string", v);
	});
}

/** An object whose values are strings. */
export function stringMapOf(o: JsonObject, key: string, where: string): ReadonlyMap<string, string> {
	const entries = objectOf(o, key, where) ?? new Map<string, unknown>();
	const out = new Map<string, string>();
	for (const [k, v] of entries) {
		if (typeof v !== "string") throw wrong(`${where}: ${key}.${k.slice(0, 100)}`, "a string", v);
		out.set(k, v);
	}
	return out;
}

function wrong(where: string, want: string, have: unknown): ImageError {
	const is = have === undefined ? "nothing" : have === null ? "null" : Array.isArray(have) ? "a list" : typeof have;
	return new ImageError("invalid", `${where}: ${want} is wanted, and there is ${is}`);
}
