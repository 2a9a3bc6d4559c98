/**
 * `rego agent image`: puts the gate into a guest image, or into an overlay for a rootfs builder. It writes
 * units, drop-ins and launchers, and the gate itself: its folder, or the whole command in one file.
 */
import { cpSync, existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
	bundlePath,
	type ImageKind,
	type ImageOptions,
	imageOverlay,
	type OverlayFile,
} from "../agent/image/overlay.ts";
import { AgentPolicy } from "../agent/policy/agent-policy.ts";
import { defaultPolicyFile, readPolicySource } from "../agent/policy/source.ts";
import { writePlan } from "../agent/policy/write-plan.ts";
import { messageOf } from "../thrown.ts";
import type { AgentSubcommand } from "./agent-command.ts";
import { type FlagSpec, parseFlags } from "./flags.ts";
import { bundleOf, placeBundle, writeOverlayFile } from "./image-files.ts";
import { type CliIo, CommandError } from "./io.ts";

const flags: readonly FlagSpec[] = [
	{ name: "server", kind: "bool", doc: "the policy service that agents of 2023 ask, instead of the gate" },
	{
		name: "init",
		kind: "enum",
		values: ["systemd", "agent"],
		doc: "with --server, who starts it: systemd, or an agent that is the first process",
		default: "systemd",
	},
	{
		name: "policy",
		kind: "string",
		doc: "the policy that the image begins with, compiled here (with --server default: one that allows everything)",
	},
	{ name: "check", kind: "bool", doc: "with --server: write nothing, say what of it is missing or different" },
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
		doc: "what npm run bundle:agent makes: the gate's folder, or the command in one file (default: this one, if it is)",
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
	if (parsed.bool("server")) return (await import("./agent-image-server.ts")).serverImage(parsed, io);
	for (const name of ["init", "check"]) {
		if (parsed.isSet(name)) throw new CommandError(`--${name} goes with --server`, 1);
	}
	const root = resolve(io.cwd, parsed.string("root"));
	const bundle = bundleOf(parsed, io);
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
		const policy = parsed.isSet("policy") ? plannedPolicy(resolve(io.cwd, parsed.string("policy")), io) : undefined;
		files = imageOverlay({
			kind: parsed.string("kind") as ImageKind,
			node: parsed.string("node"),
			flags: serve,
			policy,
		});
	} catch (e) {
		throw new CommandError(messageOf(e), 1);
	}
	try {
		for (const f of files) writeOverlayFile(root, f);
		placeBundle(root, bundle, bundlePath);
		if (koffi !== undefined) copyKoffi(koffi, join(root, dirname(bundlePath), "node_modules"));
	} catch (e) {
		throw new CommandError(messageOf(e), 2);
	}
	for (const f of [...files.map((x) => x.path), bundlePath]) io.stdout(`/${f}\n`);
	return 0;
}

/** The gate reads it as any policy, and finds what it was compiled to. Throws where it does not compile. */
function plannedPolicy(file: string, io: CliIo): ImageOptions["policy"] {
	const { text } = readPolicySource({ file });
	// A gate says so of a policy that it compiles itself.
	for (const { message, location } of AgentPolicy.load({ text, name: file }, { digest: "off" }).requestFindings()) {
		io.stderr(`the policy can never be met here: ${file}:${location?.row ?? 1}: ${message}\n`);
	}
	return { text, plan: writePlan(defaultPolicyFile, text, "auto") };
}

/** The package, and beside it its binary for this platform. */
function copyKoffi(from: string, to: string): void {
	cpSync(from, join(to, "koffi"), { recursive: true });
	const binaries = join(dirname(from), "@koromix");
	if (existsSync(binaries)) cpSync(binaries, join(to, "@koromix"), { recursive: true });
}

export const imageCommand: AgentSubcommand = { flags, run };
