/**
 * Message objects to protobuf bytes, canonically: fields by ascending number, defaults left out,
 * numbers packed. In: an object as decode.ts or serde.ts makes them. Out: the bytes the agent gets,
 * which say exactly what the policy saw.
 */
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { isWellFormed } from "../../value/utf8.ts";
import type { Field, MessageType } from "./descriptors.ts";
import { MessageError, type MessageObject, type MessageValue } from "./message.ts";

export function encodeMessage(message: MessageObject, type: MessageType): Uint8Array {
	if (type.fields.length === 0) return none;
	const out = new BinaryWriter();
	encode(out, message, type);
	return out.finish();
}

const none = new Uint8Array(0);
const lengthDelimited = 2;

const ascending = new WeakMap<MessageType, readonly Field[]>();

function fieldsOf(type: MessageType): readonly Field[] {
	let sorted = ascending.get(type);
	if (sorted === undefined) {
		sorted = [...type.fields].sort((a, b) => a.number - b.number);
		ascending.set(type, sorted);
	}
	return sorted;
}

function encode(out: BinaryWriter, message: MessageObject, type: MessageType): void {
	for (const f of fieldsOf(type)) {
		const v = message[f.key];
		if (v === undefined || v === null) continue;
		switch (f.label) {
			case "singular":
				if (f.message !== undefined || !isDefault(v)) writeOne(out, v, f);
				break;
			case "optional":
				writeOne(out, v, f);
				break;
			case "oneof": {
				const member = (v as MessageObject)[f.variant ?? f.name];
				if (member !== undefined) writeOne(out, member, f);
				break;
			}
			case "repeated":
				writeRepeated(out, v as readonly MessageValue[], f);
				break;
			case "map":
				for (const k of Object.keys(v)) writeEntry(out, k, (v as MessageObject)[k] ?? null, f);
		}
	}
}

function isDefault(v: MessageValue): boolean {
	return v === "" || v === 0 || v === 0n || v === false || (v instanceof Uint8Array && v.length === 0);
}

function writeRepeated(out: BinaryWriter, list: readonly MessageValue[], f: Field): void {
	if (list.length === 0) return;
	if (f.message !== undefined || f.scalar === "string" || f.scalar === "bytes") {
		for (const v of list) writeOne(out, v, f);
		return;
	}
	out.tag(f.number, lengthDelimited).fork();
	for (const v of list) writeScalar(out, v, f);
	out.join();
}

function writeEntry(out: BinaryWriter, key: string, value: MessageValue, f: Field): void {
	out.tag(f.number, lengthDelimited).fork();
	out.tag(1, lengthDelimited).string(wellFormed(key, f));
	writeOne(out, value, { ...f, number: 2, label: "singular" });
	out.join();
}

function writeOne(out: BinaryWriter, v: MessageValue, f: Field): void {
	if (f.message !== undefined) {
		out.tag(f.number, lengthDelimited).fork();
		encode(out, v as MessageObject, f.message);
		out.join();
		return;
	}
	out.tag(f.number, f.scalar === "string" || f.scalar === "bytes" ? lengthDelimited : 0);
	writeScalar(out, v, f);
}

function writeScalar(out: BinaryWriter, v: MessageValue, f: Field): void {
	switch (f.scalar) {
		case "string":
			out.string(wellFormed(v as string, f));
			return;
		case "bytes":
			out.bytes(v as Uint8Array);
			return;
		case "bool":
			out.bool(v as boolean);
			return;
		case "uint32":
			out.uint32(v as number);
			return;
		case "uint64":
			out.uint64(v as number | bigint);
			return;
		case "int64":
			out.int64(v as number | bigint);
			return;
		default:
			out.int32(v as number);
	}
}

/** An unpaired surrogate has no UTF-8 form: writing one would send other text than the policy saw. */
function wellFormed(text: string, f: Field): string {
	if (!isWellFormed(text)) {
		throw new MessageError(f.name, "text with an unpaired surrogate");
	}
	return text;
}
