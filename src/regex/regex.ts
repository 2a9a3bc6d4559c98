/**
 * The interface the rest of the engine sees: compile a pattern once, ask it many times. Which machine
 * runs a pattern is decided here, from our own parse of it, and never changes an answer:
 *
 *  1. direct.ts: sequences of literals and character sets whose every choice is decided by the next
 *     character. Costs a microsecond to build, so patterns used once take it too.
 *  2. native.ts: the host's RegExp, for patterns proven linear and equal in meaning, once a pattern
 *     has been used often enough to pay for its compilation.
 *  3. dfa.ts and vm.ts: our own linear machines, for everything.
 *  4. re2.ts or another engine (setLinearEngine): for patterns whose automaton has too many states.
 *
 * Compiled patterns are kept by their text, bounded in number and in bytes.
 */
import { compileDirect } from "./direct.ts";
import { compileGeneral } from "./general.ts";
import { RegexSyntaxError } from "./syntax.ts";

export { setLinearEngine } from "./linear-engine.ts";
export { RegexLimitError } from "./vm.ts";
export { RegexSyntaxError };

export interface Regex {
	readonly source: string;
	/** Capturing groups, the whole match not counted. */
	readonly groupCount: number;
	/** By group number; index 0 and unnamed groups are "". */
	readonly groupNames: readonly string[];
	/** Whether s contains a match. */
	test(s: string): boolean;
	/**
	 * The leftmost-first match at or after `from`, with the whole of s as context: start and end of the
	 * match and of the first `groups` groups (all by default), in UTF-16 units; -1 where a group took no
	 * part. Undefined without a match.
	 */
	exec(s: string, from?: number, groups?: number): Int32Array | undefined;
}

/** Entries and estimated bytes in the young half of the cache; the old half is never larger. */
const maxEntries = 1024;
const maxBytes = 16 << 20;

let young: Map<string, Regex> = new Map();
let old: Map<string, Regex> = new Map();
let youngBytes = 0;

/** Throws RegexSyntaxError with Go's text. */
export function compileRegex(source: string): Regex {
	const hit = young.get(source);
	if (hit !== undefined) return hit;
	const regex = old.get(source) ?? compileUncached(source);
	// A tree takes some fifty bytes a character.
	youngBytes += 256 + 64 * source.length;
	if (young.size >= maxEntries || youngBytes > maxBytes) {
		old = young;
		young = new Map();
		youngBytes = 256 + 64 * source.length;
	}
	young.set(source, regex);
	return regex;
}

/** As compileRegex, past the cache. */
export function compileUncached(source: string): Regex {
	return compileDirect(source) ?? compileGeneral(source);
}

/** Forget all compiled patterns; for measurements. */
export function clearRegexCache(): void {
	young = new Map();
	old = new Map();
	youngBytes = 0;
}
