/** Where an entry of a tar archive stands: within the root, whatever its name says. */
import { posix } from "node:path";

export function entryPath(name: string): string {
	return posix.normalize(`/${name}`).slice(1).replace(/\/$/, "");
}
