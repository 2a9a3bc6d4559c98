/**
 * Reads images from registries, by OCI's distribution API: pull only. Credentials go to the registry they are for and
 * to the token service that it names, and nowhere else; what comes back is checked by digests elsewhere, so that it
 * does not matter whose storage a redirect leads to.
 */
import type { IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { checkDigest, parseDigest } from "../digest.ts";
import { ImageError } from "../image.ts";
import { maxDocument } from "../json.ts";
import { type Descriptor, manifestAccept } from "../manifest.ts";
import { type ImageReference, repositoryName } from "../reference.ts";
import type { ImageStore, StoredDocument } from "../store.ts";
import { Authorizations, type TokenRequest } from "./auth.ts";
import type { Credentials } from "./docker-config.ts";
import {
	bodyOf,
	type Connections,
	connections,
	get,
	HttpFailure,
	type HttpTimes,
	httpTimes,
	smallBody,
} from "./http.ts";
import { Secrets } from "./secrets.ts";
import { plainText, shownUrl } from "./shown.ts";

export interface RegistryOptions {
	/** Registries that are spoken to without TLS, as references write them: `localhost:5000`; or only the host. */
	readonly insecure?: readonly string[] | undefined;
	/** Asked when a registry wants credentials. */
	readonly credentials?: ((registry: string) => Promise<Credentials | undefined>) | undefined;
	readonly times?: Partial<HttpTimes> | undefined;
	/** The first pause before a repeat; each further one is twice as long. */
	readonly pauseMs?: number | undefined;
}

/** Options for reading one image. */
export interface StoreOptions {
	readonly signal?: AbortSignal | undefined;
	/** For people: that a request is going to be repeated. */
	readonly say?: ((message: string) => void) | undefined;
}

const attempts = 5;
const maxRedirects = 5;
const maxPauseMs = 60_000;
/** An attempt that brought that much of a blob does not count as a failure. */
const worthwhile = 1 << 20;
/** How much of an answer that is an error is read, for its message. */
const maxErrorBody = 64 << 10;

interface Answer {
	readonly response: IncomingMessage;
	readonly url: URL;
}

/** What all readings share: connections, and what registries have been satisfied with. */
interface Shared {
	readonly options: RegistryOptions;
	readonly times: HttpTimes;
	readonly connections: Connections;
	readonly authorizations: Authorizations;
	readonly secrets: Secrets;
}

export class Registries {
	readonly #shared: Shared;

	constructor(options: RegistryOptions = {}) {
		const secrets = new Secrets();
		this.#shared = {
			options,
			secrets,
			times: { ...httpTimes, ...options.times },
			connections: connections(),
			authorizations: new Authorizations({
				credentials: options.credentials ?? (async () => undefined),
				isPlainAllowed: (url) => isInsecure(url.host, options),
				secrets,
			}),
		};
	}

	/** Where an image is to be had. Nothing is asked yet. */
	store(name: ImageReference, options: StoreOptions = {}): ImageStore {
		return new Client(name, this.#shared, options);
	}
}

function isInsecure(host: string, { insecure = [] }: RegistryOptions): boolean {
	return insecure.some((i) => i === host || i === host.replace(/:\d+$/, ""));
}

class Client implements ImageStore {
	readonly place: string;
	readonly #name: ImageReference;
	readonly #base: string;
	readonly #shared: Shared;
	readonly #options: StoreOptions;

	constructor(name: ImageReference, shared: Shared, options: StoreOptions) {
		this.place = repositoryName(name);
		this.#name = name;
		this.#shared = shared;
		this.#options = options;
		const host = name.registry === "docker.io" ? "registry-1.docker.io" : name.registry;
		this.#base = `${this.#isInsecure(name.registry) ? "http" : "https"}://${host}/v2/${name.repository}`;
	}

	#isInsecure(host: string): boolean {
		return isInsecure(host, this.#shared.options);
	}

	async manifest(tagOrDigest: string): Promise<StoredDocument> {
		const url = new URL(`${this.#base}/manifests/${tagOrDigest}`);
		const ask = (): Promise<Answer> => this.#ask(url, manifestAccept, {});
		const { response, bytes } = await this.#whole(ask, `${this.place}: the manifest`);
		const mediaType = response.headers["content-type"]?.split(";", 1)[0]?.trim();
		const said = response.headers["docker-content-digest"];
		if (typeof said === "string") checkSaid(said, bytes, this.place);
		return { bytes, mediaType };
	}

	/** Breaks are mended: what is missing is asked for. */
	async *blob(descriptor: Descriptor): AsyncGenerator<Uint8Array> {
		const url = new URL(`${this.#base}/blobs/${descriptor.digest}`);
		const where = `${this.place}: ${descriptor.digest.slice(0, 19)}`;
		let at = 0;
		let mark = 0;
		for (let failures = 0; ; ) {
			const range: Record<string, string> = at === 0 ? {} : { range: `bytes=${at}-` };
			const { response } = await this.#ask(url, "*/*", range);
			let skip = response.statusCode === 206 ? 0 : at;
			const starts = /^bytes (\d+)-/.exec(response.headers["content-range"] ?? "")?.[1];
			if (response.statusCode === 206 && Number(starts) !== at) {
				response.destroy();
				throw new ImageError("invalid", `${where}: the registry gives another part than it was asked for`);
			}
			let broken = "it ended early";
			try {
				for await (const piece of bodyOf(response, this.#shared.times)) {
					const part = piece.subarray(skip);
					skip -= piece.length - part.length;
					if (part.length === 0) continue;
					at += part.length;
					yield part;
					// More than the manifest says: the reader throws before it asks for the next piece.
				}
				if (at >= descriptor.size) return;
			} catch (e) {
				if (!(e instanceof HttpFailure)) throw e;
				broken = e.message;
			}
			this.#options.signal?.throwIfAborted();
			if (at - mark >= worthwhile) failures = 0;
			mark = at;
			if (++failures >= attempts)
				throw new ImageError("unavailable", `${where}: ${at} of ${descriptor.size} bytes, then ${broken}`);
			await this.#wait(failures, undefined, `${where}: ${broken}`);
		}
	}

	/** Asks with what authorization there is, and once more with what the registry then wants. */
	async #ask(url: URL, accept: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
		let answer = await this.#follow(url, accept, this.#shared.authorizations.known(this.#name), headers);
		// What a redirect led to is not the registry, and does not say who may have its credentials.
		if (answer.response.statusCode === 401 && answer.url.origin === url.origin) {
			answer.response.destroy();
			const challenge = answer.response.headers["www-authenticate"] ?? "";
			const authorization = await this.#shared.authorizations.obtain(this.#name, challenge, answer.url, (at, request) =>
				this.#token(at, request),
			);
			answer = await this.#follow(url, accept, authorization, headers);
		}
		const status = answer.response.statusCode ?? 0;
		if (status === 200 || status === 206) return answer;
		throw await this.#refusal(answer, this.place);
	}

	async #token(url: URL, { authorization, form }: TokenRequest): Promise<Uint8Array> {
		const ask = (): Promise<Answer> => this.#follow(url, "application/json", authorization, {}, form);
		return (await this.#whole(ask, "a token")).bytes;
	}

	/** Follows redirects and repeats what may be repeated. Answers 200, 206, 4xx. */
	async #follow(
		start: URL,
		accept: string,
		authorization: string | undefined,
		headers: Readonly<Record<string, string>>,
		form?: string,
	): Promise<Answer> {
		for (let attempt = 1; ; attempt++) {
			let why: string;
			let after: number | undefined;
			try {
				const answer = await this.#redirected(start, accept, authorization, headers, form);
				const status = answer.response.statusCode ?? 0;
				if (status !== 429 && status < 500) return answer;
				after = retryAfter(answer.response.headers["retry-after"]);
				const tooLong = after !== undefined && after > maxPauseMs;
				if (attempt >= attempts || status === 501 || tooLong) throw await this.#refusal(answer, shownUrl(start));
				answer.response.destroy();
				why = `${shownUrl(answer.url)} answers ${status}`;
			} catch (e) {
				if (!(e instanceof HttpFailure)) throw e;
				this.#options.signal?.throwIfAborted();
				why = `${shownUrl(start)}: ${e.message}`;
				if (attempt >= attempts || e.settled)
					throw new ImageError("unavailable", why, hintFor(e.message, start), { cause: e });
			}
			await this.#wait(attempt, after, why);
		}
	}

	async #redirected(
		start: URL,
		accept: string,
		authorization: string | undefined,
		headers: Readonly<Record<string, string>>,
		form: string | undefined,
	): Promise<Answer> {
		let url = start;
		let credentials = authorization;
		for (let hops = 0; ; hops++) {
			const response = await get(url, {
				headers: { ...headers, accept, ...(credentials === undefined ? {} : { authorization: credentials }) },
				connections: this.#shared.connections,
				times: this.#shared.times,
				signal: this.#options.signal,
				form,
			});
			const status = response.statusCode ?? 0;
			const location = response.headers.location;
			if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return { response, url };
			response.destroy();
			if (form !== undefined)
				throw new ImageError("unauthorized", `${shownUrl(start)}: a redirect, and what it was sent goes nowhere else`);
			if (hops >= maxRedirects)
				throw new ImageError("unavailable", `${shownUrl(start)}: more than ${maxRedirects} redirects`);
			const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
			if (next === undefined || !/^https?:$/.test(next.protocol))
				throw new ImageError("invalid", `${shownUrl(url)}: a redirect to no address`);
			if (next.protocol === "http:" && url.protocol === "https:" && !this.#isInsecure(next.host))
				throw new ImageError(
					"invalid",
					`${shownUrl(url)}: a redirect to ${shownUrl(next)}, without TLS`,
					`If that is meant: --insecure-registry ${next.host}.`,
				);
			// For whoever is on the other side, and for whoever comes after.
			if (next.origin !== url.origin) credentials = undefined;
			next.username = next.password = "";
			url = next;
		}
	}

	/** A document, asked for again where it breaks off. */
	async #whole(
		ask: () => Promise<Answer>,
		what: string,
	): Promise<Pick<Answer, "response"> & { readonly bytes: Buffer }> {
		for (let attempt = 1; ; attempt++) {
			const answer = await ask();
			if (answer.response.statusCode !== 200) throw await this.#refusal(answer, what);
			try {
				const bytes = await smallBody(answer.response, maxDocument, this.#shared.times);
				if (bytes !== undefined) return { response: answer.response, bytes };
				throw new ImageError("unsupported", `${what} has more than ${maxDocument} bytes`);
			} catch (e) {
				if (!(e instanceof HttpFailure)) throw e;
				this.#options.signal?.throwIfAborted();
				const why = `${what}: ${shownUrl(answer.url)}: ${e.message}`;
				if (attempt >= attempts) throw new ImageError("unavailable", why, undefined, { cause: e });
				await this.#wait(attempt, undefined, why);
			}
		}
	}

	async #refusal({ response, url }: Answer, what: string): Promise<ImageError> {
		const status = response.statusCode ?? 0;
		const body = await smallBody(response, maxErrorBody, this.#shared.times).catch(() => undefined);
		// Cut after what is secret in it is gone.
		const words = body === undefined ? "" : plainText(this.#shared.secrets.hide(body.toString("utf8")));
		const said = words === "" ? "" : `: ${words}`;
		const message = `${what}: ${shownUrl(url)} answers ${status}${said}`;
		if (status === 404)
			return new ImageError("not-found", message, "Is the name of the image right, and has it been pushed?");
		if (status === 401 || status === 403)
			return new ImageError(
				"unauthorized",
				message,
				"Is the name of the image right, and are docker credentials for the registry set up (docker login)?",
			);
		if (status === 429) {
			const after = retryAfter(response.headers["retry-after"]);
			const when = after === undefined ? "later" : `in ${Math.ceil(after / 1000)} s`;
			return new ImageError("unavailable", message, `The registry wants fewer requests: try again ${when}.`);
		}
		return new ImageError("unavailable", message);
	}

	async #wait(attempt: number, after: number | undefined, why: string): Promise<void> {
		const step = Math.min(maxPauseMs, (this.#shared.options.pauseMs ?? 500) * 2 ** (attempt - 1));
		// Spread, so that many who were refused together do not come back together.
		const ms = after ?? step / 2 + (Math.random() * step) / 2;
		this.#options.say?.(`${why}; again in ${(ms / 1000).toFixed(1)} s`);
		await pause(ms, undefined, this.#options.signal === undefined ? {} : { signal: this.#options.signal });
	}
}

/** In milliseconds: seconds or a date. */
function retryAfter(header: string | undefined): number | undefined {
	if (header === undefined) return undefined;
	if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
	const date = Date.parse(header);
	return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function hintFor(message: string, url: URL): string | undefined {
	if (url.protocol === "https:" && /wrong version number|packet length too long|EPROTO|SSL routines/i.test(message))
		return `If the registry speaks plain HTTP: --insecure-registry ${url.host}.`;
	if (/self.signed|unable to verify|UNABLE_TO|certificate/i.test(message))
		return "If its certificate is from an authority of your own: NODE_EXTRA_CA_CERTS names a file with it.";
	return undefined;
}

/** The registry's own word for what it sent. */
function checkSaid(said: string, bytes: Uint8Array, where: string): void {
	if (parseDigest(said) === undefined) return;
	const check = checkDigest(said);
	check.update(bytes);
	check.verify(`${where}: manifest`);
}
