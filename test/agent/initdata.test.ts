/** Initdata in each of its forms, what is wrong with others, and its text as Kata's generator writes it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { parse as parseToml } from "smol-toml";
import { describe, expect, test } from "vitest";
import { initdataMagic, readInitdata, readInitdataFile } from "../../src/agent/policy/initdata.ts";
import {
	initdataAnnotationValue,
	initdataDigest,
	tomlKey,
	tomlString,
	writeInitdata,
} from "../../src/agent/policy/initdata-text.ts";
import { messageOf } from "./message-of.ts";

const text = 'version = "0.1.0"\nalgorithm = "sha256"\n\n[data]\n"policy.rego" = "package agent_policy"\n';
const digest = Buffer.from(initdataDigest(text, "sha256")).toString("hex");

function device(data: Uint8Array, length = data.length, more = 0): Buffer {
	const head = Buffer.alloc(8);
	head.writeBigUInt64LE(BigInt(length));
	return Buffer.concat([initdataMagic, head, data, Buffer.alloc(more)]);
}
describe("reading", () => {
	const packed = gzipSync(text);
	const forms: readonly (readonly [string, Uint8Array | string])[] = [
		["text", text],
		["bytes", Buffer.from(text)],
		["a part of other bytes", Buffer.concat([Buffer.from("x"), Buffer.from(text)]).subarray(1)],
		["gzip", packed],
		["base64 of gzip", packed.toString("base64")],
		["base64 in lines", packed.toString("base64").replace(/.{20}/g, "$&\n ")],
		["base64 of text", Buffer.from(text).toString("base64")],
		["a device", device(packed)],
		["a larger device", device(packed, packed.length, 1000)],
	];
	test.each(forms)("%s", (_note, given) => {
		const initdata = readInitdata(given);
		expect([...initdata.data]).toEqual([["policy.rego", "package agent_policy"]]);
		expect(Buffer.from(initdata.digest).toString("hex")).toBe(digest);
		expect(Buffer.from(initdata.raw).toString()).toBe(text);
	});

	test("algorithms have two names", () => {
		const algorithm = (name: string) => readInitdata(text.replace("sha256", name));
		const rows = ["sha256", "sha-256", "sha384", "sha-384", "sha512", "sha-512"].map((n) => algorithm(n));
		expect(rows.map((i) => [i.algorithm, i.digest.length])).toEqual(
			[256, 256, 384, 384, 512, 512].map((n) => [`sha${n}`, n / 8]),
		);
	});

	const wrong: readonly (readonly [string, Uint8Array | string, RegExp])[] = [
		["another version", text.replace("0.1.0", "0.2.0"), /^initdata: version "0\.2\.0" is not 0\.1\.0$/],
		["no version", text.replace(/^version.*\n/, ""), /version undefined is not/],
		["another algorithm", text.replace("sha256", "md5"), /algorithm "md5" is not sha256, sha384 or sha512$/],
		["no data", text.replace("[data]", "[other]"), /there is no \[data\]$/],
		["data of another kind", 'version = "0.1.0"\nalgorithm = "sha256"\ndata = 1\n', /there is no \[data\]$/],
		["an entry of another kind", text.replace(/"package agent_policy"/, "1"), /data\."policy\.rego" is not a string$/],
		["no TOML", "version", /^initdata: not TOML: [^\n]*$/],
		["no UTF-8", Buffer.from([0xff, 0x3d]), /^initdata: not TOML: /],
		["a device that ends early", device(packed, packed.length + 1), /the device ends before its data do$/],
		["a device of something else", device(Buffer.from(text)), /the device's data are not gzip$/],
		["a device that is too large", device(packed, (64 << 20) + 1), /a length of 67108865 bytes exceeds 67108864$/],
		["a device of no bytes", device(Buffer.alloc(0)), /the device's data are not gzip$/],
		["what begins as gzip does, and is none", Buffer.from([0x1f, 0x3d, 0x31]), /^initdata: not TOML: /],
		["what goes on as gzip does, and is none", Buffer.from([0x61, 0x8b, 0x31]), /^initdata: not TOML: /],
		["the beginning of a device", Buffer.from("initdata"), /^initdata: not TOML: /],
		["the beginning of gzip", Buffer.from([0x1f, 0x8b]), /^initdata: not TOML: /],
		["gzip that ends", packed.subarray(0, 20), /^initdata: cannot unpack: /],
	];
	test.each(wrong)("%s", (_note, given, want) => expect(messageOf(() => readInitdata(given))).toMatch(want));

	test("no more than so many bytes", () => {
		const size = Buffer.byteLength(text);
		for (const given of [text, packed, device(packed), packed.toString("base64")]) {
			expect(readInitdata(given, { maxBytes: size }).version).toBe("0.1.0");
			expect(messageOf(() => readInitdata(given, { maxBytes: size - 1 }))).toMatch(/larger than|cannot unpack/);
		}
	});

	test("from a file, a device no further than its header says", () => {
		const folder = mkdtempSync(join(tmpdir(), "initdata-"));
		try {
			const path = join(folder, "initdata");
			const large = text.replace("package agent_policy", "x".repeat((1 << 20) + 100_000));
			for (const given of [text, device(packed), device(packed, packed.length, 5000), large, gzipSync(large)]) {
				writeFileSync(path, given);
				const isLarge = given === large || (given.length < 5000 && given[0] === 0x1f);
				expect(readInitdataFile(path).raw.length).toBe(isLarge ? large.length : text.length);
			}
			writeFileSync(path, device(packed, packed.length + 1));
			expect(messageOf(() => readInitdataFile(path))).toMatch(/ends before its data do$/);
			expect(messageOf(() => readInitdataFile(join(folder, "none")))).toMatch(/^initdata: ENOENT/);
			expect(messageOf(() => readInitdataFile(folder))).toMatch(/^initdata: EISDIR/);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});

describe("writing", () => {
	const texts: readonly (readonly [string, string])[] = [
		["plain", '"plain"'],
		["tab\there", '"tab\\there"'],
		['say "hi"', "'say \"hi\"'"],
		["back\\slash", "'back\\slash'"],
		['it\'s "it"', '"""it\'s "it""""'],
		["it's \\", "'''it's \\'''"],
		["lines\nof text", '"""\nlines\nof text"""'],
		["lines\nwith \\", "'''\nlines\nwith \\'''"],
		['lines\nwith """', "'''\nlines\nwith \"\"\"'''"],
		["lines\nwith \"\"\" and '''", '"""\nlines\nwith ""\\" and \'\'\'"""'],
		["\u0000", '"\\u0000"'],
		["\u001f\u007f", '"\\u001F\\u007F"'],
		["\b\f\r", '"\\b\\f\\r"'],
		["control\u0001\nline", '"""\ncontrol\\u0001\nline"""'],
		["", '""'],
	];
	test.each(texts)("%j", (value, want) => {
		expect(tomlString(value)).toBe(want);
		expect(parseToml(`k = ${want}`)["k"]).toBe(value);
	});
	const keys: readonly (readonly [string, string])[] = [
		["aB-_9", "aB-_9"],
		["policy.rego", '"policy.rego"'],
		["", '""'],
		["a b", '"a b"'],
		['a"b', "'a\"b'"],
		["a\\b", "'a\\b'"],
		["a'b", '"a\'b"'],
		["a'\"b", '"a\'\\"b"'],
		["a\nb", '"a\\nb"'],
		["a\u0001b", '"a\\u0001b"'],
		["a\tb", '"a\\tb"'],
	];
	test.each(keys)("key %j", (name, want) => {
		expect(tomlKey(name)).toBe(want);
		expect(Object.keys(parseToml(`${want} = 1`))).toEqual([name]);
	});
	test("any texts, sorted by their names, are read as they were", () => {
		const unit = fc.constantFrom(
			"a",
			'"',
			"'",
			"\\",
			"\n",
			"\t",
			"\r",
			"\u0001",
			"\u007f",
			"é",
			"😀",
			"=",
			"#",
			'"""',
			"'''",
		);
		const string = fc.array(unit, { maxLength: 8 }).map((u) => u.join(""));
		fc.assert(
			fc.property(fc.dictionary(string, string, { maxKeys: 4 }), (entries) => {
				const data = new Map(Object.entries(entries));
				const written = writeInitdata({ version: "0.1.0", algorithm: "sha384", data });
				const read = readInitdata(written);
				expect(new Map(read.data)).toEqual(data);
				expect(writeInitdata({ version: "0.1.0", algorithm: "sha384", data: new Map([...data].reverse()) })).toBe(
					written,
				);
				expect(Buffer.from(read.digest)).toEqual(Buffer.from(initdataDigest(written, "sha384")));
				expect(Buffer.from(readInitdata(initdataAnnotationValue(written)).raw).toString()).toBe(written);
			}),
			{ numRuns: 100 },
		);
	});
});
