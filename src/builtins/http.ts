/**
 * `http.send`. Off unless the embedder gives a transport; evaluation stays synchronous. A request is
 * made once per query whatever the number of calls; with `cache` or `force_cache` and a shared cache
 * also across queries. Errors abort, or with `raise_error: false` become part of the result.
 */
import { ObjectBuilder, objectEntries, objectGet } from "../value/collections.ts";
import { canonicalKey } from "../value/key.ts";
import { isArray, isObject, type ObjectValue, type Value } from "../value/value.ts";
import { type Builtin, type ContextWith, define, ofModule, t } from "./define.ts";
import { Failure, fail } from "./failure.ts";
import { expiryOf, headerValue, isCacheableStatus, mayStore } from "./http/freshness.ts";
import { booleanParameter, forcedSeconds, readRequest, retryAttempts, UrlFailure } from "./http/request.ts";
import { checkRequestKeys } from "./http/request-keys.ts";
import { type DecodeOptions, responseToValue } from "./http/response.ts";
import {
	type HttpCache,
	type HttpRequest,
	type HttpResponse,
	type HttpTransport,
	HttpTransportError,
} from "./http/transport.ts";

const networkError = "eval_http_send_network_error";
const internalError = "eval_http_send_internal_error";

/** A failure as the query remembers it: the same call fails the same way again. */
class SendFailure extends Error {
	readonly failure: Failure;
	/** Whether OPA reports it with place and code even inside a result. */
	readonly placed: boolean;

	constructor(failure: Failure, placed: boolean) {
		super(failure.message);
		this.failure = failure;
		this.placed = placed;
	}
}

/** Marks failures of f as ones OPA reports with their place. */
function placed<T>(f: () => T): T {
	try {
		return f();
	} catch (e) {
		if (e instanceof UrlFailure) throw new SendFailure(e, false);
		if (e instanceof Failure) throw new SendFailure(e, true);
		throw e;
	}
}

const httpWorld = ["host", "location", "nowNs", "canWait", "awaited"] as const;
type HttpContext = ContextWith<(typeof httpWorld)[number]>;

function httpSend(ctx: HttpContext, operand: Value): ObjectValue | undefined {
	let raise = true;
	try {
		if (isObject(operand)) {
			const flag = objectGet(operand, "raise_error");
			if (flag !== undefined && typeof flag !== "boolean") return ctx.error("invalid value for raise_error field");
			raise = flag !== false;
		}
		return sendOnce(
			ctx,
			placed(() => checkRequestKeys(operand)),
		);
	} catch (e) {
		const failure = e instanceof SendFailure ? e : e instanceof Failure ? new SendFailure(e, false) : undefined;
		if (failure === undefined) throw e;
		return raise ? report(ctx, failure.failure) : errorResult(ctx, failure);
	}
}

function report(ctx: HttpContext, cause: Failure): undefined {
	if (cause.kind === "type") return ctx.typeError(cause.message);
	return ctx.error(cause instanceof UrlFailure ? cause.raisedMessage : cause.message);
}

function errorResult(ctx: HttpContext, failure: SendFailure): ObjectValue {
	const cause = failure.failure;
	const place = ctx.location === "" ? "" : `${ctx.location}: `;
	const code = cause.kind === "type" ? "eval_type_error" : "eval_builtin_error";
	const message = failure.placed ? `${place}${code}: http.send: ${cause.message}` : cause.message;
	const error = { code: cause instanceof UrlFailure ? networkError : internalError, message };
	return { status_code: 0, error };
}

