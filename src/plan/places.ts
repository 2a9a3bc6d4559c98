/** Places of a plan from its line tables, when its sources are not at hand. */

import { at } from "../at.ts";
import type { Location } from "../location.ts";
import type { PlanLocation, PlanSource } from "./plan.ts";

/** Finds the file, row and column of a place of a plan. */
export interface PlaceTable {
	locate(loc: PlanLocation): Location | undefined;
}

/** As placesOf, from a loaded plan: columns in UTF-16 units. */
export function placesOfPlan(sources: readonly PlanSource[]): PlaceTable {
	return {
		locate(loc) {
			for (let i = sources.length - 1; i >= 0; i--) {
				const s = at(sources, i);
				if (loc < s.base) continue;
				const offset = loc - s.base;
				let row = s.lines.length;
				while (row > 1 && at(s.lines, row - 1) > offset) row--;
				return { file: s.name, row, col: offset - (s.lines[row - 1] ?? 0) + 1 };
			}
			return undefined;
		},
	};
}
