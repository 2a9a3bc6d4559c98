/**
 * The world as a command sees it: streams, working directory, environment. Commands never touch
 * `process`, so tests run them in this process on folders of their own. Also the words the system's
 * file errors have in Go, which OPA prints.
 */
import {
	closeSync,
	lstatSync,
	openSync,
	readdirSync,
	readFileSync,
	type Stats,
	statSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { resolve } from "node:path";
import { decodeUtf8 } from "../documents/texts.ts";
import { codeOf, messageOf } from "../thrown.ts";

export interface CliIo {
	stdout(text: string): void;
	stderr(text: string): void;
	/** The descriptor behind it, for who must not wait for its reader. */
	readonly stderrFd?: number;
	/** All of standard input. */
	stdin(): Uint8Array;
	readonly cwd: string;
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Standard error is a terminal: a person reads it. */
	readonly terminal?: boolean;
	/** Standard input is one. */
	readonly inputTerminal?: boolean;
	/** Standard output is one. */
	readonly outputTerminal?: boolean;
	/** What exhausts the stack may be thrown: the command is begun again on a larger one. */
	readonly beginsAgain?: boolean;
	/** Ends a command that goes on until it is told to stop, besides the signals of the process. */
	readonly ending?: AbortSignal;
}

/** What a command took from the streams and gave to them before it has to be begun again. */
export interface Begun {
	stdin: Uint8Array | undefined;
	stdout: Written;
	stderr: Written;
}

/** How much was written: whole lines, which may tell times that will be others, and bytes after the last of them. */
export interface Written {
	readonly lines: number;
	readonly bytes: number;
}

export interface ProcessIo extends CliIo {
	readonly begun: Begun;
}

/** The real thing. Writes are synchronous, so that nothing is lost when the process ends; what an earlier beginning wrote is not written again. */
export function processIo(earlier?: Begun, beginsAgain = false): ProcessIo {
	const begun: Begun = { stdin: earlier?.stdin, stdout: nothingWritten, stderr: nothingWritten };
	const write = (fd: number, stream: "stdout" | "stderr", text: string): void => {
		const bytes = Buffer.from(text, "utf8");
		const from = newFrom(bytes, begun[stream], earlier?.[stream] ?? nothingWritten);
		begun[stream] = after(begun[stream], bytes);
		if (from < bytes.length) writeAll(fd, bytes.subarray(from));
	};
	return {
		begun,
		beginsAgain,
		stdout: (text) => write(1, "stdout", text),
		stderr: (text) => write(2, "stderr", text),
		stderrFd: 2,
		stdin: () => {
			begun.stdin ??= readFileSync(0);
			return begun.stdin;
		},
		cwd: process.cwd(),
		env: process.env,
		get terminal() {
			return process.stderr.isTTY === true;
		},
		get inputTerminal() {
			return process.stdin.isTTY === true;
		},
		get outputTerminal() {
			return process.stdout.isTTY === true;
		},
	};
}

const nothingWritten: Written = { lines: 0, bytes: 0 };
const lineEnd = 10;

function after({ lines, bytes }: Written, written: Uint8Array): Written {
	const ends = written.reduce((n, byte) => (byte === lineEnd ? n + 1 : n), 0);
	if (ends === 0) return { lines, bytes: bytes + written.length };
	return { lines: lines + ends, bytes: written.length - 1 - written.lastIndexOf(lineEnd) };
}

/** Where in what is to be written begins what was not written before. */
export function newFrom(bytes: Uint8Array, now: Written, earlier: Written): number {
	let at = 0;
	for (let { lines } = now; lines < earlier.lines; lines++) {
		const end = bytes.indexOf(lineEnd, at);
		if (end < 0) return bytes.length;
		at = end + 1;
	}
	const inLine = now.lines < earlier.lines ? 0 : now.lines === earlier.lines ? now.bytes : earlier.bytes;
	return Math.min(bytes.length, at + Math.max(0, earlier.bytes - inLine));
}

function writeAll(fd: number, bytes: Uint8Array): void {
	for (let at = 0; at < bytes.length; ) {
		try {
			at += writeSync(fd, bytes, at);
		} catch (e) {
			const code = codeOf(e);
			// A pipe that is full for the moment; a reader that has gone.
			if (code === "EAGAIN") continue;
			if (code === "EPIPE") return;
			throw e;
		}
	}
}

/** A failed command: what to print on stderr, and the exit code. */
export class CommandError extends Error {
	readonly exitCode: number;

	constructor(message: string, exitCode: number) {
		super(message);
		this.name = "CommandError";
		this.exitCode = exitCode;
	}
}

const errnoText: Readonly<Record<string, string>> = {
	ENOENT: "no such file or directory",
	EACCES: "permission denied",
	EPERM: "operation not permitted",
	EISDIR: "is a directory",
	ENOTDIR: "not a directory",
	ELOOP: "too many levels of symbolic links",
	ENAMETOOLONG: "file name too long",
	EMFILE: "too many open files",
	EINVAL: "invalid argument",
};

/** Go's text of a failed file operation: `open x.json: no such file or directory`. */
export function fileError(e: unknown, operation: string, path: string): Error {
	const code = codeOf(e);
	if (code === undefined) return e instanceof Error ? e : new Error(messageOf(e));
	return new Error(`${operation} ${path}: ${errnoText[code] ?? code}`, { cause: e });
}

export function statPath(io: CliIo, path: string): Stats {
	try {
		return statSync(resolve(io.cwd, path));
	} catch (e) {
		throw fileError(e, "stat", path);
	}
}

/** What the system says of a path; where it is a symbolic link, of the link itself. */
export function statLink(io: CliIo, path: string): Stats {
	try {
		return lstatSync(resolve(io.cwd, path));
	} catch (e) {
		throw fileError(e, "lstat", path);
	}
}

/** A file's bytes. */
export function readBytes(io: CliIo, path: string): Uint8Array {
	let fd: number;
	try {
		fd = openSync(resolve(io.cwd, path), "r");
	} catch (e) {
		throw fileError(e, "open", path);
	}
	try {
		return readFileSync(fd);
	} catch (e) {
		throw fileError(e, "read", path);
	} finally {
		closeSync(fd);
	}
}

/** The bytes of a file that somebody named: the command ends where it cannot be read. */
export function namedFile(io: CliIo, path: string): Uint8Array {
	try {
		return readBytes(io, path);
	} catch (e) {
		throw new CommandError(messageOf(e), 2);
	}
}

/** A file as text; bytes that are not UTF-8 become U+FFFD. */
export function readText(io: CliIo, path: string): string {
	return decodeUtf8(readBytes(io, path));
}

/** Writes a file of text. */
export function writeText(io: CliIo, path: string, text: string): void {
	writeBytes(io, path, Buffer.from(text, "utf8"));
}

export function writeBytes(io: CliIo, path: string, bytes: Uint8Array): void {
	try {
		writeFileSync(resolve(io.cwd, path), bytes);
	} catch (e) {
		throw fileError(e, "open", path);
	}
}

/** Names in a folder, in byte order. */
export function listFolder(io: CliIo, path: string): string[] {
	try {
		const names = readdirSync(resolve(io.cwd, path), "buffer");
		return names.sort(Buffer.compare).map((n) => n.toString("utf8"));
	} catch (e) {
		throw fileError(e, "open", path);
	}
}
