/**
 * HTTP for http.send by the host's own fetch: in browsers, workers, Deno, Bun and Node. Only for evaluations that wait
 * (evaluateAsync, decideAsync). The package exports it as `regoplan/fetch`.
 *
 *     const permissions = { httpSendAsync: createFetchTransport({ allowedHosts: ["api.example.com"] }) };
 *     const policy = compile(modules, { host: { permissions } });
 *     await policy.decideAsync("data.authz.allow", input);
 */
import {
	type AsyncHttpTransport,
	type HttpRequest,
	type HttpResponse,
	HttpTransportError,
	type TlsSettings,
} from "../builtins/http/transport.ts";
import { messageOf } from "../thrown.ts";
import { readAll } from "../value/streams.ts";

export {
	type AsyncHttpTransport,
	type CachedResponse,
	createHttpCache,
	type HttpCache,
	type HttpRequest,
	type HttpResponse,
	HttpTransportError,
	type TlsSettings,
} from "../builtins/http/transport.ts";

import type { WebFetch } from "../web-types.ts";

/** What requests may do. */
export interface FetchTransportOptions {
	/** Hosts that may be contacted, redirects included; default all that the host of the program lets it reach. */
	readonly allowedHosts?: readonly string[] | undefined;
	/** Default 64 MiB. */
	readonly maxResponseBytes?: number | undefined;
	/** What fetches; default the host's fetch. */
	readonly fetch?: WebFetch | undefined;
}

/** As Go's client. */
const maxRedirects = 50;

/** A transport for http.send in evaluateAsync and decideAsync. TLS is the host's: settings of its own are refused. */
export function createFetchTransport(options: FetchTransportOptions = {}): AsyncHttpTransport {
	const sending: Sending = {
		allowedHosts: options.allowedHosts === undefined ? undefined : [...options.allowedHosts],
		maxResponseBytes: options.maxResponseBytes ?? 64 * 1024 * 1024,
		fetch: options.fetch ?? ((...args) => globalThis.fetch(...args)),
	};
	return async (request) => {
		checkSettings(request);
		for (let tried = 0; ; tried++) {
			try {
				return await attempt(request, sending);
			} catch (e) {
				const again = e instanceof HttpTransportError && e.kind === "network" && tried < request.maxRetryAttempts;
				if (!again) throw e;
			}
			const pause = Math.min(60_000, 100 * 1.6 ** tried) * (0.8 + 0.2 * Math.random());
			await new Promise((resolve) => setTimeout(resolve, pause));
		}
	};
}

interface Sending {
	readonly allowedHosts: readonly string[] | undefined;
	readonly maxResponseBytes: number;
	readonly fetch: typeof fetch;
}

/** A request on its way. */
interface Step {
	readonly method: string;
	readonly url: URL;
	readonly headers: readonly (readonly [name: string, value: string])[];
	readonly body: Uint8Array;
}

function checkSettings({ tls, socketPath }: HttpRequest): void {
	if (socketPath !== undefined) throw new HttpTransportError("unix sockets are not available to fetch", "settings");
	const setting = (Object.keys(tls) as (keyof TlsSettings)[]).find((k) => tls[k] !== "" && tls[k] !== false);
	if (setting !== undefined) throw new HttpTransportError("TLS settings are not available to fetch", "settings");
}

/** One request and the redirects it leads to, within the time of one. */
async function attempt(request: HttpRequest, sending: Sending): Promise<HttpResponse> {
	const stop = new AbortController();
	const timer =
		request.timeoutMs === undefined
			? undefined
			: setTimeout(() => stop.abort(), Math.min(request.timeoutMs, 2 ** 31 - 1));
	let step: Step = { method: request.method, url: new URL(request.url), headers: request.headers, body: request.body };
	let reading = false;
	try {
		for (let redirects = 0; ; redirects++) {
			checkHost(step, sending.allowedHosts);
			if (redirects > maxRedirects) throw failed(`stopped after ${maxRedirects} redirects`, step);
			const response = await send(step, "manual", sending, stop.signal);
			if (response.type === "opaqueredirect") {
				// A browser does not tell where to: it goes there itself, or nobody does.
				if (!request.followRedirects || sending.allowedHosts !== undefined) {
					throw failed("this host does not tell where a redirect leads", step);
				}
				reading = true;
				return await received(await send(step, "follow", sending, stop.signal), step, sending);
			}
			const next = request.followRedirects ? redirected(step, response) : undefined;
			if (next === undefined) {
				reading = true;
				return await received(response, step, sending);
			}
			await response.body?.cancel();
			step = next;
		}
	} catch (e) {
		if (stop.signal.aborted) {
			const what = reading
				? "(Client.Timeout or context cancellation while reading body)"
				: "(Client.Timeout exceeded while awaiting headers)";
			throw failed(`context deadline exceeded ${what}`, step, true);
		}
		throw e instanceof HttpTransportError ? e : failed(reason(e), step);
	} finally {
		clearTimeout(timer);
	}
}

