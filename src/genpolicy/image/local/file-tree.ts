/**
 * Files by their path, wherever they are: a folder of the disk, or an archive. What stands at a path is bytes; links
 * out of the place are not followed.
 */
export interface FileTree {
	/** For messages. */
	readonly name: string;
	/** Undefined where there is none. Throws ImageError. */
	size(path: string): Promise<number | undefined>;
	/** Throws ImageError. */
	read(path: string): AsyncIterable<Uint8Array>;
}

/** A small file, whole. Undefined where there is none, or it is larger than `most`. */
export async function readSmall(tree: FileTree, path: string, most: number): Promise<Buffer | undefined> {
	const size = await tree.size(path);
	if (size === undefined || size > most) return undefined;
	const parts: Uint8Array[] = [];
	let got = 0;
	for await (const part of tree.read(path)) {
		got += part.length;
		if (got > most) return undefined;
		parts.push(part);
	}
	return Buffer.concat(parts);
}
