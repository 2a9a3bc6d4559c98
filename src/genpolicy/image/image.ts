/**
 * What a policy needs to know of a container image, wherever the image is read from: its configuration, and the
 * files that give users and groups their numbers. Layouts, archives, registries and caches are sources of these.
 */

/** Options of the image's configuration that end up in a policy. Absent and empty are not the same. */
export interface ImageConfig {
	readonly architecture: string;
	readonly os: string;
	readonly User: string | undefined;
	readonly Env: readonly string[] | undefined;
	readonly Entrypoint: readonly string[] | undefined;
	readonly Cmd: readonly string[] | undefined;
	readonly WorkingDir: string | undefined;
	/** Docker's `Tty`; OCI's configuration has none. */
	readonly Tty: boolean | undefined;
	/** The keys of `Volumes`, sorted by their UTF-8 bytes: paths in the container. */
	readonly Volumes: readonly string[];
	readonly Labels: ReadonlyMap<string, string>;
}

/** Texts of /etc/passwd and /etc/group; undefined where there is no such file. Bytes that are not UTF-8 are U+FFFD. */
export interface AccountFiles {
	readonly passwd: string | undefined;
	readonly group: string | undefined;
}

export interface ImageLayer {
	readonly mediaType: string;
	/** The digest of the blob as stored. */
	readonly digest: string;
	/** The digest of the uncompressed tar, as the image's configuration says it. */
	readonly diffId: string | undefined;
	readonly size: number;
	/** Kata's generator reads layers compressed with gzip only, and passes over all others without a word. */
	readonly readByKata: boolean;
}

export interface Image {
	/** As asked for. */
	readonly reference: string;
	/** With registry, repository and tag or digest spelt out: `docker.io/library/busybox:1.36`. */
	readonly name: string;
	/** Registry and repository without tag or digest: `docker.io/library/busybox`. */
	readonly repository: string;
	/**
	 * Of what the reference names, an index or a manifest: what pins the image (`sha256:…`). Undefined where it is not
	 * known: archives of `docker save` have no manifests.
	 */
	readonly digest: string | undefined;
	/** The digest of the manifest for linux/amd64: the same as `digest` where that names no index. */
	readonly manifestDigest: string | undefined;
	readonly config: ImageConfig;
	/** Lowest first. */
	readonly layers: readonly ImageLayer[];
	/** What a container sees: every layer read, whiteouts (opaque ones too) followed. */
	readonly accounts: AccountFiles;
	/** What Kata's generator sees: layers of gzip only, no opaque whiteouts, a layer's first entry of a name counts. */
	readonly kataAccounts: AccountFiles;
	/** What could not be read as a container would see it: encrypted layers, links in the place of account files. */
	readonly notes: readonly string[];
}

export interface OpenOptions {
	readonly signal?: AbortSignal;
	/** Called from time to time while much is read: a line for people, such as `docker.io/library/redis:7: 12 of 40 MiB`. */
	readonly onProgress?: (message: string) => void;
}

export interface ImageSource {
	/** Throws ImageError. */
	open(reference: string, options?: OpenOptions): Promise<Image>;
}

export type ImageErrorCode =
	/** The reference does not follow Docker's grammar. */
	| "bad-reference"
	/** No source, registry or layout has it. */
	| "not-found"
	/** An index without linux/amd64. */
	| "no-platform"
	/** The registry wants credentials, or others. */
	| "unauthorized"
	/** The registry could not be reached, or kept failing. */
	| "unavailable"
	/** A digest that does not match, a broken archive, a configuration that is none. */
	| "invalid"
	/** Larger than what is read, or of a kind that is not read (zstd on a Node without it, encrypted layers). */
	| "unsupported";

/** An image that could not be read: why, and what to do about it. Never holds credentials. */
export class ImageError extends Error {
	readonly code: ImageErrorCode;
	/** A way out, for people; a sentence. */
	readonly hint: string | undefined;

	constructor(code: ImageErrorCode, message: string, hint?: string, options?: ErrorOptions) {
		super(message, options);
		this.name = "ImageError";
		this.code = code;
		this.hint = hint;
	}
}
