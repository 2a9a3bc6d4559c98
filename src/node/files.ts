/** Policies from files, folders and bundles, as the command loads them. */
import { fileURLToPath } from "node:url";
import { type BundleOptions, bundleOptions, fetchBundle, keyOf, withData } from "../bundle/load.ts";
import type { CliIo } from "../cli/io.ts";
import { LoadErrors, type LoadOptions as LoaderOptions, loadPaths } from "../cli/load-data.ts";
import { Stopwatch } from "../cli/stopwatch.ts";
import { compile } from "../compile.ts";
import { type CompileOptions, compileOptions } from "../compile-with.ts";
import { RegoError, RegoErrors } from "../errors.ts";
import { checkOptions, describe, type OptionChecks } from "../face/options.ts";
import type { Module } from "../parser/ast.ts";
import type { Policy } from "../policy.ts";
import type { WebUrl } from "../web-types.ts";

/** Paths of files and folders, or their `file:` addresses. */
export type Paths = string | WebUrl | readonly (string | WebUrl)[];

/** What loadFiles() takes besides paths: all that compile() takes, and what to leave out. */
export interface FileOptions extends CompileOptions {
	/** Shell patterns of names of files and folders to leave out, as `--ignore`. */
	readonly ignore?: readonly string[] | undefined;
}

export const fileOptions: OptionChecks<FileOptions> = { ...compileOptions, ignore: "strings" };

/**
 * Loads and compiles Rego, JSON and YAML files, and all of these below folders. Data lies under the
 * path of its folders, as with `opa eval -d`.
 *
 *     const policy = await loadFiles(["policies", "data.yaml"]);
 */
export async function loadFiles(paths: Paths, options: FileOptions = {}): Promise<Policy> {
	const { modules, options: compiling } = await readFiles("loadFiles", paths, options);
	return compile(modules, compiling);
}

/** What compile() takes of files. */
export async function readFiles(
	call: string,
	paths: Paths,
	options: FileOptions,
): Promise<{ readonly modules: readonly Module[]; readonly options: CompileOptions }> {
	checkOptions(call, options, fileOptions);
	const { ignore, ...compiling } = options;
	const loaded = await telling(() => loadPaths(listOf(paths, call), loaderOptions(options)));
	return { modules: [...loaded.modules.values()], options: withData(loaded.data, compiling) };
}

/**
 * Loads and compiles an OPA bundle: the bytes of a .tar.gz, its path, its http(s) address, or a folder.
 * A signed bundle whose key is not given is refused.
 */
export async function loadBundle(source: Uint8Array | string | WebUrl, options: BundleOptions = {}): Promise<Policy> {
	checkOptions("loadBundle", options, bundleOptions);
	const { ignore, verificationKey, signingAlgorithm, signal, ...compiling } = options;
	const bundle = await telling(async () => {
		const { loadBundle: load, readBundleArchive } = await import("../cli/load-bundle.ts");
		const verification = verificationKey === undefined ? "none" : keyOf(verificationKey, signingAlgorithm);
		const reading = { ...loaderOptions(options), verification } as const;
		if (source instanceof Uint8Array) return readBundleArchive("bundle.tar.gz", source, reading);
		if (typeof source !== "string" && !(source instanceof URL)) {
			throw new TypeError(`loadBundle: a bundle is its bytes, a path or an address, not ${describe(source)}`);
		}
		const text = String(source);
		if (text === "") throw new TypeError('loadBundle: a bundle is its bytes, a path or an address, not ""');
		if (/^https?:\/\//.test(text)) return readBundleArchive(text, await fetchBundle(text, signal), reading);
		return load(text.startsWith("file:") ? fileURLToPath(text) : text, reading);
	});
	return compile([...bundle.modules.values()], withData(bundle.data, compiling));
}

function loaderOptions(options: FileOptions): LoaderOptions {
	const io: CliIo = {
		stdout: () => {},
		stderr: () => {},
		stdin: () => new Uint8Array(),
		cwd: process.cwd(),
		env: {},
	};
	return {
		io,
		regoVersion: options.regoVersion ?? "v1",
		ignore: options.ignore ?? [],
		stopwatch: new Stopwatch(),
		onlyUtf8: true,
	};
}

export function listOf(paths: Paths, call: string): readonly string[] {
	const list: readonly unknown[] = isList(paths) ? paths : [paths];
	return list.map((p) => {
		if (p instanceof URL && p.protocol === "file:") return fileURLToPath(p);
		// An empty one would be the current folder with all that is in it.
		if (typeof p === "string" && p !== "") return p;
		throw new TypeError(`${call}: the first argument is a path, or a list of them, not ${describe(p)}`);
	});
}

function isList(paths: Paths): paths is readonly (string | WebUrl)[] {
	return Array.isArray(paths);
}

/** Errors of Rego texts as everywhere in the library; others as the command words them. */
async function telling<T>(load: () => Promise<T>): Promise<T> {
	try {
		return await load();
	} catch (e) {
		if (e instanceof LoadErrors && e.errors.every((x) => x instanceof RegoError)) throw new RegoErrors(e.errors);
		if (e instanceof Error && e.cause instanceof RegoErrors) throw e.cause;
		throw e;
	}
}
