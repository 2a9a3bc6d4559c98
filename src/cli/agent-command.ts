/** What each file of a `rego agent` subcommand exports. */
import type { FlagSpec } from "./flags.ts";
import type { CliIo } from "./io.ts";

export interface AgentSubcommand {
	readonly flags: readonly FlagSpec[];
	/** The exit code. */
	readonly run: (argv: readonly string[], io: CliIo) => Promise<number>;
}
