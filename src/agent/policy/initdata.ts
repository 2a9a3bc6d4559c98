/**
 * Initdata: the document that a host hands to a guest at start and whose digest the TEE reports.
 * In: a block device's bytes (magic, length, gzip), an annotation's base64, gzip, or the TOML itself.
 * Out: the TOML's bytes as received, their digest, and the files it carries (`policy.rego`, `aa.toml` …).
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parse as parseToml } from "smol-toml";
import { messageOf } from "../../thrown.ts";
import { PolicyLoadError } from "./load-error.ts";

export interface Initdata {
	readonly version: string;
	readonly algorithm: "sha256" | "sha384" | "sha512";
	/** The texts of `[data]` by name: `policy.rego`, `aa.toml` … */
	readonly data: ReadonlyMap<string, string>;
	/** The TOML as received, unpacked. */
	readonly raw: Uint8Array;
	/** The digest of the TOML's bytes as received, never of a re-serialisation. */
	readonly digest: Uint8Array;
}

export interface InitdataOptions {
	/** Largest document that is unpacked; default 16 MiB, and 128 MiB at most. */
	readonly maxBytes?: number;
}

/** What guests read from their device. */
const deviceSize = 64 << 20;
const defaultSize = 16 << 20;
const largestSize = 128 << 20;
export const initdataMagic: Buffer = Buffer.from("initdata");
const headerSize = initdataMagic.length + 8;

const algorithms: ReadonlyMap<string, Initdata["algorithm"]> = new Map([
	["sha256", "sha256"],
	["sha-256", "sha256"],
	["sha384", "sha384"],
	["sha-384", "sha384"],
	["sha512", "sha512"],
	["sha-512", "sha512"],
]);

/** Reads any of the forms; a string is TOML or base64. Throws PolicyLoadError. */
export function readInitdata(encoded: Uint8Array | string, options: InitdataOptions = {}): Initdata {
	const most = Math.min(options.maxBytes ?? defaultSize, largestSize);
	const toml = unpack(typeof encoded === "string" ? Buffer.from(encoded, "utf8") : encoded, most);
	if (toml.length > most) throw new PolicyLoadError(`initdata: larger than ${most} bytes`);
	let doc: Record<string, unknown>;
	try {
		doc = parseToml(new TextDecoder("utf-8", { fatal: true }).decode(toml));
	} catch (e) {
		throw new PolicyLoadError(`initdata: not TOML: ${firstLine(e)}`);
	}
	const version = doc["version"];
	if (version !== "0.1.0") throw new PolicyLoadError(`initdata: version ${JSON.stringify(version)} is not 0.1.0`);
	const algorithm = algorithms.get(String(doc["algorithm"]));
	if (algorithm === undefined) {
		throw new PolicyLoadError(
			`initdata: algorithm ${JSON.stringify(doc["algorithm"])} is not sha256, sha384 or sha512`,
		);
	}
	const data = doc["data"];
	if (typeof data !== "object" || data === null) throw new PolicyLoadError("initdata: there is no [data]");
	const texts = new Map<string, string>();
	for (const [name, text] of Object.entries(data)) {
		if (typeof text !== "string") throw new PolicyLoadError(`initdata: data.${JSON.stringify(name)} is not a string`);
		texts.set(name, text);
	}
	return { version, algorithm, data: texts, raw: toml, digest: createHash(algorithm).update(toml).digest() };
}

/** Reads initdata from a block device or a file; a device is read no further than its header says. */
export function readInitdataFile(path: string): Initdata {
	let fd: number;
	try {
		fd = openSync(path, "r");
	} catch (e) {
		throw new PolicyLoadError(`initdata: ${firstLine(e)}`);
	}
	try {
		const head = readAt(fd, 0, headerSize);
		const bytes = isDevice(head)
			? Buffer.concat([head, readAt(fd, headerSize, deviceLength(head))])
			: readAt(fd, 0, deviceSize);
		return readInitdata(bytes, { maxBytes: deviceSize });
	} finally {
		closeSync(fd);
	}
}

function readAt(fd: number, position: number, length: number): Buffer {
	const parts: Buffer[] = [];
	let got = 0;
	while (got < length) {
		const part = Buffer.alloc(Math.min(1 << 20, length - got));
		let n: number;
		try {
			n = readSync(fd, part, 0, part.length, position + got);
		} catch (e) {
			throw new PolicyLoadError(`initdata: ${firstLine(e)}`);
		}
		if (n === 0) break;
		parts.push(part.subarray(0, n));
		got += n;
	}
	return Buffer.concat(parts);
}

function isDevice(bytes: Buffer): boolean {
	return bytes.length >= headerSize && bytes.subarray(0, initdataMagic.length).equals(initdataMagic);
}

function deviceLength(bytes: Buffer): number {
	const length = bytes.readBigUInt64LE(initdataMagic.length);
	if (length > BigInt(deviceSize))
		throw new PolicyLoadError(`initdata: a length of ${length} bytes exceeds ${deviceSize}`);
	return Number(length);
}

function unpack(encoded: Uint8Array, most: number): Buffer {
	let bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
	if (isDevice(bytes)) {
		const end = headerSize + deviceLength(bytes);
		if (bytes.length < end) throw new PolicyLoadError("initdata: the device ends before its data do");
		bytes = bytes.subarray(headerSize, end);
		if (!isGzip(bytes)) throw new PolicyLoadError("initdata: the device's data are not gzip");
	} else if (!isGzip(bytes)) {
		const text = bytes.toString("latin1").replace(/\s+/g, "");
		// TOML has `=` and quotes inside; base64 of gzip begins with H4sI.
		if (/^[A-Za-z0-9+/]+={0,2}$/.test(text)) bytes = Buffer.from(text, "base64");
	}
	if (!isGzip(bytes)) return bytes;
	try {
		return gunzipSync(bytes, { maxOutputLength: most });
	} catch (e) {
		throw new PolicyLoadError(`initdata: cannot unpack: ${firstLine(e)}`);
	}
}

function isGzip(bytes: Buffer): boolean {
	return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function firstLine(e: unknown): string {
	return messageOf(e).split("\n", 1)[0] ?? "";
}
