/**
 * What is known of layers already: within one run by the digest of the blob, and across runs in the file that Kata's
 * generator keeps (`--layers-cache-file-path`), an array of { diff_id, passwd, group }. That file knows what Kata's
 * generator sees and no more, so only layers go into it that a container sees the same way.
 */

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { codeOf, messageOf } from "../../thrown.ts";
import { accountFiles, type Change, type LayerAccounts } from "./accounts.ts";
import { ImageError, type ImageLayer } from "./image.ts";
import { parseList, stringOf, toObject } from "./json.ts";

const whiteout = "WHITEOUT";
const maxFile = 256 << 20;

interface Entry {
	readonly diff_id: string;
	readonly passwd: string;
	readonly group: string;
}

export class LayersCache {
	readonly #path: string | undefined;
	readonly #byDiffId: Map<string, Entry> = new Map();
	readonly #byDigest: Map<string, LayerAccounts> = new Map();
	readonly #kept: Entry[] = [];
	#changed = false;
	/** Why the file that was there is not used, for people. */
	readonly problem: string | undefined;

	/** Without a path nothing is kept. Throws ImageError where the file cannot be read at all. */
	constructor(path?: string) {
		this.#path = path;
		const found = path === undefined ? [] : readEntries(path);
		if (typeof found === "string") {
			// As Kata's generator: it begins again.
			this.problem = `${path}: ${found}; it is made anew`;
			this.#changed = true;
			return;
		}
		this.problem = undefined;
		this.#kept.push(...found);
		// The first of a layer counts.
		for (const e of found) if (!this.#byDiffId.has(e.diff_id)) this.#byDiffId.set(e.diff_id, e);
	}

	/** `inFile` is whether the file may be asked. */
	get(layer: ImageLayer, inFile: boolean): LayerAccounts | undefined {
		const known = this.#byDigest.get(key(layer));
		if (known !== undefined || !inFile || layer.diffId === undefined) return known;
		const entry = this.#byDiffId.get(layer.diffId);
		if (entry === undefined) return undefined;
		const changes = { passwd: toChange(entry.passwd), group: toChange(entry.group) };
		return { seen: changes, kata: changes, notes: [] };
	}

	add(layer: ImageLayer, accounts: LayerAccounts, inFile: boolean): void {
		this.#byDigest.set(key(layer), accounts);
		if (!inFile || this.#path === undefined || layer.diffId === undefined || this.#byDiffId.has(layer.diffId)) return;
		const texts = accountFiles.map((f) => toText(accounts.kata[f]));
		const same = accountFiles.every((f, i) => texts[i] === toText(accounts.seen[f]));
		const [passwd, group] = texts;
		if (!same || accounts.notes.length > 0 || passwd === undefined || group === undefined) return;
		const entry: Entry = { diff_id: layer.diffId, passwd, group };
		this.#byDiffId.set(entry.diff_id, entry);
		this.#kept.push(entry);
		this.#changed = true;
	}

	/** Writes the file if it changed: whole, or not at all. Throws ImageError. */
	save(): void {
		if (this.#path === undefined || !this.#changed) return;
		const temporary = `${this.#path}.${process.pid}.tmp`;
		try {
			writeFileSync(temporary, JSON.stringify(this.#kept, null, 2), { flag: "wx" });
			renameSync(temporary, this.#path);
			this.#changed = false;
		} catch (e) {
			rmSync(temporary, { force: true });
			throw new ImageError("invalid", `${this.#path}: the layers cache cannot be written: ${messageOf(e)}`);
		}
	}
}

/** A blob may be called what it is not in another image: what Kata's generator reads depends on the name. */
function key(layer: ImageLayer): string {
	return `${layer.digest} ${layer.diffId} ${layer.mediaType}`;
}

function toChange(text: string): Change {
	if (text === whiteout) return { kind: "removed" };
	return text === "" ? { kind: "none" } : { kind: "file", text };
}

/** Undefined for what the file cannot say: a file whose text is its word for none. */
function toText(change: Change): string | undefined {
	if (change.kind === "none") return "";
	if (change.kind === "removed") return whiteout;
	return change.text === "" || change.text === whiteout ? undefined : change.text;
}

/** The entries, or what is wrong with the file. */
function readEntries(path: string): readonly Entry[] | string {
	let bytes: Uint8Array;
	try {
		bytes = readFileSync(path);
	} catch (e) {
		if (codeOf(e) === "ENOENT") return [];
		throw new ImageError("invalid", `the layers cache cannot be read: ${messageOf(e)}`);
	}
	if (bytes.length > maxFile) return `it has more than ${maxFile} bytes`;
	if (bytes.length === 0) return [];
	try {
		return parseList(bytes, "cache").map((e) => {
			const o = toObject(e, "cache");
			const known = ["diff_id", "passwd", "group"];
			const [diff_id, passwd, group] = known.map((k) => stringOf(o, k, "cache"));
			if (diff_id === undefined || passwd === undefined || group === undefined || o.size !== known.length)
				throw new ImageError("invalid", "other fields");
			return { diff_id, passwd, group };
		});
	} catch {
		return "it is no layers cache";
	}
}
