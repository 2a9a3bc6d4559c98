/** Descriptors, strict decoding and canonical encoding, with @bufbuild/protobuf as the second opinion. */
import { createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sampleReply } from "../../src/agent/kit/fake-agent.ts";
import { decodeMessage, elementLimit } from "../../src/agent/protocol/decode.ts";
import { type Field, type MessageType, parseProtos } from "../../src/agent/protocol/descriptors.ts";
import { encodeMessage } from "../../src/agent/protocol/encode.ts";
import { MessageError, type MessageObject, type MessageValue, toInput } from "../../src/agent/protocol/message.ts";
import { policyInput } from "../../src/agent/protocol/policy-input.ts";
import { findMessage, messageType, policyRequests, protocol } from "../../src/agent/protocol/protocol.ts";
import { fromSerde } from "../../src/agent/protocol/serde.ts";
import { Code, TtrpcError } from "../../src/agent/ttrpc/status.ts";
import { descriptorSet } from "./descriptor-set.ts";
import { readShared, sharedFolder } from "./shared.ts";

/** Any message of a type. */
function arbitrary(type: MessageType): fc.Arbitrary<MessageObject> {
	const fields: Record<string, fc.Arbitrary<MessageValue>> = {};
	for (const f of type.fields) fields[f.key] = arbitraryField(f);
	return fc.record(fields) as fc.Arbitrary<MessageObject>;
}

function arbitraryField(f: Field): fc.Arbitrary<MessageValue> {
	const one = f.message === undefined ? arbitraryScalar(f.scalar) : arbitrary(f.message);
	switch (f.label) {
		case "repeated":
			return fc.array(one, { maxLength: 3 });
		case "map":
			return fc.dictionary(fc.string({ unit: "grapheme", maxLength: 5 }), one, { maxKeys: 3 });
		case "optional":
			return fc.option(one);
		case "oneof":
			return fc.option(one.map((v) => ({ [f.variant ?? ""]: v })));
		default:
			return f.message === undefined ? one : fc.option(one);
	}
}

function safe(v: bigint): number | bigint {
	return v >= -9007199254740991n && v <= 9007199254740991n ? Number(v) : v;
}

function arbitraryScalar(scalar: string | undefined): fc.Arbitrary<MessageValue> {
	switch (scalar) {
		case "string":
			return fc.string({ unit: "grapheme", maxLength: 40 });
		case "bytes":
			return fc.uint8Array({ maxLength: 40 });
		case "bool":
			return fc.boolean();
		case "uint32":
			return fc.nat(0xffffffff);
		case "uint64":
			return fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }).map(safe);
		case "int64":
			return fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }).map(safe);
		default:
			return fc.integer();
	}
}

const other = createFileRegistry(descriptorSet());
const olderMessages: ReadonlySet<string> = new Set(
	["StartTracingRequest", "StopTracingRequest", "PullImageRequest", "PullImageResponse"].map((n) => `grpc.${n}`),
);
const types = [...protocol.messages.values()];

