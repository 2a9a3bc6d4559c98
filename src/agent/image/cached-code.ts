/**
 * The gate's files run from V8's code cache, which was made with the image: what was compiled when it was made is
 * neither parsed nor compiled at a start. In: a folder of CommonJS files that require each other by `./name.cjs`, each
 * with its code beside it in `name.cjs.cache`. V8 refuses the code of another version, other flags or another file;
 * then, and where there is none, the file is compiled as usual. A cache is code: like the files, it belongs into the
 * measured image.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";

/** Loads a file of the folder as `require` does. */
export type LoadFile = (name: string) => unknown;

/** What a file is called with. */
type Wrapped = (exports: unknown, require: (id: string) => unknown, module: { exports: unknown }, dir: string) => void;

/** `onScript` is handed what was loaded: for whoever makes the caches. */
export function cachedFiles(folder: string, onScript?: (file: string, s: Script) => void): LoadFile {
	const modules = new Map<string, { exports: unknown }>();
	const load: LoadFile = (name) => {
		const known = modules.get(name);
		if (known !== undefined) return known.exports;
		const file = join(folder, name);
		const text = `(function (exports, require, module, __dirname) {${readFileSync(file, "latin1")}\n})`;
		const script = new Script(text, { filename: file, cachedData: codeOf(file) });
		onScript?.(file, script);
		const module: { exports: unknown } = { exports: {} };
		modules.set(name, module);
		const outside = createRequire(file);
		const run: Wrapped = script.runInThisContext();
		run(module.exports, (id) => (id.startsWith("./") ? load(id) : outside(id)), module, folder);
		return module.exports;
	};
	return load;
}

/** Where the code of a file is. */
export const cacheFile = (file: string): string => `${file}.cache`;

function codeOf(file: string): Buffer | undefined {
	try {
		return readFileSync(cacheFile(file));
	} catch {
		return undefined;
	}
}
