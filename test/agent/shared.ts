/** Recorded material that tests read in place, beside the project, where it is there. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const shared: string = resolve(import.meta.dirname, "../../../shared");

if (!existsSync(shared)) console.log("skipped: what needs ../shared, which is absent");

/** A folder's path, or undefined where there is none. */
export function sharedFolder(...path: readonly string[]): string | undefined {
	const full = join(shared, ...path);
	return existsSync(full) ? full : undefined;
}

export function readShared(...path: readonly string[]): string {
	return readFileSync(join(shared, ...path), "utf8");
}
