/**
 * The entries of a tar archive as they pass by: ustar with GNU and pax extensions. In: the archive's bytes, in pieces
 * of any size. Out: the header of each entry, and the bytes of those that are wanted. Nothing is held but a header
 * and names, whose size is bounded, so that an archive of any size passes through in little memory; archive libraries
 * hold a pax header whole, however large it says it is.
 */
import { ImageError } from "./image.ts";

export interface TarEntry {
	/** As written, with slashes. */
	readonly name: string;
	/** The letter of the header: `0` a file, `1` a hard link, `2` a symbolic link, `5` a folder … */
	readonly type: string;
	readonly size: number;
	/** What a link points to. */
	readonly link: string;
	/** Where its data begin, in the archive. */
	readonly offset: number;
}

export interface TarVisitor {
	/** Whether the data of the entry are wanted. */
	entry(entry: TarEntry): boolean;
	data?(bytes: Uint8Array): void;
	/** After the data of an entry that was wanted. */
	end?(): void;
}

const block = 512;
/** Longest extended header: names of links can be long, and nothing else of it is read. */
const maxExtension = 1 << 20;

type State = "header" | "extension" | "sparse" | "data" | "padding" | "done";

export class TarReader {
	readonly #visitor: TarVisitor;
	readonly #where: string;
	readonly #header: Buffer = Buffer.alloc(block);
	#state: State = "header";
	/** Bytes of the header, or of the block of a sparse entry, that are there. */
	#filled = 0;
	#at = 0;
	/** Bytes of data, or of an extension, that are still to come. */
	#left = 0;
	#padding = 0;
	#wanted = false;
	#extension: Uint8Array[] = [];
	#extensionType = "";
	#next: Map<string, string> = new Map();
	#global: ReadonlyMap<string, string> = new Map();

	/** `where` begins the messages. */
	constructor(where: string, visitor: TarVisitor) {
		this.#where = where;
		this.#visitor = visitor;
	}

