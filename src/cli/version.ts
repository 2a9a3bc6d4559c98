/** `rego version`, and `rego --version`. */
import { opaVersion, version } from "../version.ts";
import { parseFlags } from "./flags.ts";
import type { CliIo } from "./io.ts";

export async function runVersion(argv: readonly string[], io: CliIo): Promise<number> {
	parseFlags([], argv);
	io.stdout(`Version: ${version}\nOPA Version: ${opaVersion}\nRego Version: v1\nPlatform: node ${process.version}\n`);
	return 0;
}

/** `rego --version`: for scripts. */
export function printVersion(io: CliIo): number {
	io.stdout(`${version}\n`);
	return 0;
}
