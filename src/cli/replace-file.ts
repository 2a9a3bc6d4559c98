/**
 * Writes a file whole, or not at all: what was there stays until everything is written. Only where its folder lets no
 * other file take its place (a single file that is mounted, a folder of someone else's) it is written where it is.
 */
import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { codeOf, messageOf } from "../thrown.ts";
import { type CliIo, CommandError } from "./io.ts";

/** A link stays one, and a file keeps its mode. Throws CommandError. */
export function replaceFile(io: CliIo, path: string, text: string): void {
	const target = realPath(resolve(io.cwd, path));
	const temporary = `${target}.${process.pid}.tmp`;
	try {
		try {
			writeFileSync(temporary, text, { flag: "wx" });
			const mode = statSync(target, { throwIfNoEntry: false })?.mode;
			if (mode !== undefined) chmodSync(temporary, mode);
			renameSync(temporary, target);
		} catch (e) {
			rmSync(temporary, { force: true });
			if (!immovable.has(codeOf(e) ?? "")) throw e;
			writeFileSync(target, text);
		}
	} catch (e) {
		throw new CommandError(messageOf(e), 2);
	}
}

const immovable: ReadonlySet<string> = new Set(["EACCES", "EBUSY", "EPERM", "EROFS", "EXDEV"]);

function realPath(path: string): string {
	try {
		return realpathSync(path);
	} catch (e) {
		if (codeOf(e) === "ENOENT") return path;
		throw new CommandError(messageOf(e), 2);
	}
}
