/** A folder of the disk as a file tree. */

import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../../thrown.ts";
import { ImageError } from "../image.ts";
import type { FileTree } from "./file-tree.ts";

export function diskTree(folder: string, name: string): FileTree {
	return {
		name,
		size: async (path) => sizeOfFile(join(folder, path)),
		read: (path) => readRange(join(folder, path), name),
	};
}

/** Undefined for everything that is no file: reading a pipe would wait for ever. */
function sizeOfFile(path: string): number | undefined {
	const found = statSync(path, { throwIfNoEntry: false });
	return found?.isFile() === true ? found.size : undefined;
}

/** `name` begins the message. Throws ImageError. */
export async function* readRange(
	path: string,
	name: string,
	start = 0,
	length: number = Infinity,
): AsyncGenerator<Uint8Array> {
	if (length === 0) return;
	const stream = createReadStream(path, { start, end: start + length - 1, highWaterMark: 256 << 10 });
	try {
		for await (const piece of stream) yield piece;
	} catch (e) {
		throw new ImageError("invalid", `${name}: ${messageOf(e)}`);
	} finally {
		stream.destroy();
	}
}
