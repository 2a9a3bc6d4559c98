/** Hot reload: a policy that is loaded again when its files change. */

import { existsSync, lstatSync } from "node:fs";
import { dirname } from "node:path";
import { FolderWatch, watchedFolders } from "../cli/folder-watch.ts";
import type { JsonValue } from "../face/json-value.ts";
import { checkOptions, type OptionChecks } from "../face/options.ts";
import { LivePolicy } from "../live-policy.ts";
import type { Policy } from "../policy.ts";
import { type FileOptions, fileOptions, listOf, loadFiles, type Paths } from "./files.ts";

/** What watchFiles() takes besides paths. */
export interface WatchOptions extends FileOptions {
	/** Told when a newer policy is in force. */
	readonly onReload?: ((policy: Policy) => void) | undefined;
	/** Told when what is in the files now cannot be used; the last good policy stays in force. Default: console.error. */
	readonly onError?: ((error: unknown) => void) | undefined;
	/** Milliseconds to wait for further changes; default 100. */
	readonly settleMs?: number | undefined;
}

/** A policy that follows its files until it is closed. */
export interface WatchedPolicy extends LivePolicy<JsonValue, Policy> {
	/** Loads the files now. Rejects where they cannot be used; the last good policy stays in force. */
	reload(): Promise<void>;
	/** Stops following. */
	close(): void;
}

/**
 * Loads files and folders as loadFiles, and again when they change. Functions prepared with `rule` follow, all
 * at once. Watching does not keep the process alive.
 */
export async function watchFiles(paths: Paths, options: WatchOptions = {}): Promise<WatchedPolicy> {
	checkOptions("watchFiles", options, watchOptions);
	const { onReload, onError, settleMs, ...loading } = options;
	const list = listOf(paths, "watchFiles");
	return new Watched(await loadFiles(list, loading), list, options, () => loadFiles(list, loading));
}

const watchOptions: OptionChecks<WatchOptions> = {
	...fileOptions,
	onReload: "function",
	onError: "function",
	settleMs: "number",
};

/**
 * The folders to watch for a path: while it is not there, the nearest one above it, in which it may be made again. The
 * folder of a link as well, which may be put in its place anew.
 */
function foldersOf(path: string): readonly string[] {
	const entry = lstatSync(path, { throwIfNoEntry: false });
	if (entry === undefined || (entry.isSymbolicLink() && !existsSync(path))) {
		const above = dirname(path);
		return above === path ? [] : existsSync(above) ? [above] : foldersOf(above);
	}
	return entry.isSymbolicLink() ? [dirname(path), ...watchedFolders(path)] : watchedFolders(path);
}

class Watched extends LivePolicy<JsonValue, Policy> implements WatchedPolicy {
	readonly #watch: FolderWatch;
	readonly #options: WatchOptions;
	readonly #load: () => Promise<Policy>;
	#closed = false;
	#timer: NodeJS.Timeout | undefined;
	/** Loads finish in the order they were begun in. */
	#last: Promise<void> = Promise.resolve();

	constructor(policy: Policy, paths: readonly string[], options: WatchOptions, load: () => Promise<Policy>) {
		super(policy);
		this.#options = options;
		this.#load = load;
		// `prefix:path` is a path.
		const below = paths.map((written) => written.replace(/^[\w.]{2,}:(?!\/\/)/, ""));
		this.#watch = new FolderWatch(
			() => below.flatMap(foldersOf),
			() => this.#changed(),
			(e) => this.#complain(e),
		);
	}

	reload(): Promise<void> {
		const loaded = this.#last.then(async () => {
			// First, so that nothing changes unseen while files are read.
			if (!this.#closed) this.#watch.follow();
			const policy = await this.#load();
			this.replace(policy);
			this.#options.onReload?.(policy);
		});
		this.#last = loaded.catch(() => {});
		return loaded;
	}

	close(): void {
		clearTimeout(this.#timer);
		this.#watch.close();
		this.#closed = true;
	}

	#changed(): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => {
			this.reload().catch((e: unknown) => this.#complain(e));
		}, this.#options.settleMs ?? 100);
		this.#timer.unref();
	}

	#complain(e: unknown): void {
		const tell = this.#options.onError ?? ((error: unknown) => console.error("policies not reloaded:", error));
		tell(e);
	}
}
