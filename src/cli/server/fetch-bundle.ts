/** One request to a bundle's server: by HTTP or HTTPS, with what the configuration says about the service. */

import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { PlainObject } from "../../value/value.ts";
import { type CliIo, readBytes, readText } from "../io.ts";
import { boolAt, numberAt, objectAt, stringAt } from "./config.ts";

/** Where bundles come from. */
export interface Service {
	readonly url: string;
	/** Read at each request: tokens in files are renewed. */
	readonly headers: () => OutgoingHttpHeaders;
	readonly timeoutMs: number;
	readonly tls: {
		readonly ca?: Buffer;
		readonly cert?: Buffer;
		readonly key?: Buffer;
		readonly rejectUnauthorized: boolean;
	};
}

const supported = ["bearer", "client_tls"];

/** Throws Error where the configuration cannot be followed. */
export function serviceOf(name: string, config: PlainObject, io: CliIo): Service {
	const url = stringAt(config, ["url"]);
	if (url === undefined || !/^https?:\/\//i.test(url))
		throw new Error(`config error: services.${name}.url must be an HTTP address`);
	const credentials = objectAt(config, ["credentials"]);
	for (const kind of Object.keys(credentials)) {
		if (!supported.includes(kind))
			throw new Error(`config error: services.${name}.credentials.${kind} is not supported`);
	}
	const file = (path: readonly string[]): Buffer | undefined => {
		const found = stringAt(config, path);
		return found === undefined ? undefined : Buffer.from(readBytes(io, found));
	};
	const ca = file(["tls", "ca_cert"]);
	const cert = file(["credentials", "client_tls", "cert"]);
	const key = file(["credentials", "client_tls", "private_key"]);
	const fixed = Object.entries(objectAt(config, ["headers"])).map(([k, v]) => [k, String(v)] as const);
	const scheme = stringAt(config, ["credentials", "bearer", "scheme"]) ?? "Bearer";
	const token = stringAt(config, ["credentials", "bearer", "token"]);
	const tokenPath = stringAt(config, ["credentials", "bearer", "token_path"]);
	return {
		url: url.replace(/\/+$/, ""),
		headers: () => {
			const secret = tokenPath === undefined ? token : readText(io, tokenPath).trim();
			return {
				...Object.fromEntries(fixed),
				...(secret === undefined ? {} : { Authorization: `${scheme} ${secret}` }),
			};
		},
		timeoutMs: (numberAt(config, ["response_header_timeout_seconds"]) ?? 10) * 1000,
		tls: {
			rejectUnauthorized: !boolAt(config, ["allow_insecure_tls"]),
			...(ca === undefined ? {} : { ca }),
			...(cert === undefined ? {} : { cert }),
			...(key === undefined ? {} : { key }),
		},
	};
}

export interface Fetched {
	readonly status: number;
	readonly etag: string;
	readonly contentType: string;
	readonly body: Uint8Array;
}

export interface FetchWith {
	readonly headers: OutgoingHttpHeaders;
	/** Milliseconds until the server must begin to answer; 0: it may take its time. */
	readonly timeoutMs: number;
	readonly maxBytes: number;
	readonly signal: AbortSignal;
}

/** Follows redirects, without the secrets where they lead to another host. Rejects with Error. */
export async function fetchFrom(service: Service, path: string, how: FetchWith): Promise<Fetched> {
	let url = new URL(`${service.url}/${path.replace(/^\/+/, "")}`);
	let headers: OutgoingHttpHeaders = { ...service.headers(), ...how.headers };
	for (let hops = 0; hops <= 10; hops++) {
		const answer = await ask(url, headers, service, how);
		const { statusCode = 0 } = answer;
		const { location, etag = "", "content-type": contentType = "" } = answer.headers;
		if (statusCode >= 300 && statusCode < 400 && statusCode !== 304 && location !== undefined) {
			answer.destroy();
			const next = new URL(location, url);
			if (next.host !== url.host) {
				headers = { ...how.headers };
			}
			url = next;
			continue;
		}
		return { status: statusCode, etag, contentType, body: await bodyOf(answer, how.maxBytes) };
	}
	throw new Error("request failed: stopped after 10 redirects");
}

function ask(url: URL, headers: OutgoingHttpHeaders, service: Service, how: FetchWith): Promise<IncomingMessage> {
	return new Promise((resolve, reject) => {
		const send = url.protocol === "https:" ? httpsRequest : httpRequest;
		const request = send(url, { headers, signal: how.signal, ...(url.protocol === "https:" ? service.tls : {}) });
		const timer =
			how.timeoutMs > 0
				? setTimeout(() => request.destroy(new Error("timeout awaiting response headers")), how.timeoutMs)
				: undefined;
		const failed = (e: Error): void => {
			clearTimeout(timer);
			reject(new Error(`request failed: Get "${url.href}": ${e.message}`, { cause: e }));
		};
		request.on("error", failed);
		request.on("response", (answer) => {
			clearTimeout(timer);
			resolve(answer);
		});
		request.end();
	});
}

async function bodyOf(answer: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
	const chunks: Buffer[] = [];
	let length = 0;
	for await (const chunk of answer) {
		const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
		length += bytes.length;
		if (length > maxBytes) {
			answer.destroy();
			throw new Error(`bundle is larger than ${maxBytes} bytes`);
		}
		chunks.push(bytes);
	}
	return Buffer.concat(chunks);
}
