/** Whether a regular expression matches whole texts only: each of its alternatives begins with `^` and ends with `$`. */
export function isAnchored(pattern: string): boolean {
	return alternatives(withoutFlags(pattern)).every((part) => {
		const inner = /^\((?:\?:)?/.exec(part)?.[0];
		// A group that is all of the alternative may hold the anchors.
		if (inner !== undefined && closingOf(part) === part.length - 1) return isAnchored(part.slice(inner.length, -1));
		return /^(?:\^|\\A)/.test(part) && /(?:^|[^\\])(?:\\\\)*(?:\$|\\z)$/.test(part);
	});
}

/** `(?s)` and the like change nothing of it; with `m` the anchors are those of lines. */
function withoutFlags(pattern: string): string {
	const flags = /^\(\?[imsU-]+\)/.exec(pattern)?.[0];
	if (flags === undefined) return pattern;
	return flags.includes("m") ? "" : pattern.slice(flags.length);
}

function alternatives(pattern: string): readonly string[] {
	const parts: string[] = [];
	let start = 0;
	scan(pattern, (i, depth) => {
		if (depth !== 0 || pattern[i] !== "|") return;
		parts.push(pattern.slice(start, i));
		start = i + 1;
	});
	parts.push(pattern.slice(start));
	return parts;
}

/** Where the group that begins the text ends. */
function closingOf(text: string): number {
	let end = -1;
	scan(text, (i, depth) => {
		if (end < 0 && depth === 0 && text[i] === ")") end = i;
	});
	return end;
}

/** Tells each character outside of classes and escapes, with the number of groups open after it. */
function scan(pattern: string, visit: (i: number, depth: number) => void): void {
	let depth = 0;
	for (let i = 0; i < pattern.length; i++) {
		const c = pattern[i];
		if (c === "\\") {
			i++;
			continue;
		}
		if (c === "[") {
			// `]` right after the beginning is a member.
			i += pattern[i + 1] === "^" ? 2 : 1;
			for (i++; i < pattern.length && pattern[i] !== "]"; i++) if (pattern[i] === "\\") i++;
			continue;
		}
		if (c === "(") depth++;
		if (c === ")") depth--;
		visit(i, depth);
	}
}
