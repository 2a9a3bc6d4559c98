/**
 * From a policy's request object to the HttpRequest a transport performs. Checks and error texts are
 * those of OPA and, for what its HTTP client would refuse, of Go's net/http.
 */

import { fromByteString, toByteString } from "../../go/byte-string.ts";
import { parseDuration } from "../../go/duration.ts";
import { encodedPath, formatGoUrl, type GoUrl, parseGoUrl } from "../../go/url.ts";
import { objectEntries } from "../../value/collections.ts";
import { toJson } from "../../value/json.ts";
import { numberText } from "../../value/number.ts";
import { quoteGo, termText } from "../../value/term-text.ts";
import { toUtf8 } from "../../value/utf8.ts";
import { isArray, isNumber, isObject, type ObjectValue, typeName, type Value } from "../../value/value.ts";
import { encodeBase64 } from "../crypto/base64.ts";
import { Failure, fail, toInt64 } from "../failure.ts";
import { stringParameters } from "./request-keys.ts";
import type { HttpRequest, TlsSettings } from "./transport.ts";

const defaultTimeoutMs = 5000;

/** A refusal that Go's client would word as `Get "http://…": reason`. */
export class UrlFailure extends Failure {
	readonly method: string;
	readonly url: string;
	readonly reason: string;
	readonly timeout: boolean;

	constructor(method: string, url: string, reason: string, timeout = false) {
		super(`${operation(method)} ${quoteGo(url)}: ${reason}`);
		this.method = method;
		this.url = url;
		this.reason = reason;
		this.timeout = timeout;
	}

	/** The text shown when the error is raised: Go's words on timeouts only confuse. */
	get raisedMessage(): string {
		return this.timeout ? `${operation(this.method)} ${this.url}: request timed out` : this.message;
	}
}

/** `GET` → `Get`. */
function operation(method: string): string {
	return method === "" ? "Get" : method.charAt(0) + method.slice(1).toLowerCase();
}

/** Parameters by name, strings without enclosing quotes as OPA takes them. */
interface Parameters {
	readonly text: (name: string) => string;
	readonly value: (name: string) => Value | undefined;
}

export interface ReadRequest {
	/** All but its retries, which OPA looks at last. */
	readonly request: Omit<HttpRequest, "maxRetryAttempts">;
	/** The URL as error messages show it: complete, but for a password. */
	readonly shownUrl: string;
}

export function readRequest(o: ObjectValue): ReadRequest {
	const texts = new Map<string, string>();
	const values = new Map<string, Value>();
	const flags = new Map<string, boolean>();
	let timeoutMs: number | undefined = defaultTimeoutMs;
	let headers: ReadonlyMap<string, Value> = new Map();
	for (const [k, v] of objectEntries(o)) {
		const name = k as string;
		values.set(name, v);
		if (typeof v === "string") texts.set(name, v.replace(/^"+|"+$/g, ""));
		else if (stringParameters.has(name)) return fail(`${quoteGo(name)} must be a string`);
		if (name === "enable_redirect" || name === "tls_use_system_certs" || name === "tls_insecure_skip_verify") {
			flags.set(name, parseBool(v));
		} else if (name === "timeout") timeoutMs = parseTimeout(v);
		else if (name === "headers") headers = readHeaderObject(v);
	}
	const parameters: Parameters = { text: (n) => texts.get(n) ?? "", value: (n) => values.get(n) };
	const method = parameters.text("method").toUpperCase();
	if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/.test(method)) return fail(`net/http: invalid method ${quoteGo(method)}`);
	const target = readTarget(parameters.text("url"));
	const sent = headerList(headers, target.url, target.shown, method);
	const host = headers.get("Host");
	const request = {
		method: method === "" ? "GET" : method,
		url: target.requestUrl(method),
		socketPath: target.socketPath,
		headers: sent,
		body: bodyOf(parameters),
		timeoutMs,
		followRedirects: flags.get("enable_redirect") ?? false,
		tls: readTls(parameters, flags, typeof host === "string" ? host : ""),
	};
	return { request, shownUrl: target.shown };
}

