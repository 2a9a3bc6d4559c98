/** "Did you mean": the known name nearest to a misspelt one. */
import { at } from "../at.ts";

/** The nearest name, if one is near enough to be meant. Case counts little, and one of several by their order. */
export function nearest(typed: string, known: Iterable<string>): string | undefined {
	const wanted = typed.toLowerCase();
	let best: string | undefined;
	let bestDistance = Math.max(1, Math.floor(wanted.length * 0.34)) + 1;
	for (const name of known) {
		if (name === typed) continue;
		const d = distance(wanted, name.toLowerCase(), bestDistance);
		if (d < bestDistance) {
			best = name;
			bestDistance = d;
		}
	}
	return best;
}

/** Edits from a to b, two neighbours that changed places counting one; at least `limit` where it is that or more. */
function distance(a: string, b: string, limit: number): number {
	if (Math.abs(a.length - b.length) >= limit || a.length > 200 || b.length > 200) return limit;
	let before: number[] = [];
	let row = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const next = [i];
		for (let j = 1; j <= b.length; j++) {
			const same = a[i - 1] === b[j - 1] ? 0 : 1;
			let d = Math.min(at(row, j - 1) + same, at(row, j) + 1, at(next, j - 1) + 1);
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d = Math.min(d, at(before, j - 2) + 1);
			next.push(d);
		}
		if (Math.min(...next) >= limit) return limit;
		before = row;
		row = next;
	}
	return at(row, b.length);
}
