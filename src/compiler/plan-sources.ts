/** Places of a plan: from its sources while they are at hand, from line tables afterwards. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import stringify from "fast-json-stable-stringify";
import type { Source } from "../location.ts";
import type { PlanSource } from "./plan.ts";
import type { PlaceTable } from "./plan-places.ts";

interface Placed {
	readonly source: Source;
	readonly base: number;
}

export function placesOf(sources: readonly Placed[]): PlaceTable {
	return {
		locate(loc) {
			for (let i = sources.length - 1; i >= 0; i--) {
				const s = sources[i] as Placed;
				if (loc >= s.base) return s.source.location(loc - s.base);
			}
			return undefined;
		},
	};
}

/** What a serialised plan keeps of its sources. */
export function sourcesOf(sources: readonly Placed[]): readonly PlanSource[] {
	return sources.map(({ source, base }) => ({
		name: source.name,
		sha256: bytesToHex(sha256(utf8ToBytes(source.text))),
		base,
		lines: source.lineStarts,
	}));
}

/** The digest of a policy: over the names and digests of its sources, in order of names. */
export function hashOf(sources: readonly PlanSource[]): string {
	const listing = sources.map((s) => [s.name, s.sha256] as const).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
	return bytesToHex(sha256(utf8ToBytes(stringify(listing))));
}
