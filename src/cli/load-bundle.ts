/**
 * What `-b` loads: a bundle, from a folder or a .tar.gz file. Of data only `data.json` and
 * `data.yaml`, each under the path of its folder; modules; and `.manifest`, whose roots must own
 * everything in the bundle. Signatures are checked where the options ask for it, as `opa build` does;
 * `opa eval` does not.
 */

import { valueAt } from "../at.ts";
import { lookUp, mergeData, nestValue, replaceAt } from "../documents/merge-data.ts";
import type { Module, RegoVersion } from "../parser/ast.ts";
import { messageOf } from "../thrown.ts";
import { ObjectBuilder } from "../value/collections.ts";
import { numberText } from "../value/number.ts";
import { isArray, isNumber, isPlainObject, type PlainObject, type Value } from "../value/value.ts";
import type { VerificationKey } from "./bundle-signature.ts";
import { cleanPath, parseDocument, parseJsonFile } from "./documents.ts";
import { ignoreFilter } from "./ignore.ts";
import { decodeUtf8, listFolder, readBytes, statPath } from "./io.ts";
import { baseName, joinPath, type LoadOptions } from "./load-data.ts";
import { parseModuleText } from "./modules.ts";

export interface Bundle {
	readonly path: string;
	readonly modules: ReadonlyMap<string, Module>;
	readonly data: PlainObject;
	readonly roots: readonly string[];
	readonly manifest: Value;
	/** As it is written; undefined where there is none. */
	readonly writtenManifest: Value | undefined;
	/** Files of documents, by name, with their path from the bundle's root. */
	readonly dataFiles: ReadonlyMap<string, string>;
	/** What `.signatures.json` holds. */
	readonly signatures: Value | undefined;
}

export interface BundleLoadOptions extends LoadOptions {
	/** Signed bundles must carry this key's signature; "none": there is no key, signed bundles are refused. */
	readonly verification?: VerificationKey | "none";
	/** Modules of a folder are named from the bundle's root, as those of an archive are. */
	readonly namesFromRoot?: boolean;
	/** What the signatures say is wanted as well. */
	readonly signatures?: boolean;
}

export interface BundleFile {
	/** From the bundle's root, with a slash before it. */
	readonly path: string;
	readonly read: () => Uint8Array;
}

/** Load the bundle at a path given on the command line. */
export async function loadBundle(written: string, options: BundleLoadOptions): Promise<Bundle> {
	const path = cleanPath(written);
	if (/^[\\/]{2}/.test(path)) throw new Error(`UNC path read is not allowed: ${path}`);
	let folder: boolean;
	try {
		folder = statPath(options.io, path).isDirectory();
	} catch (e) {
		throw new Error(`error reading ${JSON.stringify(path)}: ${messageOf(e)}`, { cause: e });
	}
	try {
		if (folder)
			return await readBundle(path, options.namesFromRoot === true ? "" : path, folderFiles(path, options), options);
		return await readBundleArchive(path, readBytes(options.io, path), options);
	} catch (e) {
		throw new Error(`bundle ${path}: ${messageOf(e)}`, { cause: e });
	}
}

/** The files of the bundle at a path, each under the name it is signed by. */
export async function bundleFiles(path: string, options: LoadOptions): Promise<readonly BundleFile[]> {
	let folder: boolean;
	try {
		folder = statPath(options.io, path).isDirectory();
	} catch (e) {
		throw new Error(`error reading ${JSON.stringify(path)}: ${messageOf(e)}`, { cause: e });
	}
	if (folder) {
		return folderFiles(path, options).map(({ path: below, read }) => ({ path: joinPath(path, below.slice(1)), read }));
	}
	const { readTarGz } = await import("./tar.ts");
	return readTarGz(readBytes(options.io, path)).map(({ name, content }) => ({ path: name, read: () => content }));
}

/** A bundle's .tar.gz file. */
export async function readBundleArchive(path: string, bytes: Uint8Array, options: BundleLoadOptions): Promise<Bundle> {
	const { readTarGz } = await import("./tar.ts");
	const ignored = ignoreFilter(options.ignore);
	const files = readTarGz(bytes)
		.filter(({ name }) => !name.split("/").some((part) => part !== "" && part !== "." && ignored(part, 1)))
		.map(({ name, content }) => ({ path: name.startsWith("/") ? name : `/${name}`, read: () => content }));
	return readBundle(path, "", files, options);
}

