/**
 * URLs as Go's net/url parses and prints them, which is what http.send, certificates' URI names and
 * AWS signing go by: lenient where WHATWG's URL is not and the other way round. Works on byte strings
 * (byte-string.ts), so that escapes may stand for any bytes.
 */
import { quoteGo } from "../value/term-text.ts";
import { fromByteString, toByteString } from "./byte-string.ts";
import { ipv6Problem } from "./go-netip.ts";

/** Every part is a byte string; names are Go's. */
export interface GoUrl {
	readonly scheme: string;
	/** What follows the scheme when no slash does. */
	readonly opaque: string;
	readonly user: { readonly name: string; readonly password: string | undefined } | undefined;
	/** Host and port. */
	readonly host: string;
	/** Unescaped. */
	readonly path: string;
	/** The path as written, where that is not the default escaping. */
	readonly rawPath: string;
	readonly forceQuery: boolean;
	readonly rawQuery: string;
	readonly fragment: string;
	readonly rawFragment: string;
	readonly omitHost: boolean;
}

/** Carries Go's text: `parse "…": …`. */
export class GoUrlError extends Error {
	/** The text without `parse "…": `. */
	readonly reason: string;

	constructor(url: string, reason: string) {
		super(`parse ${quoteGo(fromByteString(url))}: ${reason}`);
		this.name = "GoUrlError";
		this.reason = reason;
	}
}

type Part = "path" | "host" | "zone" | "user" | "query" | "fragment";

/** Reserved characters that a part keeps as they are, besides the unreserved ones. */
const kept: { readonly [P in Part]: string } = {
	path: "$&+,/:;=@",
	host: "!$&'()*+,;=:[]<>\"",
	zone: "!$&'()*+,;=:[]<>\"",
	user: "$&+,;=",
	query: "",
	fragment: "$&+,/:;=?@!()*",
};

function mustEscape(c: string, part: Part): boolean {
	return !/[A-Za-z0-9\-_.~]/.test(c) && !kept[part].includes(c);
}

/** Thrown inside and given the URL's text at the border. */
class PartError extends Error {}

