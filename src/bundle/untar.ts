/** Regular files of a tar archive: ustar, with GNU and pax long names. Enough for bundles. */
import { byteAt } from "../at.ts";
import { decodeUtf8 } from "../documents/texts.ts";

export interface TarFile {
	readonly name: string;
	readonly content: Uint8Array;
}

/** As OPA: no bundle larger than 1 GiB once it is unpacked. */
export const maxArchiveSize: number = 1 << 30;

export function untar(tar: Uint8Array): TarFile[] {
	const files: TarFile[] = [];
	let longName: string | undefined;
	// As Go's reader: the padding after the last file may be missing, a part of a header is an error.
	for (let at = 0; at < tar.length; ) {
		const header = tar.subarray(at, at + 512);
		if (header.length < 512) throw new Error("bundle read failed: unexpected EOF");
		if (header.every((b) => b === 0)) break;
		const size = Number.parseInt(field(header, 124, 12).trim() || "0", 8);
		const end = at + 512 + size;
		if (!Number.isSafeInteger(size) || size < 0 || end > tar.length) {
			throw new Error("bundle read failed: unexpected EOF");
		}
		const content = tar.subarray(at + 512, end);
		at = at + 512 + Math.ceil(size / 512) * 512;
		const type = String.fromCharCode(byteAt(header, 156));
		if (type === "L") longName = text(content);
		else if (type === "x") longName = paxPath(decodeUtf8(content)) ?? longName;
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

function field(header: Uint8Array, at: number, length: number): string {
	return text(header.subarray(at, at + length));
}

/** Up to the first zero. */
function text(bytes: Uint8Array): string {
	const end = bytes.indexOf(0);
	return decodeUtf8(end < 0 ? bytes : bytes.subarray(0, end));
}

/** `path` of a pax header: records `length key=value\n`. */
function paxPath(records: string): string | undefined {
	return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(`\n${records}`)?.[1];
}
