/** `rego test --watch`: the tests are run again whenever files change, until the command is told to end. */
import { ended } from "./ended.ts";
import type { CliIo } from "./io.ts";
import { PathWatcher } from "./server/watch-paths.ts";

const banner = `${"*".repeat(80)}\nWatching for changes ...\n`;

export async function againAndAgain(paths: readonly string[], run: () => Promise<unknown>, io: CliIo): Promise<number> {
	const once = async (): Promise<void> => {
		await run();
		io.stdout(banner);
	};
	let last = once();
	const watcher = new PathWatcher(paths, io.cwd, () => {
		last = last.then(once);
	});
	// Watching alone keeps no process alive.
	const alive = setInterval(() => {}, 2 ** 30);
	await ended(io);
	clearInterval(alive);
	watcher.close();
	await last;
	return 0;
}
