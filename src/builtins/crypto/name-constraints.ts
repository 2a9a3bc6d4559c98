/**
 * Name constraints (RFC 5280, 4.2.1.10) of CA certificates: reading the extension and checking the
 * names of a chain against it. DNS, IP, e-mail and URI names; others are reported as not handled.
 */

import { at } from "../../at.ts";
import { fromByteString } from "../../go/byte-string.ts";
import { type IpNetwork, networkContains, parseAddress, parseIp } from "../../go/ip.ts";
import type { GoUrl } from "../../go/url.ts";
import { quoteGo } from "../../value/term-text.ts";
import { fail } from "../failure.ts";
import type { Certificate } from "./certificate.ts";
import type { NameSubtrees } from "./certificate-extensions.ts";
import { contextTag, DerReader, tag } from "./der.ts";

const invalid = "x509: invalid NameConstraints extension";

/** Whether s can be a domain of a name (or, with a leading dot, of a constraint). */
export function isValidDomainName(s: string, constraint: boolean): boolean {
	if (s === "") return true;
	if (s.endsWith(".") || /[^\x21-\x7e]/.test(s)) return false;
	const labels = (constraint && s.startsWith(".") ? s.slice(1) : s).split(".");
	return labels.every((l) => l !== "");
}

export function parseNameConstraints(value: Uint8Array): {
	readonly permitted: NameSubtrees;
	readonly excluded: NameSubtrees;
	readonly unhandled: boolean;
} {
	const outer = new DerReader(value);
	const r = outer.enter(tag.sequence);
	if (r === undefined || !outer.empty) return fail(invalid);
	const permitted = r.optional(contextTag(0, true));
	const excluded = r.optional(contextTag(1, true));
	if (permitted === undefined || excluded === undefined || !r.empty) return fail(invalid);
	if ((permitted?.length ?? 0) === 0 && (excluded?.length ?? 0) === 0) {
		return fail("x509: empty name constraints extension");
	}
	const a = parseSubtrees(permitted ?? new Uint8Array(0));
	const b = parseSubtrees(excluded ?? new Uint8Array(0));
	return { permitted: a.subtrees, excluded: b.subtrees, unhandled: a.unhandled || b.unhandled };
}

function ascii(bytes: Uint8Array): string {
	const s = Array.from(bytes, (b) => String.fromCharCode(b)).join("");
	if (/[^\x00-\x7f]/.test(s)) {
		return fail(
			`x509: invalid constraint value: x509: ${quoteGo(fromByteString(s))} cannot be encoded as an IA5String`,
		);
	}
	return s;
}

function parseSubtrees(content: Uint8Array): { readonly subtrees: NameSubtrees; readonly unhandled: boolean } {
	const dns: string[] = [];
	const ip: Pick<IpNetwork, "ip" | "mask">[] = [];
	const email: string[] = [];
	const uri: string[] = [];
	let unhandled = false;
	for (const r = new DerReader(content); !r.empty; ) {
		const base = r.enter(tag.sequence)?.any() ?? fail(invalid);
		switch (base.tag) {
			case contextTag(2): {
				const domain = ascii(base.content);
				if (!isValidDomainName(domain, true))
					return fail(`x509: failed to parse dnsName constraint ${quoteGo(domain)}`);
				dns.push(domain);
				break;
			}
			case contextTag(7):
				ip.push(parseIpConstraint(base.content));
				break;
			case contextTag(1): {
				const c = ascii(base.content);
				const ok = c.includes("@") ? parseMailbox(c) !== undefined : isValidDomainName(c, true);
				if (!ok) return fail(`x509: failed to parse rfc822Name constraint ${quoteGo(c)}`);
				email.push(c);
				break;
			}
			case contextTag(6): {
				const domain = ascii(base.content);
				const text = `x509: failed to parse URI constraint ${quoteGo(domain)}`;
				if (parseIp(domain) !== undefined) return fail(`${text}: cannot be IP address`);
				if (!isValidDomainName(domain, true)) return fail(text);
				uri.push(domain);
				break;
			}
			default:
				unhandled = true;
		}
	}
	return { subtrees: { dns, ip, email, uri }, unhandled };
}

function parseIpConstraint(bytes: Uint8Array): Pick<IpNetwork, "ip" | "mask"> {
	const half = bytes.length / 2;
	if (half !== 4 && half !== 16) return fail(`x509: IP constraint contained value of length ${bytes.length}`);
	const mask = bytes.subarray(half);
	const bits = Array.from(mask, (b) => b.toString(2).padStart(8, "0")).join("");
	if (!/^1*0*$/.test(bits)) {
		const hex = Array.from(mask, (b) => b.toString(16).padStart(2, "0")).join("");
		return fail(`x509: IP constraint contained invalid mask ${hex}`);
	}
	return { ip: bytes.subarray(0, half), mask };
}

interface Mailbox {
	readonly local: string;
	readonly domain: string;
}

/** RFC 2821 mailbox, with the leniency Go documents (escapes outside quotes, blanks inside). */
export function parseMailbox(s: string): Mailbox | undefined {
	const quoted = /^"((?:\\[\x01-\x09\x0b\x0c\x0e-\x7f]|[\x01-\x08\x0b\x0c\x0e-\x1f \x21\x23-\x5b\x5d-\x7f])*)"@/.exec(
		s,
	);
	let local: string;
	let at: number;
	if (quoted !== null) {
		local = (quoted[1] as string).replace(/\\(.)/gs, "$1");
		at = quoted[0].length;
	} else {
		const atom = /^((?:\\[\s\S]|[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.])+)@/.exec(s);
		if (atom === null) return undefined;
		local = (atom[1] as string).replace(/\\([\s\S])/g, "$1");
		if (local.startsWith(".") || local.endsWith(".") || local.includes("..")) return undefined;
		at = atom[0].length;
	}
	const domain = s.slice(at);
	if (/[^\x21-\x7e]/.test(domain)) return undefined;
	if (domain !== "" && domain.split(".").some((l) => l === "")) return undefined;
	return { local, domain };
}