function folderFiles(root: string, options: LoadOptions): BundleFile[] {
	const { io } = options;
	const ignored = ignoreFilter(options.ignore);
	const files: BundleFile[] = [];
	const walk = (path: string, below: string): void => {
		const info = statPath(io, path);
		if (ignored(baseName(path), 1)) return;
		if (info.isDirectory()) {
			for (const name of listFolder(io, path)) walk(joinPath(path, name), `${below}/${name}`);
		} else if (info.isFile()) files.push({ path: below, read: () => readBytes(io, path) });
	};
	walk(root, "");
	return files;
}

async function readBundle(
	bundlePath: string,
	folder: string,
	files: readonly BundleFile[],
	options: BundleLoadOptions,
): Promise<Bundle> {
	const { stopwatch } = options;
	if (options.verification !== undefined) await verifyBundle(folder, files, options.verification);
	const sources: { path: string; name: string; text: string }[] = [];
	let data: PlainObject = {};
	let manifest: Value | undefined;
	let manifestPath: string | undefined;
	let signatures: Value | undefined;
	const dataFiles = new Map<string, string>();
	for (const file of files) {
		const { path } = file;
		const name = folder === "" ? path : joinPath(folder, path.slice(1));
		const base = baseName(path);
		if (path.endsWith(".signatures.json")) {
			if (options.signatures === true) signatures = parseJsonFile(decodeUtf8(file.read()));
			continue;
		}
		// A delta is applied to the bundle that was loaded before it; ignored, the data would be those of before.
		if (base === "patch.json") throw new Error(`delta bundles are not supported: ${name}`);
		if (path.endsWith(".rego")) sources.push({ path, name, text: decodeUtf8(file.read()) });
		else if (base === "data.json" || base === "data.yaml" || base === "data.yml") {
			const v = await stopwatch.time("rego_data_parse", async () => {
				try {
					const text = decodeUtf8(file.read());
					return base === "data.json" ? parseJsonFile(text) : await parseDocument(text);
				} catch (e) {
					throw new Error(`bundle load failed on ${name}: ${messageOf(e)}`, { cause: e });
				}
			});
			data = insertData(data, path, v);
			dataFiles.set(name, path);
		} else if (path.endsWith(".manifest")) {
			if (manifestPath !== undefined) {
				throw new Error(`bundle contains multiple manifest files: "${manifestPath}" and "${path}"`);
			}
			manifestPath = path;
			try {
				manifest = parseJsonFile(decodeUtf8(file.read()));
			} catch (e) {
				throw new Error(`bundle load failed on manifest decode: ${messageOf(e)}`, { cause: e });
			}
		}
	}
	const { roots, versionOf } = readManifest(manifest, options.regoVersion);
	const modules = new Map<string, Module>();
	for (const { path, name, text } of sources) {
		const module = await stopwatch.time("rego_module_parse", () =>
			parseModuleText(name, text, versionOf(path), options.bothVersions, options.language),
		);
		modules.set(name, module);
	}
	checkRoots(roots, modules, data);
	return {
		path: bundlePath,
		modules,
		data,
		roots,
		manifest: manifestDocument(manifest, roots),
		writtenManifest: manifest,
		dataFiles,
		signatures,
	};
}

/** Checks the signature over everything the bundle loads. */
async function verifyBundle(
	folder: string,
	files: readonly BundleFile[],
	verification: VerificationKey | "none",
): Promise<void> {
	// Archives of `tar c .` have names that begin with `./`.
	const plain = (path: string): string => path.replace(/^(?:\.?\/)+/, "");
	const signed = files.find((f) => plain(f.path) === ".signatures.json");
	if (signed === undefined) {
		if (verification !== "none") throw new Error("bundle missing .signatures.json file");
		return;
	}
	if (verification === "none") throw new Error("verification key not provided");
	const { checkFiles, readSignatures } = await import("./bundle-signature.ts");
	let signatures: Value;
	try {
		signatures = parseJsonFile(decodeUtf8(signed.read()));
	} catch (e) {
		throw new Error(`bundle load failed on signatures decode: ${messageOf(e)}`, { cause: e });
	}
	const promised = readSignatures(signatures, verification);
	const loaded = files.filter((f) => !f.path.endsWith(".signatures.json"));
	const named = loaded.map((f) => ({
		name: plain(folder === "" ? f.path : joinPath(folder, f.path.slice(1))),
		content: f.read(),
	}));
	checkFiles(named, promised, verification.exclude);
}

