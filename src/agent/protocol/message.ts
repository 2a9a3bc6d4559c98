/**
 * A protobuf message as a JavaScript object: keys as Kata's JSON spells them, every field present.
 * Without `bytes` fields it *is* the policy's `input`; bytes stay Uint8Arrays until they are asked
 * for, because the agent needs them and most policies never look.
 */
import { setOwn } from "../../value/collections.ts";
import type { Value } from "../../value/value.ts";
import type { Field, MessageType } from "./descriptors.ts";

export type MessageValue =
	| null
	| boolean
	| string
	| number
	| bigint
	| Uint8Array
	| readonly MessageValue[]
	| MessageObject;

export interface MessageObject {
	readonly [key: string]: MessageValue;
}

/** A message being built. */
export interface MessageDraft {
	[key: string]: MessageValue;
}

/** A message that cannot be read or written; `path` names the field. */
export class MessageError extends Error {
	readonly path: string;

	constructor(path: string, reason: string) {
		super(`${path}: ${reason}`);
		this.name = "MessageError";
		this.path = path;
	}
}

const noBytes = new Uint8Array(0);

/** The value of a field that is absent. */
export function defaultOf(f: Field): MessageValue {
	switch (f.label) {
		case "repeated":
			return [];
		case "map":
			return {};
		case "optional":
		case "oneof":
			return null;
		case "singular":
	}
	switch (f.scalar) {
		case undefined:
			return null;
		case "string":
			return "";
		case "bool":
			return false;
		case "bytes":
			return noBytes;
		default:
			return 0;
	}
}

/** A message with every field at its default, in declaration order. */
export function emptyMessage(type: MessageType): MessageDraft {
	const out: MessageDraft = {};
	for (const f of type.fields) out[f.key] = defaultOf(f);
	return out;
}

/** Set an entry of a map field; any key is an ordinary key. */
export function setEntry(map: MessageDraft, key: string, value: MessageValue): void {
	setOwn(map as { [key: string]: Value }, key, value as Value);
}

/** The JSON a policy gets as `input`: as serde writes it, so bytes become arrays of numbers. */
export function toInput(message: MessageObject, type: MessageType): Value {
	if (!type.hasBytes) return message as Value;
	const out: MessageDraft = {};
	for (const f of type.fields) {
		const v = message[f.key];
		if (v !== undefined) out[f.key] = fieldInput(v, f);
	}
	return out as Value;
}

function fieldInput(v: MessageValue, f: Field): MessageValue {
	if (f.scalar === "bytes") {
		if (v instanceof Uint8Array) return Array.from(v);
		return Array.isArray(v) ? v.map((b) => fieldInput(b, { ...f, label: "singular" })) : v;
	}
	const of = f.message;
	if (of === undefined || !of.hasBytes || v === null) return v;
	if (f.label === "repeated") return (v as readonly MessageObject[]).map((m) => toInput(m, of) as MessageValue);
	if (f.label === "map") {
		const out: MessageDraft = {};
		for (const k of Object.keys(v)) {
			setEntry(out, k, toInput((v as { [key: string]: MessageObject })[k] ?? {}, of) as MessageValue);
		}
		return out;
	}
	return toInput(v as MessageObject, of) as MessageValue;
}
