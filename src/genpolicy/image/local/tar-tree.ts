/**
 * An archive as a file tree: its entries are looked up once, and their data are read where they are. An archive that is
 * compressed is unpacked again for each file that is read; nothing is written to the disk.
 */

import { closeSync, openSync, readSync } from "node:fs";
import { posix } from "node:path";
import { messageOf } from "../../../thrown.ts";
import { entryPath } from "../entry-path.ts";
import { ImageError } from "../image.ts";
import { type TarEntry, TarReader } from "../tar.ts";
import { unpack } from "../unpack.ts";
import { readRange } from "./disk-tree.ts";
import type { FileTree } from "./file-tree.ts";

const maxEntries = 100_000;
const maxPath = 4096;
const maxHops = 10;

/** Throws ImageError. */
export async function tarTree(path: string, name: string): Promise<FileTree> {
	const entries = new Map<string, TarEntry>();
	const reader = new TarReader(name, {
		entry: (e) => {
			const at = entryPath(e.name);
			if (at.length <= maxPath) entries.set(at, e);
			if (entries.size > maxEntries) throw new ImageError("unsupported", `${name}: more than ${maxEntries} entries`);
			return false;
		},
	});
	const packed = isPacked(path, name);
	if (packed) {
		for await (const piece of unpack(readRange(path, name), name)) reader.write(piece);
	} else scan(path, name, reader);
	reader.finish();
	/** The entry with the data, through links that stay within the archive. */
	const find = (wanted: string): TarEntry | undefined => {
		let at = entryPath(wanted);
		for (let hops = 0; hops < maxHops; hops++) {
			const e = entries.get(at);
			if (e === undefined || e.type === "0" || e.type === "7") return e;
			if (e.type !== "1" && e.type !== "2") return undefined;
			at = entryPath(e.type === "1" ? e.link : posix.join(posix.dirname(at), e.link));
		}
		return undefined;
	};
	return {
		name,
		size: async (file) => find(file)?.size,
		read: (file) => {
			const e = find(file);
			if (e === undefined) throw new ImageError("invalid", `${name}: there is no ${file}`);
			return packed
				? slice(unpack(readRange(path, name), name), e.offset, e.size)
				: readRange(path, name, e.offset, e.size);
		},
	};
}

/** The headers only: what is between them is passed over. */
function scan(path: string, name: string, reader: TarReader): void {
	const buffer = Buffer.alloc(64 << 10);
	withFile(path, name, (fd) => {
		for (let at = 0; !reader.done; ) {
			if (reader.skippable > 0) {
				at += reader.skippable;
				reader.skip();
				continue;
			}
			// A header at a time where much is skipped, more where entries are small.
			const n = readSync(fd, buffer, 0, buffer.length, at);
			if (n === 0) break;
			let used = 0;
			while (used < n && reader.skippable === 0 && !reader.done) {
				const end = Math.min(n, used + 512);
				reader.write(buffer.subarray(used, end));
				used = end;
				const skip = reader.skippable;
				if (skip > 0 && used + skip <= n) {
					used += skip;
					reader.skip();
				}
			}
			at += used;
		}
	});
}

function isPacked(path: string, name: string): boolean {
	const head = Buffer.alloc(4);
	withFile(path, name, (fd) => readSync(fd, head, 0, 4, 0));
	return (head[0] === 0x1f && head[1] === 0x8b) || head.readUInt32LE(0) === 0xfd2fb528;
}

function withFile(path: string, name: string, use: (fd: number) => void): void {
	let fd: number;
	try {
		fd = openSync(path, "r");
	} catch (e) {
		throw new ImageError("invalid", `${name}: ${messageOf(e)}`);
	}
	try {
		use(fd);
	} finally {
		closeSync(fd);
	}
}

async function* slice(source: AsyncIterable<Uint8Array>, offset: number, size: number): AsyncGenerator<Uint8Array> {
	let at = 0;
	for await (const piece of source) {
		const from = Math.max(offset - at, 0);
		const to = Math.min(offset + size - at, piece.length);
		at += piece.length;
		if (from < to) yield piece.subarray(from, to);
		if (at >= offset + size) return;
	}
	throw new ImageError("invalid", "an archive that changed while it was read");
}
