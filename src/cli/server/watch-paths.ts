/** Tells when something below some paths changes. */
import { resolve } from "node:path";
import { FolderWatch, watchedFolders } from "../folder-watch.ts";

/** Calls `changed` when things have settled; until it is closed. */
export class PathWatcher {
	readonly #changed: () => void;
	readonly #watch: FolderWatch;
	#timer: NodeJS.Timeout | undefined;

	constructor(paths: readonly string[], cwd: string, changed: () => void) {
		// `prefix:path` is a path.
		const below = paths.map((p) => resolve(cwd, p.replace(/^file:\/\//, "").replace(/^[\w.]{2,}:(?!\/\/)/, "")));
		this.#changed = changed;
		this.#watch = new FolderWatch(
			() => below.flatMap(foldersNow),
			() => this.#notice(),
			() => {},
		);
	}

	close(): void {
		clearTimeout(this.#timer);
		this.#watch.close();
	}

	#notice(): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => {
			this.#watch.follow();
			this.#changed();
		}, 50);
		this.#timer.unref();
	}
}

/** Those that exist at the moment. */
function foldersNow(path: string): readonly string[] {
	try {
		return watchedFolders(path);
	} catch {
		return [];
	}
}
