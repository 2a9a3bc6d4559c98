/** Unpacks what gzip packed, by the host's streams: in browsers, workers, Node, Bun and Deno. */
import { piped, readAll } from "../value/streams.ts";
import { maxArchiveSize } from "./untar.ts";

/** Throws where the bytes are no gzip, end too early, or come to more than a bundle may have. */
export async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
	const failed = (why: string, cause?: unknown): Error =>
		new Error(`bundle read failed: archive read failed: ${why}`, { cause });
	if (bytes.length < 10) throw failed(bytes.length === 0 ? "EOF" : "unexpected EOF");
	if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw failed("gzip: invalid header");
	let unpacked: Uint8Array | undefined;
	try {
		unpacked = await readAll(piped(bytes, new DecompressionStream("gzip")), maxArchiveSize);
	} catch (e) {
		throw failed("gzip: damaged or cut short", e);
	}
	if (unpacked === undefined) throw failed(`more than ${maxArchiveSize} bytes`);
	return unpacked;
}
