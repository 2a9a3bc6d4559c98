/**
 * `providers.aws.sign_req`: adds AWS Signature Version 4 headers to an HTTP request object, for the
 * time it is given, so that the result is a function of the operands. As in OPA the request is signed
 * as it is written: the query is not re-sorted and the path not normalised. (OPA's version 4a signer
 * serves its own clients, not this builtin.)
 */

import { fromByteString } from "../go/byte-string.ts";
import { hexEncode } from "../go/hex.ts";
import { encodedPath, type GoUrl, parseGoUrl } from "../go/url.ts";
import { ObjectBuilder, objectEntries, objectGet } from "../value/collections.ts";
import { compareStrings } from "../value/compare.ts";
import { toJson } from "../value/json.ts";
import { toUtf8 } from "../value/utf8.ts";
import { isNumber, isObject, type ObjectValue, type Value } from "../value/value.ts";
import { digest, hmac } from "./crypto/hash.ts";
import { type Builtin, define, ofModule, t } from "./define.ts";
import { Failure, fail, failType, reporting, toInt64 } from "./failure.ts";
import { checkRequestKeys, failKeys } from "./http/request-keys.ts";

const requiredConfig = ["aws_service", "aws_access_key", "aws_secret_access_key", "aws_region"];

/** Proxies change these on the way, so they are not signed. */
const unsignedHeaders = new Set(["authorization", "user-agent", "x-amzn-trace-id"]);

interface Credentials {
	readonly service: string;
	readonly accessKey: string;
	readonly secretKey: string;
	readonly region: string;
	/** Empty when there is none. */
	readonly sessionToken: string;
}

function text(v: Value | undefined): string {
	return typeof v === "string" ? v : "";
}

function operandError(position: number, message: string): never {
	throw new Failure(`operand ${position} ${message}`, "type");
}

function readCredentials(config: ObjectValue): Credentials {
	const missing = requiredConfig.filter((k) => objectGet(config, k) === undefined);
	if (missing.length > 0) return failKeys(2, "missing required AWS config parameters(s)", missing);
	const invalid = requiredConfig.filter((k) => typeof objectGet(config, k) !== "string");
	if (invalid.length > 0) return failKeys(2, "invalid values for required AWS config parameters(s)", invalid);
	return {
		service: text(objectGet(config, "aws_service")),
		accessKey: text(objectGet(config, "aws_access_key")),
		secretKey: text(objectGet(config, "aws_secret_access_key")),
		region: text(objectGet(config, "aws_region")),
		sessionToken: text(objectGet(config, "aws_session_token")),
	};
}

function bodyOf(request: ObjectValue): Uint8Array {
	const raw = objectGet(request, "raw_body");
	if (raw !== undefined) return toUtf8(text(raw));
	const body = objectGet(request, "body");
	return toUtf8(body === undefined ? "" : toJson(body, { escapeHtml: true }));
}

function parseUrl(s: string): GoUrl {
	const url = parseGoUrl(s);
	return "error" in url ? fail(url.error) : url;
}

/** `20151228T140825Z`. */
function compactTime(ns: bigint): string {
	const ms = Number(ns >= 0n ? ns / 1_000_000n : -((-ns + 999_999n) / 1_000_000n));
	return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "");
}

interface SigningInput {
	readonly method: string;
	readonly url: GoUrl;
	/** As given, in order. */
	readonly headers: ReadonlyMap<string, string>;
	readonly body: Uint8Array;
	readonly time: string;
	readonly signPayload: boolean;
}

