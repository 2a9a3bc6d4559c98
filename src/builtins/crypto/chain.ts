/**
 * Verifying a certificate chain as Go's x509.Certificate.Verify does with given roots and
 * intermediates: dates, signatures, basic constraints, path lengths, key usages, policies, names.
 * Answers only yes (with the chain) or no: OPA hides the reason too.
 */
import { parseIp, to4 } from "../../go/ip.ts";
import type { Certificate } from "./certificate.ts";
import { bytesEqual } from "./der.ts";
import { areConstraintsMet } from "./name-constraints.ts";
import { arePoliciesValid } from "./policy-graph.ts";
import { verifySignature } from "./signature.ts";

export interface VerifyOptions {
	/** Nanoseconds since 1970. */
	readonly now: bigint;
	/** Host name or IP address the leaf must be valid for. */
	readonly dnsName: string;
	/** Go's numbers of acceptable extended key usages; empty means server authentication. */
	readonly keyUsages: readonly number[];
}

const anyUsage = 0;
const serverAuth = 1;

/** More signature checks than any honest chain needs. */
const maxSignatureChecks = 100;

interface Search {
	readonly root: Certificate;
	readonly intermediates: readonly Certificate[];
	readonly options: VerifyOptions;
	checks: number;
}

/** The chain from leaf to root, or undefined. `certs`: root, intermediates …, leaf. */
export function verifyChain(certs: readonly Certificate[], options: VerifyOptions): readonly Certificate[] | undefined {
	const root = certs[0];
	const leaf = certs.at(-1);
	if (certs.length < 2 || root === undefined || leaf === undefined) return undefined;
	const search: Search = { root, intermediates: distinct(certs.slice(1, -1)), options, checks: 0 };
	if (!isValidHere(leaf, "leaf", [], options)) return undefined;
	if (options.dnsName !== "" && !isValidForHost(leaf, options.dnsName)) return undefined;
	const chains = bytesEqual(root.raw, leaf.raw) ? [[leaf]] : buildChains(leaf, [leaf], search);
	const usages = options.keyUsages.length === 0 ? [serverAuth] : options.keyUsages;
	return chains.find(
		(chain) =>
			arePoliciesValid(chain) &&
			(options.keyUsages.includes(anyUsage) || isUsageAllowed(chain, usages)) &&
			areConstraintsMet(chain),
	);
}

function distinct(certs: readonly Certificate[]): Certificate[] {
	return certs.filter((c, i) => certs.findIndex((d) => bytesEqual(c.raw, d.raw)) === i);
}

function buildChains(cert: Certificate, chain: readonly Certificate[], search: Search): Certificate[][] {
	const found: Certificate[][] = [];
	for (const [kind, pool] of [
		["root", [search.root]],
		["intermediate", search.intermediates],
	] as const) {
		for (const parent of potentialParents(cert, pool)) {
			if (++search.checks > maxSignatureChecks) return found;
			if (parent.publicKey === undefined || isAlreadyIn(parent, chain)) continue;
			if (!isSignedBy(cert, parent) || !isValidHere(parent, kind, chain, search.options)) continue;
			const longer = [...chain, parent];
			if (kind === "root") found.push(longer);
			else found.push(...buildChains(parent, longer, search));
		}
	}
	return found;
}

/** Certificates named as cert's issuer, those whose key identifiers agree first. */
function potentialParents(cert: Certificate, pool: readonly Certificate[]): readonly Certificate[] {
	const none = new Uint8Array(0);
	const authority = cert.authorityKeyId ?? none;
	const rank = (c: Certificate): number => {
		const subject = c.subjectKeyId ?? none;
		if (bytesEqual(subject, authority)) return 0;
		return (subject.length === 0) !== (authority.length === 0) ? 1 : 2;
	};
	return pool.filter((c) => bytesEqual(c.rawSubject, cert.rawIssuer)).sort((a, b) => rank(a) - rank(b));
}

function altNameOf(c: Certificate): Uint8Array | undefined {
	return c.extensions.find((e) => e.id.join(".") === "2.5.29.17")?.value;
}

