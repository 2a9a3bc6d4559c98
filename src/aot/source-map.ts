/** Source maps of built modules: each line of an emitted function to the rule it came from. */

import type { EmittedFunction } from "../eval/generated/emit.ts";
import { placesOfPlan } from "../plan/places.ts";
import type { Plan } from "../plan/plan.ts";

/** A version 3 source map; `offset` is the number of lines before the emitted program. */
export function sourceMap(file: string, plan: Plan, functions: readonly EmittedFunction[], offset: number): string {
	const places = placesOfPlan(plan.sources);
	const names = plan.sources.map((s) => s.name);
	const lines: string[] = [];
	let source = 0;
	let row = 0;
	let col = 0;
	for (const f of functions) {
		const at = places.locate(f.location);
		if (at === undefined) continue;
		while (lines.length < offset + f.line) lines.push("");
		for (let i = 0; i < f.lines; i++) {
			const s = names.indexOf(at.file);
			lines.push([0, s - source, at.row - 1 - row, at.col - 1 - col].map(vlq).join(""));
			source = s;
			row = at.row - 1;
			col = at.col - 1;
		}
	}
	return JSON.stringify({
		version: 3,
		file: file.split("/").pop(),
		sources: names,
		names: [],
		mappings: lines.join(";"),
	});
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** A number in base 64 VLQ, sign in the lowest bit. */
function vlq(n: number): string {
	let rest = n < 0 ? (-n << 1) | 1 : n << 1;
	let out = "";
	do {
		const digit = rest & 31;
		rest >>>= 5;
		out += digits[rest > 0 ? digit | 32 : digit];
	} while (rest > 0);
	return out;
}
