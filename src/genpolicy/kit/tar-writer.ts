/** Tar archives from files, for tests and the demo: ustar, with pax headers for what it cannot say. */

export interface TarFile {
	readonly path: string;
	readonly content?: string | Uint8Array;
	/** The letter of the header; default `0`, a regular file. */
	readonly type?: string;
	readonly link?: string;
	/** What the header says instead of the content's size. */
	readonly size?: number;
}

const block = 512;

export function writeTar(files: readonly TarFile[]): Buffer {
	return Buffer.concat([...files.flatMap(entry), Buffer.alloc(2 * block)]);
}

function entry(file: TarFile): readonly Buffer[] {
	const content = Buffer.from(file.content ?? "");
	const long = Buffer.byteLength(file.path) > 100 ? [paxRecord("path", file.path)] : [];
	const records = Buffer.from(long.join(""), "utf8");
	const pax = records.length === 0 ? [] : [tarHeader("pax", "x", records.length, ""), padded(records)];
	const size = file.size ?? content.length;
	return [...pax, tarHeader(file.path.slice(0, 100), file.type ?? "0", size, file.link ?? ""), padded(content)];
}

function paxRecord(key: string, value: string): string {
	const rest = ` ${key}=${value}\n`;
	let length = Buffer.byteLength(rest);
	// The length counts its own digits.
	while (String(length).length + Buffer.byteLength(rest) !== length) length++;
	return `${length}${rest}`;
}

export function tarHeader(path: string, type: string, size: number, link: string): Buffer {
	const h = Buffer.alloc(block);
	h.write(path, 0, 100, "utf8");
	h.write("0000644\0", 100);
	h.write("0000000\0", 108);
	h.write("0000000\0", 116);
	if (size < 8 ** 11) h.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
	else {
		h[124] = 0x80;
		h.writeBigUInt64BE(BigInt(size), 128);
	}
	h.write("00000000000\0", 136);
	h.write(" ".repeat(8), 148);
	h.write(type, 156);
	h.write(link, 157, 100, "utf8");
	h.write("ustar\x0000", 257);
	const sum = h.reduce((a, b) => a + b, 0);
	h.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
	return h;
}

function padded(bytes: Buffer): Buffer {
	return Buffer.concat([bytes, Buffer.alloc((block - (bytes.length % block)) % block)]);
}
