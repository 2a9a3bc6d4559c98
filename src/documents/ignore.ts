/**
 * `--ignore`: shell patterns matched against the names of files and folders below the paths given.
 * The pattern language is Go's filepath.Match: `*`, `?`, `[a-z]`, `[^a]` and backslash escapes.
 */

export type IgnoreFilter = (name: string, depth: number) => boolean;

export function ignoreFilter(patterns: readonly string[]): IgnoreFilter {
	const matchers = patterns.map(shellPattern).filter((p): p is RegExp => p !== undefined);
	// A path named on the command line itself is never left out.
	return (name, depth) => depth >= 1 && matchers.some((m) => m.test(name));
}

/** The pattern as a regular expression; undefined when it is malformed, and then nothing matches. */
function shellPattern(pattern: string): RegExp | undefined {
	let out = "";
	for (let i = 0; i < pattern.length; i++) {
		const c = pattern.charAt(i);
		if (c === "*") out += "[^/]*";
		else if (c === "?") out += "[^/]";
		else if (c === "\\") {
			if (++i >= pattern.length) return undefined;
			out += quote(pattern.charAt(i));
		} else if (c === "[") {
			const negated = pattern[i + 1] === "^";
			if (negated) i++;
			let members = "";
			for (;;) {
				const [lo, next] = classMember(pattern, i + 1);
				if (lo === undefined) return undefined;
				i = next;
				members += quote(lo);
				if (pattern[i + 1] === "-") {
					const [hi, after] = classMember(pattern, i + 2);
					if (hi === undefined) return undefined;
					if (hi < lo) members = members.slice(0, -quote(lo).length);
					else members += `-${quote(hi)}`;
					i = after;
				}
				if (pattern[i + 1] === "]") break;
			}
			i++;
			out += members === "" ? (negated ? "[^/]" : "(?!)") : `(?!/)[${negated ? "^" : ""}${members}]`;
		} else out += quote(c);
	}
	// The quantifiers of `*` cannot backtrack badly on file names, which are short.
	return new RegExp(`^${out}$`, "su");
}

/** One character of a `[…]` class at i, and where it ends. */
function classMember(pattern: string, i: number): [string | undefined, number] {
	const c = pattern[i];
	if (c === undefined || c === "-" || c === "]") return [undefined, i];
	if (c !== "\\") return [c, i];
	return [pattern[i + 1], i + 1];
}

function quote(c: string): string {
	return c.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
}
