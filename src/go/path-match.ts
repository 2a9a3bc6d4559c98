/**
 * Go's filepath.Match, for patterns of --ignore and --exclude-files-verify: `*` and `?` within one part of a path,
 * `[a-z]` and `[^a]`, which may be a slash, and backslashes before what is meant as it stands. The whole name has
 * to match. No regular expressions: names come out of bundles, and may be as long as these like.
 */

type Part =
	| { readonly kind: "star" | "any" }
	| { readonly kind: "one"; readonly of: string }
	| { readonly kind: "class"; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] };

/** What tells names that match; undefined for a pattern that is malformed, which matches nothing. */
export function pathMatcher(pattern: string): ((name: string) => boolean) | undefined {
	const parts = parsePattern([...pattern]);
	return parts === undefined ? undefined : (name) => matches(parts, [...name]);
}

/** Whether a name matches a pattern. */
export function anyMatcher(patterns: readonly string[]): (name: string) => boolean {
	const matchers = patterns.map(pathMatcher).filter((m) => m !== undefined);
	return (name) => matchers.some((m) => m(name));
}

function parsePattern(chars: readonly string[]): readonly Part[] | undefined {
	const parts: Part[] = [];
	for (let i = 0; i < chars.length; i++) {
		const c = chars[i] as string;
		if (c === "*") parts.push({ kind: "star" });
		else if (c === "?") parts.push({ kind: "any" });
		else if (c === "[") {
			const found = parseClass(chars, i + 1);
			if (found === undefined) return undefined;
			parts.push(found.part);
			i = found.end;
		} else if (c === "\\") {
			const escaped = chars[++i];
			if (escaped === undefined) return undefined;
			parts.push({ kind: "one", of: escaped });
		} else parts.push({ kind: "one", of: c });
	}
	return parts;
}

/** A class whose bracket is before `start`, and where its closing one is. */
function parseClass(
	chars: readonly string[],
	start: number,
): { readonly part: Part; readonly end: number } | undefined {
	const negated = chars[start] === "^";
	let i = negated ? start + 1 : start;
	const ranges: (readonly [number, number])[] = [];
	/** A member at i, which is then behind it. Hyphens and brackets are members only behind a backslash. */
	const member = (): number | undefined => {
		if (chars[i] === "-" || chars[i] === "]") return undefined;
		if (chars[i] === "\\") i++;
		return chars[i++]?.codePointAt(0);
	};
	do {
		const low = member();
		if (low === undefined) return undefined;
		let high: number | undefined = low;
		if (chars[i] === "-") {
			i++;
			high = member();
			if (high === undefined) return undefined;
		}
		ranges.push([low, high]);
	} while (chars[i] !== "]");
	return { part: { kind: "class", negated, ranges }, end: i };
}

/** What is behind the last star is tried further on when it does not fit: those before it have what they need. */
function matches(parts: readonly Part[], name: readonly string[]): boolean {
	let part = 0;
	let at = 0;
	/** The part behind the last star, and where in the name it was tried. */
	let behind = -1;
	let tried = 0;
	while (at < name.length || part < parts.length) {
		const p = parts[part];
		if (p?.kind === "star") {
			behind = ++part;
			tried = at;
			continue;
		}
		const c = name[at];
		if (p !== undefined && c !== undefined && fits(p, c)) {
			part++;
			at++;
			continue;
		}
		if (behind < 0 || tried >= name.length || name[tried] === "/") return false;
		part = behind;
		at = ++tried;
	}
	return true;
}

function fits(part: Part, c: string): boolean {
	switch (part.kind) {
		case "any":
			return c !== "/";
		case "one":
			return c === part.of;
		case "class": {
			const code = c.codePointAt(0) as number;
			return part.ranges.some(([low, high]) => low <= code && code <= high) !== part.negated;
		}
		case "star":
			return false;
	}
}
