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
	#watchers: readonly FSWatcher[] = [];

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

	/**
	 * Watches the folders that there are now. All anew: one that was removed and made again is another, of which the old
	 * watcher would never be told. First the new ones, so that nothing is missed in between.
	 */
	follow(): void {
		const old = this.#watchers;
		const made: FSWatcher[] = [];
		this.#watchers = made;
		try {
			for (const folder of new Set(this.#folders())) {
				const watcher = watch(folder, () => this.#changed());
				watcher.on("error", (e) => this.#failed(e));
				watcher.unref();
				made.push(watcher);
			}
		} finally {
			// Where a folder has vanished meanwhile the old ones stay: something has to tell of its return.
			if (made.length > 0 || old.length === 0) for (const w of old) w.close();
			else this.#watchers = old;
		}
	}

	close(): void {
		for (const w of this.#watchers) w.close();
		this.#watchers = [];
	}
}

/** A folder and all below it; a file's folder, since editors put a new file in the old one's place. Throws where nothing is. */
export function watchedFolders(path: string): readonly string[] {
	if (!statSync(path).isDirectory()) return [dirname(path)];
	const below = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
	return [path, ...below.map((entry) => join(entry.parentPath, entry.name))];
}
