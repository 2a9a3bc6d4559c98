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
	/** Of the TOML's bytes as received, never of a re-serialisation. */
	readonly digest: Uint8Array;
	readonly files: ReadonlyMap<string, string>;
}

/** Largest document that is unpacked. */
const maxSize = 64 << 20;
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

/** Read any of the forms. Throws PolicyLoadError. */
export function parseInitdata(bytes: Uint8Array): Initdata {
	const toml = unpack(bytes);
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
	const files = new Map<string, string>();
	for (const [name, text] of Object.entries(data)) {
		if (typeof text !== "string") throw new PolicyLoadError(`initdata: data.${JSON.stringify(name)} is not a string`);
		files.set(name, text);
	}
	return { version, algorithm, digest: createHash(algorithm).update(toml).digest(), files };
}

/** Read initdata from a block device or a file; a device is read no further than its header says. */
export function readInitdata(path: string): Initdata {
	let fd: number;
	try {
		fd = openSync(path, "r");
	} catch (e) {
		throw new PolicyLoadError(`initdata: ${firstLine(e)}`);
	}
	try {
		const head = readAt(fd, 0, headerSize);
		if (!isDevice(head)) return parseInitdata(readAt(fd, 0, maxSize));
		return parseInitdata(Buffer.concat([head, readAt(fd, headerSize, deviceLength(head))]));
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
	if (length > BigInt(maxSize)) throw new PolicyLoadError(`initdata: a length of ${length} bytes exceeds ${maxSize}`);
	return Number(length);
}

function unpack(packed: Uint8Array): Buffer {
	let bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
	if (isDevice(bytes)) {
		const end = headerSize + deviceLength(bytes);
		if (bytes.length < end) throw new PolicyLoadError("initdata: the device ends before its data do");
		bytes = bytes.subarray(headerSize, end);
		if (!isGzip(bytes)) throw new PolicyLoadError("initdata: the device's data are not gzip");
	} else if (!isGzip(bytes) && /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(bytes.toString("latin1"))) {
		// TOML has `=` and quotes inside; base64 of gzip begins with H4sI.
		bytes = Buffer.from(bytes.toString("latin1"), "base64");
	}
	if (!isGzip(bytes)) return bytes;
	try {
		return gunzipSync(bytes, { maxOutputLength: maxSize });
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
