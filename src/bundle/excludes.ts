/** Go's filepath.Match for --exclude-files-verify: `*`, `?` and `[…]` within one path segment. */
export function globMatches(pattern: string, name: string): boolean {
	let out = "";
	for (let i = 0; i < pattern.length; i++) {
		const c = pattern.charAt(i);
		if (c === "*") out += "[^/]*";
		else if (c === "?") out += "[^/]";
		else if (c === "[") {
			const end = pattern.indexOf("]", i + 2);
			if (end < 0) return false;
			const inside = pattern.slice(i + 1, end);
			out += `(?!/)[${inside.replace(/[[\]\\]/g, "\\$&")}]`;
			i = end;
		} else if (c === "\\" && i + 1 < pattern.length) out += escapeRegExp(pattern.charAt(++i));
		else out += escapeRegExp(c);
	}
	try {
		return new RegExp(`^(?:${out})$`, "s").test(name);
	} catch {
		return false;
	}
}

function escapeRegExp(c: string): string {
	return c.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
}
