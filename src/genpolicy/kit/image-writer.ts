/**
 * Makes container images out of nothing but what is said, for tests and the demo: layers from files, a configuration, a
 * manifest; as an OCI layout, an archive of one, or what `docker save` writes. The same image has the same digests
 * always: no times, no owners.
 */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type TarFile, writeTar } from "./tar-writer.ts";

export interface LayerSpec {
	readonly files: readonly TarFile[];
	/** How the blob is made of the tar, and what the manifest calls it; default gzip. */
	readonly pack?: { readonly mediaType: string; readonly bytes: (tar: Uint8Array) => Uint8Array };
}

export interface ImageSpec {
	/** `config` of the configuration: User, Env, Cmd … */
	readonly config?: Readonly<Record<string, unknown>>;
	readonly layers: readonly LayerSpec[];
	readonly platform?: { readonly os: string; readonly architecture: string };
}

export interface BlobDescriptor {
	readonly mediaType: string;
	readonly digest: string;
	readonly size: number;
	readonly platform?: { readonly os: string; readonly architecture: string };
	readonly annotations?: Readonly<Record<string, string>>;
}

/** Blobs by their digest. */
export type Blobs = Map<string, Uint8Array>;

const types = {
	config: "application/vnd.oci.image.config.v1+json",
	manifest: "application/vnd.oci.image.manifest.v1+json",
	index: "application/vnd.oci.image.index.v1+json",
	gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
};

/** Packings of layers besides gzip. */
export const packings: Readonly<Record<"plain" | "foreign" | "encrypted", NonNullable<LayerSpec["pack"]>>> = {
	plain: { mediaType: "application/vnd.oci.image.layer.v1.tar", bytes: (tar) => tar },
	foreign: { mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", bytes: (tar) => gzipSync(tar) },
	encrypted: {
		mediaType: "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
		bytes: (tar) => tar.map((b) => b ^ 0x5a),
	},
};

export function addBlob(blobs: Blobs, bytes: Uint8Array, mediaType: string): BlobDescriptor {
	const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
	blobs.set(digest, bytes);
	return { mediaType, digest, size: bytes.length };
}

export function addJson(blobs: Blobs, value: unknown, mediaType: string): BlobDescriptor {
	return addBlob(blobs, Buffer.from(JSON.stringify(value), "utf8"), mediaType);
}

/** Adds an image's blobs; its manifest. */
export function addImage(blobs: Blobs, spec: ImageSpec): BlobDescriptor {
	const platform = spec.platform ?? { os: "linux", architecture: "amd64" };
	const tars = spec.layers.map((l) => writeTar(l.files));
	const layers = spec.layers.map((l, i) => {
		const pack = l.pack ?? { mediaType: types.gzip, bytes: (tar: Uint8Array) => gzipSync(tar) };
		return addBlob(blobs, pack.bytes(tars[i] ?? new Uint8Array(0)), pack.mediaType);
	});
	const config = addJson(blobs, configOf(spec, platform, tars), types.config);
	const manifest = { schemaVersion: 2, mediaType: types.manifest, config, layers };
	return { ...addJson(blobs, manifest, types.manifest), platform };
}

function configOf(spec: ImageSpec, platform: object, tars: readonly Uint8Array[]): object {
	const diffIds = tars.map((t) => `sha256:${createHash("sha256").update(t).digest("hex")}`);
	return { ...platform, config: spec.config ?? {}, rootfs: { type: "layers", diff_ids: diffIds } };
}

/** Adds an index of images for several platforms. */
export function addIndex(blobs: Blobs, manifests: readonly BlobDescriptor[]): BlobDescriptor {
	return addJson(blobs, { schemaVersion: 2, mediaType: types.index, manifests }, types.index);
}

export const refName = "org.opencontainers.image.ref.name";

/** The files of a layout. `images` is by the name that the layout gives them, such as `latest`. */
export function layoutFiles(blobs: Blobs, images: Readonly<Record<string, BlobDescriptor>>): readonly TarFile[] {
	const manifests = Object.entries(images).map(([name, d]) => ({ ...d, annotations: { [refName]: name } }));
	const index = { schemaVersion: 2, mediaType: types.index, manifests };
	return [
		{ path: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' },
		{ path: "index.json", content: JSON.stringify(index) },
		...[...blobs].map(([digest, content]) => ({ path: `blobs/${digest.replace(":", "/")}`, content })),
	];
}

/** Writes a layout into a folder. */
export function writeLayout(folder: string, blobs: Blobs, images: Readonly<Record<string, BlobDescriptor>>): void {
	for (const { path, content = "" } of layoutFiles(blobs, images)) {
		mkdirSync(join(folder, path, ".."), { recursive: true });
		writeFileSync(join(folder, path), content);
	}
}

/** The files of an archive as `docker save` has written them since its first days. */
export function dockerSaveFiles(spec: ImageSpec, tags: readonly string[]): readonly TarFile[] {
	const tars = spec.layers.map((l) => writeTar(l.files));
	const config = JSON.stringify(configOf(spec, spec.platform ?? { os: "linux", architecture: "amd64" }, tars));
	const name = `${createHash("sha256").update(config).digest("hex")}.json`;
	const layers = tars.map((content, i) => ({ path: `layer-${i}/layer.tar`, content }));
	const manifest = [{ Config: name, RepoTags: tags, Layers: layers.map((l) => l.path) }];
	return [{ path: name, content: config }, ...layers, { path: "manifest.json", content: JSON.stringify(manifest) }];
}
