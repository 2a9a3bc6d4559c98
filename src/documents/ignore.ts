/** `--ignore`: shell patterns matched against the names of files and folders below the paths given. */
import { pathMatcher } from "../go/path-match.ts";

export type IgnoreFilter = (name: string, depth: number) => boolean;

export function ignoreFilter(patterns: readonly string[]): IgnoreFilter {
	// One that is malformed matches nothing.
	const matchers = patterns.map(pathMatcher).filter((m) => m !== undefined);
	// A path named on the command line itself is never left out.
	return (name, depth) => depth >= 1 && matchers.some((m) => m(name));
}
