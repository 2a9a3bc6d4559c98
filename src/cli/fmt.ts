/** `rego fmt`: modules in OPA's canonical form. As `opa fmt`: flags, texts, exit codes. */

import { statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { builtins } from "../builtins/registry.ts";
import { checkAsV1 } from "../compiler/check.ts";
import { moduleText } from "../documents/texts.ts";
import { formatErrors, type RegoError } from "../errors.ts";
import { formatModule } from "../format/format.ts";
import { Source } from "../location.ts";
import { parseModule } from "../parser/parser.ts";
import { capabilitiesFlag } from "./eval-flags.ts";
import { applyEnvironment, describeFlags, type FlagSpec, type ParsedFlags, parseFlags } from "./flags.ts";
import { type CliIo, listFolder, readBytes, statPath } from "./io.ts";
import { allCapabilities } from "./language-features.ts";

const fmtFlags: readonly FlagSpec[] = [
	capabilitiesFlag,
	{ name: "check-result", kind: "bool", default: "true", doc: "parse what was formatted once more" },
	{ name: "diff", short: "d", kind: "bool", doc: "show what would change" },
	{ name: "drop-v0-imports", kind: "bool", doc: "leave out `rego.v1` and `future.keywords` imports" },
	{ name: "fail", kind: "bool", doc: "exit with 2 when something would change" },
	{ name: "list", short: "l", kind: "bool", doc: "list the files that would change" },
	{ name: "rego-v1", kind: "bool", doc: "the same as --v0-v1", hidden: true },
	{ name: "v0-compatible", kind: "bool", doc: "read and write Rego v0" },
	{ name: "v0-v1", kind: "bool", doc: "write modules that are both Rego v0 and Rego v1" },
	{ name: "v1-compatible", kind: "bool", doc: "read and write Rego v1 (the default)" },
	{ name: "write", short: "w", kind: "bool", doc: "write the files in place" },
];

export function fmtHelp(): string {
	return describeFlags(fmtFlags);
}

/** How modules are read and written. */
interface Versions {
	readonly read: "v0" | "v1";
	readonly write: "v0" | "v1" | "v0-v1";
	readonly keywordsInRefs: boolean;
}

export async function runFmt(argv: readonly string[], io: CliIo): Promise<number> {
	const flags = applyEnvironment(fmtFlags, parseFlags(fmtFlags, argv), "OPA_FMT", io.env);
	try {
		return await formatAll(flags, await versionsOf(flags, io), io);
	} catch (e) {
		if (!(e instanceof Failed)) throw e;
		io.stderr(`${e.message}\n`);
		return e.exitCode;
	}
}

async function formatAll(flags: ParsedFlags, versions: Versions, io: CliIo): Promise<number> {
	if (flags.args.length === 0) {
		const text = moduleText(io.stdin());
		const { formatted, errors } = format("stdin", text, versions, false);
		if (formatted === undefined) throw new Failed(wrong(errors), 1);
		io.stdout(formatted);
		return 0;
	}
	for (const path of flags.args) {
		for (const file of regoFiles(path.replace(/^file:\/\//, ""), io)) await formatFile(file, flags, versions, io);
	}
	return 0;
}

/** Ends the command with a message: 1 for what cannot be read, 2 for what cannot be formatted. */
class Failed extends Error {
	readonly exitCode: number;

	constructor(message: string, exitCode = 2) {
		super(message);
		this.exitCode = exitCode;
	}
}

async function versionsOf(flags: ParsedFlags, io: CliIo): Promise<Versions> {
	const both = flags.bool("v0-v1") || flags.bool("rego-v1");
	const v0 = flags.bool("v0-compatible");
	const v1 = flags.bool("v1-compatible");
	const capabilities = flags.isSet("capabilities")
		? await (await import("./capabilities.ts")).readCapabilities(flags.string("capabilities"), io)
		: allCapabilities;
	return {
		read: v0 || (both && !v1) ? "v0" : "v1",
		write: both ? "v0-v1" : v0 ? "v0" : "v1",
		// Of capabilities, this alone changes what is written.
		keywordsInRefs: capabilities.language?.features?.includes("keywords_in_refs") ?? true,
	};
}

/** The file, or the files of a folder whose names end in `.rego`, in the order of their names. */
function* regoFiles(path: string, io: CliIo): Generator<string> {
	const info = statLink(path, io);
	if (!info.isDirectory()) {
		if (/\.rego$/.test(path)) yield path;
		return;
	}
	for (const name of listFolder(io, path)) yield* regoFiles(join(path, name), io);
}

function statLink(path: string, io: CliIo): { isDirectory(): boolean } {
	try {
		return statPath(io, path);
	} catch (e) {
		if (!(e instanceof Error)) throw e;
		throw new Failed(e.message.replace(/^stat /, "lstat "), 1);
	}
}

interface Result {
	readonly formatted: string | undefined;
	readonly errors: readonly RegoError[];
}

function format(name: string, text: string, versions: Versions, dropV0Imports: boolean): Result {
	const parsed = parseModule(new Source(name, text), {
		regoVersion: versions.read,
		stopsAtMistake: true,
		isBuiltin: (b) => builtins.has(b),
	});
	if (parsed.value === undefined) return { formatted: undefined, errors: parsed.errors };
	if (versions.write !== "v0") {
		const errors = checkAsV1(parsed.value, builtins);
		if (errors.length > 0) return { formatted: undefined, errors };
	}
	const written = formatModule(parsed.value, {
		regoVersion: versions.write,
		dropV0Imports,
		keywordsInRefs: versions.keywordsInRefs,
	});
	return { formatted: written.text, errors: written.errors };
}

/** A text in which there is no module is told of without a count. */
function wrong(errors: readonly RegoError[]): string {
	const [only] = errors;
	return errors.length === 1 && only?.reason === "empty module" ? only.message : formatErrors(errors);
}

async function formatFile(file: string, flags: ParsedFlags, versions: Versions, io: CliIo): Promise<void> {
	const text = moduleText(readBytes(io, file));
	const { formatted, errors } = format(file, text, versions, flags.bool("drop-v0-imports"));
	if (formatted === undefined) throw new Failed(`failed to format Rego source file: ${wrong(errors)}`);
	const changed = formatted !== text;
	// What is as it was has been read already.
	if (changed && flags.bool("check-result")) checkResult(file, formatted, versions);
	const refuse = changed && flags.bool("fail");
	if (flags.bool("list")) {
		if (changed) io.stdout(`${file}\n`);
	} else if (flags.bool("diff")) {
		if (changed) io.stdout(`${await difference(text, formatted)}\n`);
	} else if (!refuse) {
		if (!flags.bool("write")) io.stdout(formatted);
		else if (changed) overwrite(file, formatted, io);
	}
	if (refuse) throw new Failed("unexpected diff");
}

/** What cannot be read back is a fault of the formatter, and must not take the place of a policy. */
function checkResult(file: string, formatted: string, versions: Versions): void {
	const { errors } = parseModule(new Source("formatted", formatted), {
		regoVersion: versions.write === "v0-v1" ? "v0" : versions.write,
		bothVersions: versions.write === "v0-v1",
	});
	if (errors.length === 0) return;
	throw new Failed(
		`${file} was successfully formatted, but the result is invalid: ${formatErrors(errors)}\n\nTo inspect the formatted Rego, you can turn off this check with --check-result=false.`,
	);
}

function overwrite(file: string, text: string, io: CliIo): void {
	const path = resolve(io.cwd, file);
	writeFileSync(path, text, { mode: statSync(path).mode });
}

/** As `opa fmt -d`: the text with what is taken out in red and what is put in in green. */
async function difference(before: string, after: string): Promise<string> {
	const { diff_match_patch: DiffMatchPatch } = await import("diff-match-patch");
	const colours: Readonly<Record<number, string>> = { [-1]: "\u001b[31m", 1: "\u001b[32m" };
	const coloured = (kind: number, text: string): string =>
		text
			.split("\n")
			.map((line) => `${colours[kind]}${line}\u001b[0m`)
			.join("\n");
	return new DiffMatchPatch()
		.diff_main(before, after, false)
		.map(([kind, text]) => (kind === 0 ? text : coloured(kind, text)))
		.join("");
}