/** The request without the headers that `cache_ignored_headers` names: what makes two calls the same. */
function cacheKeyOf(request: ObjectValue): ObjectValue {
	const ignored = objectGet(request, "cache_ignored_headers");
	const headers = objectGet(request, "headers");
	const out = new ObjectBuilder();
	for (const [k, v] of objectEntries(request)) out.set(k, v);
	out.set("cache_ignored_headers", null);
	if (ignored !== undefined && headers !== undefined) {
		if (!isArray(ignored) || ignored.some((h) => typeof h !== "string")) {
			return fail("cache_ignored_headers must be an array of strings");
		}
		if (!isObject(headers)) throw new SendFailure(new Failure("invalid type for headers key"), true);
		const kept = new ObjectBuilder();
		for (const [k, v] of objectEntries(headers)) if (!ignored.includes(k)) kept.set(k, v);
		out.set("headers", kept.finish());
	}
	return out.finish();
}

/** Answers from the query's memory, else from the shared cache or the network. */
function sendOnce(ctx: HttpContext, request: ObjectValue): ObjectValue {
	const keyObject = cacheKeyOf(request);
	const key = String(canonicalKey(keyObject));
	const sharing = placed(() => readSharing(request));
	const shared = sharing.wanted ? ctx.host.httpCache : undefined;
	const memo = `http.send${key}`;
	const kept = ctx.queryCache.get(memo);
	if (kept instanceof SendFailure) throw kept;
	if (kept !== undefined) return kept as ObjectValue;
	try {
		const decode = (): DecodeOptions => placed(() => readDecoding(request));
		if (shared === undefined) {
			const response = transmit(ctx, request);
			const value = responseToValue(response, decode());
			if (isCacheableStatus(response.statusCode)) ctx.queryCache.set(memo, value);
			return value;
		}
		const options = decode();
		const response =
			fromSharedCache(ctx, shared, key, keyObject, sharing) ?? fetchAndShare(ctx, shared, key, request, sharing);
		const value = responseToValue(response, options);
		if (isCacheableStatus(response.statusCode)) ctx.queryCache.set(memo, value);
		return value;
	} catch (e) {
		if (!(e instanceof Failure || e instanceof SendFailure)) throw e;
		const failure = e instanceof SendFailure ? e : new SendFailure(e, false);
		ctx.queryCache.set(memo, failure);
		throw failure;
	}
}

interface Sharing {
	readonly wanted: boolean;
	/** Positive: keep the response so long, whatever it says. */
	readonly forcedSeconds: number;
}

function readSharing(request: ObjectValue): Sharing {
	const wanted = booleanParameter(objectGet(request, "cache"), "cache");
	const forced = booleanParameter(objectGet(request, "force_cache"), "force_cache");
	if (!forced) return { wanted, forcedSeconds: 0 };
	return { wanted: true, forcedSeconds: forcedSeconds(objectGet(request, "force_cache_duration_seconds")) };
}

function readDecoding(request: ObjectValue): DecodeOptions {
	return {
		forceJson: booleanParameter(objectGet(request, "force_json_decode"), "force_json_decode"),
		forceYaml: booleanParameter(objectGet(request, "force_yaml_decode"), "force_yaml_decode"),
	};
}

function nowMs(ctx: HttpContext): number {
	return Number(ctx.nowNs() / 1_000_000n);
}

/** A fresh response, or a stale one that the server confirmed or replaced. */
function fromSharedCache(
	ctx: HttpContext,
	cache: HttpCache,
	key: string,
	request: ObjectValue,
	sharing: Sharing,
): HttpResponse | undefined {
	const kept = cache.get(key);
	if (kept === undefined) return undefined;
	if (nowMs(ctx) < kept.expiresAt) return kept.response;
	cache.delete(key);
	const conditions: [string, string][] = [];
	const etag = headerValue(kept.response, "etag");
	const modified = headerValue(kept.response, "last-modified");
	if (etag !== "") conditions.push(["If-None-Match", etag]);
	if (modified !== "") conditions.push(["If-Modified-Since", modified]);
	if (conditions.length === 0) return undefined;
	const answer = transmit(ctx, request, conditions);
	if (answer.statusCode === 200) {
		share(ctx, cache, key, answer, sharing);
		return answer;
	}
	if (answer.statusCode !== 304) return undefined;
	const newer = new Map(answer.headers);
	const headers = kept.response.headers.filter(([name]) => !newer.has(name));
	const confirmed: HttpResponse = { ...kept.response, headers: [...headers, ...answer.headers] };
	const expiresAt = expiryFor(ctx, answer, sharing);
	if (expiresAt !== undefined) cache.set(key, { response: confirmed, expiresAt });
	return confirmed;
}

