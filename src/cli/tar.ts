/** The files of a gzipped tar archive, bounded by the size that a bundle may have. */
import { gunzipSync } from "node:zlib";
import { maxArchiveSize, type TarFile, untar } from "../bundle/untar.ts";
import { codeOf } from "../thrown.ts";

export function readTarGz(bytes: Uint8Array): TarFile[] {
	if (bytes.length < 10) {
		throw new Error(`bundle read failed: archive read failed: ${bytes.length === 0 ? "EOF" : "unexpected EOF"}`);
	}
	let tar: Uint8Array;
	try {
		tar = gunzipSync(bytes, { maxOutputLength: maxArchiveSize });
	} catch (e) {
		const code = codeOf(e);
		const what =
			code === "Z_DATA_ERROR" ? "gzip: invalid header" : code === "Z_BUF_ERROR" ? "unexpected EOF" : String(code);
		throw new Error(`bundle read failed: archive read failed: ${what}`, { cause: e });
	}
	return untar(tar);
}