/** Same subject, key and alternative names: using it again would only go round in circles. */
function isAlreadyIn(candidate: Certificate, chain: readonly Certificate[]): boolean {
	const san = altNameOf(candidate);
	for (const c of chain) {
		if (!bytesEqual(c.rawSubject, candidate.rawSubject) || !bytesEqual(c.rawSpki, candidate.rawSpki)) continue;
		const other = altNameOf(c);
		if (san === undefined && other === undefined) return true;
		if (san === undefined || other === undefined) return false;
		if (bytesEqual(san, other)) return true;
	}
	return false;
}

const certSign = 1 << 5;

function isSignedBy(cert: Certificate, parent: Certificate): boolean {
	if (parent.version === 3 && !parent.basicConstraintsValid) return false;
	if (parent.basicConstraintsValid && !parent.isCa) return false;
	if (parent.keyUsage !== 0 && (parent.keyUsage & certSign) === 0) return false;
	const algorithm = cert.signatureAlgorithm;
	if (algorithm === undefined || parent.publicKey === undefined) return false;
	// MD5 and SHA-1 signatures are no longer trusted.
	if (algorithm.hash === "md5" || algorithm.hash === "sha1") return false;
	return verifySignature(algorithm, parent.publicKey, cert.rawTbs, cert.signature);
}

function isValidHere(
	c: Certificate,
	kind: "leaf" | "intermediate" | "root",
	chain: readonly Certificate[],
	options: VerifyOptions,
): boolean {
	if (c.unhandledCritical.length > 0) return false;
	const child = chain.at(-1);
	if (child !== undefined && !bytesEqual(child.rawIssuer, c.rawSubject)) return false;
	const billion = 1_000_000_000n;
	if (options.now < BigInt(c.notBefore.seconds) * billion) return false;
	if (options.now > BigInt(c.notAfter.seconds) * billion) return false;
	if (kind === "intermediate" && !(c.basicConstraintsValid && c.isCa)) return false;
	return !(c.basicConstraintsValid && c.maxPathLen >= 0 && chain.length - 1 > c.maxPathLen);
}

/** Each certificate that lists extended usages narrows what the chain may be used for. */
function isUsageAllowed(chain: readonly Certificate[], wanted: readonly number[]): boolean {
	let remaining = wanted;
	for (const cert of [...chain].reverse()) {
		if (cert.extKeyUsage.length === 0 && cert.unknownExtKeyUsage.length === 0) continue;
		if (cert.extKeyUsage.includes(anyUsage)) continue;
		remaining = remaining.filter((u) => cert.extKeyUsage.includes(u));
		if (remaining.length === 0) return false;
	}
	return true;
}

const hostLabel = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*)$/;

function isHostName(host: string, pattern: boolean): boolean {
	const name = pattern || !host.endsWith(".") ? host : host.slice(0, -1);
	if (name === "" || name === "*") return false;
	return name.split(".").every((label, i) => (pattern && i === 0 && label === "*") || hostLabel.test(label));
}

function lower(s: string): string {
	return s.replace(/[A-Z]/g, (c) => c.toLowerCase());
}

/** The names of the leaf's subjectAltName only; the common name counts for nothing. */
function isValidForHost(leaf: Certificate, host: string): boolean {
	const bracketed = /^\[(.+)\]$/.exec(host)?.[1];
	const ip = parseIp(bracketed ?? host);
	if (ip !== undefined) {
		const same = (a: Uint8Array, b: Uint8Array): boolean => bytesEqual(to4(a) ?? a, to4(b) ?? b);
		return leaf.ipAddresses.some((candidate) => same(candidate, ip));
	}
	const name = lower(host);
	const comparable = isHostName(name, false);
	const labels = name.replace(/\.$/, "").split(".");
	return leaf.dnsNames.some((pattern) => {
		if (comparable && isHostName(pattern, true)) return matchesPattern(lower(pattern), labels);
		return name !== "" && name !== "." && lower(pattern) === name;
	});
}

function matchesPattern(pattern: string, labels: readonly string[]): boolean {
	const parts = pattern.split(".");
	return parts.length === labels.length && parts.every((p, i) => (i === 0 && p === "*") || p === labels[i]);
}
