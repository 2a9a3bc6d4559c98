/** The stack of the host, which recursion may exhaust. */

/**
 * Whether that is what was thrown: V8, JavaScriptCore and SpiderMonkey each have words of their own. Asked where there
 * may be hardly any stack left: no regular expressions.
 */
export function isOverflow(e: unknown): boolean {
	if (e instanceof RangeError) return e.message.includes("call stack");
	return e instanceof Error && e.name === "InternalError" && e.message.includes("recursion");
}
