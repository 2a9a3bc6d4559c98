/** Bytes that come in pieces, as the Web's streams give them. */
export function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
	const out = new Uint8Array(length);
	let at = 0;
	for (const chunk of chunks) {
		out.set(chunk, at);
		at += chunk.length;
	}
	return out;
}

/** All that a stream gives, up to so many bytes; undefined where there is more. Rejects where the stream breaks. */
export async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array>;
export async function readAll(stream: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array | undefined>;
export async function readAll(
	stream: ReadableStream<Uint8Array>,
	most: number = Number.POSITIVE_INFINITY,
): Promise<Uint8Array | undefined> {
	const chunks: Uint8Array[] = [];
	let length = 0;
	const reader = stream.getReader();
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return joined(chunks, length);
		chunks.push(value);
		length += value.length;
		if (length > most) {
			await reader.cancel().catch(() => {});
			return undefined;
		}
	}
}

/** A stream of bytes through a transformation. */
export function piped(bytes: Uint8Array, through: CompressionStream | DecompressionStream): ReadableStream<Uint8Array> {
	const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
		start(controller) {
			controller.enqueue(new Uint8Array(bytes));
			controller.close();
		},
	});
	return source.pipeThrough<Uint8Array>(through);
}
