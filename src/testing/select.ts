/** Which tests are wanted. */
import { compileRegex } from "../regex/regex.ts";

/** A regular expression that is looked for in full names. */
export function nameFilter(pattern: string): (name: string) => boolean {
	if (pattern === "") return () => true;
	const compiled = compileRegex(pattern);
	return (name) => compiled.test(name);
}
