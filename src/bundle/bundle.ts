/**
 * OPA's bundles, from their files: of data only `data.json` and `data.yaml`, each under the path of its folder;
 * modules; and `.manifest`, whose roots must own everything in the bundle.
 */
import { MergedData, nestValue } from "../documents/merge-data.ts";
import { decodeUtf8, moduleText, parseDocument, parseJsonFile } from "../documents/texts.ts";
import type { Module, RegoVersion } from "../parser/ast.ts";
import { messageOf } from "../thrown.ts";
import { parseFirstJson } from "../value/json.ts";
import { isArray, isPlainObject, type PlainObject, type Value } from "../value/value.ts";
import { checkRoots, manifestDocument, readManifest } from "./manifest.ts";
import type { SignatureCheck, Verification } from "./signature.ts";
import type { TarFile } from "./untar.ts";

export interface Bundle {
	readonly path: string;
	readonly modules: ReadonlyMap<string, Module>;
	readonly data: PlainObject;
	readonly roots: readonly string[];
	/** What modules of WebAssembly decide in it, in place of rules: paths such as `authz/allow`. */
	readonly wasmEntrypoints: readonly string[];
	readonly manifest: Value;
	/** As it is written; undefined where there is none. */
	readonly writtenManifest: Value | undefined;
	/** Files of documents, by name, with their path from the bundle's root. */
	readonly dataFiles: ReadonlyMap<string, string>;
	/** What `.signatures.json` holds. */
	readonly signatures: Value | undefined;
}

/** A file of a bundle. */
export interface BundleFile {
	/** From the bundle's root, with a slash before it. */
	readonly path: string;
	/** As errors and places name it. */
	readonly name: string;
	readonly read: () => Uint8Array;
}

/** A file of an archive. */
export function archivedFile({ name, content }: TarFile): BundleFile {
	const path = name.startsWith("/") ? name : `/${name}`;
	return { path, name: path, read: () => content };
}

/** How a bundle is read. */
export interface BundleReading {
	/** The version of modules of which the manifest does not say it. */
	readonly regoVersion: RegoVersion | "auto";
	readonly parseModule: (name: string, text: string, regoVersion: RegoVersion | "auto") => Promise<Module>;
	/** How signatures are checked; "none": there is no key, signed bundles are refused. */
	readonly verification?: Verification | "none" | undefined;
	/** Whether a signature is the key's. */
	readonly isSignedBy: SignatureCheck;
	/** Bundles that leave decisions to WebAssembly are refused. */
	readonly onlyRules?: boolean | undefined;
	/** What the signatures say is wanted as well. */
	readonly signatures?: boolean | undefined;
	/** Adds what something takes to a measure. */
	readonly time?: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

/** Throws in OPA's words. */
export async function readBundle(
	bundlePath: string,
	files: readonly BundleFile[],
	reading: BundleReading,
): Promise<Bundle> {
	const { time = (_name, work) => work() } = reading;
	await verifyBundle(files, reading);
	const sources: { path: string; name: string; text: string }[] = [];
	const documents = new MergedData();
	let manifest: Value | undefined;
	let manifestPath: string | undefined;
	let signatures: Value | undefined;
	const dataFiles = new Map<string, string>();
	const wasmFiles = new Set<string>();
	for (const file of files) {
		const { path, name } = file;
		const base = path.slice(path.lastIndexOf("/") + 1);
		if (path.endsWith(".signatures.json")) {
			if (reading.signatures === true) signatures = parseJsonFile(decodeUtf8(file.read()));
			continue;
		}
		// A delta is applied to the bundle that was loaded before it; ignored, the data would be those of before.
		if (base === "patch.json") throw new Error(`delta bundles are not supported: ${name}`);
		if (path.endsWith(".rego")) sources.push({ path, name, text: moduleText(file.read()) });
		else if (base === "data.json" || base === "data.yaml" || base === "data.yml") {
			const v = await time("rego_data_parse", async () => {
				try {
					const bytes = file.read();
					return base === "data.json" ? parseJsonFile(decodeUtf8(bytes)) : await parseDocument(bytes);
				} catch (e) {
					throw new Error(`bundle load failed on ${name}: ${messageOf(e)}`, { cause: e });
				}
			});
			insertData(documents, path, v);
			dataFiles.set(name, path);
		} else if (base === "policy.wasm") {
			wasmFiles.add(path);
		} else if (path.endsWith(".manifest")) {
			if (manifestPath !== undefined) {
				throw new Error(`bundle contains multiple manifest files: "${manifestPath}" and "${path}"`);
			}
			manifestPath = path;
			try {
				manifest = parseFirstJson(decodeUtf8(file.read()));
			} catch (e) {
				throw new Error(`bundle load failed on manifest decode: ${messageOf(e)}`, { cause: e });
			}
		}
	}
	const { roots, versionOf, wasm } = await readManifest(manifest, reading.regoVersion);
	const modules = new Map<string, Module>();
	for (const { path, name, text } of sources) {
		const module = await time("rego_module_parse", () => reading.parseModule(name, text, versionOf(path)));
		modules.set(name, module);
	}
	const { data } = documents;
	checkRoots(roots, modules, data);
	let wasmEntrypoints: readonly string[] = [];
	if (isArray(wasm) && wasm.length > 0) {
		wasmEntrypoints = (await import("./manifest-details.ts")).checkWasm(wasm, roots, wasmFiles, reading.onlyRules);
	}
	return {
		path: bundlePath,
		modules,
		data,
		roots,
		wasmEntrypoints,
		manifest: manifestDocument(manifest, roots),
		writtenManifest: manifest,
		dataFiles,
		signatures,
	};
}

/** Checks the signature over everything the bundle loads. */
async function verifyBundle(files: readonly BundleFile[], { verification, isSignedBy }: BundleReading): Promise<void> {
	if (verification === undefined) return;
	// Archives of `tar c .` have names that begin with `./`.
	const plain = (path: string): string => path.replace(/^(?:\.?\/)+/, "");
	const signed = files.find((f) => plain(f.path) === ".signatures.json");
	if (signed === undefined) {
		if (verification !== "none" && verification.keyId !== "") throw new Error("bundle missing .signatures.json file");
		return;
	}
	if (verification === "none") throw new Error("verification key not provided");
	const { checkFiles, readSignatures } = await import("./signature.ts");
	let signatures: Value;
	try {
		signatures = parseJsonFile(decodeUtf8(signed.read()));
	} catch (e) {
		throw new Error(`bundle load failed on signatures decode: ${messageOf(e)}`, { cause: e });
	}
	const promised = await readSignatures(signatures, verification, isSignedBy);
	const loaded = files.filter((f) => !f.path.endsWith(".signatures.json"));
	const named = loaded.map((f) => ({ name: plain(f.name), content: f.read() }));
	checkFiles(named, promised, verification.exclude);
}

function insertData(documents: MergedData, path: string, v: Value): void {
	const key = folderOf(path);
	const failed = (why: string): Error => new Error(`bundle load failed on ${path}: ${why}`);
	const nested = nestValue(key, v);
	if (!isPlainObject(nested)) throw failed("root value must be object");
	if (!documents.add(nested)) throw failed(`failed to insert data file from path ${key.join("/")}`);
}

/** The folder of a file, without what says nothing: a path cannot lead out of the bundle, nor past its roots. */
function folderOf(path: string): string[] {
	const out: string[] = [];
	for (const name of path.split("/").slice(0, -1)) {
		if (name === "..") out.pop();
		else if (name !== "" && name !== ".") out.push(name);
	}
	return out;
}
