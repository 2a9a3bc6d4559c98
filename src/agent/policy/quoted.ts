/**
 * Where a text in quotes ends, as JSON and TOML write it. By steps, not by a pattern: patterns keep a place for every
 * character that they may have to go back to, and a text of some megabytes is more than they have room for.
 */

/** Behind the closing quote of what begins at `start`; undefined where it is not closed, or not on its line. */
export function quotedEnd(text: string, start: number): number | undefined {
	const stop = /["\\\n]/g;
	stop.lastIndex = start + 1;
	for (let m = stop.exec(text); m !== null; m = stop.exec(text)) {
		if (m[0] === "\n") return undefined;
		if (m[0] === '"') return stop.lastIndex;
		// What is escaped is no quote.
		stop.lastIndex++;
	}
	return undefined;
}