describe("descriptors", () => {
	it("has the agent's 42 methods and three of older ones, and a rule name for each", () => {
		expect(protocol.services.get("grpc.AgentService")?.methods.size).toBe(45);
		expect(protocol.services.get("grpc.Image")?.methods.size).toBe(1);
		expect(protocol.services.get("grpc.Health")?.methods.size).toBe(2);
		expect(policyRequests.map((r) => r.name)).toContain("MemAgentMemcgConfig");
	});

	it.skipIf(sharedFolder("reference") === undefined)("agrees with the recorded protocol", () => {
		const recorded = JSON.parse(readShared("reference", "agent-protocol.json")) as {
			services: Record<string, Record<string, [string, string]>>;
			messages: Record<
				string,
				Record<string, { id: number; type: string; repeated?: boolean; optional?: boolean; oneof?: string }>
			>;
			enums: Record<string, unknown>;
		};
		const enumNames = new Set(Object.keys(recorded.enums).map((e) => e.slice(e.lastIndexOf(".") + 1)));
		const short = (t: string): string => t.slice(t.lastIndexOf(".") + 1);
		const label = (f: { type: string; repeated?: boolean; optional?: boolean; oneof?: string }): string =>
			f.oneof
				? "oneof"
				: f.type.startsWith("map<")
					? "map"
					: f.repeated
						? "repeated"
						: f.optional
							? "optional"
							: "singular";
		const wanted: Record<string, unknown> = {};
		for (const [name, fields] of Object.entries(recorded.messages)) {
			wanted[name] = Object.entries(fields).map(([n, f]) => {
				const type = short(/^map<string,(.*)>$/.exec(f.type)?.[1] ?? f.type);
				return [n, f.id, label(f), enumNames.has(type) ? "enum" : type];
			});
		}
		const have: Record<string, unknown> = {};
		for (const [name, m] of protocol.messages) {
			if (!olderMessages.has(name))
				have[name] = [...m.byNumber.values()].map((f) => [f.name, f.number, f.label, f.scalar ?? f.message?.name]);
		}
		expect(have).toEqual(wanted);
		for (const [service, methods] of Object.entries(recorded.services)) {
			const all = [...(protocol.services.get(service)?.methods.values() ?? [])];
			const ours = all.filter((m) => !olderMessages.has(m.request.fullName));
			expect(ours.map((m) => [m.name, m.request.name, short(m.response.fullName)])).toEqual(
				Object.entries(methods).map(([n, [a, b]]) => [n, short(a), short(b)]),
			);
		}
	});
});

describe("encoding", () => {
	it("round-trips a message with something in every field, for every type", () => {
		for (const type of types) {
			const message = sampleReply(type);
			expect(decodeMessage(encodeMessage(message, type), type)).toEqual(message);
		}
	});

	it("writes the bytes that the other library reads and writes", () => {
		const typed = types.filter((t) => t.fields.length > 0).map((t) => arbitrary(t).map((message) => ({ t, message })));
		fc.assert(
			fc.property(fc.oneof(...typed), ({ t, message }) => {
				const bytes = encodeMessage(message, t);
				expect(decodeMessage(bytes, t)).toEqual(message);
				const schema = other.getMessage(t.fullName);
				if (schema === undefined) throw new Error(t.fullName);
				const again = toBinary(schema, fromBinary(schema, bytes));
				expect(Buffer.from(again).toString("hex")).toBe(Buffer.from(bytes).toString("hex"));
			}),
			{ numRuns: 300 },
		);
	});

	it("refuses bytes or reads them as the other library does", () => {
		const t = messageType("CreateContainerRequest");
		const schema = other.getMessage(t.fullName);
		if (schema === undefined) throw new Error(t.fullName);
		const seed = encodeMessage(sampleReply(t), t);
		const edits = fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
		let accepted = 0;
		fc.assert(
			fc.property(edits, fc.nat(seed.length), (changes, cut) => {
				const bytes = Uint8Array.from(changes.length % 2 === 0 ? seed : seed.subarray(0, cut));
				for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
				let message: MessageObject;
				try {
					message = decodeMessage(bytes, t);
				} catch (e) {
					expect(e).toBeInstanceOf(MessageError);
					return;
				}
				accepted++;
				const again = toBinary(schema, fromBinary(schema, bytes));
				expect(Buffer.from(encodeMessage(message, t)).toString("hex")).toBe(Buffer.from(again).toString("hex"));
			}),
			{ numRuns: 2000 },
		);
		expect(accepted).toBeGreaterThan(10);
	});
});

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("what has no encoding", () => {
	const unpaired: readonly (readonly [note: string, type: string, message: MessageObject, path: RegExp])[] = [
		["a field", "StartContainerRequest", { container_id: "a\ud800" }, /container_id: text with an unpaired surrogate/],
		["a map's key", "Spec", { Annotations: { "\udc00": "x" } }, /Annotations.*: text with an unpaired surrogate/],
		["a map's value", "Spec", { Annotations: { x: "\udc00\ud800" } }, /Annotations.*: text with an unpaired surrogate/],
	];
	for (const [note, type, message, why] of unpaired)
		it(`refuses an unpaired surrogate in ${note}`, () => {
			expect(() => encodeMessage(message, messageType(type))).toThrow(why);
		});
	it("takes a pair", () => {
		const type = messageType("StartContainerRequest");
		expect(decodeMessage(encodeMessage({ container_id: "😀" }, type), type)).toEqual({ container_id: "😀" });
	});
});

