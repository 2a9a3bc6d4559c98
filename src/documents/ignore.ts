/** `--ignore`: shell patterns matched against the names of files and folders below the paths given. */
import { anyMatcher } from "../go/path-match.ts";

export type IgnoreFilter = (name: string, depth: number) => boolean;

export function ignoreFilter(patterns: readonly string[]): IgnoreFilter {
	const matches = anyMatcher(patterns);
	// A path named on the command line itself is never left out.
	return (name, depth) => depth >= 1 && matches(name);
}
