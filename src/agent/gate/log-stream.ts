/**
 * A descriptor to write log lines to without ever waiting for who reads them: a host that stops reading
 * the guest's console must not stop the gate. What does not fit is kept for a moment, in little memory,
 * and lost after that.
 */
import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { codeOf } from "../../thrown.ts";
import type { WriteLine } from "./log.ts";

const keptBytes = 64 << 10;
const retryMs = 50;

/** How lines are written to a descriptor, by what it is. */
export function lineWriter(fd: number): WriteLine {
	const info = fstatSync(fd);
	if (info.isSocket()) return socketWriter(fd);
	if (info.isFIFO() || info.isCharacterDevice()) {
		try {
			// Opened anew, so that not waiting is ours alone and not of everyone who shares the descriptor.
			const own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
			return retryingWriter(own);
		} catch {
			// No /proc: as it was handed to us.
		}
	}
	return (line) => {
		writeSync(fd, line);
	};
}

function socketWriter(fd: number): WriteLine {
	const socket = new Socket({ fd, readable: false, writable: true });
	socket.on("error", () => {});
	socket.unref();
	return (line) => {
		if (socket.destroyed || socket.writableLength > keptBytes) return false;
		socket.write(line);
		return true;
	};
}

function retryingWriter(fd: number): WriteLine {
	let kept: Buffer = Buffer.alloc(0);
	let gone = false;
	let timer: NodeJS.Timeout | undefined;
	const flush = (): void => {
		timer = undefined;
		try {
			while (kept.length > 0) kept = kept.subarray(writeSync(fd, kept));
		} catch (e) {
			if (codeOf(e) === "EAGAIN") timer = setTimeout(flush, retryMs).unref();
			else gone = true;
		}
	};
	process.on("exit", () => {
		if (timer !== undefined) flush();
		closeSync(fd);
	});
	return (line) => {
		if (gone) return false;
		const bytes = Buffer.from(line);
		if (kept.length > 0 && kept.length + bytes.length > keptBytes) return false;
		kept = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
		if (timer === undefined) flush();
		return !gone;
	};
}
