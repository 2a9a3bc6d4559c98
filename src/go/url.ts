/**
 * URLs as Go's net/url reads, prints and resolves them: what it accepts, the parts it splits off, and
 * the words it refuses with. All parts are byte strings (see byte-string.ts).
 */
import { quoteGo } from "../value/term-text.ts";
import { fromByteString, toByteString } from "./byte-string.ts";
import { ipv6Problem } from "./netip.ts";

export interface GoUrl {
	/** Lower case, or "". */
	readonly scheme: string;
	/** What follows the scheme of `mailto:x`, undivided. */
	readonly opaque: string;
	/** Decoded, with port; brackets around IPv6 addresses. */
	readonly host: string;
	/** Encoded; undefined without an `@`. */
	readonly user: string | undefined;
	/** Decoded. */
	readonly path: string;
	/** As written, where decoding and encoding again would not give it back; otherwise "". */
	readonly rawPath: string;
	/** A `?` with nothing after it. */
	readonly forceQuery: boolean;
	readonly rawQuery: string;
	/** Decoded. */
	readonly fragment: string;
	readonly rawFragment: string;
	/** `scheme:/path`, with no `//`. */
	readonly omitHost: boolean;
}

const emptyUrl: GoUrl = {
	scheme: "",
	opaque: "",
	host: "",
	user: undefined,
	path: "",
	rawPath: "",
	forceQuery: false,
	rawQuery: "",
	fragment: "",
	rawFragment: "",
	omitHost: false,
};

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
		return { ...url, ...fragmentOf(bytes.slice(hash + 1)) };
	} catch (e) {
		if (e instanceof UrlError) return { error: `parse ${quoteGo(fromByteString(at))}: ${e.message}` };
		throw e;
	}
}

function parseBase(raw: string): GoUrl {
	if (/[\x00-\x1f\x7f]/.test(raw)) refuse("net/url: invalid control character in URL");
	if (raw === "*") return { ...emptyUrl, path: "*" };
	const schemeEnd = schemeLength(raw);
	const scheme = raw.slice(0, schemeEnd).toLowerCase();
	let rest = schemeEnd === 0 ? raw : raw.slice(schemeEnd + 1);
	const question = rest.indexOf("?");
	const rawQuery = question < 0 ? "" : rest.slice(question + 1);
	const forceQuery = question >= 0 && rawQuery === "";
	if (question >= 0) rest = rest.slice(0, question);
	const start = { ...emptyUrl, scheme, rawQuery, forceQuery };
	if (!rest.startsWith("/")) {
		if (scheme !== "") return { ...start, opaque: rest };
		if (/^[^/]*:/.test(rest)) refuse("first path segment in URL cannot contain colon");
	}
	let host = "";
	let user: string | undefined;
	const hasAuthority = rest.startsWith("//") && (scheme !== "" || !rest.startsWith("///"));
	if (hasAuthority) {
		const slash = rest.indexOf("/", 2);
		const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
		rest = slash < 0 ? "" : rest.slice(slash);
		const at = authority.lastIndexOf("@");
		host = parseHost(scheme, authority.slice(at + 1));
		if (at >= 0) user = parseUser(authority.slice(0, at));
	}
	const omitHost = !hasAuthority && scheme !== "" && rest.startsWith("/");
	return { ...start, host, user, omitHost, ...pathOf(rest) };
}

/** Length of a leading scheme, 0 when there is none. */
function schemeLength(raw: string): number {
	if (raw.startsWith(":")) refuse("missing protocol scheme");
	return /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(raw)?.[1]?.length ?? 0;
}

function pathOf(raw: string): { readonly path: string; readonly rawPath: string } {
	const path = percentDecode(raw, "path");
	return { path, rawPath: percentEncode(path, "path") === raw ? "" : raw };
}

function fragmentOf(raw: string): { readonly fragment: string; readonly rawFragment: string } {
	const fragment = percentDecode(raw, "fragment");
	return { fragment, rawFragment: percentEncode(fragment, "fragment") === raw ? "" : raw };
}

function parseUser(user: string): string {
	if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) refuse("net/url: invalid userinfo");
	const colon = user.indexOf(":");
	const recode = (s: string): string => percentEncode(percentDecode(s, "user"), "user");
	return colon < 0 ? recode(user) : `${recode(user.slice(0, colon))}:${recode(user.slice(colon + 1))}`;
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
		const c = s.charAt(i);
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

