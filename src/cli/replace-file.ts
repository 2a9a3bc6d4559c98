/** Writes a file whole, or not at all: what was there stays until everything is written. */
import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { codeOf, messageOf } from "../thrown.ts";
import { type CliIo, CommandError } from "./io.ts";

/** A link stays one, and a file keeps its mode. Throws CommandError. */
export function replaceFile(io: CliIo, path: string, text: string): void {
	const target = realPath(resolve(io.cwd, path));
	const temporary = `${target}.${process.pid}.tmp`;
	try {
		writeFileSync(temporary, text, { flag: "wx" });
		try {
			const mode = statSync(target, { throwIfNoEntry: false })?.mode;
			if (mode !== undefined) chmodSync(temporary, mode);
			renameSync(temporary, target);
		} catch (e) {
			rmSync(temporary, { force: true });
			throw e;
		}
	} catch (e) {
		throw new CommandError(messageOf(e), 2);
	}
}

function realPath(path: string): string {
	try {
		return realpathSync(path);
	} catch (e) {
		if (codeOf(e) === "ENOENT") return path;
		throw new CommandError(messageOf(e), 2);
	}
}
