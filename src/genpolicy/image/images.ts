/**
 * Where images come from: what is at hand first, then registries. In: places, registries that speak plain HTTP, a cache
 * of layers. Out: an image source that reads each image once.
 */
import { Containerd } from "./containerd/containerd.ts";
import { type Image, ImageError, type ImageSource, type OpenOptions } from "./image.ts";
import { LayersCache } from "./layers-cache.ts";
import { LocalImages } from "./local/local-images.ts";
import { Progress } from "./progress.ts";
import { readImage } from "./read-image.ts";
import { fullName, type ImageReference, parseReference, repositoryName } from "./reference.ts";
import { Registries } from "./registry/client.ts";
import { type Credentials, findCredentials } from "./registry/docker-config.ts";
import type { HttpTimes } from "./registry/http.ts";

export interface ImagesOptions {
	/** Layouts, archives, and folders of them. */
	readonly local?: readonly string[] | undefined;
	/** Where relative paths begin; default the process's folder. */
	readonly cwd?: string | undefined;
	/** Whether registries are asked for what is not at hand, and containerd pulls it; default true. */
	readonly registries?: boolean | undefined;
	/** The socket of a containerd, which is asked instead of registries. */
	readonly containerd?: string | undefined;
	/** Registries that speak plain HTTP, as references write them. */
	readonly insecureRegistries?: readonly string[] | undefined;
	/** The file of layers that Kata's generator keeps. */
	readonly layersCache?: string | undefined;
	/** Where Docker's configuration and the helpers are found; default the process's environment. */
	readonly env?: Readonly<Record<string, string | undefined>> | undefined;
	/** Instead of Docker's configuration. */
	readonly credentials?: ((registry: string) => Promise<Credentials | undefined>) | undefined;
	/** For people: what was found wrong and passed over. */
	readonly warn?: ((message: string) => void) | undefined;
	readonly times?: Partial<HttpTimes> | undefined;
	/** The first pause before a request is repeated; default half a second. */
	readonly pauseMs?: number | undefined;
}

/** How many images are read at the same time. */
const atOnce = 4;

export class Images implements ImageSource {
	readonly #options: ImagesOptions;
	readonly #local: LocalImages;
	readonly #registries: Registries;
	readonly #containerd: Containerd | undefined;
	readonly #cache: LayersCache;
	readonly #opened: Map<string, Promise<Image>> = new Map();
	#running = 0;
	readonly #waiting: (() => void)[] = [];

	/** Throws ImageError where the layers cache cannot be read. */
	constructor(options: ImagesOptions = {}) {
		this.#options = options;
		this.#local = new LocalImages(options.local ?? [], options.cwd ?? process.cwd());
		const { env = process.env } = options;
		const credentials = options.credentials ?? ((registry: string) => findCredentials(registry, env));
		this.#containerd =
			options.containerd === undefined
				? undefined
				: new Containerd({ socket: options.containerd, pull: options.registries !== false, credentials });
		this.#registries = new Registries({
			insecure: options.insecureRegistries,
			credentials,
			times: options.times,
			pauseMs: options.pauseMs,
		});
		this.#cache = new LayersCache(options.layersCache);
		if (this.#cache.problem !== undefined) options.warn?.(this.#cache.problem);
	}

	/** Throws ImageError. An image that was opened before is not read again. */
	async open(reference: string, options: OpenOptions = {}): Promise<Image> {
		const name = fullName(parseReference(reference));
		let opened = this.#opened.get(name);
		if (opened === undefined) {
			opened = this.#inTurn(() => this.#read(reference, options));
			this.#opened.set(name, opened);
			// What failed may succeed later.
			opened.catch(() => this.#opened.delete(name));
		}
		const image = await opened;
		return image.reference === reference ? image : { ...image, reference };
	}

	/** Writes the layers cache, if there is one and it changed. Throws ImageError. */
	save(): void {
		this.#cache.save();
	}

	async #read(reference: string, options: OpenOptions): Promise<Image> {
		const name = parseReference(reference);
		const progress = new Progress(fullName(name), options.onProgress);
		const reading = { ...options, reference, cache: this.#cache, progress };
		const local = await this.#local.find(name);
		if (local !== undefined) return await readImage(name, local, reading);
		if (this.#options.registries === false && this.#containerd === undefined) throw this.#notAtHand(name);
		// What is still under way when a reading has failed is broken off.
		const failed = new AbortController();
		const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
		try {
			const store =
				(await this.#containerd?.store(name, signal)) ??
				this.#registries.store(name, { signal, say: (what) => progress.say(what) });
			return await readImage(name, store, reading);
		} catch (e) {
			failed.abort(e);
			throw e;
		}
	}

	#notAtHand(name: ImageReference): ImageError {
		const places = (this.#options.local ?? []).join(", ");
		const problems = this.#local.problems.slice(0, 5).map((p) => ` (${p})`);
		return new ImageError(
			"not-found",
			`${fullName(name)} is not in ${places === "" ? "any place that was given" : places}${problems.join("")}`,
			`Put it there: skopeo copy docker://${fullName(name)} oci:FOLDER/${repositoryName(name)}:${name.tag ?? "TAG"}, or docker save.`,
		);
	}

	async #inTurn<T>(work: () => Promise<T>): Promise<T> {
		if (this.#running >= atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
		else this.#running++;
		try {
			return await work();
		} finally {
			const next = this.#waiting.shift();
			if (next === undefined) this.#running--;
			else next();
		}
	}
}
