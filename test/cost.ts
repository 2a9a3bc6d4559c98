/**
 * What work costs, whatever the machine and however busy it is: processor time of this process, in units of a
 * piece of work of known size that is measured beside it. A unit is about a millisecond of a good core.
 *
 *     const cost = startCost();
 *     …
 *     expect(cost()).toBeLessThan(1000);
 */

/** Strings, a map and numbers: a bit of all that builtins and parsers do. About five units. */
function yardstick(): void {
	const counts = new Map<string, number>();
	for (let i = 0; i < 60_000; i++) {
		const key = `key ${i % 500}`;
		counts.set(key, (counts.get(key) ?? 0) + key.length);
	}
	if (counts.size !== 500) throw new Error("the yardstick is broken");
}

/** Waiting for a core is not in it. */
function processorMs(since: NodeJS.CpuUsage): number {
	const { user, system } = process.cpuUsage(since);
	return (user + system) / 1000;
}

/** Milliseconds of a unit, now. The fastest of a few: what the process does besides is no part of it. */
function measureUnit(): number {
	let best = Number.POSITIVE_INFINITY;
	for (let i = 0; i < 8; i++) {
		const start = process.cpuUsage();
		yardstick();
		best = Math.min(best, processorMs(start));
	}
	return Math.max(best / 5, 0.01);
}

/** The unit of the process, measured when it is first asked for. */
let known: number | undefined;

/** So few units are told as they are: no bound is near them, and measuring again would cost more than they did. */
const few = 40;

/** Starts to measure; what it returns tells the units spent since then. */
export function startCost(): () => number {
	known ??= measureUnit();
	const before = known;
	const start = process.cpuUsage();
	return () => {
		const ms = processorMs(start);
		if (ms / before < few) return ms / before;
		// A machine that has become slower in between is no cost of the work.
		return ms / Math.max(before, measureUnit());
	};
}
