/** Files of an image on their way below its root, and the command itself as the one file that is put there. */
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { OverlayFile } from "../agent/image/overlay.ts";
import type { ParsedFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";

export function writeOverlayFile(root: string, f: OverlayFile): void {
	const path = join(root, f.path);
	if ("folder" in f) {
		mkdirSync(path, { recursive: true });
		chmodSync(path, f.mode);
	} else if ("link" in f) placeFile(path, (to) => symlinkSync(f.link, to));
	else {
		placeFile(path, (to) => writeFileSync(to, f.text));
		chmodSync(path, f.mode);
	}
}

/** What was there is replaced, and a link not followed out of the image. */
export function placeFile(path: string, make: (path: string) => void): void {
	mkdirSync(dirname(path), { recursive: true });
	rmSync(path, { force: true });
	make(path);
}

/** The single-file build of this command: as --bundle says, or this very file. Throws CommandError. */
export function bundleOf(flags: ParsedFlags, io: CliIo): string {
	const bundle = flags.isSet("bundle") ? resolve(io.cwd, flags.string("bundle")) : ownFile();
	if (bundle !== undefined && existsSync(bundle)) return bundle;
	throw new CommandError("--bundle: the single-file build is wanted, which npm run bundle:agent makes", 2);
}

declare const REGOPLAN_DECIDER_TEXT: string | undefined;
declare const __filename: string | undefined;

/** This program, where it is the single-file build. */
function ownFile(): string | undefined {
	return typeof REGOPLAN_DECIDER_TEXT === "string" && typeof __filename === "string" ? __filename : undefined;
}
