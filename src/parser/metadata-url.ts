/** URLs of related resources: the mistakes Go's net/url finds, and how it writes what it accepts. */
import { quoteGo } from "../value/term-text.ts";

export class UrlError extends Error {}

/** The URL as Go prints it. Throws UrlError with Go's words. */
export function normalUrl(text: string): string {
	const fail = (what: string): never => {
		throw new UrlError(`parse ${quoteGo(text)}: ${what}`);
	};
	if (/[\0-\x1f\x7f]/.test(text)) fail("net/url: invalid control character in URL");
	const [beforeFragment, fragment] = cut(text, "#");
	if (beforeFragment.startsWith(":")) fail("missing protocol scheme");
	const scheme = /^[A-Za-z][A-Za-z0-9+.-]*(?=:)/.exec(beforeFragment)?.[0] ?? "";
	const [rest, query] = cut(scheme === "" ? beforeFragment : beforeFragment.slice(scheme.length + 1), "?");
	const prefix = scheme === "" ? "" : `${scheme.toLowerCase()}:`;
	const suffix = (query === undefined ? "" : `?${query}`) + (fragment ? `#${escaped(fragment, "?", fail)}` : "");
	if (scheme !== "" && !rest.startsWith("/")) return prefix + rest + suffix;
	if (scheme === "" && /^[^/]*:/.test(rest)) fail("first path segment in URL cannot contain colon");
	const authority = rest.startsWith("//") && (scheme !== "" || !rest.startsWith("///"));
	if (!authority) return prefix + escaped(rest, "", fail) + suffix;
	const slash = rest.indexOf("/", 2);
	const path = escaped(slash < 0 ? "" : rest.slice(slash), "", fail);
	const host = checkedAuthority(slash < 0 ? rest.slice(2) : rest.slice(2, slash), fail);
	return `${prefix}${host === "" && path === "" ? "" : "//"}${host}${path}${suffix}`;
}

/** Around the first separator; the second part is undefined without one. */
function cut(text: string, separator: string): [string, string | undefined] {
	const i = text.indexOf(separator);
	return i < 0 ? [text, undefined] : [text.slice(0, i), text.slice(i + 1)];
}

function checkedAuthority(text: string, fail: (what: string) => never): string {
	const at = text.lastIndexOf("@");
	const host = text.slice(at + 1);
	const bracket = host.lastIndexOf("]");
	if (host.includes("[") && bracket < 0) fail("missing ']' in host");
	const colon = host.indexOf(":", bracket + 1);
	const port = host.includes("[") ? host.slice(bracket + 1) : colon < 0 ? "" : host.slice(colon);
	if (!/^(:[0-9]*)?$/.test(port)) fail(`invalid port ${quoteGo(port)} after host`);
	if (host.includes("[") && !/^\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(%25[^\]]+)?\]/.test(host)) fail("invalid IP-literal");
	checkEscapes(host, fail);
	// Only what is no ASCII may be escaped in a host.
	const escapedAscii = /%(?!25)[0-7]./.exec(host);
	if (escapedAscii !== null) fail(`invalid URL escape ${quoteGo(escapedAscii[0])}`);
	const odd = /[^\x80-\u{10ffff}A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"%]/u.exec(host);
	if (odd !== null) fail(`invalid character ${quoteGo(odd[0])} in host name`);
	if (at >= 0 && !/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(text.slice(0, at))) fail("net/url: invalid userinfo");
	return text.slice(0, at + 1) + host.replace(/[^\x80-\uffff]+|[\s\S]/gu, (c) => (c > "\x7f" ? encode(c) : c));
}

/** As it is written if it is a valid encoding, and otherwise decoded and encoded again. `also` stays as it is. */
function escaped(text: string, also: string, fail: (what: string) => never): string {
	checkEscapes(text, fail);
	if (/^[A-Za-z0-9\-._~!$&'()*+,;=:@[\]/%?]*$/.test(text)) return text;
	const plain = text.replace(/(?:%[0-9A-Fa-f]{2})+/g, decode);
	return plain.replace(/[^A-Za-z0-9\-._~$&+,/:;=@]/gu, (c) => (also.includes(c) ? c : encode(c)));
}

function checkEscapes(text: string, fail: (what: string) => never): void {
	const bad = /%(?![0-9A-Fa-f]{2}).{0,2}/s.exec(text);
	if (bad !== null) fail(`invalid URL escape ${quoteGo(bad[0])}`);
}

function decode(escapes: string): string {
	try {
		return decodeURIComponent(escapes);
	} catch {
		return escapes;
	}
}

function encode(c: string): string {
	const bytes = new TextEncoder().encode(c);
	return [...bytes].map((b) => `%${b.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}
