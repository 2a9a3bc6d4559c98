/** File names that would make the first column of a trace too wide, with what they share left out. */

/** `longest`: bytes of the longest place, which should have at most `ideal`. */
export function shortened(ideal: number, longest: number, paths: readonly string[]): ReadonlyMap<string, string> {
	const inner = paths.map(withoutFirstFolder);
	let common = inner.length > 1 ? longestCommon(inner) : (inner[0] ?? "");
	// As much as needed is left out, from the left.
	const spare = ideal - (longest - common.length + 3);
	if (spare > 0) common = spare > common.length ? "" : common.slice(0, common.length - spare);
	return new Map(paths.map((p) => [p, common.length > 3 ? p.replace(common, "...") : p]));
}

function withoutFirstFolder(path: string): string {
	const folder = path.split("/").slice(0, -1).join("/").replace(/^\//, "");
	const slash = folder.indexOf("/");
	return slash > 0 ? folder.slice(slash + 1) : folder;
}

/** The longest text that is in all of them. */
function longestCommon(texts: readonly string[]): string {
	const [first, ...rest] = [...texts].sort((a, b) => a.length - b.length);
	if (first === undefined) return "";
	for (let n = first.length; n > 0; n--) {
		for (let i = 0; i + n <= first.length; i++) {
			const part = first.slice(i, i + n);
			if (rest.every((t) => t.includes(part))) return part;
		}
	}
	return "";
}
