/**
 * `rego run`: the server of OPA's REST API with `--server`, else the interactive shell. This file knows the
 * flags of both; each is loaded when it is asked for.
 */
import { describeFlags, parseFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";
import { runFlags } from "./run-flags.ts";

export function runHelp(): string {
	return describeFlags(runFlags);
}

export async function runRun(argv: readonly string[], io: CliIo): Promise<number> {
	const flags = parseFlags(runFlags, argv);
	if (flags.bool("pprof")) throw new CommandError("not supported by this version of rego: --pprof", 1);
	if (!flags.bool("server")) return (await import("./repl/run.ts")).runShell(flags, io);
	return (await import("./server/serve.ts")).serve(flags, io);
}
