/**
 * `rego build`: policies to a decision plan, as JSON (what `planFromJson` reads) or as text. The
 * plan of equal sources is equal, byte for byte, and carries their hash.
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { compile } from "../compile.ts";
import type { Module } from "../parser/ast.ts";
import { documentPath } from "../planned.ts";
import type { Policy } from "../policy.ts";
import { bundleFlag, ignoreFlag, strictFlag, v0Flag, v1Flag } from "./eval-flags.ts";
import { applyEnvironment, describeFlags, type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";
import { type LoadOptions, loadPaths } from "./load-data.ts";
import { formatOutputErrors, toOutputErrors } from "./output-error.ts";
import { Stopwatch } from "./stopwatch.ts";

const buildFlags: readonly FlagSpec[] = [
	{ ...bundleFlag, kind: "bool", doc: "load the paths as bundles" },
	{
		name: "entrypoint",
		short: "e",
		kind: "list",
		doc: "decision the js target exports, as agent_policy/CreateContainerRequest",
	},
	ignoreFlag,
	{ name: "output", short: "o", kind: "string", doc: "file to write the plan to; default standard output" },
	{ name: "print-plan", kind: "bool", doc: "print the plan as text" },
	strictFlag,
	{
		name: "target",
		short: "t",
		kind: "enum",
		values: ["plan", "js"],
		default: "plan",
		doc: "what to make: a plan, or an ES module of some decisions",
	},
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
		if (flags.string("target") === "js")
			return await writeModule(policy, flags.list("entrypoint"), flags.string("output"), io);
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

/** Writes the module, its declarations and its source map side by side; the module alone without -o. */
async function writeModule(policy: Policy, entrypoints: readonly string[], output: string, io: CliIo): Promise<number> {
	if (entrypoints.length === 0) throw new CommandError("the js target needs at least one entrypoint (-e)", 1);
	const { buildModule } = await import("../aot/build.ts");
	const { builtins } = await import("../builtins/registry.ts");
	const built = buildModule({
		plan: policy.plan,
		builtins,
		entrypoints: entrypoints.map(documentPath),
		file: output === "" ? "policy.mjs" : output,
	});
	if (output === "") io.stdout(built.code);
	else {
		const file = resolve(io.cwd, output);
		writeFileSync(file, built.code);
		writeFileSync(`${file}.map`, built.map);
		writeFileSync(file.replace(/\.(m?)js$/, ".d.$1ts"), built.types);
	}
	return 0;
}
