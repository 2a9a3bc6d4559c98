/**
 * Protobuf's wire format, read strictly. Bytes come in; tags, varints, strings and byte fields go
 * out, through @bufbuild/protobuf's reader. On top of it everything is refused that two parsers
 * could read in two ways: varints that are longer than need be or too large for their type, text
 * that is not UTF-8, groups, lengths past the end.
 */

import { BinaryReader } from "@bufbuild/protobuf/wire";
import { byteAt } from "../../at.ts";

/** What makes bytes unacceptable; the decoder adds the field's path. */
export class WireError extends Error {}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A BOM is text like any other, and broken UTF-8 is never mended. */
function decodeUtf8(bytes: Uint8Array): string {
	try {
		return utf8.decode(bytes);
	} catch {
		throw new WireError("invalid UTF-8");
	}
}

export class StrictReader {
	readonly #in: BinaryReader;
	readonly #buf: Uint8Array;

	constructor(bytes: Uint8Array) {
		this.#buf = bytes;
		this.#in = new BinaryReader(bytes, decodeUtf8);
	}

	get pos(): number {
		return this.#in.pos;
	}

	get done(): boolean {
		return this.#in.pos >= this.#buf.length;
	}

	/** The number as it stands in the tag: field number << 3 | wire type. */
	tag(): number {
		const tag = this.uint32();
		if (tag < 8) throw new WireError("field number 0");
		return tag;
	}

	/** Checks the varint ahead without moving; returns its first byte when it is the only one, else -1. */
	#checkVarint(): number {
		const buf = this.#buf;
		const len = buf.length;
		let at = this.#in.pos;
		if (at >= len) throw new WireError("truncated");
		const first = byteAt(buf, at);
		if (first < 0x80) return first;
		const end = at + 10;
		for (at++; at < len; at++) {
			const b = byteAt(buf, at);
			if (b < 0x80) {
				if (b === 0) throw new WireError("overlong varint");
				if (at === end - 1 && b > 1) throw new WireError("varint exceeds 64 bits");
				return -1;
			}
			if (at === end - 1) throw new WireError("varint exceeds 64 bits");
		}
		throw new WireError("truncated");
	}

	uint32(): number {
		const first = this.#checkVarint();
		if (first >= 0) {
			this.#in.pos++;
			return first;
		}
		const n = Number(this.#in.uint64());
		if (n > 0xffffffff) throw new WireError("number exceeds 32 bits");
		return n;
	}

	int32(): number {
		const first = this.#checkVarint();
		if (first >= 0) {
			this.#in.pos++;
			return first;
		}
		const n = Number(this.#in.int64());
		if (n < -0x80000000 || n > 0x7fffffff) throw new WireError("number exceeds 32 bits");
		return n;
	}

	/** Exact: a JS number while it is safe, else a bigint. */
	uint64(): number | bigint {
		const first = this.#checkVarint();
		if (first >= 0) {
			this.#in.pos++;
			return first;
		}
		return exact(this.#in.uint64());
	}

	int64(): number | bigint {
		const first = this.#checkVarint();
		if (first >= 0) {
			this.#in.pos++;
			return first;
		}
		return exact(this.#in.int64());
	}

	bool(): boolean {
		const first = this.#checkVarint();
		if (first !== 0 && first !== 1) throw new WireError("a bool that is neither 0 nor 1");
		this.#in.pos++;
		return first === 1;
	}

	/** A view, not a copy. */
	bytes(): Uint8Array {
		const length = this.uint32();
		const start = this.#in.pos;
		if (length > this.#buf.length - start) throw new WireError("length runs past the end");
		this.#in.pos = start + length;
		return this.#buf.subarray(start, start + length);
	}

	string(): string {
		const before = this.#in.pos;
		const length = this.uint32();
		if (length > this.#buf.length - this.#in.pos) throw new WireError("length runs past the end");
		this.#in.pos = before;
		return this.#in.string();
	}

	/** For readers that drop unknown fields. */
	skip(wireType: number): void {
		switch (wireType) {
			case 0:
				this.uint64();
				return;
			case 1:
			case 5: {
				const size = wireType === 1 ? 8 : 4;
				if (size > this.#buf.length - this.#in.pos) throw new WireError("truncated");
				this.#in.pos += size;
				return;
			}
			case 2:
				this.bytes();
				return;
			default:
				throw new WireError(`wire type ${wireType}`);
		}
	}
}

function exact(v: bigint | string): number | bigint {
	const i = BigInt(v);
	return i >= -9007199254740991n && i <= 9007199254740991n ? Number(i) : i;
}
