/**
 * The `format` keyword: the formats the library OPA uses knows, with its idea of each; any other
 * name accepts everything. Every check is linear in the text.
 */

import { fromByteString, toByteString } from "../../go/byte-string.ts";
import { parseIp } from "../../go/ip.ts";
import { parseTime } from "../../go/time-layout.ts";
import { parseGoUrl } from "../../go/url.ts";
import { compileRegex } from "../../regex/regex.ts";
import { RegexSyntaxError } from "../../regex/syntax-error.ts";
import { isMailAddress } from "./mail-address.ts";

/** Whether a text has a format. */
export function hasFormat(format: string, text: string): boolean {
	return formats.get(format)?.(text) ?? true;
}

const time = "15:04:05";
const timeWithZone = "15:04:05Z07:00";
const date = "2006-01-02";
const dateTime = "2006-01-02T15:04:05Z07:00";

function isTime(text: string, ...layouts: readonly string[]): boolean {
	const bytes = toByteString(text);
	return layouts.some((layout) => "ok" in parseTime(layout, bytes));
}

function isUri(text: string): boolean {
	const url = parseGoUrl(text);
	return !("error" in url) && url.scheme !== "" && !text.includes("\\");
}

function isUriReference(text: string): boolean {
	return !("error" in parseGoUrl(text)) && !text.includes("\\");
}

/** Braces in the path must be closed before another opens. */
function isUriTemplate(text: string): boolean {
	const url = parseGoUrl(text);
	if ("error" in url || text.includes("\\")) return false;
	const path = fromByteString(url.path);
	for (let open = path.indexOf("{"); open >= 0; ) {
		const close = path.indexOf("}", open);
		if (close < 0) return false;
		open = path.indexOf("{", close);
	}
	return true;
}

const hostnameLabel = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/;

function isHostname(text: string): boolean {
	return text.length < 256 && text.split(".").every((label) => hostnameLabel.test(label));
}

function isRegex(text: string): boolean {
	try {
		compileRegex(text);
		return true;
	} catch (e) {
		if (e instanceof RegexSyntaxError) return false;
		throw e;
	}
}

const uuid = /^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$/i;
const jsonPointer = /^(?:\/(?:[^~/]|~0|~1)*)*$/;
const relativeJsonPointer = /^(?:0|[1-9][0-9]*)(?:#|(?:\/(?:[^~/]|~0|~1)*)*)$/;

const formats: ReadonlyMap<string, (text: string) => boolean> = new Map([
	["date", (s: string) => isTime(s, date)],
	["time", (s) => isTime(s, timeWithZone, time)],
	["date-time", (s) => isTime(s, time, timeWithZone, date, dateTime)],
	["hostname", isHostname],
	["email", isMailAddress],
	["idn-email", isMailAddress],
	["ipv4", (s) => s.includes(".") && parseIp(s) !== undefined],
	["ipv6", (s) => s.includes(":") && parseIp(s) !== undefined],
	["uri", isUri],
	["uri-reference", isUriReference],
	["iri", isUri],
	["iri-reference", isUriReference],
	["uri-template", isUriTemplate],
	["uuid", (s) => uuid.test(s)],
	["regex", isRegex],
	["json-pointer", (s) => jsonPointer.test(s)],
	["relative-json-pointer", (s) => relativeJsonPointer.test(s)],
]);
