/**
 * What `-d` loads: files of every kind OPA knows, folders with all that is below them (documents
 * under the path of their folders), and `path.in.data:file`. All problems are collected; the words
 * are OPA's.
 */

import type { Bundle } from "../bundle/bundle.ts";
import { type IgnoreFilter, ignoreFilter } from "../documents/ignore.ts";
import { conflictOf, MergedData, mergeData, nestValue } from "../documents/merge-data.ts";
import { decodeUtf8, moduleText, parseJsonFile, parseYamlFile } from "../documents/texts.ts";
import { errorText, RegoError, RegoErrors } from "../errors.ts";
import { pathText } from "../face/documents.ts";
import type { Module, RegoVersion } from "../parser/ast.ts";
import type { LanguageFeatures } from "../parser/language.ts";
import { messageOf } from "../thrown.ts";
import { fromUtf8, isWellFormed } from "../value/utf8.ts";
import { isPlainObject, type PlainObject, type Value } from "../value/value.ts";
import { cleanPath } from "./documents.ts";
import type { ParsedFlags } from "./flags.ts";
import { type CliIo, listFolder, readBytes, statPath } from "./io.ts";
import { parseModuleText } from "./modules.ts";
import { Stopwatch } from "./stopwatch.ts";

export interface Loaded {
	/** In the order of loading; one file loaded twice is here once. */
	readonly modules: ReadonlyMap<string, Module>;
	readonly data: PlainObject;
}

/** Two files say what cannot both be. OPA does not tell where. */
export class MergeError extends Error {
	readonly hint: string | undefined;

	constructor(file: string, hint: string | undefined) {
		super(`${file}: merge error`);
		this.hint = hint;
	}
}

/** A document, where it lies in data. */
interface Placed {
	readonly file: string;
	readonly v: PlainObject;
}

/** Everything that is wrong with the files, to be shown together. */
export class LoadErrors extends Error {
	readonly errors: readonly (Error | RegoError)[];
	/** What is behind those of them that do not say it. */
	readonly hint?: string;

	constructor(errors: readonly Error[]) {
		const texts = errors.map((e) => (e instanceof RegoError ? errorText(e) : e.message));
		super(
			texts.length === 1
				? `1 error occurred during loading: ${texts[0]}`
				: `${texts.length} errors occurred during loading:\n${texts.join("\n")}`,
		);
		this.errors = errors;
		const hints = errors.flatMap((e) => (e instanceof MergeError && e.hint !== undefined ? [e.hint] : []));
		if (hints.length > 0) this.hint = hints.join("; ");
	}
}

export interface LoadOptions {
	readonly io: CliIo;
	readonly regoVersion: RegoVersion | "auto";
	/** Modules of v0 must also be v1. */
	readonly bothVersions?: boolean;
	/** What of the language modules may use; default all of it. */
	readonly language?: LanguageFeatures | undefined;
	readonly ignore: readonly string[];
	readonly stopwatch: Stopwatch;
	/** Default true: blocks of metadata are read with the modules. */
	readonly annotations?: boolean;
	/** Skip files of other kinds. */
	readonly onlyRego?: boolean;
	/** Default false: as OPA does, bytes of JSON that are no text become U+FFFD. */
	readonly onlyUtf8?: boolean;
}

/** Options of loading that the commands' flags say alike. */
export function loadOptionsOf(flags: Pick<ParsedFlags, "bool" | "list">, io: CliIo): LoadOptions {
	return {
		io,
		regoVersion: flags.bool("v0-compatible") ? "v0" : "v1",
		ignore: flags.list("ignore"),
		stopwatch: new Stopwatch(),
	};
}

export async function loadPaths(paths: readonly string[], options: LoadOptions): Promise<Loaded> {
	const loader = new Loader(options);
	for (const path of paths) {
		const [prefix, file] = splitPrefix(path);
		await loader.add(file, prefix, 0);
	}
	if (loader.errors.length > 0) throw new LoadErrors(loader.errors);
	return { modules: loader.modules, data: loader.data };
}

/** `a.b:file` → [["a", "b"], "file"]. */
function splitPrefix(path: string): [string[], string] {
	const colon = path.indexOf(":");
	if (colon <= 0 || path.indexOf("://") === colon) return [[], path];
	return [path.slice(0, colon).split("."), path.slice(colon + 1)];
}

class Loader {
	readonly modules: Map<string, Module> = new Map();
	readonly #merged = new MergedData();
	readonly errors: Error[] = [];
	readonly #options: LoadOptions;
	readonly #ignored: IgnoreFilter;
	/** What data is made of. */
	readonly #documents: Placed[] = [];

	constructor(options: LoadOptions) {
		this.#options = options;
		this.#ignored = ignoreFilter(options.ignore);
	}

	get data(): PlainObject {
		return this.#merged.data;
	}

