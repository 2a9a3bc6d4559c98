/** Unpacks what gzip packed, by the host's streams: in browsers, workers, Node, Bun and Deno. */
import { maxArchiveSize } from "./untar.ts";

/** Throws where the bytes are no gzip, end too early, or come to more than a bundle may have. */
export async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
	const failed = (why: string, cause?: unknown): Error =>
		new Error(`bundle read failed: archive read failed: ${why}`, { cause });
	if (bytes.length < 10) throw failed("unexpected EOF");
	if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw failed("gzip: invalid header");
	const stream = new DecompressionStream("gzip");
	const writer = stream.writable.getWriter();
	// What is wrong is told where the result is read.
	const written = writer.write(bytes.slice()).then(() => writer.close());
	written.catch(() => {});
	const reader = stream.readable.getReader();
	const chunks: Uint8Array[] = [];
	let size = 0;
	for (;;) {
		let step: Awaited<ReturnType<typeof reader.read>>;
		try {
			step = await reader.read();
		} catch (e) {
			throw failed("gzip: damaged or cut short", e);
		}
		if (step.done) break;
		size += step.value.length;
		if (size > maxArchiveSize) {
			await reader.cancel();
			throw failed(`more than ${maxArchiveSize} bytes`);
		}
		chunks.push(step.value);
	}
	const out = new Uint8Array(size);
	let at = 0;
	for (const chunk of chunks) {
		out.set(chunk, at);
		at += chunk.length;
	}
	return out;
}
