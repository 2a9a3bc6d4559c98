/** `rego version`, and `rego --version`. */
import { opaVersion, version } from "../version.ts";
import { type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";

const versionFlags: readonly FlagSpec[] = [
	{ name: "check", short: "c", kind: "bool", doc: "not supported: nothing is ever asked of a server", hidden: true },
];

export async function runVersion(argv: readonly string[], io: CliIo): Promise<number> {
	const flags = parseFlags(versionFlags, argv);
	if (flags.bool("check")) {
		throw new CommandError("not supported by this version of rego: --check (ask npm: npm outdated regoplan)", 1);
	}
	io.stdout(`Version: ${version}\nOPA Version: ${opaVersion}\nRego Version: v1\nPlatform: node ${process.version}\n`);
	return 0;
}

/** `rego --version`: for scripts. */
export function printVersion(io: CliIo): number {
	io.stdout(`${version}\n`);
	return 0;
}
