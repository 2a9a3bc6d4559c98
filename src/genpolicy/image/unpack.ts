/**
 * A layer's tar out of its blob. Which compression it has is told by its first bytes, as containerd does it; what the
 * manifest calls it may be wrong. In: pieces of the blob. Out: pieces of the tar, as they are asked for, so that a
 * layer of any size passes through in little memory.
 */

import type { Transform } from "node:stream";
import zlib from "node:zlib";
import { messageOf } from "../../thrown.ts";
import { ImageError } from "./image.ts";

export interface UnpackLimits {
	/** Largest layer, unpacked. */
	readonly bytes: number;
	/** From how many bytes on a layer may not be more than `ratio` times its blob. */
	readonly suspicious: number;
	readonly ratio: number;
}

/** Gzip makes a megabyte of zeros into a kilobyte: layers that large are meant to be that small only to do harm. */
const unpackLimits: UnpackLimits = { bytes: 2 ** 37, suspicious: 2 ** 31, ratio: 200 };

const pieceSize = 128 << 10;

/** Throws ImageError, and whatever the source throws. */
export async function* unpack(
	source: AsyncIterable<Uint8Array>,
	where: string,
	limits: UnpackLimits = unpackLimits,
): AsyncGenerator<Uint8Array> {
	const pieces = source[Symbol.asyncIterator]();
	try {
		const head: Uint8Array[] = [];
		for (let n = 0; n < 4; ) {
			const next = await pieces.next();
			if (next.done === true) break;
			head.push(next.value);
			n += next.value.length;
		}
		const start = Buffer.concat(head);
		const unpacker = unpackerFor(start, where);
		let [packed, unpacked] = [0, 0];
		const all = chain(start, pieces, (n) => {
			packed += n;
		});
		for await (const piece of unpacker === undefined ? all : through(all, unpacker, where)) {
			unpacked += piece.length;
			if (unpacked > limits.bytes || (unpacked > limits.suspicious && unpacked > packed * limits.ratio))
				throw new ImageError(
					"unsupported",
					`${where}: ${packed} bytes of it unpack to more than ${unpacked - piece.length}, which is refused`,
				);
			yield piece;
		}
	} finally {
		// Not waited for: where the reader gives up, the next piece may be a long time coming.
		pieces.return?.().catch(() => undefined);
	}
}

async function* chain(
	head: Uint8Array,
	rest: AsyncIterator<Uint8Array>,
	count: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
	for (let piece = head; ; ) {
		count(piece.length);
		// In parts, so that what has been unpacked is never far ahead of what has been counted.
		yield piece;
		const next = await rest.next();
		if (next.done === true) return;
		piece = next.value;
	}
}

function unpackerFor(head: Buffer, where: string): Transform | undefined {
	if (head[0] === 0x1f && head[1] === 0x8b) return zlib.createGunzip({ chunkSize: pieceSize });
	if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return zstdUnpacker(where);
	// The skippable frames that zstd:chunked writes never come first; xz and bzip2 are no layers of OCI.
	return undefined;
}

/** In Node since 22.15 and 23.8. */
function zstdUnpacker(where: string): Transform {
	const create: unknown = Reflect.get(zlib, "createZstdDecompress");
	if (typeof create === "function") return create.call(zlib, { chunkSize: pieceSize });
	throw new ImageError(
		"unsupported",
		`${where}: it is compressed with zstd, which this Node (${process.version}) cannot unpack`,
		"Use Node 22.15 or later, or push the image compressed with gzip.",
	);
}

/** Everything of `source` is read, also what follows the end of the compressed data. */
async function* through(
	source: AsyncIterable<Uint8Array>,
	unpacker: Transform,
	where: string,
): AsyncGenerator<Uint8Array> {
	let failure: unknown;
	let wake = (): void => undefined;
	let abandoned = false;
	unpacker.on("error", () => undefined);
	unpacker.once("close", () => wake());
	const feed = async (): Promise<void> => {
		try {
			for await (const piece of source) {
				if (abandoned) return;
				if (unpacker.destroyed || unpacker.readableEnded) continue;
				await new Promise<void>((resolve) => {
					wake = resolve;
					unpacker.write(piece, () => resolve());
				});
			}
			if (!unpacker.destroyed) unpacker.end();
		} catch (e) {
			failure = e;
			unpacker.destroy();
		}
	};
	const fed = feed();
	try {
		for await (const piece of unpacker) yield piece;
	} catch (e) {
		abandoned = true;
		if (failure !== undefined) throw failure;
		throw new ImageError("invalid", `${where}: it cannot be unpacked: ${messageOf(e)}`);
	} finally {
		// The consumer went away, or there is nothing more to unpack.
		if (!unpacker.readableEnded) abandoned = true;
		unpacker.destroy();
		wake();
		if (!abandoned) await fed;
	}
	if (failure !== undefined) throw failure;
}
