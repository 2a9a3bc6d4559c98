/** The stack of the host, which recursion may exhaust. */

/** Whether that is what was thrown: V8, JavaScriptCore and SpiderMonkey each have words of their own. */
export function isOverflow(e: unknown): boolean {
	if (e instanceof RangeError) return /call stack/i.test(e.message);
	return e instanceof Error && e.name === "InternalError" && /recursion/i.test(e.message);
}
