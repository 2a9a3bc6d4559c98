/**
 * What `docker save` and skopeo's docker-archive write: `manifest.json`, which names the configuration and the layers
 * of each image by their files. There is no manifest in OCI's sense; one is made up, whose digest nobody else knows.
 */
import { createHash } from "node:crypto";
import { parseConfig } from "../config.ts";
import { digestOf } from "../digest.ts";
import { ImageError } from "../image.ts";
import { maxDocument, parseList, stringOf, stringsOf, toObject } from "../json.ts";
import type { ImageReference } from "../reference.ts";
import type { ImageStore } from "../store.ts";
import { type FileTree, readSmall } from "./file-tree.ts";
import { isSame } from "./layout.ts";

export interface SavedImage {
	readonly config: string;
	readonly tags: readonly string[];
	readonly layers: readonly string[];
}

/** Undefined where the tree is no such archive. Throws ImageError. */
export async function readDockerArchive(tree: FileTree): Promise<readonly SavedImage[] | undefined> {
	const bytes = await readSmall(tree, "manifest.json", maxDocument);
	if (bytes === undefined) return undefined;
	const where = `${tree.name}: manifest.json`;
	return parseList(bytes, where).map((v, i) => {
		const at = `${where}: [${i}]`;
		const o = toObject(v, at);
		const config = stringOf(o, "Config", at);
		if (config === undefined) throw new ImageError("invalid", `${at}: there is no Config`);
		return { config, tags: stringsOf(o, "RepoTags", at) ?? [], layers: stringsOf(o, "Layers", at) ?? [] };
	});
}

export function savedFor(images: readonly SavedImage[], name: ImageReference): readonly SavedImage[] {
	return name.digest !== undefined ? [] : images.filter((i) => i.tags.some((t) => isSame(t, name)));
}

/** Throws ImageError. */
export async function dockerArchiveStore(tree: FileTree, saved: SavedImage): Promise<ImageStore> {
	const config = await readSmall(tree, saved.config, maxDocument);
	if (config === undefined)
		throw new ImageError("invalid", `${tree.name}: there is no ${JSON.stringify(saved.config)}`);
	const { diffIds } = parseConfig(config, `${tree.name}: ${saved.config}`);
	const paths = new Map<string, string>();
	const layers: object[] = [];
	for (const [i, path] of saved.layers.entries()) {
		const size = await tree.size(path);
		if (size === undefined) throw new ImageError("invalid", `${tree.name}: there is no ${JSON.stringify(path)}`);
		const digest = await layerDigest(tree, path, diffIds[i]);
		paths.set(digest, path);
		// What it becomes when it is pushed.
		layers.push({ mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip", digest, size });
	}
	const mediaType = "application/vnd.docker.distribution.manifest.v2+json";
	const descriptor = {
		mediaType: "application/vnd.docker.container.image.v1+json",
		digest: digestOf(config),
		size: config.length,
	};
	const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config: descriptor, layers }), "utf8");
	return {
		place: tree.name,
		withoutManifests: true,
		manifest: async () => ({ bytes, mediaType }),
		blob: async function* ({ digest }) {
			if (digest === descriptor.digest) yield config;
			else yield* tree.read(paths.get(digest) ?? digest);
		},
	};
}

/** Layers are stored as tar, whose digest the configuration has; one that is compressed has another. */
async function layerDigest(tree: FileTree, path: string, diffId: string | undefined): Promise<string> {
	const hash = createHash("sha256");
	let first = true;
	for await (const piece of tree.read(path)) {
		if (first && !(piece[0] === 0x1f && piece[1] === 0x8b) && diffId !== undefined) return diffId;
		first = false;
		hash.update(piece);
	}
	return first && diffId !== undefined ? diffId : `sha256:${hash.digest("hex")}`;
}
