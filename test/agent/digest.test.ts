/** Initdata in all its wrappings, digests in all their fields, and where expected values come from. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { AgentPolicy } from "../../src/agent/policy/agent-policy.ts";
import {
	checkDigest,
	fileDigest,
	hexDigest,
	policyDigest,
	reportDigest,
	teeValue,
	toHex,
} from "../../src/agent/policy/digest.ts";
import { chooseDigest } from "../../src/agent/policy/digest-option.ts";
import { readInitdata, readInitdataFile } from "../../src/agent/policy/initdata.ts";
import { readPolicySource } from "../../src/agent/policy/source.ts";

const folder = mkdtempSync(join(tmpdir(), "rego-digest-"));
afterAll(() => rmSync(folder, { recursive: true }));

const rego = "package agent_policy\n\nStartContainerRequest := true\n";

function toml(algorithm = "sha256", policy = rego): string {
	return `version = "0.1.0"\nalgorithm = "${algorithm}"\n\n[data]\n"policy.rego" = '''\n${policy}'''\n"aa.toml" = "x"\n`;
}

function device(text: string, length?: bigint): Buffer {
	const data = gzipSync(text);
	const head = Buffer.alloc(16);
	head.write("initdata");
	head.writeBigUInt64LE(length ?? BigInt(data.length), 8);
	return Buffer.concat([head, data, Buffer.alloc(512)]);
}

describe("initdata", () => {
	const text = toml();
	const forms: readonly (readonly [string, Buffer])[] = [
		["TOML", Buffer.from(text)],
		["gzip", gzipSync(text)],
		["base64 of gzip", Buffer.from(gzipSync(text).toString("base64"))],
		["a device", device(text)],
	];
	for (const [note, bytes] of forms) {
		it(`reads ${note}`, () => {
			const initdata = readInitdata(bytes);
			expect(initdata.data.get("policy.rego")).toBe(rego);
			expect(toHex(initdata.digest)).toBe(createHash("sha256").update(text).digest("hex"));
		});
	}

	for (const [name, hash] of [
		["sha384", "sha384"],
		["sha-512", "sha512"],
		["sha-256", "sha256"],
	] as const) {
		it(`hashes with ${name}`, () => {
			const t = toml(name);
			expect(toHex(readInitdata(Buffer.from(t)).digest)).toBe(createHash(hash).update(t).digest("hex"));
		});
	}

	const bad: readonly (readonly [string, Buffer, RegExp])[] = [
		["not TOML", Buffer.from("x = = 1"), /not TOML/],
		["other version", Buffer.from(text.replace("0.1.0", "0.2.0")), /version "0.2.0"/],
		["other algorithm", Buffer.from(toml("md5")), /algorithm "md5"/],
		["no data", Buffer.from('version = "0.1.0"\nalgorithm = "sha256"\n'), /no \[data\]/],
		["data that are no text", Buffer.from('version = "0.1.0"\nalgorithm = "sha256"\n[data]\nx = 1\n'), /data\."x"/],
		["truncated gzip", gzipSync(text).subarray(0, 40), /cannot unpack/],
		["a device that ends early", device(text).subarray(0, 60), /ends before/],
		["a device that promises too much", device(text, 1n << 60n), /exceeds/],
		["a bomb", gzipSync(Buffer.alloc(65 << 20)), /cannot unpack/],
		["not UTF-8", Buffer.from([0x78, 0xff, 0xfe]), /not TOML/],
	];
	for (const [note, bytes, why] of bad) it(`refuses ${note}`, () => expect(() => readInitdata(bytes)).toThrow(why));

	it("reads a device no further than it says", () => {
		const path = join(folder, "vdb");
		writeFileSync(path, device(text));
		expect(readInitdataFile(path).data.get("policy.rego")).toBe(rego);
	});
});

describe("policy sources", () => {
	it("follows the link of an image's default policy", () => {
		writeFileSync(join(folder, "allow-all.rego"), rego);
		symlinkSync("allow-all.rego", join(folder, "default-policy.rego"));
		const source = readPolicySource({ file: join(folder, "default-policy.rego") });
		expect(source).toMatchObject({ text: rego, name: join(folder, "default-policy.rego") });
	});

	it("is every byte of a file, and UTF-8", () => {
		const file = join(folder, "bytes.rego");
		writeFileSync(file, `\ufeff${rego}`);
		expect(readPolicySource({ file }).text).toBe(`\ufeff${rego}`);
		writeFileSync(file, Buffer.of(0x61, 0xff));
		expect(() => readPolicySource({ file })).toThrow(/not UTF-8/);
	});

	it("decodes an annotation", () => {
		expect(readPolicySource({ annotation: Buffer.from(rego).toString("base64") }).text).toBe(rego);
		expect(readPolicySource({ annotation: `\n ${Buffer.from(rego).toString("base64")}\n` }).text).toBe(rego);
		for (const value of ["", "@@@@", "abc", "YQ=a"])
			expect(() => readPolicySource({ annotation: value })).toThrow(/not base64/);
		expect(() => readPolicySource({ annotation: Buffer.of(0xff, 0xfe, 0xfd).toString("base64") })).toThrow(/not UTF-8/);
	});

	it("wants a policy in initdata", () => {
		const none = Buffer.from('version = "0.1.0"\nalgorithm = "sha256"\n[data]\n"aa.toml" = ""\n');
		expect(() => readPolicySource({ initdata: none })).toThrow(/no policy\.rego/);
	});
});

describe("digests", () => {
	it("are cut and padded to the TEE's field", () => {
		const d = Buffer.from(Array.from({ length: 64 }, (_, i) => i + 1));
		expect(teeValue(d, "snp")).toEqual(new Uint8Array(d.subarray(0, 32)));
		expect([...teeValue(d.subarray(0, 32), "tdx").subarray(30)]).toEqual([31, 32, ...Array(16).fill(0)]);
		expect(teeValue(d, "cca")).toHaveLength(64);
		expect(teeValue(d, "se")).toHaveLength(256);
		expect(teeValue(d, "none")).toBe(d);
	});

	const initdata = readInitdata(Buffer.from(toml("sha384")));
	const checks: readonly {
		readonly note: string;
		readonly tee: "snp" | "tdx" | "none";
		readonly of: "policy" | "initdata";
		readonly want: string;
		readonly ok: boolean;
	}[] = [
		{ note: "policy text against HOSTDATA", tee: "snp", of: "policy", want: toHex(policyDigest(rego)), ok: true },
		{
			note: "sha384 initdata cut to HOSTDATA",
			tee: "snp",
			of: "initdata",
			want: toHex(initdata.digest.subarray(0, 32)),
			ok: true,
		},
		{ note: "sha384 initdata in MRCONFIGID", tee: "tdx", of: "initdata", want: toHex(initdata.digest), ok: true },
		{ note: "uncut digest where it must be cut", tee: "snp", of: "initdata", want: toHex(initdata.digest), ok: false },
		{ note: "zeros", tee: "snp", of: "policy", want: "00".repeat(32), ok: false },
		{ note: "a prefix", tee: "none", of: "policy", want: toHex(policyDigest(rego)).slice(0, 8), ok: false },
	];
	for (const c of checks) {
		it(c.note, () => {
			const check = (): void => checkDigest(rego, initdata, { of: c.of, tee: c.tee, expected: hexDigest(c.want) });
			if (c.ok) check();
			else expect(check).toThrow(/^digest: the (policy|initdata)'s is/);
		});
	}

	it("refuses a policy that did not come in the initdata to be checked", () => {
		const expected = hexDigest("00");
		expect(() => checkDigest(rego, undefined, { of: "initdata", tee: "snp", expected })).toThrow(
			/did not come in initdata/,
		);
	});

	it("refuses when the expected value cannot be read", () => {
		const load = (): unknown =>
			AgentPolicy.load(
				{ text: rego },
				{ digest: { of: "policy", tee: "snp", expected: fileDigest(join(folder, "none")) } },
			);
		expect(load).toThrow(/digest: cannot read/);
	});

	it("reads hexadecimal and raw files", () => {
		const digest = policyDigest(rego);
		writeFileSync(join(folder, "hex"), `${toHex(digest)}\n`);
		writeFileSync(join(folder, "raw"), digest);
		expect(toHex(fileDigest(join(folder, "hex")).read())).toBe(toHex(digest));
		expect(toHex(fileDigest(join(folder, "raw")).read())).toBe(toHex(digest));
		for (const hex of ["xyz", "", "0x", "abc", "ab cd", "abxy"])
			expect(() => hexDigest(hex)).toThrow(/not a hexadecimal/);
	});

	it("finds the host's field in a TEE's report", () => {
		const digest = policyDigest(rego);
		const make = (provider: string, offset: number, length = 1184): string => {
			const tsm = join(folder, provider);
			const entry = join(tsm, `regoplan-${process.pid}`);
			mkdirSync(entry, { recursive: true });
			const report = Buffer.alloc(1184);
			report.set(digest, offset);
			writeFileSync(join(entry, "provider"), `${provider}\n`);
			writeFileSync(join(entry, "outblob"), report.subarray(0, length));
			return tsm;
		};
		expect(toHex(reportDigest("snp", make("sev_guest", 0xc0)).read())).toBe(toHex(digest));
		const tdx = make("tdx_guest", 232);
		expect(toHex(reportDigest("tdx", tdx).read())).toBe(toHex(teeValue(digest, "tdx")));
		expect(() => reportDigest("snp", tdx).read()).toThrow(/comes from tdx_guest/);
		// The last byte of the field is the last that is needed.
		expect(toHex(reportDigest("snp", make("sev_guest", 0xc0, 0xc0 + 32)).read())).toBe(toHex(digest));
		expect(() => reportDigest("snp", make("sev_guest", 0xc0, 0xc0 + 31)).read()).toThrow(/too short/);
		expect(() => reportDigest("snp", make("sev_guest", 0xc0, 0)).read()).toThrow(/too short/);
		// The kernel is given the 64 bytes that it wants.
		const entry = join(folder, "sev_guest", `regoplan-${process.pid}`);
		expect(readFileSync(join(entry, "inblob")).length).toBe(64);
		rmSync(join(folder, "sev_guest"), { recursive: true });
		// What it made and could not use it takes away, and it makes what is not there.
		expect(() => reportDigest("snp", join(folder, "sev_guest")).read()).toThrow(/ENOENT/);
	});

	it("is chosen by the TEE that is there, and off only when said or where there is none", () => {
		const option = { expect: "auto", of: undefined, tee: undefined, inInitdata: true };
		expect(chooseDigest(option, (p) => p === "/dev/sev-guest").requirement).toMatchObject({
			of: "initdata",
			tee: "snp",
		});
		expect(chooseDigest(option, (p) => p === "/dev/tdx_guest").requirement).toMatchObject({
			of: "initdata",
			tee: "tdx",
		});
		expect(chooseDigest(option, () => false)).toMatchObject({
			requirement: "off",
			note: expect.stringMatching(/no TEE/),
		});
		expect(chooseDigest({ ...option, expect: "off" }, () => true)).toMatchObject({ requirement: "off" });
		expect(chooseDigest({ ...option, expect: "00ff", inInitdata: false }).requirement).toMatchObject({
			of: "policy",
			tee: "none",
		});
		expect(() => chooseDigest({ ...option, expect: "maybe" })).toThrow(/not a hexadecimal/);
	});
});
