/**
 * http.send by `fetch`, for hosts that have nothing else: pages, workers, Deno. The package exports it as
 * `regoplan/fetch`. It answers evaluations that wait (evaluateAsync, decideAsync); fetch has no other way.
 *
 *     compile(modules, { host: { permissions: { httpSendAsync: createFetchTransport({ allowedHosts: ["…"] }) } } });
 *
 * What fetch cannot do is an error and never done differently: certificates and other TLS settings, unix sockets,
 * bodies of GET. A page may see fewer headers, and redirects only when they are followed for it (CORS).
 */
import {
	type AsyncHttpTransport,
	type HttpRequest,
	type HttpResponse,
	HttpTransportError,
} from "../builtins/http/transport.ts";
import { messageOf } from "../thrown.ts";

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

/** What requests may do. */
export interface FetchTransportOptions {
	/** Hosts that may be contacted, redirects included; default all. */
	readonly allowedHosts?: readonly string[] | undefined;
	/** Default 64 MiB. */
	readonly maxResponseBytes?: number | undefined;
	/** Default the host's own. */
	readonly fetch?: typeof fetch | undefined;
}

/** As Go's client. */
const mostRedirects = 10;
const defaultMost = 64 << 20;

/** A transport for http.send in evaluateAsync and decideAsync. */
export function createFetchTransport(options: FetchTransportOptions = {}): AsyncHttpTransport {
	const allowed = options.allowedHosts === undefined ? undefined : new Set(options.allowedHosts);
	const most = options.maxResponseBytes ?? defaultMost;
	return async (request) => {
		const send = options.fetch ?? fetch;
		refuseSettings(request);
		for (let attempt = 0; ; attempt++) {
			try {
				return await within(request, (signal, at) => follow(request, { send, allowed, most, signal, at }));
			} catch (e) {
				const again = e instanceof HttpTransportError && e.kind === "network" && attempt < request.maxRetryAttempts;
				if (!again) throw e;
				await new Promise((resolve) => setTimeout(resolve, Math.min(60_000, 100 * 1.6 ** attempt)));
			}
		}
	};
}

/** The request that is underway, after redirects. */
interface Place {
	method: string;
	url: string;
}

interface Sending {
	readonly send: typeof fetch;
	readonly allowed: ReadonlySet<string> | undefined;
	readonly most: number;
	readonly signal: AbortSignal;
	readonly at: Place;
}

/** Throws for what the policy asks for and fetch has not. */
function refuseSettings({ tls, socketPath, method, body }: HttpRequest): void {
	const refused = (what: string): HttpTransportError =>
		new HttpTransportError(`${what} cannot be had from this host's fetch`, "settings");
	if (socketPath !== undefined) throw refused("a unix socket");
	if (body.length > 0 && (method === "GET" || method === "HEAD")) throw refused(`a body of ${method}`);
	const set = tlsNames.find((name) => tls[name] !== "" && tls[name] !== false);
	if (set !== undefined) throw refused(`the TLS setting ${set}`);
}

/** What differs from a request that says nothing of TLS; the host's own certificates are what it has. */
const tlsNames = [
	...(["insecureSkipVerify", "serverName", "caCert", "caCertFile", "caCertEnv", "clientCert"] as const),
	...(["clientKey", "clientCertFile", "clientKeyFile", "clientCertEnv", "clientKeyEnv"] as const),
];

/** One attempt, within its time. Throws HttpTransportError. */
async function within(
	{ method, url, timeoutMs }: HttpRequest,
	attempt: (signal: AbortSignal, at: Place) => Promise<HttpResponse>,
): Promise<HttpResponse> {
	const at: Place = { method, url };
	const gone = new AbortController();
	const timer = timeoutMs === undefined ? undefined : setTimeout(() => gone.abort(), timeoutMs);
	try {
		return await attempt(gone.signal, at);
	} catch (e) {
		if (e instanceof HttpTransportError) throw e;
		const timeout = gone.signal.aborted;
		const what = timeout ? "context deadline exceeded (Client.Timeout exceeded while awaiting headers)" : messageOf(e);
		throw new HttpTransportError(what, "network", { timeout, at: { ...at } });
	} finally {
		clearTimeout(timer);
	}
}

/** Sends a request, and those that its answers lead to. */
async function follow(request: HttpRequest, s: Sending): Promise<HttpResponse> {
	let { method, body, headers } = request;
	let url = new URL(request.url);
	for (let redirects = 0; ; redirects++) {
		s.at.method = method;
		s.at.url = url.href;
		const host = url.hostname.replace(/^\[|\]$/g, "");
		if (s.allowed?.has(host) === false) throw new HttpTransportError(`disallowed host: ${host}`, "settings");
		const answer = await s.send(url, {
			method,
			headers: headers.map(([name, value]) => [name, value]),
			// A blob can be sent once more where a redirect wants it; the bytes themselves are gone by then.
			...(body.length === 0 ? {} : { body: new Blob([Uint8Array.from(body)]) }),
			// Where any host will do, the host follows by itself: pages cannot see where redirects lead.
			redirect: request.followRedirects && s.allowed === undefined ? "follow" : "manual",
			credentials: "omit",
			signal: s.signal,
		});
		if (answer.type === "opaqueredirect") {
			throw new HttpTransportError("this host does not show redirects", "network", { at: { ...s.at } });
		}
		const location = answer.headers.get("location");
		const redirect = [301, 302, 303, 307, 308].includes(answer.status) && location !== null;
		if (!request.followRedirects || !redirect) return received(answer, s);
		await answer.body?.cancel();
		if (redirects === mostRedirects) {
			throw new HttpTransportError(`stopped after ${mostRedirects} redirects`, "network", { at: { ...s.at } });
		}
		const next = new URL(location, url);
		if (next.protocol !== "http:" && next.protocol !== "https:") {
			throw new HttpTransportError(`unsupported protocol scheme "${next.protocol.slice(0, -1)}"`, "network", {
				at: { ...s.at },
			});
		}
		// As Go: what authorises is for the host that it was given for, and only 307 and 308 keep the method.
		if (next.host !== url.host)
			headers = headers.filter(([name]) => !/^(?:authorization|cookie2?|www-authenticate)$/i.test(name));
		if (answer.status < 307 && method !== "HEAD") {
			if (method !== "GET") headers = headers.filter(([name]) => !/^content-/i.test(name));
			method = "GET";
			body = new Uint8Array(0);
		}
		url = next;
	}
}

async function received(answer: Response, { most, at }: Sending): Promise<HttpResponse> {
	const headers = new Map<string, string[]>();
	for (const [name, value] of answer.headers) headers.set(name, [...(headers.get(name) ?? []), value]);
	const status = `${answer.status} ${answer.statusText}`.trim();
	return { statusCode: answer.status, status, headers: [...headers], body: await bodyOf(answer, most, at) };
}

/** Throws where it is longer than it may be, before all of it is there. */
async function bodyOf(answer: Response, most: number, at: Place): Promise<Uint8Array> {
	const chunks: Uint8Array[] = [];
	let length = 0;
	const reader = answer.body?.getReader();
	for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
		length += part.value.length;
		if (length > most) {
			await reader?.cancel();
			throw new HttpTransportError(`response is larger than ${most} bytes`, "network", { at: { ...at } });
		}
		chunks.push(part.value);
	}
	const body = new Uint8Array(length);
	let offset = 0;
	for (const c of chunks) {
		body.set(c, offset);
		offset += c.length;
	}
	return body;
}
