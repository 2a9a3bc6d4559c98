/**
 * Images from containerd, as Kata's generator takes them with `-d`: it pulls them by Kubernetes' runtime interface, and
 * they are read from its content store. In: the socket. Out: a store for each image.
 */
import type { MessageObject } from "../../../agent/protocol/message.ts";
import { checkDigest } from "../digest.ts";
import { ImageError } from "../image.ts";
import { maxDocument } from "../json.ts";
import { fullName, type ImageReference, repositoryName } from "../reference.ts";
import type { Credentials } from "../registry/docker-config.ts";
import { Secrets } from "../registry/secrets.ts";
import type { ImageStore, StoredDocument } from "../store.ts";
import { getImage, pullImage, readContent } from "./api.ts";
import { GrpcClient, GrpcError, type GrpcOptions, notFound, socketTrouble, unimplemented } from "./grpc.ts";

export interface ContainerdOptions {
	readonly socket: string;
	/** False: what is there already is taken. */
	readonly pull: boolean;
	readonly credentials: (registry: string) => Promise<Credentials | undefined>;
}

/** Where Kubernetes' images are. */
const namespace = "k8s.io";
const idleMs = 60_000;
/** Nothing is heard of a pull until it is done. */
const pullMs = 30 * 60_000;

export class Containerd {
	readonly #options: ContainerdOptions;
	readonly #client: GrpcClient;
	readonly #secrets: Secrets = new Secrets();

	constructor(options: ContainerdOptions) {
		this.#options = options;
		this.#client = new GrpcClient(options.socket);
	}

	/** Throws ImageError, and what the signal was aborted with. */
	async store(name: ImageReference, signal?: AbortSignal): Promise<ImageStore> {
		if (this.#options.pull) await this.#pull(name, signal);
		const top = name.digest ?? (await this.#digestOf(name, signal));
		const place = `containerd: ${repositoryName(name)}`;
		return {
			place,
			manifest: async (tagOrDigest): Promise<StoredDocument> => {
				const digest = tagOrDigest === name.tag ? top : tagOrDigest;
				const parts: Uint8Array[] = [];
				let size = 0;
				for await (const part of this.#content(digest, place, signal)) {
					size += part.length;
					if (size > maxDocument)
						throw new ImageError("unsupported", `${place}: a manifest of more than ${maxDocument} bytes`);
					parts.push(part);
				}
				const bytes = Buffer.concat(parts);
				const check = checkDigest(digest);
				check.update(bytes);
				check.verify(`${place}: manifest`);
				return { bytes, mediaType: undefined };
			},
			blob: ({ digest }) => this.#content(digest, place, signal),
		};
	}

	async #pull(name: ImageReference, signal: AbortSignal | undefined): Promise<void> {
		const credentials = await this.#options.credentials(name.registry);
		this.#secrets.addCredentials(credentials);
		const auth =
			credentials === undefined
				? {}
				: "identityToken" in credentials
					? { auth: { identity_token: credentials.identityToken } }
					: { auth: { username: credentials.user, password: credentials.password } };
		try {
			await this.#client.one(
				pullImage,
				{ image: { image: fullName(name) }, ...auth },
				{ metadata: {}, idleMs: pullMs, signal },
			);
		} catch (e) {
			// A containerd without the plugin for Kubernetes pulls nothing: what it has is all there is.
			if (e instanceof GrpcError && e.code === unimplemented) return;
			throw this.#error(e, `it cannot pull ${fullName(name)}`);
		}
	}

	/** The digest of what a tag names. */
	async #digestOf(name: ImageReference, signal: AbortSignal | undefined): Promise<string> {
		const full = fullName(name);
		let answer: MessageObject;
		try {
			answer = await this.#client.one(getImage, { name: full }, this.#reading(signal));
		} catch (e) {
			if (e instanceof GrpcError && e.code === notFound)
				throw new ImageError(
					"not-found",
					`containerd at ${this.#options.socket} does not have ${full}`,
					`Pull it: ctr --namespace ${namespace} images pull ${full}.`,
				);
			throw this.#error(e, `it cannot look up ${full}`);
		}
		const digest = textAt(answer, "image", "target", "digest");
		if (digest === undefined || digest === "")
			throw new ImageError("invalid", `containerd at ${this.#options.socket} does not say what ${full} is`);
		return digest;
	}

	async *#content(digest: string, place: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
		try {
			for await (const { data } of this.#client.many(readContent, { digest }, this.#reading(signal)))
				if (data instanceof Uint8Array) yield data;
		} catch (e) {
			if (e instanceof GrpcError && e.code === notFound)
				throw new ImageError(
					"not-found",
					`${place}: its content store does not have ${digest.slice(0, 100)}`,
					"containerd may throw layers away once they are unpacked: set discard_unpacked_layers = false, or take the image from its registry.",
				);
			throw this.#error(e, `it cannot read ${digest.slice(0, 100)}`);
		}
	}

	#reading(signal: AbortSignal | undefined): GrpcOptions {
		return { metadata: { "containerd-namespace": namespace }, idleMs, signal };
	}

	#error(e: unknown, what: string): unknown {
		if (!(e instanceof GrpcError)) return e;
		const trouble = socketTrouble(e);
		const place = `containerd at ${this.#options.socket}`;
		if (trouble !== undefined)
			return new ImageError(
				"unavailable",
				`${place}: ${trouble}`,
				"Is containerd running, and may its socket be used? Often only root may.",
			);
		return new ImageError("unavailable", `${place}: ${what}: ${this.#secrets.hide(e.message)}`, undefined, {
			cause: e,
		});
	}
}

function textAt(message: MessageObject, ...path: readonly string[]): string | undefined {
	let here: unknown = message;
	for (const key of path) {
		if (typeof here !== "object" || here === null) return undefined;
		here = Reflect.get(here, key);
	}
	return typeof here === "string" ? here : undefined;
}
