/** `rego refactor move -p from:to <path>…`: renames packages and references to them, as `opa refactor move`. */

import { builtins } from "../builtins/registry.ts";
import { checkModules } from "../compiler/check.ts";
import { typeDetails } from "../compiler/typecheck/all-details.ts";
import { type RegoError, RegoErrors } from "../errors.ts";
import { formatModule } from "../format/format.ts";
import type { Module, Ref } from "../parser/ast.ts";
import { parseTerm } from "../parser/parser.ts";
import { messageOf } from "../thrown.ts";
import { ignoreFlag, v0Flag, v1Flag } from "./eval-flags.ts";
import { applyEnvironment, describeFlags, type FlagSpec, HelpRequested, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, writeText } from "./io.ts";
import { LoadErrors, loadOptionsOf, loadPaths } from "./load-data.ts";
import { type Mapping, moveReferences } from "./move-references.ts";
import { formatOutputErrors, toOutputErrors } from "./output-error.ts";

const moveFlags: readonly FlagSpec[] = [
	ignoreFlag,
	{ name: "path", short: "p", kind: "list", doc: "what becomes what, as data.lib.foo:data.bar (repeatable)" },
	v0Flag,
	v1Flag,
	{ name: "write", short: "w", kind: "bool", doc: "write the files in place" },
];

export function refactorHelp(): string {
	return describeFlags(moveFlags);
}

export async function runRefactor(argv: readonly string[], io: CliIo): Promise<number> {
	const [name, ...rest] = argv;
	// As opa does, an unknown command below this one is answered with the help.
	if (name !== "move") return runRefactorHelp(argv);
	const flags = applyEnvironment(moveFlags, parseFlags(moveFlags, rest), "OPA_REFACTOR_MOVE", io.env);
	if (flags.args.length === 0) throw new CommandError("specify at least one path containing policy files", 1);
	const regoVersion = flags.bool("v0-compatible") ? "v0" : "v1";
	try {
		const mappings = readMappings(flags.list("path"));
		const load = { ...loadOptionsOf(flags, io), annotations: false };
		const { modules } = await loadPaths(flags.args, load);
		const moved = new Map<string, Module>();
		for (const [path, module] of modules) moved.set(path, moveReferences(module, mappings));
		const { errors } = checkModules([...moved.values()], { builtins, details: typeDetails, types: {} });
		if (errors.length > 0) throw new RegoErrors(errors);
		for (const module of moved.values()) {
			const formatted = formatModule(module, { regoVersion });
			const { text } = formatted;
			if (text === undefined) throw new RegoErrors(formatted.errors);
			if (flags.bool("write")) writeText(io, module.source.name, text);
			else io.stdout(text);
		}
		return 0;
	} catch (e) {
		if (!(e instanceof Error) || e instanceof CommandError) throw e;
		const rego = e instanceof RegoErrors && !(e instanceof LoadErrors);
		io.stderr(`error: ${rego ? formatOutputErrors(toOutputErrors(e)) : messageOf(e)}\n`);
		return 1;
	}
}

function runRefactorHelp(argv: readonly string[]): never {
	parseFlags([], [...argv.filter((a) => a.startsWith("-")), "--help"]);
	throw new HelpRequested();
}

function readMappings(written: readonly string[]): readonly Mapping[] {
	if (written.length === 0) throw new Error("specify at least one mapping of the form <from>:<to>");
	return written.map((mapping) => {
		// What OPA reads is an object, and its errors show it.
		const { value, errors } = parseTerm(`{${mapping}}`);
		if (value === undefined) throw new Error(`failed to parse mapping: failed to parse term: ${textOf(errors)} (2)`);
		const [entry, ...more] = value.kind === "object" ? value.entries : [];
		if (entry === undefined || more.length > 0) throw new Error("expected mapping of the form <from>:<to> (2)");
		const [from, to] = entry;
		if (from.kind !== "ref" || to.kind !== "ref") throw new Error("expected mapping of the form <from>:<to> (2)");
		return [from, to] satisfies readonly [Ref, Ref];
	});
}

function textOf(errors: readonly RegoError[]): string {
	return formatOutputErrors(errors.flatMap((e) => toOutputErrors(e)));
}