function fetchAndShare(
	ctx: HttpContext,
	cache: HttpCache,
	key: string,
	request: ObjectValue,
	sharing: Sharing,
): HttpResponse {
	const response = transmit(ctx, request);
	share(ctx, cache, key, response, sharing);
	return response;
}

function expiryFor(ctx: HttpContext, response: HttpResponse, sharing: Sharing): number | undefined {
	return sharing.forcedSeconds > 0 ? nowMs(ctx) + sharing.forcedSeconds * 1000 : expiryOf(response);
}

function share(ctx: HttpContext, cache: HttpCache, key: string, response: HttpResponse, sharing: Sharing): void {
	if (sharing.forcedSeconds <= 0 && !mayStore(response)) return;
	if (!isCacheableStatus(response.statusCode)) return;
	const expiresAt = expiryFor(ctx, response, sharing);
	if (expiresAt !== undefined) cache.set(key, { response, expiresAt });
}

function transmit(
	ctx: HttpContext,
	request: ObjectValue,
	extraHeaders: readonly (readonly [string, string])[] = [],
): HttpResponse {
	const { request: read, shownUrl } = placed(() => readRequest(request));
	// A bad value here is reported without its place, unlike all others.
	const maxRetryAttempts = retryAttempts(objectGet(request, "max_retry_attempts"));
	const { httpSend, httpSendAsync } = ctx.host;
	const waiting = ctx.canWait ? httpSendAsync : undefined;
	if (waiting === undefined && httpSend === undefined) {
		return fail(
			httpSendAsync === undefined
				? "HTTP requests are not enabled here (the embedder must allow them)"
				: "the transport for HTTP requests is asynchronous: ask with evaluateAsync or decideAsync",
		);
	}
	const replaced = new Set(extraHeaders.map(([name]) => name));
	const headers = [...read.headers.filter(([name]) => !replaced.has(name)), ...extraHeaders];
	const sent: HttpRequest = { ...read, headers, maxRetryAttempts };
	try {
		if (waiting === undefined) return (httpSend as HttpTransport)(sent);
		// One question however often the evaluation is begun again: that of the request and what is added to it.
		const key = `http.send\u0000${String(canonicalKey(request))}${JSON.stringify(extraHeaders)}`;
		return ctx.awaited(key, () => waiting(sent)) as HttpResponse;
	} catch (e) {
		if (!(e instanceof HttpTransportError)) throw e;
		if (e.kind === "settings") throw new SendFailure(new Failure(e.message), true);
		const at = e.at === undefined || e.at.url === sent.url ? { method: sent.method, url: shownUrl } : e.at;
		throw new UrlFailure(at.method, at.url, e.message, e.timeout);
	}
}

export const http: readonly Builtin[] = ofModule("http", [
	define("http.send", {
		category: "http",
		reads: httpWorld,
		needs: "a transport from the embedder: `host.permissions.httpSend` (Node: `regoplan/http`)",
		args: [["request", t.map(t.string, t.any), "method, url and any of the request parameters"]],
		resultName: "response",
		result: t.map(t.any, t.any),
		resultDoc: "`status`, `status_code`, `body` (decoded JSON or YAML), `raw_body` and `headers`",
		doc: "Sends an HTTP request and returns the response. Refused unless the embedder allows it.",
		nondeterministic: true,
		since: "0.17.0",
		unchecked: true,
		eval: httpSend,
	}),
]);
