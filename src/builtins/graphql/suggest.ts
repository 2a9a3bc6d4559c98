/** "Did you mean": candidates close to a misspelt name, and how they are listed. */
import { at } from "../../at.ts";

/** Options whose edit distance to the input is small, nearest first. */
export function suggestions(input: string, options: readonly string[]): string[] {
	const threshold = Math.max(Math.floor(input.length * 0.4) + 1, 1);
	return options
		.map((option) => ({ option, distance: lexicalDistance(input, option, threshold) }))
		.filter((o) => o.distance <= threshold)
		.sort((a, b) => a.distance - b.distance)
		.map((o) => o.option);
}

/** Edit distance that counts a change of case as one edit in all; inexact above the limit. */
function lexicalDistance(a: string, b: string, limit: number): number {
	if (a === b) return 0;
	const x = a.toLowerCase();
	const y = b.toLowerCase();
	if (x === y) return 1;
	if (Math.abs(x.length - y.length) > limit) return limit + 1;
	let row = Array.from({ length: x.length + 1 }, (_, i) => i);
	for (let j = 1; j <= y.length; j++) {
		const next = [j];
		for (let i = 1; i <= x.length; i++) {
			const same = x[i - 1] === y[j - 1] ? 0 : 1;
			next.push(Math.min(at(row, i - 1) + same, at(row, i) + 1, at(next, i - 1) + 1));
		}
		row = next;
		if (Math.min(...row) > limit) return limit + 1;
	}
	return at(row, x.length);
}

/** `a`, `a or b`, `a, b, or c`; at most five. */
function orList(items: readonly string[]): string {
	const shown = items.slice(0, 5);
	if (shown.length === 2) return `${shown[0]} or ${shown[1]}`;
	return shown.map((s, i) => (i === 0 ? s : i === shown.length - 1 ? `, or ${s}` : `, ${s}`)).join("");
}

export function quotedOrList(items: readonly string[]): string {
	return orList(items.slice(0, 5).map((s) => `"${s}"`));
}

/** ` Did you mean "a" or "b"?`, or nothing. */
export function didYouMean(prefix: string, typed: string, options: readonly string[], quoted = true): string {
	const found = suggestions(typed, options);
	if (found.length === 0) return "";
	return ` ${prefix} ${quoted ? quotedOrList(found) : orList(found)}?`;
}
