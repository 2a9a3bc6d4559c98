/**
 * `rego build`: policies to a decision plan, as JSON (what `planFromJson` reads) or as text. The
 * plan of equal sources is equal, byte for byte, and carries their hash.
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { compile } from "../compile.ts";
import type { Module } from "../parser/ast.ts";
import { bundleFlag, ignoreFlag, strictFlag, v0Flag, v1Flag } from "./eval-flags.ts";
import { applyEnvironment, describeFlags, type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";
import { type LoadOptions, loadPaths } from "./load-data.ts";
import { formatOutputErrors, toOutputErrors } from "./output-error.ts";
import { Stopwatch } from "./stopwatch.ts";

const buildFlags: readonly FlagSpec[] = [
	{ ...bundleFlag, kind: "bool", doc: "load the paths as bundles" },
	ignoreFlag,
	{ name: "output", short: "o", kind: "string", doc: "file to write the plan to; default standard output" },
	{ name: "print-plan", kind: "bool", doc: "print the plan as text" },
	strictFlag,
	{ name: "target", short: "t", kind: "enum", values: ["plan"], default: "plan", doc: "what to make" },
	v0Flag,
	v1Flag,
];

export function buildHelp(): string {
	return describeFlags(buildFlags);
}

export async function runBuild(argv: readonly string[], io: CliIo): Promise<number> {
	const given = parseFlags(buildFlags, argv);
	if (given.args.length === 0) throw new CommandError("expected at least one path", 1);
	const flags = applyEnvironment(buildFlags, given, "OPA_BUILD", io.env);
	const load: LoadOptions = {
		io,
		regoVersion: flags.bool("v0-compatible") ? "v0" : "v1",
		ignore: flags.list("ignore"),
		stopwatch: new Stopwatch(),
		onlyRego: true,
	};
	try {
		const modules: Module[] = [];
		if (flags.bool("bundle")) {
			const { loadBundle } = await import("./load-bundle.ts");
			for (const path of flags.args) modules.push(...(await loadBundle(path, load)).modules.values());
		} else modules.push(...(await loadPaths(flags.args, load)).modules.values());
		const policy = compile(modules, { strict: flags.bool("strict") });
		const text = flags.bool("print-plan")
			? (await import("./plan-text.ts")).planText(policy.plan)
			: `${policy.toJSON()}\n`;
		if (flags.string("output") === "") io.stdout(text);
		else writeFileSync(resolve(io.cwd, flags.string("output")), text);
		return 0;
	} catch (e) {
		if (!(e instanceof Error)) throw e;
		io.stderr(`error: ${formatOutputErrors(toOutputErrors(e))}\n`);
		return 1;
	}
}
