/**
 * An image out of a store: index, manifest, configuration and layers, each checked by its digest before anything of it
 * is used. In: a reference and the store that has it. Out: what a policy needs to know.
 */
import { createHash } from "node:crypto";
import { AccountReader, type LayerAccounts, mergeAccounts } from "./accounts.ts";
import { parseConfig } from "./config.ts";
import { checkDigest, digestOf, parseDigest } from "./digest.ts";
import { type Image, ImageError, type ImageLayer, type OpenOptions } from "./image.ts";
import { maxDocument } from "./json.ts";
import type { LayersCache } from "./layers-cache.ts";
import { type Descriptor, type Manifest, parseManifest, pickPlatform } from "./manifest.ts";
import type { Progress } from "./progress.ts";
import { fullName, type ImageReference, repositoryName } from "./reference.ts";
import { checkedBlob, type ImageStore, readBlob, type StoredDocument } from "./store.ts";
import { unpack } from "./unpack.ts";

/** The types whose layers Kata's generator reads. */
const readByKata = ["application/vnd.docker.image.rootfs.diff.tar.gzip", "application/vnd.oci.image.layer.v1.tar+gzip"];
/** Layers of these types are stored elsewhere, or cannot be read without a key. */
const foreign = /^application\/vnd\.(?:docker\.image\.rootfs\.foreign\.diff|oci\.image\.layer\.nondistributable)\b/;
const layer =
	/^application\/vnd\.(?:docker\.image\.rootfs\.diff\.tar|oci\.image\.layer\.v1\.tar)(?:[.+](?:gzip|zstd))?$/;

export interface Reading extends OpenOptions {
	readonly reference: string;
	readonly cache: LayersCache;
	readonly progress: Progress;
}

/** Throws ImageError. */
export async function readImage(name: ImageReference, store: ImageStore, reading: Reading): Promise<Image> {
	const { digest, manifestDigest, manifest, where } = await findManifest(name, store);
	const { config, diffIds } = parseConfig(
		await readBlob(store, manifest.config, `${where}: config`),
		`${where}: config ${short(manifest.config.digest)}`,
	);
	const layers = describeLayers(manifest, diffIds, where);
	for (const l of layers) reading.progress.expect(l.size);
	const notes: string[] = [];
	if (config.os !== "linux" || config.architecture !== "amd64")
		notes.push(
			`the image is for ${config.os || "no system"}/${config.architecture || "no processor"}, not linux/amd64`,
		);
	const accounts: LayerAccounts[] = [];
	for (const [i, l] of layers.entries()) {
		const descriptor = manifest.layers[i];
		if (descriptor === undefined) continue;
		const read = await readLayer(store, descriptor, l, `${where}: layer ${short(l.digest)}`, reading, layers);
		accounts.push(read);
		notes.push(...read.notes);
	}
	return {
		reference: reading.reference,
		name: fullName(name),
		repository: repositoryName(name),
		digest: store.withoutManifests === true ? undefined : digest,
		manifestDigest: store.withoutManifests === true ? undefined : manifestDigest,
		config,
		layers,
		accounts: mergeAccounts(accounts, "seen"),
		// Layers that it passes over have no say in its view.
		kataAccounts: mergeAccounts(
			accounts.filter((_, i) => layers[i]?.readByKata === true),
			"kata",
		),
		notes,
	};
}

interface Found {
	readonly digest: string;
	readonly manifestDigest: string;
	readonly manifest: Manifest;
	readonly where: string;
}