	/** A file, or a folder and all below it. at: where in data its documents belong. */
	async add(written: string, at: readonly string[], depth: number): Promise<void> {
		const { io } = this.#options;
		try {
			if (written === "") throw new Error("stat : no such file or directory");
			const path = cleanPath(written);
			if (/^[\\/]{2}/.test(path)) throw new Error(`UNC path read is not allowed: ${path}`);
			const info = statPath(io, path);
			const name = baseName(path);
			if (this.#ignored(name, depth)) return;
			if (!info.isDirectory()) {
				if (this.#options.onlyRego === true && !name.endsWith(".rego")) return;
				await this.#file(path, at, depth);
				return;
			}
			const below = depth > 0 ? [...at, name] : at;
			for (const entry of listFolder(io, path)) await this.add(joinPath(path, entry), below, depth + 1);
		} catch (e) {
			if (e instanceof RegoErrors) this.errors.push(...e.errors);
			else if (e instanceof Error) this.errors.push(e);
			else throw e;
		}
	}

	async #file(path: string, at: readonly string[], depth: number): Promise<void> {
		const bytes = readBytes(this.#options.io, path);
		const ext = /\.[^./]*$/.exec(path)?.[0] ?? "";
		if (ext === ".rego") await this.#module(path, moduleText(bytes));
		else if (ext === ".json") this.#document(path, at, this.#json(path, bytes));
		else if (ext === ".yaml" || ext === ".yml") this.#document(path, at, await this.#yaml(path, bytes));
		else if (path.endsWith(".tar.gz")) await this.#archive(path, at, bytes);
		else if (depth === 0) await this.#unknown(path, at, bytes);
	}

	async #module(path: string, text: string): Promise<void> {
		const { regoVersion, bothVersions, language, annotations, stopwatch } = this.#options;
		const module = await stopwatch.time("rego_module_parse", () =>
			parseModuleText(path, text, regoVersion, bothVersions, language, annotations),
		);
		this.modules.set(path.replace(/^\/+|\/+$/g, ""), module);
	}

	#json(path: string, bytes: Uint8Array): Value {
		return this.#options.stopwatch.timeNow("rego_data_parse", () => {
			try {
				if (this.#options.onlyUtf8 === true) requireUtf8(bytes);
				return parseJsonFile(decodeUtf8(bytes));
			} catch (e) {
				throw new Error(`${path}: ${messageOf(e)}`, { cause: e });
			}
		});
	}

	#yaml(path: string, bytes: Uint8Array): Promise<Value> {
		return this.#options.stopwatch.time("rego_data_parse", async () => {
			try {
				return await parseYamlFile(bytes);
			} catch (e) {
				throw new Error(`${path}: error converting YAML to JSON: ${messageOf(e)}`, { cause: e });
			}
		});
	}

	async #archive(path: string, at: readonly string[], bytes: Uint8Array): Promise<void> {
		const { readBundleArchive } = await import("./load-bundle.ts");
		let bundle: Bundle;
		try {
			bundle = await readBundleArchive(path, bytes, this.#options);
		} catch (e) {
			throw new Error(`bundle ${path}: ${messageOf(e)}`, { cause: e });
		}
		for (const [name, module] of bundle.modules) this.modules.set(name, module);
		this.#document(path, at, nestAndMerge(bundle.data, ["system", "bundle", "manifest"], bundle.manifest));
	}

	/** No telling extension: a module, else JSON, else YAML. */
	async #unknown(path: string, at: readonly string[], bytes: Uint8Array): Promise<void> {
		try {
			await this.#module(path, decodeUtf8(bytes));
			return;
		} catch {
			// Not a module.
		}
		let v: Value;
		try {
			v = this.#json(path, bytes);
		} catch {
			try {
				v = await this.#yaml(path, bytes);
			} catch {
				throw new Error(`${path}: can't recognize file type`);
			}
		}
		this.#document(path, at, v);
	}

	#document(path: string, at: readonly string[], v: Value): void {
		const nested = nestValue(at, v);
		if (!isPlainObject(nested)) throw new Error(`${path}: document must be of type object`);
		if (!this.#merged.add(nested)) throw new MergeError(path, conflictHint(nested, this.#documents));
		this.#documents.push({ file: path, v: nested });
	}
}

/** Which part of a document another file has said otherwise. */
function conflictHint(v: PlainObject, documents: readonly Placed[]): string | undefined {
	for (const other of documents) {
		const path = conflictOf(other.v, v);
		if (path !== undefined) return `${pathText(path)} is in ${other.file}, too, and only objects are merged`;
	}
	return undefined;
}

/** Throws Error where bytes are no text. */
function requireUtf8(bytes: Uint8Array): void {
	const text = fromUtf8(bytes);
	if (isWellFormed(text)) return;
	const row = text.slice(0, text.search(/\p{Surrogate}/u)).split("\n").length;
	throw new Error(`row ${row}: the file is not UTF-8`);
}

function nestAndMerge(data: PlainObject, path: readonly string[], v: Value): Value {
	const nested = nestValue(path, v);
	return (isPlainObject(nested) ? mergeData(data, nested) : undefined) ?? data;
}

/** As Go's filepath.Join: `./a` is `a`. */
export function joinPath(folder: string, name: string): string {
	if (folder === "." || folder === "./" || folder === "") return name;
	const parts: string[] = [];
	const rooted = folder.startsWith("/");
	for (const part of `${folder}/${name}`.split("/")) {
		if (part === "" || part === ".") continue;
		if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
		else if (part !== ".." || !rooted) parts.push(part);
	}
	return `${rooted ? "/" : ""}${parts.join("/")}`;
}

export function baseName(path: string): string {
	return /([^/]+)\/*$/.exec(path)?.[1] ?? path;
}