/** Go's strconv.ParseBool of the value's text. */
function parseBool(v: Value): boolean {
	const text = termText(v);
	if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true;
	if (/^(?:0|f|F|false|FALSE|False)$/.test(text)) return false;
	return fail(`strconv.ParseBool: parsing ${quoteGo(text)}: invalid syntax`);
}

/** Milliseconds; undefined for no timeout. */
function parseTimeout(v: Value): number | undefined {
	let ns: bigint;
	if (isNumber(v)) ns = toInt64(v) ?? fail(`invalid timeout number value ${numberText(v)}, must be int64`);
	else if (typeof v !== "string") {
		throw new Failure(`operand 1 'timeout' must be one of {string, number} but got ${typeName(v)}`, "type");
	} else if (/^[+-]?[0-9]{1,19}$/.test(v)) ns = BigInt(v);
	else {
		const unknown = unknownUnit(v);
		const d = unknown === undefined ? parseDuration(v) : { error: unknown };
		if ("error" in d) return fail(`invalid timeout value ${quoteGo(v)}: ${d.error}`);
		ns = d.ok;
	}
	return ns <= 0n ? undefined : Math.max(1, Math.ceil(Number(ns) / 1_000_000));
}

/** Go's complaint about a unit it does not have: days and longer are for time.parse_duration_ns only. */
function unknownUnit(text: string): string | undefined {
	for (const [, unit = ""] of text.matchAll(/[0-9.]+([^0-9.]+)/g)) {
		if (/^[dwy]/.test(unit)) return `time: unknown unit ${quoteGo(unit)} in duration ${quoteGo(text)}`;
	}
	return undefined;
}

function readHeaderObject(v: Value): ReadonlyMap<string, Value> {
	if (!isObject(v)) return fail("invalid type for headers key");
	return new Map(objectEntries(v).map(([k, item]) => [canonicalHeader(typeof k === "string" ? k : toJson(k)), item]));
}

/** `content-type` → `Content-Type`; names that are not tokens stay as they are. */
function canonicalHeader(name: string): string {
	if (!isToken(name)) return name;
	return name.toLowerCase().replace(/(?:^|-)[a-z]/g, (m) => m.toUpperCase());
}

function isToken(s: string): boolean {
	return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(s);
}

/** What Go's `%q` makes of a value that is no string. */
function quotedValue(v: Value): string {
	if (v === null) return "%!q(<nil>)";
	if (typeof v === "boolean") return `%!q(bool=${v})`;
	if (typeof v === "string") return quoteGo(v);
	if (isNumber(v)) return quoteGo(numberText(v));
	if (isArray(v)) return `[${v.map(quotedValue).join(" ")}]`;
	if (!isObject(v)) return `[${[...v].map(quotedValue).join(" ")}]`;
	return `map[${objectEntries(v)
		.map(([k, item]) => `${quotedValue(k)}:${quotedValue(item)}`)
		.join(" ")}]`;
}

function headerList(
	headers: ReadonlyMap<string, Value>,
	url: GoUrl,
	shown: string,
	method: string,
): readonly (readonly [string, string])[] {
	const out: [string, string][] = [];
	for (const [name, v] of headers) {
		if (typeof v !== "string") return fail(`invalid type for headers value ${quotedValue(v)}`);
		out.push([name, v]);
	}
	for (const [name, v] of out) {
		if (!isToken(name)) throw new UrlFailure(method, shown, `net/http: invalid header field name ${quoteGo(name)}`);
		if (/[\x00-\x08\x0a-\x1f\x7f]/.test(v)) {
			throw new UrlFailure(method, shown, `net/http: invalid header field value for ${quoteGo(name)}`);
		}
	}
	if (url.user !== undefined && !headers.has("Authorization")) {
		const decoded = url.user.replace(/%([0-9a-fA-F]{2})/g, (_, h: string) =>
			String.fromCharCode(Number.parseInt(h, 16)),
		);
		const withColon = decoded.includes(":") ? decoded : `${decoded}:`;
		const bytes = Uint8Array.from(withColon, (c) => c.charCodeAt(0));
		out.push(["Authorization", `Basic ${encodeBase64(bytes)}`]);
	}
	return out;
}

interface Target {
	readonly url: GoUrl;
	/** As error messages show it. */
	readonly shown: string;
	readonly socketPath: string | undefined;
	/** What the transport is given; refuses what Go's client would. */
	readonly requestUrl: (method: string) => string;
}