/** True when name is the constraint or below it, without regard to case. */
function isWithinDomain(constraint: string, name: string): boolean {
	if (constraint.length > name.length) return false;
	const c = constraint.toLowerCase();
	const n = name.toLowerCase();
	if (!n.endsWith(c)) return false;
	return c.startsWith(".") || n.length === c.length || n[n.length - c.length - 1] === ".";
}

function matchesDomain(constraints: readonly string[], name: string, permitted: boolean): boolean {
	if (constraints.some((c) => c === "" || isWithinDomain(c, name))) return true;
	// A wildcard certificate must not cover an excluded name.
	if (permitted || !name.startsWith("*")) return false;
	const parent = withoutFirstLabel(name.toLowerCase());
	return parent !== "" && constraints.some((c) => withoutFirstLabel(c.toLowerCase()) === parent);
}

function withoutFirstLabel(name: string): string {
	const dot = name.indexOf(".");
	return dot < 0 ? "" : name.slice(dot);
}

function matchesMailbox(constraints: readonly string[], name: Mailbox, permitted: boolean): boolean {
	const domains = constraints.filter((c) => !c.includes("@"));
	const exact = constraints.some((c) => {
		const m = c.includes("@") ? parseMailbox(c) : undefined;
		return m !== undefined && m.local === name.local && m.domain.toLowerCase() === name.domain;
	});
	return exact || (domains.length > 0 && matchesDomain(domains, name.domain, permitted));
}

/** The host of a URI name, or undefined where it cannot be held against constraints. */
function constrainedHost(uri: GoUrl): string | undefined {
	let host = uri.host.toLowerCase();
	if (host === "") return undefined;
	if (host.includes(":") && !host.endsWith("]")) {
		const m = /^(?:\[([^\]]*)\]|([^:]*)):[^:]*$/.exec(uri.host);
		if (m === null) return undefined;
		host = m[1] ?? m[2] ?? "";
	}
	if (parseAddress(host) !== undefined || (host.startsWith("[") && host.endsWith("]"))) return undefined;
	return host;
}

/** The names of one certificate, prepared for checking; undefined when one of them cannot be. */
interface CheckedNames {
	readonly dns: readonly string[];
	readonly uriHosts: readonly string[];
	readonly mailboxes: readonly Mailbox[];
	readonly ips: readonly Uint8Array[];
}

function namesOf(c: Certificate): CheckedNames | undefined {
	const uriHosts: string[] = [];
	for (const u of c.uris) {
		const host = constrainedHost(u);
		if (host === undefined) return undefined;
		uriHosts.push(host);
	}
	const mailboxes: Mailbox[] = [];
	for (const e of c.emailAddresses) {
		const m = parseMailbox(e);
		if (m === undefined) return undefined;
		mailboxes.push({ local: m.local, domain: m.domain.toLowerCase() });
	}
	return { dns: c.dnsNames, uriHosts, mailboxes, ips: c.ipAddresses };
}

/** True when every name is allowed by the constraints of one CA. */
function areNamesAllowed(ca: Certificate, names: CheckedNames): boolean {
	const { permitted: p, excluded: x } = ca;
	const allowed = <N, C>(
		name: N,
		yes: readonly C[],
		no: readonly C[],
		matches: (constraints: readonly C[], name: N, permitted: boolean) => boolean,
	): boolean => (yes.length === 0 || matches(yes, name, true)) && (no.length === 0 || !matches(no, name, false));
	const inNetwork = (networks: readonly Pick<IpNetwork, "ip" | "mask">[], ip: Uint8Array): boolean =>
		networks.some((n) => n.ip.length === ip.length && networkContains({ ...n, address: n.ip }, ip));
	return (
		names.ips.every((n) => allowed(n, p.ip, x.ip, inNetwork)) &&
		names.dns.every((n) => isValidDomainName(n, false) && allowed(n, p.dns, x.dns, matchesDomain)) &&
		names.uriHosts.every((n) => isValidDomainName(n, false) && allowed(n, p.uri, x.uri, matchesDomain)) &&
		names.mailboxes.every((n) => isValidDomainName(n.domain, false) && allowed(n, p.email, x.email, matchesMailbox))
	);
}

function hasExtension(c: Certificate, oid: string): boolean {
	return c.extensions.some((e) => e.id.join(".") === oid);
}

/** Whether the names in a chain, leaf first, respect the constraints of every CA above them. */
export function areConstraintsMet(chain: readonly Certificate[]): boolean {
	const constrained = chain.flatMap((c, i) => (hasExtension(c, "2.5.29.30") ? [i] : []));
	if (constrained.length === 0) return true;
	for (const [i, c] of chain.entries()) {
		if (!hasExtension(c, "2.5.29.17")) continue;
		const above = constrained.filter((k) => k > i);
		if (above.length === 0) return true;
		const names = namesOf(c);
		if (names === undefined || !above.every((k) => areNamesAllowed(at(chain, k), names))) return false;
	}
	return true;
}
