/** The name that was probably meant: the nearest of those there are, where it is near enough. */
export function didYouMean(written: string, names: readonly string[]): string | undefined {
	const limit = written.length < 4 ? 1 : 2;
	let best: string | undefined;
	let least = limit + 1;
	for (const name of names) {
		const distance = editDistance(written, name, limit);
		if (distance < least || (written.length >= 3 && name.startsWith(written) && least > limit)) {
			best = name;
			least = Math.min(distance, limit);
		}
	}
	return best;
}

/** Insertions, deletions, replacements and swaps of neighbours; more than limit is told as limit + 1. */
function editDistance(a: string, b: string, limit: number): number {
	if (Math.abs(a.length - b.length) > limit) return limit + 1;
	let before: number[] = [];
	let last: number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const same = a[i - 1] === b[j - 1];
			let d = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
			const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
			if (swapped) d = Math.min(d, (before[j - 2] ?? 0) + 1);
			row.push(d);
		}
		before = last;
		last = row;
	}
	return last[b.length] ?? 0;
}