	/** Throws ImageError. */
	write(bytes: Uint8Array): void {
		for (let from = 0; from < bytes.length && this.#state !== "done"; ) {
			const start = from;
			if (this.#state === "header" || this.#state === "sparse") {
				const n = Math.min(block - this.#filled, bytes.length - from);
				this.#header.set(bytes.subarray(from, from + n), this.#filled);
				this.#filled += n;
				from += n;
				this.#at += n;
				if (this.#filled < block) return;
				this.#filled = 0;
				if (this.#state === "header") this.#readHeader();
				else if (this.#header[504] === 0) this.#enter("data");
				continue;
			}
			if (this.#state === "padding") {
				const n = Math.min(this.#padding, bytes.length - from);
				this.#padding -= n;
				from += n;
				if (this.#padding === 0) this.#state = "header";
			} else {
				const n = Math.min(this.#left, bytes.length - from);
				const part = bytes.subarray(from, from + n);
				if (this.#state === "extension") this.#extension.push(part.slice());
				else if (this.#wanted) this.#visitor.data?.(part);
				this.#left -= n;
				from += n;
				if (this.#left === 0) this.#endData();
			}
			this.#at += from - start;
		}
	}

	/** How many of the next bytes are of no interest: who can may pass over them, and says so by skip. */
	get skippable(): number {
		if (this.#state === "padding") return this.#padding;
		return this.#state === "data" && !this.#wanted ? this.#left + this.#padding : 0;
	}

	/** All of `skippable` was passed over. */
	skip(): void {
		this.#at += this.skippable;
		this.#left = this.#padding = 0;
		this.#state = "header";
	}

	/** Nothing follows. */
	get done(): boolean {
		return this.#state === "done";
	}

	/** Throws ImageError where the archive is cut off. */
	finish(): void {
		if (this.#state === "done" || (this.#state === "header" && this.#filled === 0)) return;
		throw this.#error("it ends in the middle of an entry");
	}

	#error(what: string): ImageError {
		return new ImageError("invalid", `${this.#where}: not a sound tar archive: ${what}`);
	}

	#readHeader(): void {
		const h = this.#header;
		if (h.every((b) => b === 0)) {
			this.#state = "done";
			return;
		}
		if (!checksumHolds(h)) throw this.#error(`the header at byte ${this.#at - block} has a wrong checksum`);
		const type = String.fromCharCode(h[156] ?? 0);
		const own = type === "x" || type === "g" || type === "L" || type === "K";
		// The size of a pax header counts for the entry, not for what stands between them.
		const size = (own ? undefined : paxSize(this.#extended("size"))) ?? readNumber(h.subarray(124, 136));
		if (size === undefined) throw this.#error(`the header at byte ${this.#at - block} has no size`);
		this.#left = size;
		this.#padding = (block - (size % block)) % block;
		if (own) {
			if (size > maxExtension) throw this.#error(`an extended header of ${size} bytes`);
			this.#extension = [];
			this.#extensionType = type;
			this.#enter("extension");
			return;
		}
		const ustar = text(h.subarray(257, 262)) === "ustar";
		const prefix = ustar && h[262] === 0 ? text(h.subarray(345, 500)) : "";
		const short = text(h.subarray(0, 100));
		const name = this.#extended("path") ?? (prefix === "" ? short : `${prefix}/${short}`);
		const link = this.#extended("linkpath") ?? text(h.subarray(157, 257));
		// Old tar wrote folders as files whose names end in a slash.
		const kind = type === "\0" ? (name.endsWith("/") ? "5" : "0") : type;
		this.#next = new Map();
		// Links and folders have no data, whatever size they say: but for hard links of pax, which Go and GNU skip too.
		if ("12345 6".includes(kind)) this.#left = this.#padding = 0;
		this.#wanted = this.#visitor.entry({ name, type: kind, size: this.#left, link, offset: this.#at });
		this.#enter(kind === "S" && h[482] !== 0 ? "sparse" : "data");
	}

	#extended(key: string): string | undefined {
		return this.#next.get(key) ?? this.#global.get(key);
	}

	#enter(state: "data" | "extension" | "sparse"): void {
		this.#state = state;
		if (state !== "sparse" && this.#left === 0) this.#endData();
	}

	#endData(): void {
		if (this.#state === "extension") this.#readExtension();
		else if (this.#wanted) this.#visitor.end?.();
		this.#wanted = false;
		this.#state = this.#padding === 0 ? "header" : "padding";
	}

	#readExtension(): void {
		const bytes = Buffer.concat(this.#extension);
		this.#extension = [];
		if (this.#extensionType === "L") this.#next.set("path", text(bytes));
		else if (this.#extensionType === "K") this.#next.set("linkpath", text(bytes));
		else {
			const records = paxRecords(bytes);
			if (records === undefined) throw this.#error("a pax header that is none");
			if (this.#extensionType === "g") this.#global = new Map([...this.#global, ...records]);
			else for (const [k, v] of records) this.#next.set(k, v);
		}
	}
}

/** Up to the first zero byte. */
function text(bytes: Uint8Array): string {
	const end = bytes.indexOf(0);
	return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString("utf8");
}

/** Octal text, or GNU's binary numbers for what does not fit. Undefined where it is none, or past 2^53. */
function readNumber(field: Uint8Array): number | undefined {
	if (((field[0] ?? 0) & 0x80) === 0) {
		const t = text(field).trim();
		if (!/^[0-7]*$/.test(t)) return undefined;
		return t === "" ? 0 : Number.parseInt(t, 8);
	}
	let n = (field[0] ?? 0) & 0x7f;
	for (const b of field.subarray(1)) {
		n = n * 256 + b;
		if (n > Number.MAX_SAFE_INTEGER) return undefined;
	}
	return n;
}

function paxSize(value: string | undefined): number | undefined {
	if (value === undefined || !/^[0-9]{1,16}$/.test(value)) return undefined;
	const n = Number(value);
	return Number.isSafeInteger(n) ? n : undefined;
}

/** The sum of all bytes, the checksum's own counted as blanks; some old writers summed signed bytes. */
function checksumHolds(h: Uint8Array): boolean {
	let unsigned = 0;
	let signed = 0;
	for (let i = 0; i < h.length; i++) {
		const b = i >= 148 && i < 156 ? 32 : (h[i] ?? 0);
		unsigned += b;
		signed += b < 128 ? b : b - 256;
	}
	const said = readNumber(h.subarray(148, 156));
	return said === unsigned || said === signed;
}

/** Records `length key=value\n`, of which path, linkpath and size are kept. */
function paxRecords(bytes: Buffer): ReadonlyMap<string, string> | undefined {
	const out = new Map<string, string>();
	for (let at = 0; at < bytes.length; ) {
		if (bytes[at] === 0) break;
		const blank = bytes.indexOf(0x20, at);
		const length = Number(blank < 0 ? "x" : bytes.toString("latin1", at, blank));
		if (!Number.isSafeInteger(length) || length < 5 || at + length > bytes.length) return undefined;
		const equals = bytes.indexOf(0x3d, blank);
		const end = at + length - 1;
		if (bytes[end] !== 0x0a || equals < 0 || equals > end) return undefined;
		const key = bytes.toString("utf8", blank + 1, equals);
		if (key === "path" || key === "linkpath" || key === "size") out.set(key, bytes.toString("utf8", equals + 1, end));
		at += length;
	}
	return out;
}
