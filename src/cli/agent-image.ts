/**
 * `rego agent image`: puts the gate into a guest image, or into an overlay for a rootfs builder. It writes
 * units, drop-ins and launchers, and the command itself as the one file that the single-file build is.
 */
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { bundlePath, type ImageKind, imageOverlay, type OverlayFile } from "../agent/image/overlay.ts";
import { messageOf } from "../thrown.ts";
import type { AgentSubcommand } from "./agent-command.ts";
import { type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";

const flags: readonly FlagSpec[] = [
	{ name: "root", kind: "string", doc: "the image's root, or a folder for the overlay" },
	{
		name: "kind",
		kind: "enum",
		values: ["systemd", "init", "peer-pods"],
		doc: "systemd: boots kata-containers.target; init: the agent is the first process; peer-pods",
		default: "systemd",
	},
	{
		name: "bundle",
		kind: "string",
		doc: "the single-file build of this command (npm run bundle:agent; default: this one, if it is)",
	},
	{ name: "node", kind: "string", doc: "the Node binary in the image", default: "/usr/bin/node" },
	{
		name: "koffi",
		kind: "string",
		doc: "the folder of the package koffi, for a guest in which nobody else makes the AF_VSOCK socket (kind init)",
	},
	{
		name: "serve-flags",
		kind: "string",
		doc: "flags of rego agent serve, separated by spaces",
		default: "--initdata auto --on-failure deny",
	},
];

async function run(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(flags, argv);
	if (parsed.args.length > 0) throw new CommandError(`unexpected argument ${parsed.args[0]}`, 1);
	if (!parsed.isSet("root")) throw new CommandError('required flag "root" not set', 1);
	const root = resolve(io.cwd, parsed.string("root"));
	const bundle = parsed.isSet("bundle") ? resolve(io.cwd, parsed.string("bundle")) : ownFile();
	if (bundle === undefined || !existsSync(bundle)) {
		throw new CommandError("--bundle: the single-file build is wanted, which npm run bundle:agent makes", 2);
	}
	const koffi = parsed.isSet("koffi") ? resolve(io.cwd, parsed.string("koffi")) : undefined;
	if (koffi === undefined && parsed.string("kind") === "init") {
		throw new CommandError(
			"--koffi: kind init needs the package, which makes the socket that systemd makes elsewhere",
			2,
		);
	}
	let files: readonly OverlayFile[];
	try {
		const serve = parsed
			.string("serve-flags")
			.split(" ")
			.filter((w) => w !== "");
		files = imageOverlay({ kind: parsed.string("kind") as ImageKind, node: parsed.string("node"), flags: serve });
	} catch (e) {
		throw new CommandError(messageOf(e), 1);
	}
	try {
		for (const f of files) write(root, f);
		place(join(root, bundlePath), (to) => copyFileSync(bundle, to));
		if (koffi !== undefined) copyKoffi(koffi, join(root, dirname(bundlePath), "node_modules"));
	} catch (e) {
		throw new CommandError(messageOf(e), 2);
	}
	for (const f of [...files.map((x) => x.path), bundlePath]) io.stdout(`/${f}\n`);
	return 0;
}

function write(root: string, f: OverlayFile): void {
	const path = join(root, f.path);
	if ("folder" in f) {
		mkdirSync(path, { recursive: true });
		chmodSync(path, f.mode);
	} else if ("link" in f) place(path, (to) => symlinkSync(f.link, to));
	else {
		place(path, (to) => writeFileSync(to, f.text));
		chmodSync(path, f.mode);
	}
}

/** What was there is replaced, and a link not followed out of the image. */
function place(path: string, make: (path: string) => void): void {
	mkdirSync(dirname(path), { recursive: true });
	rmSync(path, { force: true });
	make(path);
}

/** The package, and beside it its binary for this platform. */
function copyKoffi(from: string, to: string): void {
	cpSync(from, join(to, "koffi"), { recursive: true });
	const binaries = join(dirname(from), "@koromix");
	if (existsSync(binaries)) cpSync(binaries, join(to, "@koromix"), { recursive: true });
}

declare const REGOPLAN_DECIDER_TEXT: string | undefined;
declare const __filename: string | undefined;

/** This program, where it is the single-file build. */
function ownFile(): string | undefined {
	return typeof REGOPLAN_DECIDER_TEXT === "string" && typeof __filename === "string" ? __filename : undefined;
}

export const imageCommand: AgentSubcommand = { flags, run };
