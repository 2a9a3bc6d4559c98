/** The WWW-Authenticate header: which schemes a registry takes, and where its tokens are to be had. */

export interface Challenge {
	/** In lower case. */
	readonly scheme: string;
	/** Names in lower case. */
	readonly parameters: ReadonlyMap<string, string>;
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const parameter = /\s*(?:,\s*)?([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/y;
const gap = /[\s,]*/y;

/** What can be read of it; a registry that says nothing sensible has no challenges. */
export function parseChallenges(header: string): readonly Challenge[] {
	const out: Challenge[] = [];
	let at = 0;
	const take = (pattern: RegExp): RegExpExecArray | null => {
		pattern.lastIndex = at;
		const m = pattern.exec(header);
		if (m !== null) at = pattern.lastIndex;
		return m;
	};
	for (;;) {
		take(gap);
		const scheme = take(token)?.[0];
		if (scheme === undefined) return out;
		const parameters = new Map<string, string>();
		for (let m = take(parameter); m !== null; m = take(parameter)) {
			const value = m[3] ?? (m[2] ?? "").replace(/\\(.)/g, "$1");
			parameters.set((m[1] ?? "").toLowerCase(), value);
		}
		out.push({ scheme: scheme.toLowerCase(), parameters });
	}
}
