/**
 * Kata's JSON of a message to a message object, as serde reads it into the generated Rust structs:
 * missing fields get their defaults, keys the type does not have are ignored, a value of the wrong
 * type is an error naming the field. Test cases and recorded requests come this way.
 */

import { valueAt } from "../../at.ts";
import { getOwn } from "../../value/collections.ts";
import { exactInteger } from "../../value/number.ts";
import { isArray, isNumber, isPlainObject, type PlainObject, type Value } from "../../value/value.ts";
import type { Field, MessageType } from "./descriptors.ts";
import {
	defaultOf,
	emptyMessage,
	type MessageDraft,
	MessageError,
	type MessageObject,
	type MessageValue,
	setEntry,
} from "./message.ts";

/** Fill and check. Throws MessageError. */
export function fromSerde(json: Value, type: MessageType, path: string = type.name): MessageObject {
	if (!isPlainObject(json)) throw new MessageError(path, "an object is wanted here");
	const out = emptyMessage(type);
	for (const f of type.fields) {
		if (f.label === "oneof") readOneof(json, f, path, out);
		else {
			const v = getOwn(json, f.key);
			if (v !== undefined) out[f.key] = readField(v, f, `${path}.${f.key}`);
		}
	}
	return out;
}

function readOneof(json: PlainObject, f: Field, path: string, out: MessageDraft): void {
	const v = getOwn(json, f.key);
	if (v === undefined || v === null || !isPlainObject(v)) return;
	const variant = f.variant ?? f.name;
	const member = getOwn(v, variant);
	if (member !== undefined) out[f.key] = { [variant]: readOne(member, f, `${path}.${f.key}.${variant}`) };
}

function readField(v: Value, f: Field, path: string): MessageValue {
	switch (f.label) {
		case "repeated":
			if (!isArray(v)) throw new MessageError(path, "an array is wanted here");
			return v.map((x, i) => readOne(x, f, `${path}[${i}]`));
		case "map": {
			if (!isPlainObject(v)) throw new MessageError(path, "an object is wanted here");
			const out: MessageDraft = {};
			for (const k of Object.keys(v)) setEntry(out, k, readOne(valueAt(v, k), f, `${path}[${JSON.stringify(k)}]`));
			return out;
		}
		case "optional":
			return v === null ? null : readOne(v, f, path);
		default:
			if (v === null && f.message !== undefined) return defaultOf(f);
			return readOne(v, f, path);
	}
}

function readOne(v: Value, f: Field, path: string): MessageValue {
	if (f.message !== undefined) return fromSerde(v, f.message, path);
	switch (f.scalar) {
		case "string":
			if (typeof v === "string") return v;
			throw new MessageError(path, "a string is wanted here");
		case "bool":
			if (typeof v === "boolean") return v;
			throw new MessageError(path, "a boolean is wanted here");
		case "bytes":
			return readBytes(v, path);
		case "uint32":
			return Number(readInteger(v, 0n, 0xffffffffn, path));
		case "uint64":
			return readInteger(v, 0n, 0xffffffffffffffffn, path);
		case "int64":
			return readInteger(v, -0x8000000000000000n, 0x7fffffffffffffffn, path);
		default:
			return Number(readInteger(v, -0x80000000n, 0x7fffffffn, path));
	}
}

function readInteger(v: Value, min: bigint, max: bigint, path: string): number | bigint {
	const i = isNumber(v) ? exactInteger(v) : undefined;
	if (i === undefined || i < min || i > max)
		throw new MessageError(path, `an integer from ${min} to ${max} is wanted here`);
	return i >= -9007199254740991n && i <= 9007199254740991n ? Number(i) : i;
}

function readBytes(v: Value, path: string): Uint8Array {
	if (!isArray(v)) throw new MessageError(path, "an array of bytes is wanted here");
	const out = new Uint8Array(v.length);
	for (const [i, b] of v.entries()) {
		if (typeof b !== "number" || !Number.isInteger(b) || b < 0 || b > 255) {
			throw new MessageError(`${path}[${i}]`, "a byte is wanted here");
		}
		out[i] = b;
	}
	return out;
}