async function findManifest(name: ImageReference, store: ImageStore): Promise<Found> {
	const where = store.place;
	const asked = name.digest ?? name.tag ?? "latest";
	const top = await store.manifest(asked);
	const digest = checkDocument(top, name.digest, where);
	const parsed = parseManifest(top.bytes, where, top.mediaType);
	if (parsed.kind === "manifest") return { digest, manifestDigest: digest, manifest: parsed, where };
	const entry = pickPlatform(parsed, where);
	const below = await store.manifest(entry.digest);
	checkDocument(below, entry.digest, where);
	if (below.bytes.length !== entry.size)
		throw new ImageError(
			"invalid",
			`${where}: the manifest has ${below.bytes.length} bytes, and ${entry.size} in the index`,
		);
	const manifest = parseManifest(below.bytes, `${where}: manifest ${short(entry.digest)}`, below.mediaType);
	if (manifest.kind === "index")
		throw new ImageError("unsupported", `${where}: its index has another index for linux/amd64`);
	return { digest, manifestDigest: entry.digest, manifest, where };
}

/** The digest; `want` is what it must be. */
function checkDocument(document: StoredDocument, want: string | undefined, where: string): string {
	if (document.bytes.length > maxDocument)
		throw new ImageError("unsupported", `${where}: a manifest of more than ${maxDocument} bytes`);
	if (want === undefined) return digestOf(document.bytes);
	const check = checkDigest(want);
	check.update(document.bytes);
	check.verify(`${where}: manifest`);
	return want;
}

function describeLayers(manifest: Manifest, diffIds: readonly string[], where: string): readonly ImageLayer[] {
	if (diffIds.length !== manifest.layers.length)
		throw new ImageError(
			"invalid",
			`${where}: ${manifest.layers.length} layers, but ${diffIds.length} diff_ids in the configuration`,
		);
	return manifest.layers.map((l, i) => ({
		mediaType: l.mediaType,
		digest: l.digest,
		diffId: diffIds[i],
		size: l.size,
		readByKata: readByKata.includes(l.mediaType),
	}));
}

async function readLayer(
	store: ImageStore,
	descriptor: Descriptor,
	l: ImageLayer,
	where: string,
	reading: Reading,
	all: readonly ImageLayer[],
): Promise<LayerAccounts> {
	const none = { passwd: { kind: "none" }, group: { kind: "none" } } as const;
	if (foreign.test(l.mediaType) || /\+encrypted$/.test(l.mediaType)) {
		const why = foreign.test(l.mediaType) ? "is not distributed with the image" : "is encrypted";
		return { seen: none, kata: none, notes: [`${where}: it ${why}: users and groups in it are not known`] };
	}
	if (!layer.test(l.mediaType))
		throw new ImageError(
			"unsupported",
			`${where}: ${JSON.stringify(l.mediaType.slice(0, 200))} is no layer of a filesystem`,
		);
	// The cache is by diff_id, which Kata's generator counts wrongly where it passes over a layer.
	const cacheable = all.every((x) => x.readByKata) && l.diffId !== undefined;
	const cached = reading.cache.get(l, cacheable);
	if (cached !== undefined) return cached;
	const read = await scanLayer(store, descriptor, l, where, reading);
	reading.cache.add(l, read, cacheable);
	return read;
}

async function scanLayer(
	store: ImageStore,
	descriptor: Descriptor,
	l: ImageLayer,
	where: string,
	reading: Reading,
): Promise<LayerAccounts> {
	const reader = new AccountReader(where);
	const diff = l.diffId === undefined ? undefined : parseDigest(l.diffId);
	const hash = diff === undefined ? undefined : createHash(diff.algorithm);
	const blob = reading.progress.count(checkedBlob(store, descriptor, where), descriptor.size);
	for await (const piece of unpack(blob, where)) {
		reading.signal?.throwIfAborted();
		hash?.update(piece);
		reader.write(piece);
	}
	const accounts = reader.finish();
	if (diff !== undefined && hash !== undefined) {
		const have = hash.digest("hex");
		if (have !== diff.hex)
			throw new ImageError(
				"invalid",
				`${where}: unpacked, its digest is ${diff.algorithm}:${have}, and the configuration says ${l.diffId}`,
			);
	}
	return accounts;
}

/** `sha256:0123456789ab`. */
function short(digest: string): string {
	return digest.slice(0, digest.indexOf(":") + 13);
}
