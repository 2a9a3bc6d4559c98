/**
 * OCI image layouts: `index.json` and `blobs/`, in a folder or an archive. In: a file tree. Out: the images it names,
 * and for one of them a store.
 */
import { checkDigest, parseDigest } from "../digest.ts";
import { ImageError } from "../image.ts";
import { maxDocument } from "../json.ts";
import { type Descriptor, type Index, parseManifest } from "../manifest.ts";
import { type ImageReference, parseReference } from "../reference.ts";
import type { ImageStore, StoredDocument } from "../store.ts";
import { type FileTree, readSmall } from "./file-tree.ts";

/** Undefined where the tree is no layout. Throws ImageError. */
export async function readLayout(tree: FileTree): Promise<Index | undefined> {
	const bytes = await readSmall(tree, "index.json", maxDocument);
	if (bytes === undefined || (await tree.size("oci-layout")) === undefined) return undefined;
	const index = parseManifest(bytes, `${tree.name}: index.json`);
	if (index.kind !== "index") throw new ImageError("invalid", `${tree.name}: index.json is no index`);
	return index;
}

/**
 * The entries that a reference names. `isHere` is whether the place of the layout is named as the repository: then an
 * entry whose name is a tag only is meant.
 */
export function entriesFor(index: Index, name: ImageReference, isHere: boolean): readonly Descriptor[] {
	if (name.digest !== undefined) return index.manifests.filter((m) => m.digest === name.digest);
	return index.manifests.filter((m) => {
		const names = ["io.containerd.image.name", "org.opencontainers.image.ref.name"].flatMap(
			(a) => m.annotations.get(a) ?? [],
		);
		return names.some((n) => (/[/:]/.test(n) ? isSame(n, name) : isHere && n === name.tag));
	});
}

/** Whether a name written somewhere is the one that is looked for. */
export function isSame(written: string, name: ImageReference): boolean {
	try {
		const other = parseReference(written);
		return other.registry === name.registry && other.repository === name.repository && other.tag === name.tag;
	} catch {
		return false;
	}
}

/** `entry` is what a tag means here; a digest is looked up among the blobs. */
export function layoutStore(tree: FileTree, entry: Descriptor | undefined): ImageStore {
	return {
		place: tree.name,
		manifest: async (tagOrDigest) => {
			const digest = parseDigest(tagOrDigest) === undefined ? entry?.digest : tagOrDigest;
			if (digest === undefined) throw new ImageError("not-found", `${tree.name}: it does not have ${tagOrDigest}`);
			const bytes = await readSmall(tree, blobPath(digest), maxDocument);
			if (bytes === undefined) throw new ImageError("invalid", `${tree.name}: the blob ${digest} is not there`);
			const check = checkDigest(digest);
			check.update(bytes);
			check.verify(`${tree.name}: manifest`);
			const document: StoredDocument = { bytes, mediaType: undefined };
			return document;
		},
		blob: async function* (descriptor) {
			if ((await tree.size(blobPath(descriptor.digest))) === undefined)
				throw new ImageError("invalid", `${tree.name}: the blob ${descriptor.digest} is not there`);
			yield* tree.read(blobPath(descriptor.digest));
		},
	};
}

export async function hasBlob(tree: FileTree, digest: string): Promise<boolean> {
	return (await tree.size(blobPath(digest))) !== undefined;
}

/** Digests are checked before they come here: they hold no slashes and dots. */
function blobPath(digest: string): string {
	const { algorithm, hex } = parseDigest(digest) ?? { algorithm: "", hex: "" };
	return `blobs/${algorithm}/${hex}`;
}
