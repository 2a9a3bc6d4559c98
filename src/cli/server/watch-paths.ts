/** Tells when something below some paths changes: each folder is watched, since files are replaced as a whole. */
import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Calls `changed` when things have settled; until it is closed. */
export class PathWatcher {
	readonly #paths: readonly string[];
	readonly #changed: () => void;
	readonly #watchers: Map<string, FSWatcher> = new Map();
	#timer: NodeJS.Timeout | undefined;

	constructor(paths: readonly string[], cwd: string, changed: () => void) {
		// `prefix:path` is a path.
		this.#paths = paths.map((p) => resolve(cwd, p.replace(/^file:\/\//, "").replace(/^[\w.]{2,}:(?!\/\/)/, "")));
		this.#changed = changed;
		this.#follow();
	}

	close(): void {
		clearTimeout(this.#timer);
		for (const w of this.#watchers.values()) w.close();
		this.#watchers.clear();
	}

	#follow(): void {
		const folders = new Set(this.#paths.flatMap(watchedFolders));
		for (const [folder, watcher] of this.#watchers) {
			if (folders.has(folder)) continue;
			watcher.close();
			this.#watchers.delete(folder);
		}
		for (const folder of folders) {
			if (this.#watchers.has(folder)) continue;
			const watcher = watch(folder, () => this.#notice());
			watcher.on("error", () => {});
			this.#watchers.set(folder, watcher.unref());
		}
	}

	#notice(): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => {
			this.#follow();
			this.#changed();
		}, 50);
		this.#timer.unref();
	}
}

/** Those that exist at the moment. */
function watchedFolders(path: string): readonly string[] {
	try {
		if (!statSync(path).isDirectory()) return [dirname(path)];
		const below = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
		return [path, ...below.map((entry) => join(entry.parentPath, entry.name))];
	} catch {
		return [];
	}
}
