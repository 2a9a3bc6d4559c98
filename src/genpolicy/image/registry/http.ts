/**
 * One HTTP request: its answer's head, and a body that is read as it comes. Redirects, credentials and repeats are
 * others' business. Every wait has an end: for the head, and for each next piece of the body.
 */
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { version } from "../../../version.ts";

export interface HttpTimes {
	/** Until the head of an answer is there. */
	readonly headMs: number;
	/** Until the next piece of a body is there. */
	readonly idleMs: number;
	/** A whole body of a document. */
	readonly documentMs: number;
}

export const httpTimes: HttpTimes = { headMs: 60_000, idleMs: 60_000, documentMs: 120_000 };

/** Larger heads are an error: tokens and signed addresses come to some kilobytes. */
const maxHeaderSize = 64 << 10;

/** The request failed on the way: it may be tried again, unless another attempt would end the same way. */
export class HttpFailure extends Error {
	readonly settled: boolean;

	constructor(message: string, settled = false, options?: ErrorOptions) {
		super(message, options);
		this.settled = settled;
	}
}

/** No such name, nobody who listens; certificates and talk that TLS and HTTP do not take. */
const settledCodes =
	/^(?:ENOTFOUND|ECONNREFUSED|EPROTO|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|HPE_)/;

export interface Connections {
	readonly http: HttpAgent;
	readonly https: HttpsAgent;
}

/** Connections that wait for more do not keep the process alive. */
export function connections(): Connections {
	const options = { keepAlive: true, maxSockets: 8, maxFreeSockets: 2 };
	return { http: new HttpAgent(options), https: new HttpsAgent(options) };
}

export interface HttpOptions {
	readonly headers: Readonly<Record<string, string>>;
	readonly connections: Connections;
	readonly times: HttpTimes;
	readonly signal: AbortSignal | undefined;
	/** Posted; else it is a GET. */
	readonly form?: string | undefined;
}

/** Throws HttpFailure, and what the signal was aborted with. The body must be read or destroyed. */
export function get(url: URL, options: HttpOptions): Promise<IncomingMessage> {
	const secure = url.protocol === "https:";
	const { signal, times, form } = options;
	return new Promise((resolve, reject) => {
		if (signal?.aborted === true) {
			reject(signal.reason);
			return;
		}
		const request = (secure ? requestHttps : requestHttp)(url, {
			agent: secure ? options.connections.https : options.connections.http,
			headers: {
				"user-agent": `regoplan/${version}`,
				"accept-encoding": "identity",
				...options.headers,
				...(form === undefined ? {} : formHeaders(form)),
			},
			method: form === undefined ? "GET" : "POST",
			maxHeaderSize,
		});
		const abort = (): void => {
			request.destroy(toError(signal?.reason));
		};
		// Not only of silence: heads of 1xx could come for ever.
		const timer = setTimeout(
			() => request.destroy(new HttpFailure(`no answer within ${times.headMs / 1000} s`)),
			times.headMs,
		);
		signal?.addEventListener("abort", abort, { once: true });
		request.on("response", (response) => {
			clearTimeout(timer);
			response.setTimeout(times.idleMs, () => {
				response.destroy(new HttpFailure(`nothing more for ${times.idleMs / 1000} s`));
			});
			response.on("close", () => signal?.removeEventListener("abort", abort));
			resolve(response);
		});
		request.on("error", (e) => {
			clearTimeout(timer);
			signal?.removeEventListener("abort", abort);
			reject(signal?.aborted === true ? signal.reason : toFailure(e));
		});
		request.end(form);
	});
}

function formHeaders(form: string): Readonly<Record<string, string | number>> {
	return { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(form) };
}

/** A body may be slow, but not so slow that it never ends: that many bytes in the time of idleMs. */
const least = 64 << 10;

/** The pieces of a body. Throws HttpFailure where it breaks off. */
export async function* bodyOf(response: IncomingMessage, times: HttpTimes): AsyncGenerator<Uint8Array> {
	try {
		let since = performance.now();
		let got = 0;
		for await (const piece of response) {
			got += piece.length;
			yield piece;
			const now = performance.now();
			if (now - since < times.idleMs) continue;
			if (got < least) throw new HttpFailure(`only ${got} bytes in ${times.idleMs / 1000} s`);
			since = now;
			got = 0;
		}
	} catch (e) {
		throw toFailure(e);
	} finally {
		response.destroy();
	}
}

/** A small body, up to `most` bytes; undefined where it is larger. Throws HttpFailure. */
export async function smallBody(
	response: IncomingMessage,
	most: number,
	times: HttpTimes,
): Promise<Buffer | undefined> {
	const timer = setTimeout(
		() => response.destroy(new HttpFailure(`not all of it within ${times.documentMs / 1000} s`)),
		times.documentMs,
	);
	const parts: Uint8Array[] = [];
	let size = 0;
	try {
		for await (const part of bodyOf(response, times)) {
			size += part.length;
			if (size > most) return undefined;
			parts.push(part);
		}
	} finally {
		clearTimeout(timer);
	}
	return Buffer.concat(parts);
}

function toFailure(e: unknown): Error {
	if (e instanceof HttpFailure) return e;
	const error = toError(e);
	const code = "code" in error && typeof error.code === "string" ? error.code : "";
	if (code === "HPE_HEADER_OVERFLOW")
		return new HttpFailure(`its answer has headers of more than ${maxHeaderSize} bytes`, true);
	// Each of several addresses may have failed for its own reason.
	const inner = e instanceof AggregateError ? e.errors.map((x) => toError(x).message).join("; ") : "";
	return new HttpFailure(inner || error.message || code, settledCodes.test(code), { cause: e });
}

function toError(e: unknown): Error {
	return e instanceof Error ? e : new Error(String(e));
}