function send(step: Step, redirect: "manual" | "follow", sending: Sending, signal: AbortSignal): Promise<Response> {
	const { method, url, headers, body } = step;
	// Others are the host's to write.
	const own = headers.filter(([name]) => !/^(?:host|content-length|connection)$/i.test(name));
	return sending.fetch(url, {
		method,
		headers: own.map(([name, value]): [string, string] => [name, asBytes(value)]),
		body: body.length === 0 || method === "GET" || method === "HEAD" ? null : body.slice(),
		redirect,
		signal,
		...unsaid(),
	});
}

let known: RequestInit | undefined;

/** Nothing of the user's own, such as cookies, and nothing kept: where the host has words for it. Some throw at them. */
function unsaid(): RequestInit {
	if (known === undefined) {
		const wanted: RequestInit & { readonly cache: string } = { credentials: "omit", cache: "no-store" };
		try {
			new Request("http://localhost/", wanted);
			known = wanted;
		} catch {
			known = {};
		}
	}
	return known;
}

function checkHost({ url, method }: Step, allowedHosts: readonly string[] | undefined): void {
	const host = url.hostname.replace(/^\[|\]$/g, "");
	if (allowedHosts === undefined || allowedHosts.includes(host)) return;
	throw new HttpTransportError(`disallowed host: ${host}`, "settings", { at: { method, url: url.href } });
}

/** Where a response sends us, as Go's client goes there; undefined where it does not. */
function redirected({ method, url, headers, body }: Step, response: Response): Step | undefined {
	const location = response.headers.get("location");
	if (![301, 302, 303, 307, 308].includes(response.status) || location === null || location === "") return undefined;
	let next: URL;
	try {
		next = new URL(location, url);
	} catch {
		throw failed(`failed to parse Location header ${JSON.stringify(location)}`, { method, url });
	}
	if (next.protocol !== "http:" && next.protocol !== "https:") {
		throw failed(`unsupported protocol scheme "${next.protocol.slice(0, -1)}"`, { method, url: next });
	}
	const foreign = next.hostname !== url.hostname && !next.hostname.endsWith(`.${url.hostname}`);
	const dropped = ["host", ...(foreign ? ["authorization", "www-authenticate", "cookie", "cookie2"] : [])];
	const kept = headers.filter(([name]) => !dropped.includes(name.toLowerCase()));
	if (response.status >= 307) return { method, url: next, headers: kept, body };
	const bare = kept.filter(([name]) => !["content-type", "content-length"].includes(name.toLowerCase()));
	return { method: method === "HEAD" ? "HEAD" : "GET", url: next, headers: bare, body: new Uint8Array(0) };
}

/** A response with its body, which must not be larger than allowed. */
async function received(response: Response, step: Step, { maxResponseBytes }: Sending): Promise<HttpResponse> {
	const body = response.body === null ? new Uint8Array(0) : await readAll(response.body, maxResponseBytes);
	if (body === undefined) throw failed(`response is larger than ${maxResponseBytes} bytes`, step);
	// What fetch has undone is no longer true of the body.
	const undone = response.headers.has("content-encoding") ? ["content-encoding", "content-length"] : [];
	const headers = [...response.headers]
		.filter(([name]) => name !== "set-cookie" && !undone.includes(name))
		.map(([name, value]) => [name, [asText(value)]] as const);
	const cookies = response.headers.getSetCookie().map(asText);
	const all = cookies.length === 0 ? headers : [...headers, ["set-cookie", cookies] as const];
	return {
		statusCode: response.status,
		status: `${response.status} ${asText(response.statusText)}`.trimEnd(),
		headers: all,
		body,
	};
}

/** Headers are bytes to fetch, a character for each of them; for policies, as for OPA, they are UTF-8. */
function asBytes(text: string): string {
	return isAscii(text) ? text : String.fromCharCode(...new TextEncoder().encode(text));
}

/** Some hosts have read them as UTF-8 already. */
function asText(received: string): string {
	const codes = Array.from(received, (c) => c.charCodeAt(0));
	if (isAscii(received) || codes.some((c) => c > 0xff)) return received;
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(codes));
	} catch {
		return received;
	}
}

function isAscii(text: string): boolean {
	for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
	return true;
}

function failed(message: string, { method, url }: Pick<Step, "method" | "url">, timeout = false): HttpTransportError {
	return new HttpTransportError(message, "network", { timeout, at: { method, url: url.href } });
}

/** fetch's own message says little; its cause says what happened, where the host tells. */
function reason(e: unknown): string {
	return e instanceof Error && e.cause instanceof Error && e.cause.message !== "" ? e.cause.message : messageOf(e);
}
