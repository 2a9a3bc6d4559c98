/** What `-b` loads: a bundle, from a folder or a .tar.gz file. Signatures are checked where the options ask for it. */
import { archivedFile, type Bundle, type BundleFile, type BundleReading, readBundle } from "../bundle/bundle.ts";
import type { Verification } from "../bundle/signature.ts";
import { ignoreFilter } from "../documents/ignore.ts";
import { messageOf } from "../thrown.ts";
import { cleanPath } from "./documents.ts";
import { listFolder, readBytes, statLink, statPath } from "./io.ts";
import { baseName, joinPath, type LoadOptions } from "./load-data.ts";
import { parseModuleText } from "./modules.ts";

export interface BundleLoadOptions extends LoadOptions {
	/** How signatures are checked; "none": there is no key, signed bundles are refused. Without it none is looked at. */
	readonly verification?: Verification | "none";
	/** Modules of a folder are named from the bundle's root, as those of an archive are. */
	readonly namesFromRoot?: boolean;
	/** Symbolic links in folders are followed; without it they are left out. */
	readonly followsLinks?: boolean;
	/** What the signatures say is wanted as well. */
	readonly signatures?: boolean;
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
			return await readBundle(
				path,
				folderFiles(path, options.namesFromRoot === true ? "" : path, options),
				reading(options),
			);
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
		return folderFiles(path, path, options).map((f) => ({ ...f, path: f.name }));
	}
	const { readTarGz } = await import("./tar.ts");
	return readTarGz(readBytes(options.io, path)).map(({ name, content }) => ({ path: name, name, read: () => content }));
}

/** A bundle's .tar.gz file. */
export async function readBundleArchive(path: string, bytes: Uint8Array, options: BundleLoadOptions): Promise<Bundle> {
	const { readTarGz } = await import("./tar.ts");
	const ignored = ignoreFilter(options.ignore);
	const files = readTarGz(bytes)
		.filter(({ name }) => !name.split("/").some((part) => part !== "" && part !== "." && ignored(part, 1)))
		.map(archivedFile);
	return readBundle(path, files, reading(options));
}

/** The files below a folder, named below `shown`. */
function folderFiles(root: string, shown: string, options: BundleLoadOptions): BundleFile[] {
	const { io } = options;
	const ignored = ignoreFilter(options.ignore);
	const files: BundleFile[] = [];
	const walk = (path: string, below: string): void => {
		const info = path === root || options.followsLinks === true ? statPath(io, path) : statLink(io, path);
		if (ignored(baseName(path), 1)) return;
		if (info.isDirectory()) {
			for (const name of listFolder(io, path)) walk(joinPath(path, name), `${below}/${name}`);
		} else if (info.isFile()) {
			const name = shown === "" ? below : joinPath(shown, below.slice(1));
			files.push({ path: below, name, read: () => readBytes(io, path) });
		}
	};
	walk(root, "");
	return files;
}

function reading(options: BundleLoadOptions): BundleReading {
	const { regoVersion, verification, signatures, stopwatch } = options;
	return {
		regoVersion,
		verification,
		signatures,
		parseModule: (name, text, version) => parseModuleText(name, text, version, options.bothVersions, options.language),
		isSignedBy: async (by, text, signature) => (await import("./bundle-signature.ts")).isSignedBy(by, text, signature),
		time: (name, work) => stopwatch.time(name, work),
	};
}
