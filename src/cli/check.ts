/** `rego check`: parse and compile, say nothing when all is well. As `opa check`. */
import { compile } from "../compile.ts";
import { checkPathConflicts } from "../documents/path-conflicts.ts";
import { formatLocation } from "../location.ts";
import type { Module } from "../parser/ast.ts";
import type { Policy } from "../policy.ts";
import { locationNode, record, writeJson } from "../value/ordered-json.ts";
import { bundleFlag, capabilitiesFlag, ignoreFlag, strictFlag, v0Flag, v1Flag } from "./eval-flags.ts";
import { applyEnvironment, describeFlags, type FlagSpec, type ParsedFlags, parseFlags } from "./flags.ts";
import { hintsFlag, writeHints } from "./hints.ts";
import { type CliIo, CommandError } from "./io.ts";
import { allCapabilities } from "./language-features.ts";
import { type LoadOptions, loadOptionsOf, loadPaths } from "./load-data.ts";
import { loadSchemas, schemaFlag } from "./load-schemas.ts";
import { errorNode, toOutputErrors } from "./output-error.ts";

const checkFlags: readonly FlagSpec[] = [
	{ ...bundleFlag, kind: "bool", doc: "load the paths as bundles" },
	capabilitiesFlag,
	{ name: "format", short: "f", kind: "enum", values: ["pretty", "json"], default: "pretty", doc: "output format" },
	ignoreFlag,
	hintsFlag,
	{ name: "max-errors", short: "m", kind: "int", default: "10", doc: "stop after this many errors" },
	schemaFlag,
	strictFlag,
	{
		name: "target",
		short: "t",
		kind: "enum",
		values: ["rego", "kata"],
		default: "rego",
		doc: "kata: also what Kata's agent cannot run, and what lets more through than it seems to",
	},
	v0Flag,
	v1Flag,
	{ name: "v0-v1", kind: "bool", doc: "modules must be both Rego v0 and Rego v1" },
	{ name: "rego-v1", kind: "bool", doc: "the same", hidden: true },
];

export function checkHelp(): string {
	return describeFlags(checkFlags);
}

export async function runCheck(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(checkFlags, argv);
	if (parsed.args.length === 0) throw new CommandError("specify at least one file", 1);
	const flags = applyEnvironment(checkFlags, parsed, "OPA_CHECK", io.env);
	const capabilities = flags.isSet("capabilities")
		? await (await import("./capabilities.ts")).readCapabilities(flags.string("capabilities"), io)
		: allCapabilities;
	const bothVersions = flags.bool("v0-v1") || flags.bool("rego-v1");
	const kata = flags.string("target") === "kata";
	const regoVersion = bothVersions || flags.bool("v0-compatible") ? "v0" : "v1";
	const load: LoadOptions = {
		...loadOptionsOf(flags, io),
		// Modules of Rego v0 are read to be told of.
		regoVersion: kata ? "auto" : regoVersion,
		bothVersions,
		language: capabilities.language,
	};
	try {
		const schemas = await loadSchemas(flags.string("schema"), io);
		const modules: Module[] = [];
		if (flags.bool("bundle")) {
			const { loadBundle } = await import("./load-bundle.ts");
			const roots: string[] = [];
			for (const path of flags.args) {
				const bundle = await loadBundle(path, load);
				modules.push(...bundle.modules.values());
				roots.push(...bundle.roots);
				checkPathConflicts([...bundle.modules.values()], bundle.data);
			}
			(await import("../bundle/manifest.ts")).checkMergedRoots(roots);
		} else modules.push(...(await loadPaths(flags.args, { ...load, onlyRego: true })).modules.values());
		const policy = compile(modules, {
			strict: flags.bool("strict"),
			maxErrors: Math.max(0, flags.int("max-errors")),
			withoutBuiltins: capabilities.withoutBuiltins,
			builtins: capabilities.declared,
			schemas,
		});
		return kata ? await reportForKata(modules, policy, flags, io) : 0;
	} catch (e) {
		if (!(e instanceof Error)) throw e;
		const errors = toOutputErrors(e);
		if (flags.string("format") === "json") io.stderr(writeJson(record([["errors", { list: errors.map(errorNode) }]])));
		else io.stderr(`${e.message}\n`);
		writeHints(errors, flags.bool("hints"), io);
		return 1;
	}
}

/** What `--target kata` finds; with --strict warnings count as errors do. */
async function reportForKata(
	modules: readonly Module[],
	policy: Policy<unknown>,
	flags: ParsedFlags,
	io: CliIo,
): Promise<number> {
	const { checkForKata } = await import("./check-kata.ts");
	const findings = checkForKata(modules, policy.explainable());
	if (flags.string("format") === "json") {
		const nodes = findings.map((f) =>
			record([
				["message", f.message],
				["code", `kata_${f.level}`],
				["location", locationNode(f.location)],
			]),
		);
		if (nodes.length > 0) io.stderr(writeJson(record([["errors", { list: nodes }]])));
	} else for (const f of findings) io.stderr(`${formatLocation(f.location)}: kata_${f.level}: ${f.message}\n`);
	return findings.some((f) => f.level === "error" || flags.bool("strict")) ? 1 : 0;
}
