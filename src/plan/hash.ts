/** What a serialised plan keeps of its sources, and the digest of a policy. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import stringify from "fast-json-stable-stringify";
import type { PlanSource } from "./plan.ts";
import type { Placed } from "./sources.ts";

export function sourcesOf(sources: readonly Placed[]): readonly PlanSource[] {
	return sources.map(({ source, base }) => ({
		name: source.name,
		sha256: bytesToHex(sha256(utf8ToBytes(source.text))),
		base,
		lines: source.lineStarts,
	}));
}

/** The digest of a policy: over the names and digests of its sources, in order of names, of which each is one source's. */
export function hashOf(sources: readonly PlanSource[]): string {
	const listing = sources.map((s) => [s.name, s.sha256] as const).sort(([a], [b]) => (a < b ? -1 : 1));
	return bytesToHex(sha256(utf8ToBytes(stringify(listing))));
}
