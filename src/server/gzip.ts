/** Compression of bodies, by what every host of the Web's APIs has; errors in the words of Go's reader. */
import { piped, readAll } from "../value/streams.ts";

/** What a body is compressed to; throws Error beyond a length. */
export async function gunzip(bytes: Uint8Array, maxLength: number): Promise<Uint8Array> {
	if (bytes.length === 0) throw new Error("EOF");
	if (bytes.length < 10) throw new Error("unexpected EOF");
	if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) throw new Error("gzip: invalid header");
	const unpacked = await readAll(piped(bytes, new DecompressionStream("gzip")), maxLength).catch((e: unknown) => {
		throw new Error(inflateProblem(e));
	});
	if (unpacked === undefined) throw new Error("gzip payload too large");
	return unpacked;
}

function inflateProblem(e: unknown): string {
	const text = e instanceof Error ? `${e.message} ${e.cause instanceof Error ? e.cause.message : ""}` : String(e);
	if (/unexpected end|unexpected EOF|truncat|Z_BUF_ERROR/i.test(text)) return "unexpected EOF";
	if (/data check|length check|checksum/i.test(text)) return "gzip: invalid checksum";
	return "flate: corrupt input";
}

export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
	return readAll(piped(bytes, new CompressionStream("gzip")));
}
