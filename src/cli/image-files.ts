/** Files of an image on their way below its root, and the command itself as the one file that is put there. */
import {
	chmodSync,
	copyFileSync,
	cpSync,
	existsSync,
	mkdirSync,
	readdirSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
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

/** The command into the image: one file, or the gate's folder, of which `rego.cjs` is what is started. */
export function placeBundle(root: string, bundle: string, path: string): void {
	if (!statSync(bundle).isDirectory()) {
		placeFile(join(root, path), (to) => copyFileSync(bundle, to));
		return;
	}
	if (!existsSync(join(bundle, basename(path)))) throw new Error(`${bundle}: there is no ${basename(path)} in it`);
	for (const name of readdirSync(bundle)) {
		placeFile(join(root, dirname(path), name), (to) => cpSync(join(bundle, name), to, { recursive: true }));
	}
}

/** What was there is replaced, and a link not followed out of the image. */
export function placeFile(path: string, make: (path: string) => void): void {
	mkdirSync(dirname(path), { recursive: true });
	rmSync(path, { force: true, recursive: true });
	make(path);
}

/** A build of this command for images: as --bundle says, or this very file. Throws CommandError. */
export function bundleOf(flags: ParsedFlags, io: CliIo): string {
	const bundle = flags.isSet("bundle") ? resolve(io.cwd, flags.string("bundle")) : ownFile();
	if (bundle !== undefined && existsSync(bundle)) return bundle;
	throw new CommandError("--bundle: a build of the command is wanted, which npm run bundle:agent makes", 2);
}

declare const REGOPLAN_DECIDER_TEXT: string | undefined;
declare const __filename: string | undefined;

/** This program, where it is the single-file build. */
function ownFile(): string | undefined {
	return typeof REGOPLAN_DECIDER_TEXT === "string" && typeof __filename === "string" ? __filename : undefined;
}