/** What Go leaves unencoded in each part. */
const unencoded: Readonly<Record<"path" | "host" | "user" | "fragment", RegExp>> = {
	path: /[A-Za-z0-9\-_.~$&+,/:;=@]/,
	host: hostPlain,
	user: /[A-Za-z0-9\-_.~$&+,;=]/,
	fragment: /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/,
};

function percentEncode(s: string, part: keyof typeof unencoded): string {
	const plain = unencoded[part];
	return s.replace(/./gs, (c) =>
		plain.test(c) ? c : `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
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

// --- printing and resolving --------------------------------------------------------------------

/** The written form is kept where it is valid; the decoded form is encoded otherwise. */
function encoded(decoded: string, raw: string, part: "path" | "fragment"): string {
	const valid = (c: string): boolean => c === "%" || unencoded[part].test(c) || /[!$&'()*+,;=:@[\]]/.test(c);
	return raw !== "" && [...raw].every(valid) ? raw : percentEncode(decoded, part);
}

/** The path, a byte string, as it is written in requests. */
export function encodedPath(u: GoUrl): string {
	return u.path === "*" && u.rawPath === "" ? "*" : encoded(u.path, u.rawPath, "path");
}

/** The URL as text, a byte string. */
export function formatGoUrl(u: GoUrl): string {
	let out = u.scheme === "" ? "" : `${u.scheme}:`;
	if (u.opaque !== "") out += u.opaque;
	else {
		const hasAuthority = u.host !== "" || u.user !== undefined;
		if (hasAuthority || (u.scheme !== "" && !u.omitHost)) {
			if (hasAuthority || u.path !== "") out += "//";
			if (u.user !== undefined) out += `${u.user}@`;
			if (u.host !== "") out += percentEncode(u.host, "host");
		}
		const path = encodedPath(u);
		if (path !== "" && !path.startsWith("/") && u.host !== "") out += "/";
		if (out === "" && /^[^/]*:/.test(path)) out += "./";
		out += path;
	}
	if (u.forceQuery || u.rawQuery !== "") out += `?${u.rawQuery}`;
	if (u.fragment !== "") out += `#${encoded(u.fragment, u.rawFragment, "fragment")}`;
	return out;
}

/** The URL a reference denotes in a document at base. */
export function resolveGoUrl(base: GoUrl, ref: GoUrl): GoUrl {
	const scheme = ref.scheme === "" ? base.scheme : ref.scheme;
	if (ref.scheme !== "" || ref.host !== "" || ref.user !== undefined) {
		return { ...ref, scheme, ...pathOf(resolvePath(encodedPath(ref), "")) };
	}
	const nowhere = { user: undefined, host: "", path: "" };
	if (ref.opaque !== "") return { ...ref, scheme, ...nowhere };
	let url: GoUrl = { ...ref, scheme };
	if (ref.path === "" && !ref.forceQuery && ref.rawQuery === "") {
		url = { ...url, rawQuery: base.rawQuery };
		if (ref.fragment === "") url = { ...url, fragment: base.fragment, rawFragment: base.rawFragment };
	}
	if (ref.path === "" && base.opaque !== "") return { ...url, ...nowhere, opaque: base.opaque };
	const path = pathOf(resolvePath(encodedPath(base), encodedPath(ref)));
	return { ...url, host: base.host, user: base.user, ...path };
}

/** Joins two paths and removes `.` and `..` segments. */
function resolvePath(base: string, ref: string): string {
	let full = ref;
	if (ref === "") full = base;
	else if (!ref.startsWith("/")) full = base.slice(0, base.lastIndexOf("/") + 1) + ref;
	if (full === "") return "";
	let out = "/";
	let first = true;
	const segments = full.split("/");
	for (const s of segments) {
		if (s === ".") first = false;
		else if (s === "..") {
			const slash = out.lastIndexOf("/");
			out = slash > 0 ? out.slice(0, slash) : "/";
			first = out.length === 1;
		} else {
			if (!first) out += "/";
			out += s;
			first = false;
		}
	}
	const last = segments[segments.length - 1];
	if (last === "." || last === "..") out += "/";
	return out.length > 1 && out[1] === "/" ? out.slice(1) : out;
}