describe("what a policy sees of bytes", () => {
	const { messages } = parseProtos([
		`syntax = "proto3";
		package t;
		message In { bytes b = 1; string s = 2; }
		message Out { repeated In list = 1; map<string, In> named = 2; In one = 3; repeated bytes many = 4; }`,
	]);
	const type = [...messages.values()].find((m) => m.name === "Out") as MessageType;
	it("is numbers, wherever they stand", () => {
		const inner = { b: Uint8Array.of(1, 255), s: "x" };
		const message = {
			list: [inner, inner],
			named: { k: inner, __proto__x: inner },
			one: inner,
			many: [Uint8Array.of(7)],
		};
		const seen = { b: [1, 255], s: "x" };
		expect(toInput(message, type)).toEqual({
			list: [seen, seen],
			named: { k: seen, __proto__x: seen },
			one: seen,
			many: [[7]],
		});
		expect(toInput({ list: [], named: {}, one: null, many: [] }, type)).toEqual({
			list: [],
			named: {},
			one: null,
			many: [],
		});
	});
});

it("a link whose target is no text is nothing to ask a policy about", () => {
	const type = messageType("CopyFileRequest");
	const link = { path: "/a", file_mode: 0o120777, data: Uint8Array.of(0xff) };
	let thrown: unknown;
	try {
		policyInput(link, type);
	} catch (e) {
		thrown = e;
	}
	expect(thrown).toBeInstanceOf(TtrpcError);
	expect(thrown).toMatchObject({
		code: Code.INTERNAL,
		message: "parsing CopyFileRequest for policy: CopyFileRequest.data: invalid symlink content: not UTF-8",
	});
});

