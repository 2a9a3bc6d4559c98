/**
 * The gate's files run from V8's code cache, which was made with the image: nothing is parsed or compiled at a start
 * that was when the cache was made. In: a folder of CommonJS files that require each other by `./name.cjs`, and the
 * path of the cache. V8 refuses a cache of another version, other flags or other files; then, and where there is
 * none, the files are compiled as usual. A cache is code: it belongs into the measured image as they do.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";

/** Loads a file of the folder as `require` does. */
export type LoadFile = (name: string) => unknown;

/** What a file is called with. */
type Wrapped = (exports: unknown, require: (id: string) => unknown, module: { exports: unknown }, dir: string) => void;

/** `onScript` is handed what was loaded: for whoever makes the cache. */
export function cachedFiles(folder: string, cache: string, onScript?: (name: string, s: Script) => void): LoadFile {
	const code = readCache(cache);
	const modules = new Map<string, { exports: unknown }>();
	const load: LoadFile = (name) => {
		const known = modules.get(name);
		if (known !== undefined) return known.exports;
		const file = join(folder, name);
		const cachedData = code.get(name);
		// What V8 has taken in is not kept.
		code.delete(name);
		const text = `(function (exports, require, module, __dirname) {${readFileSync(file, "latin1")}\n})`;
		const script = new Script(text, { filename: file, cachedData });
		onScript?.(name, script);
		const module = { exports: {} as unknown };
		modules.set(name, module);
		const outside = createRequire(file);
		const run = script.runInThisContext() as Wrapped;
		run(module.exports, (id) => (id.startsWith("./") ? load(id) : outside(id)), module, folder);
		return module.exports;
	};
	return load;
}

/** A line of JSON that says where each file's code is in what follows. */
function readCache(file: string): Map<string, Buffer> {
	try {
		const bytes = readFileSync(file);
		const end = bytes.indexOf(10);
		const places = JSON.parse(bytes.toString("latin1", 0, end)) as readonly [string, number, number][];
		// Each on its own, so that it can be let go of on its own.
		return new Map(places.map(([name, from, to]) => [name, Buffer.from(bytes.subarray(end + 1 + from, end + 1 + to))]));
	} catch {
		return new Map();
	}
}

/** The text of such a file. */
export function cacheOf(scripts: ReadonlyMap<string, Script>): Buffer {
	let at = 0;
	const code = [...scripts].map(([name, script]) => ({ name, bytes: script.createCachedData() }));
	const places = code.map(({ name, bytes }) => {
		const from = at;
		at += bytes.length;
		return [name, from, at];
	});
	return Buffer.concat([Buffer.from(`${JSON.stringify(places)}\n`, "latin1"), ...code.map((c) => c.bytes)]);
}
