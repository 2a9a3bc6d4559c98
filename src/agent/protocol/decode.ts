/**
 * Protobuf bytes to message objects, strictly. In: bytes and a message type. Out: an object with
 * every field of the type, or a MessageError naming the field. What decodes here and is encoded
 * again by encode.ts is exactly what the policy saw: unknown fields, a singular field given twice,
 * two members of a oneof, two entries with one map key are refused, because parsers differ on them.
 */

import { messageOf } from "../../thrown.ts";
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
import { StrictReader, WireError } from "./strict-reader.ts";

export interface DecodeOptions {
	/** What to do with a field number the type does not have: refuse the message (default), or leave it out. */
	readonly unknownFields?: "reject" | "drop";
	/** Most messages, list elements and map entries together; a 4 MiB message of tiny ones would need gigabytes. */
	readonly maxElements?: number;
}

interface Budget {
	left: number;
	readonly dropUnknown: boolean;
}

const defaultMaxElements = 200_000;

/** Messages that may be large, and how large: a hundred times what Kata's shims send. */
const elementLimits: ReadonlyMap<string, number> = new Map([
	["CreateContainerRequest", 50_000],
	["ExecProcessRequest", 20_000],
	["UpdateContainerRequest", 10_000],
	["CreateSandboxRequest", 10_000],
	["UpdateEphemeralMountsRequest", 10_000],
	["UpdateRoutesRequest", 10_000],
	["UpdateInterfaceRequest", 10_000],
	["AddARPNeighborsRequest", 10_000],
]);

/** Most elements of a request. */
export function elementLimit(type: MessageType): number {
	return elementLimits.get(type.name) ?? 1000;
}

export function decodeMessage(bytes: Uint8Array, type: MessageType, options: DecodeOptions = {}): MessageObject {
	const budget: Budget = {
		left: options.maxElements ?? defaultMaxElements,
		dropUnknown: options.unknownFields === "drop",
	};
	try {
		return decode(bytes, type, budget);
	} catch (e) {
		if (e instanceof MessageError) throw new MessageError(`${type.name}${e.path}`, e.message.slice(e.path.length + 2));
		throw new MessageError(type.name, messageOf(e));
	}
}

const lengthDelimited = 2;

function decode(bytes: Uint8Array, type: MessageType, budget: Budget): MessageObject {
	const out = emptyMessage(type);
	const input = new StrictReader(bytes);
	// Field numbers of these types are below 32 (descriptors.ts sees to it): one bit each.
	let seen = 0;
	while (!input.done) {
		const tag = input.tag();
		const number = tag >>> 3;
		const wireType = tag & 7;
		const field = type.byNumber.get(number);
		if (field === undefined) {
			if (!budget.dropUnknown) throw new WireError(`unknown field ${number}`);
			input.skip(wireType);
			continue;
		}
		const label = field.label;
		try {
			if (label === "repeated") {
				readRepeated(input, wireType, field, out[field.key] as MessageValue[], budget);
				continue;
			}
			if (label === "map") {
				readEntry(input, wireType, field, out[field.key] as MessageDraft, budget);
				continue;
			}
			if ((seen & (1 << number)) !== 0) throw new WireError("given more than once");
			seen |= 1 << number;
			if (label === "oneof" && out[field.key] !== null) throw new WireError("two members of one oneof");
			const v = readOne(input, wireType, field, budget);
			out[field.key] = label === "oneof" ? { [field.variant ?? field.name]: v } : v;
		} catch (e) {
			throw inField(e, `.${field.name}`);
		}
	}
	return out;
}

function inField(e: unknown, path: string): unknown {
	if (e instanceof MessageError) return new MessageError(path + e.path, e.message.slice(e.path.length + 2));
	return new MessageError(path, messageOf(e));
}

function spend(budget: Budget): void {
	if (--budget.left < 0) throw new WireError("too many elements");
}

function readRepeated(input: StrictReader, wireType: number, f: Field, list: MessageValue[], budget: Budget): void {
	const packable = f.message === undefined && f.scalar !== "string" && f.scalar !== "bytes";
	if (packable && wireType === lengthDelimited) {
		const packed = new StrictReader(input.bytes());
		while (!packed.done) {
			spend(budget);
			list.push(readScalar(packed, f));
		}
		return;
	}
	spend(budget);
	try {
		list.push(readOne(input, wireType, f, budget));
	} catch (e) {
		throw inField(e, `[${list.length}]`);
	}
}

function readEntry(input: StrictReader, wireType: number, f: Field, map: MessageDraft, budget: Budget): void {
	if (wireType !== lengthDelimited) throw new WireError(`wire type ${wireType}`);
	spend(budget);
	const entry = new StrictReader(input.bytes());
	let key: string | undefined;
	let value: MessageValue | undefined;
	while (!entry.done) {
		const tag = entry.tag();
		if (tag === ((1 << 3) | lengthDelimited) && key === undefined) key = entry.string();
		else if (tag >>> 3 === 2 && value === undefined) value = readOne(entry, tag & 7, f, budget);
		else throw new WireError(`field ${tag >>> 3} is unknown or given more than once in a map entry`);
	}
	key ??= "";
	if (Object.hasOwn(map, key)) throw new WireError(`two entries for ${JSON.stringify(key.slice(0, 100))}`);
	value ??= f.message === undefined ? defaultOf({ ...f, label: "singular" }) : emptyMessage(f.message);
	setEntry(map, key, value);
}

function readOne(input: StrictReader, wireType: number, f: Field, budget: Budget): MessageValue {
	const wanted = f.message !== undefined || f.scalar === "string" || f.scalar === "bytes" ? lengthDelimited : 0;
	if (wireType !== wanted) throw new WireError(`wire type ${wireType} where ${wanted} belongs`);
	if (f.message === undefined) return readScalar(input, f);
	spend(budget);
	return decode(input.bytes(), f.message, budget);
}

function readScalar(input: StrictReader, f: Field): MessageValue {
	switch (f.scalar) {
		case "string":
			return input.string();
		case "bytes":
			return input.bytes();
		case "bool":
			return input.bool();
		case "uint32":
			return input.uint32();
		case "uint64":
			return input.uint64();
		case "int64":
			return input.int64();
		default:
			return input.int32();
	}
}
