/**
 * URLs as Go's net/url reads them: what it accepts, the parts it splits off, and the words it refuses
 * with. Works on byte strings inside; texts go in and come out as ordinary strings.
 */
import { quoteGo } from "../value/term-text.ts";
import { fromByteString, toByteString } from "./byte-string.ts";
import { ipv6Problem } from "./go-netip.ts";

export interface GoUrl {
	/** Lower case, or "". */
	readonly scheme: string;
	/** What follows the scheme of `mailto:x`, undivided. */
	readonly opaque: string;
	readonly host: string;
	readonly hasUser: boolean;
	/** Decoded. */
	readonly path: string;
	/** As written, where decoding and encoding again would not give it back; otherwise "". */
	readonly rawPath: string;
	readonly rawQuery: string;
	/** Decoded. */
	readonly fragment: string;
}

class UrlError extends Error {}

function refuse(message: string): never {
	throw new UrlError(message);
}

/** The parts of a URL, or Go's error text (`parse "…": …`). */
export function parseGoUrl(text: string): GoUrl | { readonly error: string } {
	const bytes = toByteString(text);
	const hash = bytes.indexOf("#");
	const base = hash < 0 ? bytes : bytes.slice(0, hash);
	let at = base;
	try {
		const url = parseBase(base);
		if (hash < 0) return url;
		at = bytes;
		return { ...url, fragment: fromByteString(percentDecode(bytes.slice(hash + 1), "fragment")) };
	} catch (e) {
		if (e instanceof UrlError) return { error: `parse ${quoteGo(fromByteString(at))}: ${e.message}` };
		throw e;
	}
}

function parseBase(raw: string): GoUrl {
	if (/[\x00-\x1f\x7f]/.test(raw)) refuse("net/url: invalid control character in URL");
	const empty = { scheme: "", opaque: "", host: "", hasUser: false, path: "", rawPath: "", rawQuery: "", fragment: "" };
	if (raw === "*") return { ...empty, path: "*" };
	const schemeEnd = schemeLength(raw);
	const scheme = raw.slice(0, schemeEnd).toLowerCase();
	let rest = schemeEnd === 0 ? raw : raw.slice(schemeEnd + 1);
	const question = rest.indexOf("?");
	const rawQuery = question < 0 ? "" : fromByteString(rest.slice(question + 1));
	if (question >= 0) rest = rest.slice(0, question);
	if (!rest.startsWith("/")) {
		if (scheme !== "") return { ...empty, scheme, rawQuery, opaque: fromByteString(rest) };
		if (/^[^/]*:/.test(rest)) refuse("first path segment in URL cannot contain colon");
	}
	let host = "";
	let hasUser = false;
	if (rest.startsWith("//") && (scheme !== "" || !rest.startsWith("///"))) {
		const slash = rest.indexOf("/", 2);
		const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
		rest = slash < 0 ? "" : rest.slice(slash);
		const at = authority.lastIndexOf("@");
		host = parseHost(scheme, authority.slice(at + 1));
		hasUser = at >= 0;
		if (hasUser) checkUser(authority.slice(0, at));
	}
	const path = percentDecode(rest, "path");
	return {
		...empty,
		scheme,
		host: fromByteString(host),
		hasUser,
		path: fromByteString(path),
		rawPath: escapePath(path) === rest ? "" : fromByteString(rest),
		rawQuery,
	};
}

/** Length of a leading scheme, 0 when there is none. */
function schemeLength(raw: string): number {
	if (raw.startsWith(":")) refuse("missing protocol scheme");
	return /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(raw)?.[1]?.length ?? 0;
}

function checkUser(user: string): void {
	if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) refuse("net/url: invalid userinfo");
	const colon = user.indexOf(":");
	if (colon < 0) percentDecode(user, "user");
	else {
		percentDecode(user.slice(0, colon), "user");
		percentDecode(user.slice(colon + 1), "user");
	}
}

function isOptionalPort(text: string): boolean {
	return text === "" || /^:[0-9]*$/.test(text);
}

function checkPort(text: string): void {
	if (!isOptionalPort(text)) refuse(`invalid port ${quoteGo(fromByteString(text))} after host`);
}

function parseHost(scheme: string, host: string): string {
	const open = host.lastIndexOf("[");
	if (open > 0) refuse("invalid IP-literal");
	if (open === 0) return parseIpLiteral(host);
	const first = host.indexOf(":");
	if (first >= 0) {
		// Several colons are an error only where the scheme is known to allow one.
		const strict = scheme === "http" || scheme === "https";
		checkPort(host.slice(strict ? first : host.lastIndexOf(":")));
	}
	return percentDecode(host, "host");
}

function parseIpLiteral(host: string): string {
	const close = host.lastIndexOf("]");
	if (close < 0) refuse("missing ']' in host");
	const port = host.slice(close + 1);
	checkPort(port);
	const inside = host.slice(1, close);
	const zone = inside.indexOf("%25");
	const address =
		zone < 0
			? percentDecode(inside, "host")
			: percentDecode(inside.slice(0, zone), "host") + percentDecode(inside.slice(zone), "zone");
	const problem = ipv6Problem(address);
	if (problem !== undefined) refuse(problem);
	return `[${address}]${port}`;
}

type Part = "path" | "host" | "zone" | "user" | "fragment";

const hostPlain = /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/;

/** Percent-decoding with the restrictions each part of a URL has. */
function percentDecode(s: string, part: Part): string {
	const inHost = part === "host" || part === "zone";
	let out = "";
	for (let i = 0; i < s.length; i++) {
		const c = s[i] as string;
		if (c !== "%") {
			if (inHost && c < "\x80" && !hostPlain.test(c)) refuse(`invalid character ${quoteGo(c)} in host name`);
			out += c;
			continue;
		}
		const hex = s.slice(i + 1, i + 3);
		if (!/^[0-9A-Fa-f]{2}$/.test(hex)) refuse(`invalid URL escape ${quoteGo(fromByteString(s.slice(i, i + 3)))}`);
		const byte = Number.parseInt(hex, 16);
		const decoded = String.fromCharCode(byte);
		if (part === "host" && byte < 0x80 && hex !== "25") refuse(`invalid URL escape ${quoteGo(`%${hex}`)}`);
		if (part === "zone" && hex !== "25" && decoded !== " " && !hostPlain.test(decoded)) {
			refuse(`invalid URL escape ${quoteGo(`%${hex}`)}`);
		}
		out += decoded;
		i += 2;
	}
	return out;
}

/** Go's encoding of a decoded path. */
function escapePath(path: string): string {
	return path.replace(
		/[^A-Za-z0-9\-_.~$&+,/:;=@]/g,
		(c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
	);
}

/** The host without port and brackets, and the port. */
export function splitHostPort(hostPort: string): { readonly hostname: string; readonly port: string } {
	let hostname = hostPort;
	let port = "";
	const colon = hostPort.lastIndexOf(":");
	if (colon >= 0 && isOptionalPort(hostPort.slice(colon))) {
		hostname = hostPort.slice(0, colon);
		port = hostPort.slice(colon + 1);
	}
	if (hostname.startsWith("[") && hostname.endsWith("]")) hostname = hostname.slice(1, -1);
	return { hostname, port };
}
