/**
 * Reading DER the way Go's cryptobyte does: strict about lengths, integers, booleans, bit strings and
 * times, silent about anything after what was read. A read returns undefined when the next element is
 * not what was asked for; the caller words the error. Also the little writing that key encodings need.
 */
import { byteAt } from "../../at.ts";

export const tag = {
	boolean: 0x01,
	integer: 0x02,
	bitString: 0x03,
	octetString: 0x04,
	null: 0x05,
	oid: 0x06,
	utf8String: 0x0c,
	sequence: 0x30,
	set: 0x31,
	numericString: 0x12,
	printableString: 0x13,
	t61String: 0x14,
	ia5String: 0x16,
	utcTime: 0x17,
	generalizedTime: 0x18,
	bmpString: 0x1e,
} as const;

/** [n] of the context class. */
export function contextTag(n: number, constructed = false): number {
	return 0x80 | (constructed ? 0x20 : 0) | n;
}

export interface DerElement {
	readonly tag: number;
	/** Content octets. */
	readonly content: Uint8Array;
	/** Tag, length and content. */
	readonly full: Uint8Array;
}

/** A point in time with the zone it was written in. */
export interface DerTime {
	/** Seconds since 1970. */
	readonly seconds: number;
	/** Minutes east of UTC. */
	readonly offset: number;
}

/** A cursor over DER content. */
export class DerReader {
	readonly #bytes: Uint8Array;
	#at = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}

	get empty(): boolean {
		return this.#at >= this.#bytes.length;
	}

	/** What has not been read. */
	get rest(): Uint8Array {
		return this.#bytes.subarray(this.#at);
	}

	peek(wanted: number): boolean {
		return this.#bytes[this.#at] === wanted;
	}

	/** The next element of any tag. */
	any(): DerElement | undefined {
		const b = this.#bytes;
		const start = this.#at;
		if (b.length - start < 2) return undefined;
		const t = byteAt(b, start);
		// Tags of several octets do not occur in X.509.
		if ((t & 0x1f) === 0x1f) return undefined;
		const first = byteAt(b, start + 1);
		let header = 2;
		let length = first;
		if ((first & 0x80) !== 0) {
			const n = first & 0x7f;
			if (n === 0 || n > 4 || b.length - start < 2 + n) return undefined;
			length = 0;
			for (let i = 0; i < n; i++) length = length * 256 + byteAt(b, start + 2 + i);
			// The shortest form only.
			if (length < 128 || length < 256 ** (n - 1)) return undefined;
			header = 2 + n;
		}
		const stop = start + header + length;
		if (stop > b.length) return undefined;
		this.#at = stop;
		return { tag: t, content: b.subarray(start + header, stop), full: b.subarray(start, stop) };
	}

	/** The next element if it has this tag. */
	element(wanted: number): DerElement | undefined {
		return this.peek(wanted) ? this.any() : undefined;
	}

	/** Content of the next element if it has this tag. */
	content(wanted: number): Uint8Array | undefined {
		return this.element(wanted)?.content;
	}

	/** A cursor inside the next element if it has this tag. */
	enter(wanted: number): DerReader | undefined {
		const c = this.content(wanted);
		return c === undefined ? undefined : new DerReader(c);
	}

	/** Content of an element that may be absent (`null`); undefined when present but malformed. */
	optional(wanted: number): Uint8Array | null | undefined {
		return this.peek(wanted) ? this.content(wanted) : null;
	}

	integer(wanted: number = tag.integer): bigint | undefined {
		const c = this.content(wanted);
		return c === undefined ? undefined : signedInteger(c);
	}

	/** An integer that fits Go's int. */
	smallInteger(wanted: number = tag.integer): number | undefined {
		const n = this.integer(wanted);
		return n === undefined || n < -(2n ** 63n) || n >= 2n ** 63n ? undefined : Number(n);
	}

	boolean(): boolean | undefined {
		const c = this.content(tag.boolean);
		if (c?.length !== 1 || (c[0] !== 0 && c[0] !== 0xff)) return undefined;
		return c[0] === 0xff;
	}

	oid(): readonly number[] | undefined {
		const c = this.content(tag.oid);
		return c === undefined ? undefined : parseOid(c);
	}

	/** The bits, right-aligned. */
	bitString(): BitString | undefined {
		const c = this.content(tag.bitString);
		const unused = c?.[0];
		if (c === undefined || unused === undefined || unused > 7) return undefined;
		const bytes = c.subarray(1);
		if (bytes.length === 0 ? unused !== 0 : (byteAt(bytes, bytes.length - 1) & ((1 << unused) - 1)) !== 0)
			return undefined;
		return { bytes, unused };
	}

	utcTime(): DerTime | undefined {
		const c = this.content(tag.utcTime);
		const m =
			c === undefined
				? null
				: /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(Z|[+-]\d{4})$/.exec(String.fromCharCode(...c.subarray(0, 40)));
		if (c === undefined || m === null || c.length > 40) return undefined;
		const yy = Number(m[1]);
		return timeOf(yy >= 50 ? 1900 + yy : 2000 + yy, m.slice(2));
	}

