/**
 * Watches folders one by one: what Node has for whole trees loses files that are replaced, on Linux. Watching does not
 * keep the process alive.
 */
import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { dirname, join } from "node:path";

export class FolderWatch {
	readonly #folders: () => readonly string[];
	readonly #changed: () => void;
	readonly #failed: (error: unknown) => void;
	readonly #watchers: Map<string, FSWatcher> = new Map();

	/**
	 * `folders` says which there are at the moment; `changed` is called for each of the many events that one change makes,
	 * and `failed` where a folder is lost.
	 */
	constructor(folders: () => readonly string[], changed: () => void, failed: (error: unknown) => void) {
		this.#folders = folders;
		this.#changed = changed;
		this.#failed = failed;
		this.follow();
	}

	/** Watches the folders that there are now. */
	follow(): void {
		const folders = new Set(this.#folders());
		for (const [folder, watcher] of this.#watchers) {
			if (folders.has(folder)) continue;
			watcher.close();
			this.#watchers.delete(folder);
		}
		for (const folder of folders) {
			if (this.#watchers.has(folder)) continue;
			const watcher = watch(folder, () => this.#changed());
			watcher.on("error", (e) => this.#failed(e));
			watcher.unref();
			this.#watchers.set(folder, watcher);
		}
	}

	close(): void {
		for (const w of this.#watchers.values()) w.close();
		this.#watchers.clear();
	}
}

/** A folder and all below it; a file's folder, since editors put a new file in the old one's place. Throws where nothing is. */
export function watchedFolders(path: string): readonly string[] {
	if (!statSync(path).isDirectory()) return [dirname(path)];
	const below = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
	return [path, ...below.map((entry) => join(entry.parentPath, entry.name))];
}
