/**
 * `uuid.parse` and `uuid.rfc4122`. Parsing accepts the spellings of google/uuid (plain, urn:uuid:,
 * in braces or any two characters, without dashes) and decodes the fields that versions 1 and 2 carry.
 */
import { byteAt } from "../at.ts";
import { fromBigInt } from "../value/number.ts";
import type { ObjectValue, PlainObject, Value } from "../value/value.ts";
import { type Builtin, type ContextWith, define, ofModule, type PureContext, t } from "./define.ts";

const dashed = /^([0-9a-fA-F]{8})-([0-9a-fA-F]{4})-([0-9a-fA-F]{4})-([0-9a-fA-F]{4})-([0-9a-fA-F]{12})/;

/** The 32 hex digits of a UUID in any accepted spelling. */
function hexDigits(text: string): string | undefined {
	// Lengths are bytes in Go; an accepted spelling is ASCII throughout.
	if (!/^[\0-\x7f]{32,45}$/.test(text)) return undefined;
	let body = text;
	switch (text.length) {
		case 32:
			return /^[0-9a-fA-F]{32}$/.test(text) ? text : undefined;
		case 36:
			break;
		case 38:
			body = text.slice(1);
			break;
		case 45:
			if (!/^urn:uuid:/i.test(text)) return undefined;
			body = text.slice(9);
			break;
		default:
			return undefined;
	}
	const m = dashed.exec(body);
	return m === null ? undefined : m.slice(1).join("");
}

/** The variant field, by the top bits of the ninth byte. */
function variant(byte: number): string {
	if ((byte & 0xc0) === 0x80) return "RFC4122";
	if ((byte & 0xe0) === 0xc0) return "Microsoft";
	return (byte & 0xe0) === 0xe0 ? "Future" : "Reserved";
}

/** What the first byte of a MAC address says of it. */
function macVariables(first: number): string {
	return `${(first & 2) !== 0 ? "local" : "global"}:${(first & 1) !== 0 ? "multicast" : "unicast"}`;
}

function domainName(domain: number): string {
	return ["Person", "Group", "Org"][domain] ?? `Domain${domain}`;
}

/** 100 ns intervals between 1582-10-15 and 1970-01-01. */
const gregorianOffset = 0x01b2_1dd2_1381_4000n;

/** Nanoseconds since 1970 of the 60-bit timestamp, wrapped as Go's int64. */
function unixNanoseconds(hex: string): Value {
	const ticks = BigInt(`0x${hex.slice(13, 16)}${hex.slice(8, 12)}${hex.slice(0, 8)}`);
	return fromBigInt(BigInt.asIntN(64, (ticks - gregorianOffset) * 100n));
}

function parse(_: PureContext, text: Value): ObjectValue | undefined {
	const hex = typeof text === "string" ? hexDigits(text) : undefined;
	if (hex === undefined) return undefined;
	const byte = (i: number): number => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
	const version = byte(6) >> 4;
	const common: PlainObject = { version, variant: variant(byte(8)) };
	if (version !== 1 && version !== 2) return common;
	const node = hex.slice(20).toLowerCase();
	const timed: PlainObject = {
		...common,
		time: unixNanoseconds(hex),
		nodeid: (node.match(/../g) ?? []).join("-"),
		macvariables: macVariables(byte(10)),
		clocksequence: ((byte(8) << 8) | byte(9)) & 0x3fff,
	};
	if (version === 1) return timed;
	return { ...timed, id: Number.parseInt(hex.slice(0, 8), 16), domain: domainName(byte(9)) };
}

function rfc4122(ctx: ContextWith<"randomBytes">, seed: string): string {
	const key = `uuid.rfc4122\u0000${seed}`;
	const kept = ctx.queryCache.get(key);
	if (kept !== undefined) return kept as string;
	const bytes = Uint8Array.from(ctx.randomBytes(16));
	bytes[6] = (byteAt(bytes, 6) & 0x0f) | 0x40;
	bytes[8] = (byteAt(bytes, 8) & 0x3f) | 0x80;
	const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
	const result = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
	ctx.queryCache.set(key, result);
	return result;
}

export const uuid: readonly Builtin[] = ofModule("uuid", [
	define("uuid.parse", {
		category: "uuid",
		pure: true,
		args: [["uuid", t.string, "UUID string to parse"]],
		resultName: "result",
		result: t.map(t.string, t.any),
		resultDoc: "version, variant and, for versions 1 and 2, the encoded fields; undefined if not a UUID",
		doc: "Decodes a UUID.",
		since: "0.57.0",
		eval: parse,
	}),
	define("uuid.rfc4122", {
		category: "uuid",
		reads: ["randomBytes"],
		args: [["k", t.string, "seed: tells one UUID of a query from another"]],
		resultName: "output",
		result: t.string,
		resultDoc: "a version 4 UUID",
		doc: "A random UUID. Within one query the same operand gives the same UUID.",
		nondeterministic: true,
		since: "0.20.0",
		eval: rfc4122,
	}),
]);
