/**
 * Images that are at hand: OCI layouts and archives (`docker save`, skopeo's oci-archive and docker-archive), each
 * named by itself or in a folder, at any depth. In: paths, and a reference. Out: the store that has the image.
 *
 * An image is found by the full name that a layout or archive gives it; by a tag alone, where the path below the folder
 * is the repository (`images/library/busybox`, `images/quay.io/org/app.tar`); or by its digest, wherever it is.
 */
import { readdirSync, statSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { ImageError } from "../image.ts";
import type { Index } from "../manifest.ts";
import { fullName, type ImageReference, repositoryName } from "../reference.ts";
import type { ImageStore } from "../store.ts";
import { diskTree } from "./disk-tree.ts";
import { dockerArchiveStore, readDockerArchive, type SavedImage, savedFor } from "./docker-archive.ts";
import type { FileTree } from "./file-tree.ts";
import { entriesFor, hasBlob, layoutStore, readLayout } from "./layout.ts";
import { tarTree } from "./tar-tree.ts";

const archive = /\.(?:tar|tar\.gz|tgz|tar\.zst)$/i;
const maxDepth = 8;
const maxPlaces = 10_000;

interface Place {
	readonly tree: FileTree;
	readonly layout: Index | undefined;
	readonly saved: readonly SavedImage[];
	/** Whether the path names the repository. */
	isOf(name: ImageReference): boolean;
}

interface Found {
	readonly digest: string;
	readonly store: () => Promise<ImageStore>;
	readonly tree: FileTree;
}

export class LocalImages {
	readonly #paths: readonly string[];
	#places: Promise<readonly Place[]> | undefined;
	readonly #problems: string[] = [];

	/** `paths` are folders, layouts and archives, absolute or from `cwd`. */
	constructor(paths: readonly string[], cwd: string) {
		this.#paths = paths.map((p) => resolve(cwd, p));
	}

	/** What in the folders could not be read; something else may be meant by it. */
	get problems(): readonly string[] {
		return this.#problems;
	}

	/** Undefined where no place has the image. Throws ImageError. */
	async find(name: ImageReference): Promise<ImageStore | undefined> {
		this.#places ??= findPlaces(this.#paths, this.#problems);
		const found: Found[] = [];
		for (const place of await this.#places) found.push(...(await foundIn(place, name)));
		const [first, ...others] = found;
		const other = others.find((o) => o.digest !== first?.digest);
		if (first === undefined) return undefined;
		if (other !== undefined)
			throw new ImageError(
				"invalid",
				`${fullName(name)} is in ${first.tree.name} and in ${other.tree.name}, and they differ`,
				"Name one of them, or pin the image by its digest.",
			);
		return await first.store();
	}
}

async function foundIn(place: Place, name: ImageReference): Promise<readonly Found[]> {
	const { tree, layout, saved } = place;
	const found: Found[] = [];
	if (layout !== undefined) {
		const entries = entriesFor(layout, name, place.isOf(name));
		for (const e of entries) found.push({ digest: e.digest, tree, store: async () => layoutStore(tree, e) });
		if (entries.length === 0 && name.digest !== undefined && (await hasBlob(tree, name.digest)))
			found.push({ digest: name.digest, tree, store: async () => layoutStore(tree, undefined) });
	}
	// Docker of today writes both: the layout knows more.
	if (found.length > 0) return found;
	return savedFor(saved, name).map((s) => ({ digest: s.config, tree, store: () => dockerArchiveStore(tree, s) }));
}

async function findPlaces(paths: readonly string[], problems: string[]): Promise<readonly Place[]> {
	const out: Place[] = [];
	for (const path of paths) {
		const found = statSync(path, { throwIfNoEntry: false });
		if (found === undefined) throw new ImageError("not-found", `${path}: no such file or folder`);
		if (found.isDirectory()) await walk(path, path, 0, out, problems);
		else if (found.isFile()) out.push(await openArchive(path, path));
		else throw new ImageError("invalid", `${path}: neither a file nor a folder`);
	}
	return out;
}

async function walk(root: string, folder: string, depth: number, out: Place[], problems: string[]): Promise<void> {
	if (out.length > maxPlaces) throw new ImageError("unsupported", `${root}: more than ${maxPlaces} images in it`);
	const tree = diskTree(folder, folder);
	const layout = await readLayout(tree);
	const saved = layout === undefined ? await readDockerArchive(tree).catch(() => undefined) : undefined;
	if (layout !== undefined || saved !== undefined) {
		out.push({ tree, layout, saved: saved ?? [], isOf: namedBy(root, folder) });
		return;
	}
	if (depth >= maxDepth) return;
	for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
		const path = join(folder, entry.name);
		// Links to folders may lead in circles.
		if (entry.isDirectory()) await walk(root, path, depth + 1, out, problems);
		else if (archive.test(entry.name) && statSync(path, { throwIfNoEntry: false })?.isFile() === true) {
			try {
				out.push(await openArchive(root, path));
			} catch (e) {
				if (!(e instanceof ImageError)) throw e;
				problems.push(e.message);
			}
		}
	}
}

async function openArchive(root: string, path: string): Promise<Place> {
	const tree = await tarTree(path, path);
	const layout = await readLayout(tree);
	const saved = await readDockerArchive(tree);
	if (layout === undefined && saved === undefined)
		throw new ImageError(
			"invalid",
			`${path}: no image: neither index.json and oci-layout nor manifest.json is in it`,
			"Archives of docker save, and of skopeo copy to oci-archive: or docker-archive:, are read.",
		);
	return { tree, layout, saved: saved ?? [], isOf: namedBy(root, path.replace(archive, "")) };
}

/** A place in a folder is named by its path there; one that was named itself, by how its path ends. */
function namedBy(root: string, path: string): (name: ImageReference) => boolean {
	const whole = path.split(sep).join("/");
	const itself = path === root || root.replace(archive, "") === path;
	const below = itself ? undefined : whole.slice(root.split(sep).join("/").replace(/\/$/, "").length + 1);
	return (name) => {
		const short = name.registry === "docker.io" ? name.repository.replace(/^library\//, "") : name.repository;
		const names = [repositoryName(name), name.repository, short];
		return names.some((n) => (below === undefined ? whole.endsWith(`/${n}`) : below === n));
	};
}