/** The headers to add. */
function sign(input: SigningInput, c: Credentials): ReadonlyMap<string, string> {
	const { method, url, headers, body, time } = input;
	const contentHash = input.signPayload ? hexEncode(digest("sha256", body)) : "UNSIGNED-PAYLOAD";
	const added = new Map([
		["host", fromByteString(url.host)],
		["x-amz-date", time],
	]);
	if (c.service === "s3" || c.service === "glacier") added.set("x-amz-content-sha256", contentHash);
	if (c.sessionToken !== "") added.set("x-amz-security-token", c.sessionToken);

	const signed = new Map(added);
	for (const [k, v] of headers) {
		const name = k.toLowerCase();
		if (!unsignedHeaders.has(name)) signed.set(name, v);
	}
	const names = [...signed.keys()].sort(compareStrings);
	const canonical = [
		method,
		fromByteString(encodedPath(url)),
		fromByteString(url.rawQuery),
		...names.map((n) => `${n}:${signed.get(n)}`),
		"",
		names.join(";"),
		contentHash,
	].join("\n");

	const date = time.slice(0, 8);
	const scope = `${date}/${c.region}/${c.service}/aws4_request`;
	const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hexEncode(digest("sha256", toUtf8(canonical)))}`;
	let key: Uint8Array = toUtf8(`AWS4${c.secretKey}`);
	for (const part of [date, c.region, c.service, "aws4_request"]) key = hmac("sha256", key, toUtf8(part));
	const signature = hexEncode(hmac("sha256", key, toUtf8(toSign)));
	const credential = `${c.accessKey}/${scope}`;
	return new Map([
		[
			"Authorization",
			`AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${names.join(";")},Signature=${signature}`,
		],
		...added,
	]);
}

function signRequest(request: Value, config: Value, timeNs: Value): ObjectValue {
	// OPA numbers the last two operands 1 as well.
	if (!isObject(request)) return failType(1, request, "object");
	if (!isObject(config)) return failType(1, config, "object");
	const credentials = readCredentials(config);
	if (!isNumber(timeNs)) return failType(1, timeNs, "number");
	const ns = toInt64(timeNs) ?? operandError(3, "could not convert time_ns value into a unix timestamp");
	checkRequestKeys(request);
	const headerObject = objectGet(request, "headers");
	if (headerObject !== undefined && !isObject(headerObject)) return failType(0, headerObject, "object");
	const invalid = ["url", "method"].filter((k) => typeof objectGet(request, k) !== "string");
	if (invalid.length > 0) return failKeys(1, "invalid values for required request parameters(s)", invalid);
	const url = parseUrl(text(objectGet(request, "url")));
	const disabled = objectGet(config, "disable_payload_signing");
	if (disabled !== undefined && typeof disabled !== "boolean") {
		return operandError(2, "invalid value for 'disable_payload_signing' in AWS config");
	}
	const headers = new Map(objectEntries(headerObject ?? {}).map(([k, v]) => [text(k), text(v)]));
	const method = text(objectGet(request, "method"));
	const input = { method, url, headers, body: bodyOf(request), time: compactTime(ns), signPayload: disabled !== true };
	const signedHeaders = new ObjectBuilder();
	for (const [k, v] of headers) signedHeaders.set(k, v);
	for (const [k, v] of sign(input, credentials)) signedHeaders.set(k, v);
	const out = new ObjectBuilder();
	for (const [k, v] of objectEntries(request)) out.set(k, v);
	out.set("headers", signedHeaders.finish());
	return out.finish();
}

export const aws: readonly Builtin[] = ofModule("aws", [
	define("providers.aws.sign_req", {
		category: "providers.aws",
		pure: true,
		args: [
			["request", t.map(t.string, t.any), "HTTP request object, as for `http.send`"],
			["aws_config", t.map(t.string, t.any), "service, region and credentials"],
			["time_ns", t.number, "time of signing, nanoseconds since the epoch"],
		],
		resultName: "signed_request",
		result: t.map(t.any, t.any),
		resultDoc: "the request with an `Authorization` header and those it covers",
		doc: "Signs an HTTP request object for Amazon Web Services (Signature Version 4).",
		since: "0.47.0",
		unchecked: true,
		eval: reporting((_, request: Value, config: Value, timeNs: Value) => signRequest(request, config, timeNs)),
	}),
]);
