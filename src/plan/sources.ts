/** Places of a plan: from its sources while they are at hand, from line tables afterwards. */

import { at } from "../at.ts";
import type { Source } from "../location.ts";
import type { PlaceTable } from "./places.ts";

export interface Placed {
	readonly source: Source;
	readonly base: number;
}

export function placesOf(sources: readonly Placed[]): PlaceTable {
	return {
		locate(loc) {
			for (let i = sources.length - 1; i >= 0; i--) {
				const s = at(sources, i);
				if (loc >= s.base) return s.source.location(loc - s.base);
			}
			return undefined;
		},
	};
}
