/** What is known of something that was thrown, which can be anything. */

export function messageOf(e: unknown): string {
	return e instanceof Error ? e.message : String(e);
}

/** The code of an error of the operating system or of Node: `ENOENT`. */
export function codeOf(e: unknown): string | undefined {
	return e instanceof Error && "code" in e && typeof e.code === "string" ? e.code : undefined;
}
