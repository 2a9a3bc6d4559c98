/** A request as a host hands it in: the Web's Request, or what a server of the host's own kind has. */
import type { Value } from "../value/value.ts";
import type { RequestOfWeb, WebSignal } from "../web-types.ts";

/** A request. */
export interface Incoming {
	readonly method: string;
	/** Path and query as they were written. */
	readonly target: string;
	/** Values of one name joined by commas; undefined where there are none. */
	header(name: string): string | undefined;
	/** Names and values in turn. */
	readonly rawHeaders: readonly string[];
	/** The body, where it has been read already. */
	readonly bytes: Uint8Array | undefined;
	/** Reads all of a body whose length was promised. */
	read(): Promise<Uint8Array>;
	/** Reads a body of any length; undefined where there is none. */
	stream(): AsyncIterable<Uint8Array> | undefined;
	/** Tells when nobody waits for the answer any more. */
	readonly signal: WebSignal | undefined;
	/** Address and port of the client. */
	readonly client: string | undefined;
	/** What the client has shown, verified. */
	certificates(): ClientCertificates | undefined;
}

/** What a client has shown of itself, verified. */
export interface ClientCertificates {
	/** Name of the subject, as Go writes it. */
	readonly subject: string;
	/** The certificates, as OPA gives them to policies. */
	readonly chain: Value;
}

/** What a Request does not say, and its host may know. */
export interface RequestDetails {
	/** The target as it was written: a Request's URL has lost `..` and the like. */
	readonly target?: string | undefined;
	/** Names and values of headers in turn, as they were written. */
	readonly rawHeaders?: readonly string[] | undefined;
	/** Address and port of the client. */
	readonly client?: string | undefined;
	/** The client's certificates, verified. */
	readonly certificates?: (() => ClientCertificates | undefined) | undefined;
}

/** A Request of the Web's kind. */
export class WebRequest implements Incoming {
	readonly #request: RequestOfWeb;
	readonly #details: RequestDetails;
	readonly bytes = undefined;

	constructor(request: RequestOfWeb, details: RequestDetails) {
		this.#request = request;
		this.#details = details;
	}

	get method(): string {
		return this.#request.method;
	}

	get target(): string {
		return this.#details.target ?? targetOf(this.#request.url);
	}

	header(name: string): string | undefined {
		return this.#request.headers.get(name) ?? undefined;
	}

	get rawHeaders(): readonly string[] {
		if (this.#details.rawHeaders !== undefined) return this.#details.rawHeaders;
		const out: string[] = [];
		this.#request.headers.forEach((value, name) => {
			out.push(name, value);
		});
		return out;
	}

	async read(): Promise<Uint8Array> {
		return new Uint8Array(await this.#request.arrayBuffer());
	}

	stream(): AsyncIterable<Uint8Array> | undefined {
		const { body } = this.#request;
		return body === null ? undefined : chunksOf(body);
	}

	get signal(): WebSignal {
		return this.#request.signal;
	}

	get client(): string | undefined {
		return this.#details.client;
	}

	certificates(): ClientCertificates | undefined {
		return this.#details.certificates?.();
	}
}

/** Not every host's streams can be iterated over. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
	const reader = body.getReader();
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return;
			yield value;
		}
	} finally {
		// Who does not read on wants no more.
		await reader.cancel().catch(() => {});
	}
}

function targetOf(url: string): string {
	const start = url.indexOf("/", url.indexOf("//") + 2);
	if (start < 0) return "/";
	const hash = url.indexOf("#", start);
	return url.slice(start, hash < 0 ? undefined : hash);
}
