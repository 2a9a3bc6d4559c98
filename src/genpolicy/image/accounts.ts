/**
 * /etc/passwd and /etc/group of an image, from the entries of its layers. Two views: what a container sees, and what
 * Kata's generator sees, which passes over layers it does not know and over opaque whiteouts. In: what a layer's tar
 * holds. Out: what the layer adds and removes, and what remains when all are laid over each other.
 */
import { entryPath } from "./entry-path.ts";
import { type AccountFiles, ImageError } from "./image.ts";
import { type TarEntry, TarReader, type TarVisitor } from "./tar.ts";

export type AccountFile = "passwd" | "group";
export const accountFiles: readonly AccountFile[] = ["passwd", "group"];

/** What a layer does with one of the files: nothing, removes it, or brings it. */
export type Change =
	| { readonly kind: "none" }
	| { readonly kind: "removed" }
	| { readonly kind: "file"; readonly text: string };

export interface LayerAccounts {
	readonly seen: Readonly<Record<AccountFile, Change>>;
	readonly kata: Readonly<Record<AccountFile, Change>>;
	/** What could not be read as a container would, for people. */
	readonly notes: readonly string[];
}

/** Files of accounts are of some kilobytes. */
const maxFile = 4 << 20;

export class AccountReader {
	readonly #where: string;
	readonly #tar: TarReader;
	readonly #seen: Record<AccountFile, Change> = { passwd: { kind: "none" }, group: { kind: "none" } };
	readonly #kata: Record<AccountFile, Change> = { passwd: { kind: "none" }, group: { kind: "none" } };
	readonly #notes: Set<string> = new Set();
	#file: AccountFile | undefined;
	#byKata = false;
	#parts: Uint8Array[] = [];

	constructor(where: string) {
		this.#where = where;
		const visitor: TarVisitor = {
			entry: (e) => this.#entry(e),
			data: (bytes) => this.#data(bytes),
			end: () => this.#end(),
		};
		this.#tar = new TarReader(where, visitor);
	}

	/** Bytes of the layer's tar. Throws ImageError. */
	write(bytes: Uint8Array): void {
		this.#tar.write(bytes);
	}

	finish(): LayerAccounts {
		this.#tar.finish();
		return { seen: this.#seen, kata: this.#kata, notes: [...this.#notes] };
	}

	#entry(e: TarEntry): boolean {
		const path = entryPath(e.name);
		const regular = e.type === "0" || e.type === "7";
		if (path === ".wh..wh..opq" || path === "etc/.wh..wh..opq") {
			// What lower layers brought goes; what this one brings stays, whichever comes first.
			for (const f of accountFiles) if (this.#seen[f].kind === "none") this.#seen[f] = { kind: "removed" };
		} else if (path === ".wh.etc") this.#remove(accountFiles, "");
		else if (path === "etc" && e.type !== "5") this.#remove(accountFiles, `/etc is ${kindOf(e)}`);
		for (const f of accountFiles) {
			if (path === `etc/.wh.${f}`) this.#remove([f], "");
			if (path === `etc/${f}` && !regular) this.#remove([f], `/etc/${f} is ${kindOf(e)}`);
			const byKata = kataPath(e.name);
			if (byKata === `etc/.wh.${f}` && this.#kata[f].kind === "none") this.#kata[f] = { kind: "removed" };
			if (path !== `etc/${f}` || !regular) continue;
			if (e.size > maxFile)
				throw new ImageError("unsupported", `${this.#where}: /etc/${f} has ${e.size} bytes, of ${maxFile} at most`);
			this.#file = f;
			this.#byKata = byKata === path && this.#kata[f].kind === "none";
			this.#parts = [];
			return true;
		}
		return false;
	}

	/** `why` is empty where the image says so itself. */
	#remove(files: readonly AccountFile[], why: string): void {
		for (const f of files) this.#seen[f] = { kind: "removed" };
		if (why !== "") this.#notes.add(`${this.#where}: ${why}, which is not followed`);
	}

	#data(bytes: Uint8Array): void {
		this.#parts.push(bytes.slice());
	}

	#end(): void {
		if (this.#file === undefined) return;
		const change: Change = { kind: "file", text: Buffer.concat(this.#parts).toString("utf8") };
		this.#parts = [];
		this.#seen[this.#file] = change;
		// It cannot tell an empty file from none.
		if (this.#byKata && change.text !== "") this.#kata[this.#file] = change;
		this.#file = undefined;
	}
}

/** What Kata's generator makes of a name; undefined for names that it passes over. */
function kataPath(name: string): string | undefined {
	if (name.startsWith("/")) return undefined;
	const parts = name.split("/").filter((p) => p !== "" && p !== ".");
	return parts.includes("..") ? undefined : parts.join("/");
}

function kindOf(e: TarEntry): string {
	const link = JSON.stringify(e.link.slice(0, 200));
	if (e.type === "1") return `a hard link to ${link}`;
	if (e.type === "2") return `a symbolic link to ${link}`;
	return e.type === "5" ? "a folder" : "no regular file";
}

/** Lays layers over each other, the lowest first. */
export function mergeAccounts(layers: readonly LayerAccounts[], view: "seen" | "kata"): AccountFiles {
	const last = (f: AccountFile): string | undefined => {
		const change = layers.findLast((l) => l[view][f].kind !== "none")?.[view][f];
		return change?.kind === "file" ? change.text : undefined;
	};
	return { passwd: last("passwd"), group: last("group") };
}
