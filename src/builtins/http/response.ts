/** The value http.send returns for a response: status, headers, and the body raw and decoded. */
import { JsonSyntaxError, parseJson } from "../../value/json.ts";
import { fromUtf8 } from "../../value/utf8.ts";
import type { PlainObject, Value } from "../../value/value.ts";
import { parseYaml, YamlError } from "../../value/yaml.ts";
import { headerValue } from "./freshness.ts";
import type { HttpResponse } from "./transport.ts";

export interface DecodeOptions {
	readonly forceJson: boolean;
	readonly forceYaml: boolean;
}

export function responseToValue(r: HttpResponse, options: DecodeOptions): PlainObject {
	const raw = fromUtf8(r.body);
	const contentType = headerValue(r, "content-type");
	let body: Value = null;
	if (options.forceJson || isJsonType(contentType)) body = decodeJson(raw);
	else if (options.forceYaml || /application\/(?:x-)?yaml/.test(contentType)) body = decodeYaml(raw);
	const headers: { [name: string]: Value } = {};
	for (const [name, values] of r.headers) {
		Object.defineProperty(headers, name, { value: values, writable: true, enumerable: true, configurable: true });
	}
	return { status: r.status, status_code: r.statusCode, body, raw_body: raw, headers };
}

/** `application/json` or `application/…+json`, whatever its parameters. */
function isJsonType(contentType: string): boolean {
	const [type = "", ...parameters] = contentType.split(";");
	const wellFormed = parameters.every(
		(p) => p.trim() === "" || /^\s*[^\s=;]+\s*=\s*(?:"[\s\S]*"|[^\s;"]+)\s*$/.test(p),
	);
	return wellFormed && /^application\/(?:json|[^/]*\+json)$/.test(type.trim().toLowerCase());
}

/** The first JSON value of the text; null when it does not begin with one. */
function decodeJson(text: string): Value {
	try {
		return parseJson(text);
	} catch (e) {
		if (!(e instanceof JsonSyntaxError)) throw e;
		return e.message.endsWith("after top-level value") ? parseJson(text.slice(0, e.offset)) : null;
	}
}

function decodeYaml(text: string): Value {
	try {
		return parseYaml(text);
	} catch (e) {
		if (e instanceof YamlError) return null;
		throw e;
	}
}
