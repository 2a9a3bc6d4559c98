/**
 * Loads the command's files from V8's code cache, and makes that cache: a run that compiles more than the
 * cache holds writes a larger one when its work is done. It lies beside the files, or in the user's cache folder
 * where those are somebody else's; where neither can be written there is none, and everything works without.
 *
 * V8 itself refuses what another version, other flags or another text have made. Code in a cache is run, so
 * one that others may write to is not read.
 */
const { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { dirname, join } = require("node:path");
const vm = require("node:vm");

/** How often a cache is written anew because more functions have been compiled; a new file always is one. */
const maxRounds = 3;

/** Where the cache of these files may be: beside them, and in the user's folder. */
function places(folder) {
	const name = `${process.version}-${process.arch}`;
	// Loading these takes longer than what they do, and few need them.
	const hash = () => {
		const { createHash } = require("node:crypto");
		const { mtimeMs, size } = statSync(join(folder, "engine.cjs"));
		return createHash("sha256").update(`${folder}\0${mtimeMs}\0${size}`).digest("hex").slice(0, 16);
	};
	const home = () => require("node:os").homedir();
	const user = () => join(process.env.XDG_CACHE_HOME || join(home(), ".cache"), "regoplan");
	return [() => join(folder, `.code-cache-${name}`), () => join(user(), `${hash()}-${name}`)];
}

/** Nobody else may have written it. */
function isOurs(file) {
	if (process.platform === "win32") return true;
	const { uid, mode } = statSync(file);
	return (uid === process.getuid() || uid === 0) && (mode & 0o022) === 0;
}

/** A cache: a line of JSON that says where each file's code is in what follows. */
function read(folder) {
	for (const place of places(folder)) {
		try {
			const file = place();
			const bytes = readFileSync(file);
			if (!isOurs(file)) continue;
			const end = bytes.indexOf(10);
			const { rounds, files } = JSON.parse(bytes.toString("latin1", 0, end));
			const code = new Map(files.map(([name, from, to]) => [name, bytes.subarray(end + 1 + from, end + 1 + to)]));
			return { rounds, code };
		} catch {
			// Not there, or not whole.
		}
	}
	return { rounds: 0, code: new Map() };
}

function write(folder, rounds, code) {
	let at = 0;
	const files = [...code].map(([name, bytes]) => [name, at, (at += bytes.length)]);
	const content = Buffer.concat([Buffer.from(`${JSON.stringify({ rounds, files })}\n`, "latin1"), ...code.values()]);
	for (const place of places(folder)) {
		try {
			const file = place();
			if (dirname(file) !== folder) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
			const temporary = `${file}-${process.pid}`;
			writeFileSync(temporary, content, { mode: 0o644, flag: "wx" });
			chmodSync(temporary, 0o644);
			renameSync(temporary, file);
			return;
		} catch {
			// Not ours to write.
		}
	}
}

/** `load` takes a file of the folder as `require` does; `keep` writes what was compiled. */
function loadWithCache(folder) {
	const cache = read(folder);
	const scripts = new Map();
	const modules = new Map();
	let isNew = cache.rounds < maxRounds;

	const load = (name) => {
		const known = modules.get(name);
		if (known !== undefined) return known.exports;
		const file = join(folder, name);
		const script = new vm.Script(
			`(function (exports, require, module, __dirname) {${readFileSync(file, "latin1")}\n})`,
			{
				filename: file,
				cachedData: cache.code.get(name),
				importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
			},
		);
		if (script.cachedDataRejected !== false) isNew = true;
		scripts.set(name, script);
		const module = { exports: {} };
		modules.set(name, module);
		const outside = createRequire(file);
		const require = (id) => (id.startsWith("./") ? load(id) : outside(id));
		script.runInThisContext()(module.exports, require, module, folder);
		return module.exports;
	};

	const keep = () => {
		if (!isNew) return;
		const code = new Map(cache.code);
		for (const [name, script] of scripts) code.set(name, script.createCachedData());
		write(folder, cache.rounds + 1, code);
	};
	return { load, keep };
}

module.exports = { loadWithCache };