function insertData(data: PlainObject, path: string, v: Value): PlainObject {
	const folder = path.slice(0, path.lastIndexOf("/")).replace(/^[/.]+/, "");
	const key = folder === "" ? [] : folder.split("/");
	const failed = (why: string): Error => new Error(`bundle load failed on ${path}: ${why}`);
	const nested = nestValue(key, v);
	if (!isPlainObject(nested)) throw failed("root value must be object");
	const merged = mergeData(data, nested);
	if (merged === undefined) throw failed(`failed to insert data file from path ${key.join("/")}`);
	return merged;
}

interface ManifestFacts {
	readonly roots: readonly string[];
	readonly versionOf: (path: string) => RegoVersion | "auto";
}

function readManifest(manifest: Value | undefined, fallback: RegoVersion | "auto"): ManifestFacts {
	const fail = (what: string): never => {
		throw new Error(`bundle load failed on manifest decode: ${what}`);
	};
	const of = (key: string): Value | undefined => (manifest === undefined ? undefined : lookUp(manifest, [key]));
	const written = of("roots") ?? null;
	const roots: string[] = [];
	if (written === null) roots.push("");
	else if (!isArray(written)) fail("json: cannot unmarshal into Go struct field Manifest.roots of type []string");
	else {
		for (const r of written) {
			if (typeof r !== "string") fail("json: cannot unmarshal into Go struct field Manifest.roots of type string");
			else roots.push(r.replace(/^\/+|\/+$/g, ""));
		}
	}
	const wrongType = (v: Value, field: string): never =>
		fail(`json: cannot unmarshal ${jsonKind(v)} into Go struct field Manifest.${field} of type int`);
	const version = of("rego_version") ?? null;
	if (version !== null && !(typeof version === "number" && Number.isInteger(version)))
		wrongType(version, "rego_version");
	const perFile = of("file_rego_versions") ?? null;
	const patterns: [RegExp, Value][] = [];
	if (perFile !== null) {
		if (!isPlainObject(perFile)) {
			fail(
				`json: cannot unmarshal ${jsonKind(perFile)} into Go struct field Manifest.file_rego_versions of type map[string]int`,
			);
		}
		const versions = perFile as PlainObject;
		for (const p of Object.keys(versions).sort()) {
			const v = valueAt(versions, p);
			if (!(typeof v === "number" && Number.isInteger(v))) wrongType(v, "file_rego_versions");
			patterns.push([globPattern(p), v]);
		}
	}
	const versionOf = (path: string): RegoVersion | "auto" => {
		const found = patterns.find(([p]) => p.test(path))?.[1] ?? version;
		if (found === null) return fallback;
		if (found !== 0 && found !== 1) throw new Error(`unknown bundle rego-version ${String(found)} for file '${path}'`);
		return found === 0 ? "v0" : "v1";
	};
	return { roots, versionOf };
}

/** What Go's JSON decoder calls a value; numbers with their text. */
function jsonKind(v: Value): string {
	if (isArray(v)) return "array";
	if (isNumber(v)) return `number ${numberText(v)}`;
	return typeof v === "boolean" ? "bool" : typeof v;
}

/** The few wildcards of the manifest's file patterns: `*`, `?` and `{a,b}`, none of them special about `/`. */
function globPattern(pattern: string): RegExp {
	let depth = 0;
	const out = pattern.replace(/[\\^$.+()|[\]*?{},]/g, (c) => {
		if (c === "*") return ".*";
		if (c === "?") return ".";
		if (c === "{") {
			depth++;
			return "(?:";
		}
		if (c === "}") {
			depth--;
			return ")";
		}
		if (c === "," && depth > 0) return "|";
		return c === "," ? c : `\\${c}`;
	});
	return new RegExp(`^${out}$`, "s");
}

