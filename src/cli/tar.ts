/**
 * Regular files of a gzipped tar archive: ustar, with GNU and pax long names. Enough for bundles;
 * everything is bounded by the size of the archive, itself bounded by maxArchiveSize.
 */

import { gunzipSync } from "node:zlib";
import { byteAt } from "../at.ts";
import { codeOf } from "../thrown.ts";

export interface TarFile {
	readonly name: string;
	readonly content: Uint8Array;
}

/** As OPA: no bundle larger than 1 GiB. */
const maxArchiveSize = 1 << 30;

export function readTarGz(bytes: Uint8Array): TarFile[] {
	if (bytes.length < 10) throw new Error("bundle read failed: archive read failed: unexpected EOF");
	let tar: Buffer;
	try {
		tar = gunzipSync(bytes, { maxOutputLength: maxArchiveSize });
	} catch (e) {
		const code = codeOf(e);
		const what =
			code === "Z_DATA_ERROR" ? "gzip: invalid header" : code === "Z_BUF_ERROR" ? "unexpected EOF" : String(code);
		throw new Error(`bundle read failed: archive read failed: ${what}`, { cause: e });
	}
	const files: TarFile[] = [];
	let longName: string | undefined;
	for (let at = 0; at + 512 <= tar.length; ) {
		const header = tar.subarray(at, at + 512);
		if (header.every((b) => b === 0)) break;
		const size = Number.parseInt(field(header, 124, 12).trim() || "0", 8);
		const end = at + 512 + size;
		if (!Number.isSafeInteger(size) || size < 0 || end > tar.length) {
			throw new Error("bundle read failed: unexpected EOF");
		}
		const content = tar.subarray(at + 512, end);
		at = at + 512 + Math.ceil(size / 512) * 512;
		const type = String.fromCharCode(byteAt(header, 156));
		if (type === "L") longName = content.toString("utf8").replace(/\0.*$/s, "");
		else if (type === "x") longName = paxPath(content.toString("utf8")) ?? longName;
		else {
			if (type === "0" || type === "\0") {
				const prefix = field(header, 257, 5) === "ustar" ? field(header, 345, 155) : "";
				const short = field(header, 0, 100);
				files.push({ name: longName ?? (prefix === "" ? short : `${prefix}/${short}`), content });
			}
			longName = undefined;
		}
	}
	return files;
}

function field(header: Buffer, at: number, length: number): string {
	return header
		.subarray(at, at + length)
		.toString("utf8")
		.replace(/\0.*$/s, "");
}

/** `path` of a pax header: records `length key=value\n`. */
function paxPath(records: string): string | undefined {
	return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(`\n${records}`)?.[1];
}