/** Undo percent escapes of one part. */
function unescapePart(s: string, part: Part): string {
	for (const m of s.matchAll(/%(?![0-9a-fA-F]{2})/g)) {
		throw new PartError(`invalid URL escape ${quoteGo(fromByteString(s.slice(m.index, m.index + 3)))}`);
	}
	if (part === "host" || part === "zone") checkHostCharacters(s, part);
	const spaced = part === "query" ? s.replaceAll("+", " ") : s;
	return spaced.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function checkHostCharacters(s: string, part: "host" | "zone"): void {
	for (let i = 0; i < s.length; i++) {
		const c = s[i] as string;
		if (c === "%") {
			const written = s.slice(i, i + 3);
			const byte = Number.parseInt(written.slice(1), 16);
			// A host may only escape what is not ASCII; a zone what could stand there unescaped.
			const refused = part === "host" ? byte < 0x80 : byte !== 0x20 && mustEscape(String.fromCharCode(byte), "host");
			if (written !== "%25" && refused) throw new PartError(`invalid URL escape ${quoteGo(written)}`);
			i += 2;
		} else if (c < "\x80" && mustEscape(c, part)) {
			throw new PartError(`invalid character ${quoteGo(c)} in host name`);
		}
	}
}

function escapePart(s: string, part: Part): string {
	let out = "";
	for (const c of s) {
		if (!mustEscape(c, part)) out += c;
		else out += `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
	}
	return out;
}

/** Parse text (an ordinary string). Throws GoUrlError. */
export function parseGoUrl(text: string): GoUrl {
	const raw = toByteString(text);
	const hash = raw.indexOf("#");
	const beforeHash = hash < 0 ? raw : raw.slice(0, hash);
	let shown = beforeHash;
	try {
		const url = parseWithoutFragment(beforeHash);
		const frag = hash < 0 ? "" : raw.slice(hash + 1);
		if (frag === "") return url;
		shown = raw;
		const fragment = unescapePart(frag, "fragment");
		return { ...url, fragment, rawFragment: escapePart(fragment, "fragment") === frag ? "" : frag };
	} catch (e) {
		if (e instanceof PartError) throw new GoUrlError(shown, e.message);
		throw e;
	}
}

function parseWithoutFragment(raw: string): GoUrl {
	if (/[\x00-\x1f\x7f]/.test(raw)) throw new PartError("net/url: invalid control character in URL");
	const base: GoUrl = {
		scheme: "",
		opaque: "",
		user: undefined,
		host: "",
		path: "",
		rawPath: "",
		forceQuery: false,
		rawQuery: "",
		fragment: "",
		rawFragment: "",
		omitHost: false,
	};
	if (raw === "*") return { ...base, path: "*" };
	if (raw.startsWith(":")) throw new PartError("missing protocol scheme");
	const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(raw)?.[1] ?? "";
	let rest = scheme === "" ? raw : raw.slice(scheme.length + 1);
	const question = rest.indexOf("?");
	const forceQuery = question >= 0 && question === rest.length - 1;
	const rawQuery = question < 0 ? "" : rest.slice(question + 1);
	if (question >= 0) rest = rest.slice(0, question);
	const named = { ...base, scheme: scheme.toLowerCase(), forceQuery, rawQuery };
	if (!rest.startsWith("/")) {
		if (scheme !== "") return { ...named, opaque: rest };
		if ((rest.split("/", 1)[0] as string).includes(":")) {
			throw new PartError("first path segment in URL cannot contain colon");
		}
	}
	let located: GoUrl = named;
	if ((scheme !== "" || !rest.startsWith("///")) && rest.startsWith("//")) {
		const slash = rest.indexOf("/", 2);
		const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
		rest = slash < 0 ? "" : rest.slice(slash);
		located = { ...named, ...parseAuthority(named.scheme, authority) };
	} else if (scheme !== "" && rest.startsWith("/")) located = { ...named, omitHost: true };
	const path = unescapePart(rest, "path");
	return { ...located, path, rawPath: escapePart(path, "path") === rest ? "" : rest };
}

function parseAuthority(scheme: string, authority: string): Pick<GoUrl, "user" | "host"> {
	const at = authority.lastIndexOf("@");
	const host = parseHost(scheme, authority.slice(at + 1));
	if (at < 0) return { user: undefined, host };
	const info = authority.slice(0, at);
	if (/[^A-Za-z0-9\-._:~!$&'()*+,;=%@]/.test(info)) throw new PartError("net/url: invalid userinfo");
	const colon = info.indexOf(":");
	if (colon < 0) return { user: { name: unescapePart(info, "user"), password: undefined }, host };
	return {
		user: { name: unescapePart(info.slice(0, colon), "user"), password: unescapePart(info.slice(colon + 1), "user") },
		host,
	};
}

function parseHost(scheme: string, host: string): string {
	const open = host.lastIndexOf("[");
	if (open > 0) throw new PartError("invalid IP-literal");
	if (open === 0) return parseIpLiteral(host);
	const first = host.indexOf(":");
	if (first >= 0) {
		const strict = scheme === "http" || scheme === "https";
		checkPort(host.slice(strict ? first : host.lastIndexOf(":")));
	}
	return unescapePart(host, "host");
}

function parseIpLiteral(host: string): string {
	const close = host.lastIndexOf("]");
	if (close < 0) throw new PartError("missing ']' in host");
	const port = host.slice(close + 1);
	checkPort(port);
	const name = host.slice(1, close);
	const zone = name.indexOf("%25");
	const plain =
		zone < 0
			? unescapePart(name, "host")
			: unescapePart(name.slice(0, zone), "host") + unescapePart(name.slice(zone), "zone");
	const problem = ipv6Problem(plain);
	if (problem !== undefined) throw new PartError(problem);
	return `[${plain}]${port}`;
}

function checkPort(port: string): void {
	if (!/^(?::[0-9]*)?$/.test(port)) throw new PartError(`invalid port ${quoteGo(fromByteString(port))} after host`);
}

function isValidEncoding(s: string, part: "path" | "fragment"): boolean {
	for (const c of s) if (!"!$&'()*+,;=:@[]%".includes(c) && mustEscape(c, part)) return false;
	return true;
}

/** The path as written if that is valid, else escaped by the defaults. */
export function escapedPath(u: GoUrl): string {
	if (u.rawPath !== "" && isValidEncoding(u.rawPath, "path")) return u.rawPath;
	return u.path === "*" ? "*" : escapePart(u.path, "path");
}

function escapedFragment(u: GoUrl): string {
	if (u.rawFragment !== "" && isValidEncoding(u.rawFragment, "fragment")) return u.rawFragment;
	return escapePart(u.fragment, "fragment");
}

/** The URL's text, an ordinary string. */
export function formatGoUrl(u: GoUrl): string {
	let out = u.scheme === "" ? "" : `${u.scheme}:`;
	if (u.opaque !== "") out += u.opaque;
	else {
		const hasAuthority = u.host !== "" || u.user !== undefined;
		if (hasAuthority || (u.scheme !== "" && !u.omitHost)) {
			if (hasAuthority || u.path !== "") out += "//";
			if (u.user !== undefined) {
				out += escapePart(u.user.name, "user");
				if (u.user.password !== undefined) out += `:${escapePart(u.user.password, "user")}`;
				out += "@";
			}
			out += escapePart(u.host, "host");
		}
		const path = escapedPath(u);
		if (path !== "" && !path.startsWith("/") && u.host !== "") out += "/";
		if (out === "" && (path.split("/", 1)[0] as string).includes(":")) out += "./";
		out += path;
	}
	if (u.forceQuery || u.rawQuery !== "") out += `?${u.rawQuery}`;
	if (u.fragment !== "") out += `#${escapedFragment(u)}`;
	return fromByteString(out);
}

/** Unescape a query key or value; undefined when an escape is malformed. */
export function unescapeQuery(s: string): string | undefined {
	try {
		return unescapePart(s, "query");
	} catch (e) {
		if (e instanceof PartError) return undefined;
		throw e;
	}
}

/** Escape a query key or value: blanks become `+`. */
export function escapeQuery(s: string): string {
	return escapePart(s, "query").replaceAll("%20", "+");
}
