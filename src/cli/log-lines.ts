/**
 * The lines of a file that may be larger than memory: it is read once, piece by piece. In: a file, or a pipe's name.
 * Out: each line with its number from 1.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { type CliIo, fileError } from "./io.ts";

export interface LogLine {
	readonly text: string;
	readonly number: number;
}

const pieceSize = 1 << 20;
/** A request is a message, and no message of the agent's protocol is larger. */
const longestLine = 64 << 20;

/** Throws as every reader of files does, and for a line that is longer than any request. */
export function* logLines(io: CliIo, path: string): Generator<LogLine> {
	let number = 0;
	let begun: Uint8Array[] = [];
	let held = 0;
	const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
	const ended = (piece: Uint8Array): LogLine => {
		number++;
		const whole = begun.length === 0 ? piece : Buffer.concat([...begun, piece]);
		begun = [];
		held = 0;
		return { text: decoder.decode(whole), number };
	};
	for (const piece of pieces(io, path)) {
		let at = 0;
		for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, at)) {
			yield ended(piece.subarray(at, end));
			at = end + 1;
		}
		held += piece.length - at;
		if (held > longestLine) throw new Error(`line ${number + 1} is longer than ${longestLine >> 20} MiB`);
		// The next piece is read into the same bytes.
		if (at < piece.length) begun.push(piece.slice(at));
	}
	if (held > 0) yield ended(new Uint8Array(0));
}

function* pieces(io: CliIo, path: string): Generator<Uint8Array> {
	const fd = opened(io, path);
	try {
		const piece = new Uint8Array(pieceSize);
		for (let n = filled(fd, piece, path); n > 0; n = filled(fd, piece, path)) yield piece.subarray(0, n);
	} finally {
		closeSync(fd);
	}
}

function filled(fd: number, piece: Uint8Array, path: string): number {
	try {
		return readSync(fd, piece);
	} catch (e) {
		throw fileError(e, "read", path);
	}
}

function opened(io: CliIo, path: string): number {
	try {
		return openSync(resolve(io.cwd, path), "r");
	} catch (e) {
		throw fileError(e, "open", path);
	}
}
