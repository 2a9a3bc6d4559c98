/** The stack of the host, which recursion may exhaust; what walks on a stack of its own has an end, too. */

/** How many levels a walk on a stack of its own goes into a value: one that contains itself has no end. */
const mostLevels = 100_000;

/** Throws what exhausted recursion throws, where a value is deeper than any walk goes. */
export function checkLevels(depth: number): void {
	if (depth > mostLevels) throw new RangeError("Maximum call stack size exceeded");
}

/**
 * Whether that is what was thrown: V8, JavaScriptCore and SpiderMonkey each have words of their own. Asked where there
 * may be hardly any stack left: no regular expressions.
 */
export function isOverflow(e: unknown): boolean {
	if (e instanceof RangeError) return e.message.includes("call stack");
	return e instanceof Error && e.name === "InternalError" && e.message.includes("recursion");
}