function checkRoots(roots: readonly string[], modules: ReadonlyMap<string, Module>, data: PlainObject): void {
	for (const [i, a] of roots.entries()) {
		for (const b of roots.slice(i + 1)) {
			if (covers(a, b.split("/")) || covers(b, a.split("/"))) {
				throw new Error(`manifest has overlapped roots: '${a}' and '${b}'`);
			}
		}
	}
	const shown = `[${roots.join(" ")}]`;
	for (const [name, module] of modules) {
		const path = module.package.path.terms.slice(1).map((t) => (t.kind === "scalar" ? String(t.value) : ""));
		if (!roots.some((r) => covers(r, path))) {
			throw new Error(`manifest roots ${shown} do not permit 'package ${packageName(path)}' in module '${name}'`);
		}
	}
	const check = (path: readonly string[], v: Value): void => {
		if (roots.some((r) => covers(r, path))) return;
		if (!isPlainObject(v) || !roots.some((r) => covers(path.join("/"), r.split("/")))) {
			const at = path.join("/");
			throw new Error(
				`manifest roots ${shown} do not permit data at path '/${at}' (hint: check bundle directory structure)`,
			);
		}
		for (const key of Object.keys(v)) check([...path, key], valueAt(v, key));
	};
	check([], data);
}

function packageName(path: readonly string[]): string {
	return path
		.map((p, i) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(p) ? (i === 0 ? p : `.${p}`) : `[${JSON.stringify(p)}]`))
		.join("");
}

/** True when root, a path with slashes, is path or encloses it. The empty root encloses everything. */
function covers(root: string, path: readonly string[]): boolean {
	if (root === "") return true;
	const segments = root.split("/");
	return segments.length <= path.length && segments.every((s, i) => s === path[i]);
}

/** What `-d bundle.tar.gz` puts at data.system.bundle.manifest. */
function manifestDocument(manifest: Value | undefined, roots: readonly string[]): Value {
	const b = new ObjectBuilder();
	b.set("revision", "");
	if (manifest !== undefined && isPlainObject(manifest)) {
		for (const key of Object.keys(manifest)) b.set(key, valueAt(manifest, key));
	}
	b.set("roots", roots);
	return b.finish();
}

/** Put bundles over the data loaded from files: what a bundle's roots own is the bundle's alone. */
export function activateBundles(bundles: readonly Bundle[], data: PlainObject): PlainObject {
	try {
		checkOverlap(bundles);
	} catch (e) {
		throw new Error(`bundle activation failed: ${messageOf(e)}`, { cause: e });
	}
	let out = data;
	for (const bundle of bundles) {
		for (const root of bundle.roots) {
			const path = root === "" ? [] : root.split("/");
			out = replaceAt(out, path, lookUp(bundle.data, path));
		}
	}
	return out;
}

/** Two bundles must not own the same path. The wording of the conflicts is OPA's. */
function checkOverlap(bundles: readonly Bundle[]): void {
	const entries = bundles.flatMap((b) => b.roots.map((root) => ({ bundle: b.path, root })));
	const colliding = new Set<string>();
	const conflicts = new Set<string>();
	for (const [i, a] of entries.entries()) {
		for (const b of entries.slice(i + 1)) {
			if (a.bundle === b.bundle) continue;
			if (!covers(a.root, b.root.split("/")) && !covers(b.root, a.root.split("/"))) continue;
			colliding.add(a.bundle).add(b.bundle);
			const [first, second] = [a.root, b.root].sort() as [string, string];
			conflicts.add(first === second ? `root ${first} is in multiple bundles` : `${first} overlaps ${second}`);
		}
	}
	if (colliding.size === 0) return;
	const names = [...colliding].sort().join(", ");
	const empty = [...new Set(entries.filter((e) => e.root === "").map((e) => e.bundle))].sort().join(", ");
	throw new Error(
		empty === ""
			? `detected overlapping roots in manifests for these bundles: [${names}] (${[...conflicts].sort().join(", ")})`
			: `bundles [${names}] have overlapping roots and cannot be activated simultaneously because bundle(s) [${empty}] specify empty root paths ('') which overlap with any other bundle root`,
	);
}
