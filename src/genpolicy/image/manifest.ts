/**
 * Manifests and indexes, Docker's and OCI's. In: their bytes. Out: what they point to. Which of the two a document is
 * must be clear: one that could be read as either is refused, since a registry and a runtime could read it differently.
 */
import { parseDigest } from "./digest.ts";
import { ImageError } from "./image.ts";
import { type JsonObject, listOf, objectOf, parseDocument, sizeOf, stringMapOf, stringOf, toObject } from "./json.ts";

export interface Descriptor {
	readonly mediaType: string;
	readonly digest: string;
	readonly size: number;
	readonly platform: { readonly os: string; readonly architecture: string } | undefined;
	readonly annotations: ReadonlyMap<string, string>;
}

export interface Index {
	readonly kind: "index";
	readonly manifests: readonly Descriptor[];
}

export interface Manifest {
	readonly kind: "manifest";
	readonly config: Descriptor;
	readonly layers: readonly Descriptor[];
}

const indexTypes = [
	"application/vnd.oci.image.index.v1+json",
	"application/vnd.docker.distribution.manifest.list.v2+json",
];
const manifestTypes = [
	"application/vnd.oci.image.manifest.v1+json",
	"application/vnd.docker.distribution.manifest.v2+json",
];
/** What a registry is asked for. */
export const manifestAccept: string = [...manifestTypes, ...indexTypes].join(", ");

/** Runtimes stop at 127 layers, or at a few hundred. */
const maxLayers = 1024;
const maxManifests = 4096;

/** Throws ImageError. `mediaType` is what the place it comes from calls it; the document's own word counts more. */
export function parseManifest(bytes: Uint8Array, where: string, mediaType?: string): Index | Manifest {
	const o = parseDocument(bytes, where);
	const said = stringOf(o, "mediaType", where);
	if (o.get("schemaVersion") === 1 || o.has("fsLayers"))
		throw new ImageError(
			"unsupported",
			`${where}: it is a manifest of schema 1, which no runtime reads any more`,
			"Push the image again with a tool of today.",
		);
	if (o.has("manifests") && (o.has("layers") || o.has("config")))
		throw new ImageError("invalid", `${where}: it has both manifests and layers, and could be read in two ways`);
	const type = said ?? mediaType;
	const isIndex = o.has("manifests");
	if (!isIndex && !o.has("layers") && !o.has("config"))
		throw new ImageError("invalid", `${where}: it is neither a manifest nor an index`);
	if (type !== undefined && (isIndex ? manifestTypes : indexTypes).includes(type))
		throw new ImageError("invalid", `${where}: it is called ${type}, and is none`);
	if (isIndex) return { kind: "index", manifests: descriptors(o, "manifests", where, maxManifests) };
	const config = objectOf(o, "config", where);
	if (config === undefined) throw new ImageError("invalid", `${where}: there is no config`);
	return {
		kind: "manifest",
		config: descriptor(config, `${where}: config`),
		layers: descriptors(o, "layers", where, maxLayers),
	};
}

function descriptors(o: JsonObject, key: string, where: string, most: number): readonly Descriptor[] {
	const list = listOf(o, key, where) ?? [];
	if (list.length > most) throw new ImageError("unsupported", `${where}: ${list.length} ${key}, of ${most} at most`);
	return list.map((v, i) => descriptor(toObject(v, `${where}: ${key}[${i}]`), `${where}: ${key}[${i}]`));
}

function descriptor(o: JsonObject, where: string): Descriptor {
	const digest = stringOf(o, "digest", where) ?? "";
	if (parseDigest(digest) === undefined)
		throw new ImageError("invalid", `${where}: ${JSON.stringify(digest.slice(0, 200))} is no digest we know`);
	const platform = objectOf(o, "platform", where);
	return {
		mediaType: stringOf(o, "mediaType", where) ?? "",
		digest,
		size: sizeOf(o, "size", where),
		platform:
			platform === undefined
				? undefined
				: { os: stringOf(platform, "os", where) ?? "", architecture: stringOf(platform, "architecture", where) ?? "" },
		annotations: stringMapOf(o, "annotations", where),
	};
}

/** The manifest for linux/amd64, which is what Kata's generator takes. Throws ImageError where there is none. */
export function pickPlatform(index: Index, where: string): Descriptor {
	const hit = index.manifests.find((m) => m.platform?.os === "linux" && m.platform.architecture === "amd64");
	if (hit !== undefined) return hit;
	const have = index.manifests
		.flatMap((m) => (m.platform === undefined ? [] : [`${m.platform.os}/${m.platform.architecture}`]))
		.filter((p) => p !== "unknown/unknown");
	const list = [...new Set(have)].slice(0, 20).join(", ").slice(0, 500);
	throw new ImageError(
		"no-platform",
		`${where}: no image for linux/amd64 in its index${list === "" ? "" : `, only ${list}`}`,
		"Policies are made for linux/amd64: push that image too.",
	);
}
