/**
 * `rego agent image --server`: puts the policy service of Kata's first guest images into a prepared root file
 * system, with this command in OPA's place; or says what of it a root file system lacks.
 */

import { copyFileSync, lstatSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { OverlayFile } from "../agent/image/overlay.ts";
import { allowAllName, allowAllPolicy, serverBundlePath, serverOverlay } from "../agent/image/server-overlay.ts";
import { RegoErrors } from "../errors.ts";
import { Source } from "../location.ts";
import { parseModule } from "../parser/parser.ts";
import { messageOf } from "../thrown.ts";
import type { ParsedFlags } from "./flags.ts";
import { bundleOf, placeFile, writeOverlayFile } from "./image-files.ts";
import { type CliIo, CommandError, readText } from "./io.ts";

export function serverImage(flags: ParsedFlags, io: CliIo): number {
	for (const name of ["kind", "koffi", "serve-flags"]) {
		if (flags.isSet(name)) throw new CommandError(`--${name} goes with the gate, not with --server`, 1);
	}
	const root = resolve(io.cwd, flags.string("root"));
	const bundle = bundleOf(flags, io);
	if (statSync(bundle).isDirectory()) {
		throw new CommandError("--bundle: with --server the command in one file is wanted, not the gate's folder", 2);
	}
	const files = overlay(flags, io);
	const names = [...files.map((f) => f.path), serverBundlePath];
	if (flags.bool("check")) {
		const problems = [
			...files.flatMap((f) => problemsOf(root, f)),
			...contentProblem(root, serverBundlePath, readFileSync(bundle)),
		];
		for (const p of problems) io.stderr(`${p}\n`);
		if (problems.length === 0) for (const name of names) io.stdout(`/${name}\n`);
		return problems.length === 0 ? 0 : 1;
	}
	try {
		for (const f of files) writeOverlayFile(root, f);
		placeFile(join(root, serverBundlePath), (to) => copyFileSync(bundle, to));
	} catch (e) {
		throw new CommandError(messageOf(e), 2);
	}
	for (const name of names) io.stdout(`/${name}\n`);
	return 0;
}

function overlay(flags: ParsedFlags, io: CliIo): readonly OverlayFile[] {
	const file = flags.string("policy");
	try {
		const text = file === "" ? allowAllPolicy : readText(io, file);
		checkPolicy(file === "" ? allowAllName : file, text);
		return serverOverlay({
			init: flags.string("init") === "agent" ? "agent" : "systemd",
			node: flags.string("node"),
			policy: { name: file === "" ? allowAllName : basename(file), text },
		});
	} catch (e) {
		throw new CommandError(messageOf(e), 2);
	}
}

/** An agent would not notice that its policy is none: every request would be refused, and nobody would know why. */
function checkPolicy(file: string, text: string): void {
	const { value, errors } = parseModule(new Source(file, text), { regoVersion: "v0" });
	if (value === undefined) throw new RegoErrors(errors);
	const name = value.package.path.terms.slice(1).map((t) => (t.kind === "scalar" ? String(t.value) : ""));
	if (name.join(".") !== "agent_policy")
		throw new Error(`${file}: the agent asks the package agent_policy, not ${name.join(".")}`);
}

function problemsOf(root: string, f: OverlayFile): readonly string[] {
	const path = join(root, f.path);
	if ("link" in f) {
		const to = linkAt(path);
		return to === f.link ? [] : [`/${f.path}: ${to === undefined ? "is no link" : `leads to ${to}`}, not to ${f.link}`];
	}
	if ("folder" in f) return [];
	const found = contentProblem(root, f.path, Buffer.from(f.text));
	if (found.length > 0) return found;
	const mode = lstatSync(path).mode & 0o777;
	return mode === f.mode ? [] : [`/${f.path}: has mode ${mode.toString(8)}, not ${f.mode.toString(8)}`];
}

function linkAt(path: string): string | undefined {
	try {
		return readlinkSync(path);
	} catch {
		return undefined;
	}
}

function contentProblem(root: string, name: string, wanted: Buffer): readonly string[] {
	try {
		// A link could lead out of the image.
		if (!lstatSync(join(root, name)).isFile()) return [`/${name}: is no file`];
		return readFileSync(join(root, name)).equals(wanted) ? [] : [`/${name}: is different`];
	} catch {
		return [`/${name}: is missing`];
	}
}