function readTarget(text: string): Target {
	const parsed = parseGoUrl(text);
	if ("error" in parsed) return fail(parsed.error);
	let url = parsed;
	let socketPath: string | undefined;
	if (parsed.scheme === "unix" && parsed.rawQuery !== "") {
		// The socket is named by the query, the rest of the URL is an ordinary request to it.
		const query = new URLSearchParams(fromByteString(parsed.rawQuery));
		socketPath = query.get("socket") ?? "";
		query.delete("socket");
		query.sort();
		url = { ...parsed, scheme: "http", rawQuery: toByteString(query.toString()) };
	}
	const safe = url.user?.includes(":") === true ? { ...url, user: `${url.user.split(":", 1)[0]}:***` } : url;
	const shown = fromByteString(formatGoUrl(safe));
	return { url, shown, socketPath, requestUrl: (method) => requestUrl(url, shown, method) };
}

function requestUrl(url: GoUrl, shown: string, method: string): string {
	if (url.scheme !== "http" && url.scheme !== "https") {
		throw new UrlFailure(method, shown, `unsupported protocol scheme ${quoteGo(url.scheme)}`);
	}
	if (url.host === "") throw new UrlFailure(method, shown, "http: no Host in request URL");
	const path = encodedPath(url);
	const query = url.forceQuery || url.rawQuery !== "" ? `?${url.rawQuery}` : "";
	const escaped = `${path}${query}`.replace(/[^\x21-\x7e]/g, (c) => {
		return `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
	});
	return `${url.scheme}://${fromByteString(url.host)}${escaped.startsWith("/") ? "" : "/"}${escaped}`;
}

function bodyOf(p: Parameters): Uint8Array {
	if (p.value("raw_body") !== undefined) return toUtf8(p.text("raw_body"));
	const body = p.value("body");
	return body === undefined ? new Uint8Array(0) : toUtf8(toJson(body, { escapeHtml: true }));
}

function readTls(p: Parameters, flags: ReadonlyMap<string, boolean>, hostHeader: string): TlsSettings {
	return {
		insecureSkipVerify: flags.get("tls_insecure_skip_verify") ?? false,
		useSystemCerts: flags.get("tls_use_system_certs") ?? false,
		serverName: p.text("tls_server_name") || hostHeader,
		caCert: p.text("tls_ca_cert").replaceAll("\\n", "\n"),
		caCertFile: p.text("tls_ca_cert_file"),
		caCertEnv: p.text("tls_ca_cert_env_variable"),
		clientCert: p.text("tls_client_cert"),
		clientKey: p.text("tls_client_key"),
		clientCertFile: p.text("tls_client_cert_file"),
		clientKeyFile: p.text("tls_client_key_file"),
		clientCertEnv: p.text("tls_client_cert_env_variable"),
		clientKeyEnv: p.text("tls_client_key_env_variable"),
	};
}

/** The value of a boolean parameter, false when absent. */
export function booleanParameter(v: Value | undefined, name: string): boolean {
	if (v === undefined) return false;
	return typeof v === "boolean" ? v : fail(`invalid value for ${quoteGo(name)} field`);
}

/** `max_retry_attempts`. */
export function retryAttempts(v: Value | undefined): number {
	if (v === undefined) return 0;
	const n = isNumber(v) ? toInt64(v) : undefined;
	if (n === undefined || n < 0n) return fail(`invalid value ${termText(v)} for field "max_retry_attempts"`);
	return Number(n);
}

/** `force_cache_duration_seconds`, which `force_cache` demands. */
export function forcedSeconds(v: Value | undefined): number {
	if (v === undefined) return fail("'force_cache' set but 'force_cache_duration_seconds' parameter is missing");
	const text = termText(v);
	if (!/^[+-]?[0-9]+$/.test(text)) return fail(`strconv.ParseInt: parsing ${quoteGo(text)}: invalid syntax`);
	const n = BigInt(text);
	if (n < -(2n ** 31n) || n >= 2n ** 31n) return fail(`strconv.ParseInt: parsing ${quoteGo(text)}: value out of range`);
	return Number(n);
}
