/** `rego agent serve` as a program of its own: what a guest image has of the command. */
import { serveCommand } from "./agent-serve.ts";
import { describeFlags, HelpRequested } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";

/** The exit code. */
export async function gateMain(argv: readonly string[], io: CliIo): Promise<number> {
	const [agent, serve, ...rest] = argv;
	if (agent !== "agent" || serve !== "serve") {
		io.stderr("Error: this is the gate alone, which is started by: agent serve --upstream ADDRESS [flags]\n");
		return 1;
	}
	try {
		return await serveCommand.run(rest, io);
	} catch (e) {
		if (e instanceof HelpRequested) {
			io.stdout(`Flags of agent serve:\n${describeFlags(serveCommand.flags)}`);
			return 0;
		}
		if (!(e instanceof CommandError)) throw e;
		io.stderr(`${e.exitCode === 1 ? "Error: " : ""}${e.message}\n`);
		return e.exitCode;
	}
}
