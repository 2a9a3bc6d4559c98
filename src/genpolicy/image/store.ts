/** Where images are kept, as the reader of images sees it: a layout, an archive, a repository of a registry. */
import { checkDigest } from "./digest.ts";
import { ImageError } from "./image.ts";
import { maxDocument } from "./json.ts";
import type { Descriptor } from "./manifest.ts";

export interface StoredDocument {
	readonly bytes: Uint8Array;
	/** What the place says it is; undefined where it says nothing. */
	readonly mediaType: string | undefined;
}

export interface ImageStore {
	/** Begins messages: `localhost:5000/app`, `the layout images/app`. */
	readonly place: string;
	/** It has no manifests of its own, and makes them up: their digests mean nothing elsewhere. */
	readonly withoutManifests?: boolean;
	/** An index or a manifest, unchecked: by the tag or digest that the reference names, or a digest within an index. */
	manifest(tagOrDigest: string): Promise<StoredDocument>;
	/** The bytes as the place gives them; whoever reads checks size and digest. */
	blob(descriptor: Descriptor): AsyncIterable<Uint8Array>;
}

/** A small blob, checked. Throws ImageError. */
export async function readBlob(store: ImageStore, descriptor: Descriptor, where: string): Promise<Uint8Array> {
	if (descriptor.size > maxDocument)
		throw new ImageError("unsupported", `${where}: ${descriptor.size} bytes, of ${maxDocument} at most`);
	const parts: Uint8Array[] = [];
	for await (const part of checkedBlob(store, descriptor, where)) parts.push(part);
	return Buffer.concat(parts);
}

/** The pieces of a blob; the last is followed by an error unless size and digest are right. Throws ImageError. */
export async function* checkedBlob(
	store: ImageStore,
	descriptor: Descriptor,
	where: string,
): AsyncGenerator<Uint8Array> {
	const check = checkDigest(descriptor.digest);
	let size = 0;
	for await (const part of store.blob(descriptor)) {
		size += part.length;
		if (size > descriptor.size)
			throw new ImageError("invalid", `${where}: it is longer than the ${descriptor.size} bytes of the manifest`);
		check.update(part);
		yield part;
	}
	if (size !== descriptor.size)
		throw new ImageError("invalid", `${where}: it has ${size} bytes, and ${descriptor.size} in the manifest`);
	check.verify(where);
}
