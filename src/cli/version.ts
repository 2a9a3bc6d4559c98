/** `rego version`, and `rego --version`. */
import { opaVersion, version } from "../version.ts";
import { describeFlags, type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";

/** As Go calls them. */
const architectures: ReadonlyMap<string, string> = new Map([
	["x64", "amd64"],
	["ia32", "386"],
]);

const versionFlags: readonly FlagSpec[] = [
	{
		name: "check",
		short: "c",
		kind: "bool",
		doc: "tell how to find newer versions: nothing is ever asked of a server",
	},
];

export function versionHelp(): string {
	return describeFlags(versionFlags);
}

export async function runVersion(argv: readonly string[], io: CliIo): Promise<number> {
	const flags = parseFlags(versionFlags, argv);
	io.stdout(
		[
			`Version: ${version}`,
			`OPA Version: ${opaVersion}`,
			"Build Commit: ",
			"Build Timestamp: ",
			"Build Hostname: ",
			`Node Version: ${process.version}`,
			`Platform: ${process.platform}/${architectures.get(process.arch) ?? process.arch}`,
			"Rego Version: v1",
			"WebAssembly: unavailable",
		]
			.map((line) => `${line}\n`)
			.join(""),
	);
	if (!flags.bool("check")) return 0;
	throw new CommandError("nothing is ever asked of a server: newer versions are what npm outdated regoplan tells", 1);
}

/** `rego --version`: for scripts. */
export function printVersion(io: CliIo): number {
	io.stdout(`${version}\n`);
	return 0;
}
