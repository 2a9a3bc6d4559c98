/** Compression of bodies, by what every host of the Web's APIs has; errors in the words of Go's reader. */
import { joined } from "./chunks.ts";

/** What a body is compressed to; throws Error beyond a length. */
export async function gunzip(bytes: Uint8Array, maxLength: number): Promise<Uint8Array> {
	if (bytes.length === 0) throw new Error("EOF");
	if (bytes.length < 10) throw new Error("unexpected EOF");
	if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) throw new Error("gzip: invalid header");
	const chunks: Uint8Array[] = [];
	let length = 0;
	const reader = piped(bytes, new DecompressionStream("gzip")).getReader();
	for (;;) {
		const { done, value } = await reader.read().catch((e: unknown) => {
			throw new Error(inflateProblem(e));
		});
		if (done) return joined(chunks, length);
		chunks.push(value);
		length += value.length;
		if (length > maxLength) {
			await reader.cancel().catch(() => {});
			throw new Error("gzip payload too large");
		}
	}
}

function inflateProblem(e: unknown): string {
	const text = e instanceof Error ? `${e.message} ${e.cause instanceof Error ? e.cause.message : ""}` : String(e);
	if (/unexpected end|unexpected EOF|truncat|Z_BUF_ERROR/i.test(text)) return "unexpected EOF";
	if (/data check|length check|checksum/i.test(text)) return "gzip: invalid checksum";
	return "flate: corrupt input";
}

export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
	const chunks: Uint8Array[] = [];
	let length = 0;
	const reader = piped(bytes, new CompressionStream("gzip")).getReader();
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return joined(chunks, length);
		chunks.push(value);
		length += value.length;
	}
}

/** A stream of bytes through a transformation. */
function piped(bytes: Uint8Array, through: CompressionStream | DecompressionStream): ReadableStream<Uint8Array> {
	const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
		start(controller) {
			controller.enqueue(new Uint8Array(bytes));
			controller.close();
		},
	});
	return source.pipeThrough<Uint8Array>(through);
}