describe("strict decoding", () => {
	const refused: readonly {
		readonly note: string;
		readonly type: string;
		readonly bytes: string;
		readonly why: RegExp;
	}[] = [
		{
			note: "unknown field",
			type: "StartContainerRequest",
			bytes: "0a0161 f80101",
			why: /StartContainerRequest: unknown field 31/,
		},
		{ note: "field 0", type: "StartContainerRequest", bytes: "020161", why: /field number 0/ },
		{
			note: "singular field twice",
			type: "StartContainerRequest",
			bytes: "0a0161 0a0162",
			why: /container_id: given more than once/,
		},
		{
			note: "message field twice",
			type: "ExecProcessRequest",
			bytes: "2200 2200",
			why: /process: given more than once/,
		},
		{ note: "invalid UTF-8", type: "StartContainerRequest", bytes: "0a01ff", why: /container_id: invalid UTF-8/ },
		{ note: "surrogate in UTF-8", type: "StartContainerRequest", bytes: "0a03eda080", why: /invalid UTF-8/ },
		{ note: "overlong UTF-8", type: "StartContainerRequest", bytes: "0a02c080", why: /invalid UTF-8/ },
		{ note: "overlong varint", type: "RemoveContainerRequest", bytes: "108100", why: /timeout: overlong varint/ },
		{ note: "overlong tag", type: "RemoveContainerRequest", bytes: "900001", why: /overlong varint/ },
		{ note: "overlong length", type: "StartContainerRequest", bytes: "0a810061", why: /overlong varint/ },
		{ note: "32-bit overflow", type: "RemoveContainerRequest", bytes: "108080808010", why: /exceeds 32 bits/ },
		{ note: "64-bit overflow", type: "CopyFileRequest", bytes: "10ffffffffffffffffff02", why: /exceeds 64 bits/ },
		{ note: "bool 2", type: "OnlineCPUMemRequest", bytes: "0802", why: /wait: a bool/ },
		{ note: "wrong wire type", type: "StartContainerRequest", bytes: "0801", why: /wire type 0 where 2 belongs/ },
		{ note: "group", type: "StartContainerRequest", bytes: "0b0c", why: /wire type 3/ },
		{ note: "truncated varint", type: "RemoveContainerRequest", bytes: "1080", why: /truncated/ },
		{ note: "truncated string", type: "StartContainerRequest", bytes: "0a0561", why: /past the end/ },
		{ note: "huge length", type: "StartContainerRequest", bytes: "0affffffff0f", why: /past the end/ },
		{
			note: "map key twice",
			type: "Spec",
			bytes: "3a060a016112016b 3a060a01611201 6c",
			why: /Annotations: two entries for "a"/,
		},
		{
			note: "map value twice",
			type: "Spec",
			bytes: "3a09 0a0161 12016b 12016c",
			why: /Annotations: field 2 is unknown or given more than once/,
		},
		{
			note: "a map entry's key twice",
			type: "Spec",
			bytes: "3a09 0a0161 0a0162 12016b",
			why: /Annotations: field 1 is unknown or given more than once/,
		},
		{ note: "a map entry that is a number", type: "Spec", bytes: "3801", why: /Annotations: wire type 0/ },
		{ note: "a map value that is a number", type: "Spec", bytes: "3a05 0a0161 1001", why: /wire type 0/ },
		{ note: "unknown field in map entry", type: "Spec", bytes: "3a021801", why: /Annotations: field 3/ },
		{
			note: "path into lists",
			type: "CreateContainerRequest",
			bytes: "2200 220308 0a00",
			why: /CreateContainerRequest\.devices\[1\]/,
		},
	];
	for (const c of refused) {
		it(c.note, () => expect(() => decodeMessage(hex(c.bytes), messageType(c.type))).toThrow(c.why));
	}

	it("can leave unknown fields out, whatever their wire type", () => {
		const bytes = hex("0a0161 f80101 fa01021234 fd0101020304 f9010102030405060708");
		const message = decodeMessage(bytes, messageType("StartContainerRequest"), { unknownFields: "drop" });
		expect(message).toEqual({ container_id: "a" });
	});

	it("keeps a byte order mark and a NUL", () => {
		const m = decodeMessage(hex("0a04efbbbf00"), messageType("StartContainerRequest"));
		expect(m).toEqual({ container_id: "\ufeff\0" });
	});

	it("keeps hostile map keys as keys", () => {
		const type = messageType("Spec");
		const annotations = JSON.parse('{"__proto__":"x","constructor":"y"}') as MessageObject;
		const m = decodeMessage(encodeMessage({ Annotations: annotations }, type), type);
		expect(Object.keys(m["Annotations"] as object)).toEqual(["__proto__", "constructor"]);
		expect(({} as { x?: string }).x).toBeUndefined();
	});

	it("bounds what tiny elements can grow into", () => {
		const bytes = new Uint8Array(4 << 20);
		for (let i = 0; i < bytes.length; i += 2) bytes[i] = 0x22;
		expect(() => decodeMessage(bytes, messageType("CreateContainerRequest"))).toThrow(/too many elements/);
	});

	it("accepts both forms of repeated numbers", () => {
		const user = findMessage("User") as MessageType;
		const of = (list: string): unknown =>
			(decodeMessage(hex(list), user) as { AdditionalGids: unknown }).AdditionalGids;
		expect(of("1801 1802")).toEqual([1, 2]);
		expect(of("1a020102")).toEqual([1, 2]);
	});

	it("keeps 64-bit integers exact", () => {
		const type = messageType("POSIXRlimit");
		const m = { Type: "x", Hard: 18446744073709551615n, Soft: 9007199254740993n };
		expect(decodeMessage(encodeMessage(m, type), type)).toEqual(m);
	});
});

it("most elements of each request: those that may be large are few", () => {
	const limits = policyRequests.map((r) => [r.name, elementLimit(r)] as const).filter(([, most]) => most !== 1000);
	expect(Object.fromEntries(limits)).toEqual({
		CreateContainerRequest: 50_000,
		ExecProcessRequest: 20_000,
		UpdateContainerRequest: 10_000,
		CreateSandboxRequest: 10_000,
		UpdateEphemeralMountsRequest: 10_000,
		UpdateRoutesRequest: 10_000,
		UpdateInterfaceRequest: 10_000,
		AddARPNeighborsRequest: 10_000,
	});
	const type = messageType("UpdateRoutesRequest");
	const routes = (n: number): Uint8Array =>
		encodeMessage(fromSerde({ routes: { Routes: Array.from({ length: n }, () => ({ dest: "a" })) } }, type), type);
	const most = { maxElements: 100 };
	expect(() => decodeMessage(routes(10), type, most)).not.toThrow();
	expect(() => decodeMessage(routes(200), type, most)).toThrow(MessageError);
});
