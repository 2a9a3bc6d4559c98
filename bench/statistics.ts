/** Medians, percentiles and how they are written. */

export function median(list: readonly number[]): number {
	return percentile(list, 0.5);
}

export function percentile(list: readonly number[], p: number): number {
	const sorted = [...list].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}

export function mean(list: readonly number[]): number {
	return list.reduce((a, b) => a + b, 0) / list.length;
}

export function showTime(ns: number): string {
	if (Number.isNaN(ns)) return "";
	const [value, unit] =
		ns >= 1e9 ? [ns / 1e9, "s"] : ns >= 1e6 ? [ns / 1e6, "ms"] : ns >= 1e3 ? [ns / 1e3, "µs"] : [ns, "ns"];
	return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ${unit}`;
}

export function showRatio(x: number): string {
	return x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2);
}
