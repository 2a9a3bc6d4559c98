/** Paths and patterns with the rules of Rust's library, which Kata's generator takes them from. */

/** The parts of a path: empty ones and `.` do not count. */
function parts(path: string): readonly string[] {
	return path.split("/").filter((part) => part !== "" && part !== ".");
}

/** The last part of a path; undefined where it is no name. */
export function fileName(path: string): string | undefined {
	const name = parts(path).at(-1);
	return name === ".." ? undefined : name;
}

/** The same as a folder, or below it: compared by parts. */
export function isUnder(path: string, folder: string): boolean {
	const wanted = parts(folder);
	const have = parts(path);
	return path.startsWith("/") && wanted.every((part, i) => have[i] === part);
}

/** Text as a pattern that matches it. */
export function escapeRegex(text: string): string {
	return text.replace(/[\\.+*?()|[\]{}^$#&\-~]/g, "\\$&");
}
