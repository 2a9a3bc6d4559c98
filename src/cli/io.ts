/**
 * The world as a command sees it: streams, working directory, environment. Commands never touch
 * `process`, so tests run them in this process on folders of their own. Also the words the system's
 * file errors have in Go, which OPA prints.
 */
import {
	closeSync,
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
	/** Ends a command that goes on until it is told to stop, besides the signals of the process. */
	readonly ending?: AbortSignal;
}

/** What a command took from the streams and gave to them before it has to be begun again. */
export interface Begun {
	stdin: Uint8Array | undefined;
	/** Bytes. */
	stdout: number;
	stderr: number;
}

export interface ProcessIo extends CliIo {
	readonly begun: Begun;
}

/** The real thing. Writes are synchronous, so that nothing is lost when the process ends; what an earlier beginning wrote is not written again. */
export function processIo(earlier?: Begun): ProcessIo {
	const begun: Begun = { stdin: earlier?.stdin, stdout: 0, stderr: 0 };
	const write = (fd: number, stream: "stdout" | "stderr", text: string): void => {
		const bytes = Buffer.from(text, "utf8");
		const known = Math.max(0, (earlier?.[stream] ?? 0) - begun[stream]);
		begun[stream] += bytes.length;
		if (known < bytes.length) writeAll(fd, bytes.subarray(known));
	};
	return {
		begun,
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
function fileError(e: unknown, operation: string, path: string): Error {
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

/** A file as text; bytes that are not UTF-8 become U+FFFD. */
export function readText(io: CliIo, path: string): string {
	return decodeUtf8(readBytes(io, path));
}

/** Writes a file of text. */
export function writeText(io: CliIo, path: string, text: string): void {
	try {
		writeFileSync(resolve(io.cwd, path), text);
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
