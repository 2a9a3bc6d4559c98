/**
 * What http.send needs of its host: something that performs one HTTP request, synchronously. The
 * builtin validates, caches and decodes; a transport connects, follows redirects and retries. Node's
 * is src/host/http-node.ts. Also the cache that an embedder may share between queries.
 */

import { branded } from "../../value/brand.ts";

/** TLS settings as the policy gave them; where contents come from is for the transport to resolve. */
export interface TlsSettings {
	readonly insecureSkipVerify: boolean;
	readonly useSystemCerts: boolean;
	/** Empty strings mean not given. */
	readonly serverName: string;
	readonly caCert: string;
	readonly caCertFile: string;
	readonly caCertEnv: string;
	readonly clientCert: string;
	readonly clientKey: string;
	readonly clientCertFile: string;
	readonly clientKeyFile: string;
	readonly clientCertEnv: string;
	readonly clientKeyEnv: string;
}

/** What a transport of http.send is to send. */
export interface HttpRequest {
	readonly method: string;
	/** Absolute, http or https; no credentials, no fragment. */
	readonly url: string;
	/** Connect to this unix domain socket instead. */
	readonly socketPath: string | undefined;
	/** Names in canonical form, each at most once. */
	readonly headers: readonly (readonly [name: string, value: string])[];
	readonly body: Uint8Array;
	/** For each attempt; undefined: none. */
	readonly timeoutMs: number | undefined;
	readonly followRedirects: boolean;
	readonly maxRetryAttempts: number;
	readonly tls: TlsSettings;
}

/** What a transport of http.send received. */
export interface HttpResponse {
	readonly statusCode: number;
	/** `200 OK`. */
	readonly status: string;
	/** Lower-case names, values in the order received. */
	readonly headers: readonly (readonly [name: string, values: readonly string[]])[];
	/** Content encodings that the transport asked for by itself are undone. */
	readonly body: Uint8Array;
}

/** Performs a request or throws HttpTransportError. */
export type HttpTransport = (request: HttpRequest) => HttpResponse;

/** As HttpTransport, for evaluations that wait (evaluateAsync, decideAsync). */
export type AsyncHttpTransport = (request: HttpRequest) => Promise<HttpResponse>;

/** What a transport throws. */
export class HttpTransportError extends Error {
	/** `network`: sending failed; `settings`: the request could not even be made of its settings. */
	readonly kind: "network" | "settings";
	readonly timeout: boolean;
	/** The request that failed, after redirects. */
	readonly at: { readonly method: string; readonly url: string } | undefined;

	constructor(
		message: string,
		kind: "network" | "settings",
		options: { readonly timeout?: boolean; readonly at?: { readonly method: string; readonly url: string } } = {},
	) {
		super(message);
		this.name = "HttpTransportError";
		this.kind = kind;
		this.timeout = options.timeout ?? false;
		this.at = options.at;
	}
}

branded(HttpTransportError, "http-transport-error");

/** A response that http.send keeps. */
export interface CachedResponse {
	readonly response: HttpResponse;
	/** Milliseconds since 1970; in the past: only good for revalidation. */
	readonly expiresAt: number;
}

/** Responses kept between queries. */
export interface HttpCache {
	get(key: string): CachedResponse | undefined;
	set(key: string, entry: CachedResponse): void;
	delete(key: string): void;
}

/** A cache in memory that forgets the oldest entries beyond maxBytes of response bodies and headers. */
export function createHttpCache(options: { readonly maxBytes?: number } = {}): HttpCache {
	const maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
	const entries = new Map<string, { readonly entry: CachedResponse; readonly size: number }>();
	let total = 0;
	const remove = (key: string): void => {
		total -= entries.get(key)?.size ?? 0;
		entries.delete(key);
	};
	return {
		get: (key) => entries.get(key)?.entry,
		set: (key, entry) => {
			remove(key);
			const size = key.length + entry.response.body.length + JSON.stringify(entry.response.headers).length;
			if (size > maxBytes) return;
			entries.set(key, { entry, size });
			total += size;
			for (const oldest of entries.keys()) {
				if (total <= maxBytes) break;
				remove(oldest);
			}
		},
		delete: remove,
	};
}