	generalizedTime(): DerTime | undefined {
		const c = this.content(tag.generalizedTime);
		const m =
			c === undefined
				? null
				: /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(Z|[+-]\d{4})$/.exec(String.fromCharCode(...c.subarray(0, 40)));
		if (c === undefined || m === null || c.length > 40) return undefined;
		return timeOf(Number(m[1]), m.slice(2));
	}
}

export interface BitString {
	readonly bytes: Uint8Array;
	/** Unused bits of the last byte. */
	readonly unused: number;
}

/** Bit i, the first being the most significant of the first byte. */
export function bitAt(s: BitString, i: number): boolean {
	if (i >= s.bytes.length * 8 - s.unused) return false;
	return ((byteAt(s.bytes, i >> 3) >> (7 - (i & 7))) & 1) === 1;
}

/** The bits shifted so that the last one is the least significant of the last byte. */
export function rightAlign(s: BitString): Uint8Array {
	if (s.unused === 0) return s.bytes;
	return s.bytes.map((b, i) => ((b >> s.unused) | ((i === 0 ? 0 : byteAt(s.bytes, i - 1)) << (8 - s.unused))) & 0xff);
}

function signedInteger(c: Uint8Array): bigint | undefined {
	if (c.length === 0) return undefined;
	const [a, b] = c;
	// No leading octet that only repeats the sign.
	if (b !== undefined && ((a === 0 && b < 0x80) || (a === 0xff && b >= 0x80))) return undefined;
	return BigInt.asIntN(c.length * 8, bytesToBigInt(c));
}

/** Arcs of an object identifier; undefined if malformed or an arc exceeds 31 bits. */
export function parseOid(c: Uint8Array): readonly number[] | undefined {
	if (c.length === 0) return undefined;
	const arcs: number[] = [];
	for (let i = 0; i < c.length; ) {
		if (c[i] === 0x80) return undefined;
		let v = 0;
		for (;;) {
			const b = c[i++];
			if (b === undefined || v >= 1 << 24) return undefined;
			v = v * 128 + (b & 0x7f);
			if (b < 0x80) break;
		}
		if (arcs.length > 0) arcs.push(v);
		else if (v < 80) arcs.push(Math.floor(v / 40), v % 40);
		else arcs.push(2, v - 80);
	}
	return arcs;
}

/** Month … second and zone, already digits. Undefined when there is no such moment. */
function timeOf(year: number, fields: readonly (string | undefined)[]): DerTime | undefined {
	const [month, day, hour, minute, second] = fields.slice(0, 5).map((f) => Number(f ?? 0)) as [
		number,
		number,
		number,
		number,
		number,
	];
	const zone = fields[5] as string;
	if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
	const d = new Date(0);
	d.setUTCFullYear(year, month - 1, day);
	if (d.getUTCDate() !== day) return undefined;
	d.setUTCHours(hour, minute, second);
	let offset = 0;
	if (zone !== "Z") {
		const h = Number(zone.slice(1, 3));
		const m = Number(zone.slice(3));
		if (h > 24 || m > 59 || h + m === 0) return undefined;
		offset = (zone[0] === "-" ? -1 : 1) * (h * 60 + m);
	}
	return { seconds: d.getTime() / 1000 - offset * 60, offset };
}

export function bytesToBigInt(bytes: Uint8Array): bigint {
	let hex = "";
	for (const b of bytes) hex += b.toString(16).padStart(2, "0");
	return hex === "" ? 0n : BigInt(`0x${hex}`);
}

/** Big-endian, left-padded to `length` or as short as possible. */
export function bigIntToBytes(n: bigint, length?: number): Uint8Array {
	let hex = n === 0n ? "" : n.toString(16);
	if (hex.length % 2 === 1) hex = `0${hex}`;
	const minimal = Uint8Array.from(hex.match(/../g) ?? [], (h) => Number.parseInt(h, 16));
	if (length === undefined || minimal.length >= length) return minimal;
	const out = new Uint8Array(length);
	out.set(minimal, length - minimal.length);
	return out;
}

/** Bits of a non-negative integer; 0 has one, as it is written. */
export function bitLength(n: bigint): number {
	return n.toString(2).length;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
	const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
	let at = 0;
	for (const p of parts) {
		out.set(p, at);
		at += p.length;
	}
	return out;
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && a.every((x, i) => x === b[i]);
}

/** Encode one element. */
export function encodeDer(t: number, ...content: readonly Uint8Array[]): Uint8Array {
	const body = concatBytes(...content);
	if (body.length < 128) return concatBytes(Uint8Array.of(t, body.length), body);
	const length = bigIntToBytes(BigInt(body.length));
	return concatBytes(Uint8Array.of(t, 0x80 | length.length), length, body);
}

/** A non-negative INTEGER. */
export function encodeDerInteger(n: bigint): Uint8Array {
	const bytes = bigIntToBytes(n);
	const lead = bytes[0];
	return encodeDer(tag.integer, lead === undefined || lead >= 0x80 ? Uint8Array.of(0) : new Uint8Array(0), bytes);
}
