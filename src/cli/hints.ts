/** Hints on standard error, where a person reads it or asks for them; what OPA prints stays as OPA prints it. */
import { formatLocation } from "../location.ts";
import type { FlagSpec } from "./flags.ts";
import type { CliIo } from "./io.ts";
import type { OutputError } from "./output-error.ts";

export const hintsFlag: FlagSpec = {
	name: "hints",
	kind: "bool",
	doc: "say on standard error what errors probably mean; the default on a terminal",
};

export function writeHints(errors: readonly OutputError[], wanted: boolean, io: CliIo): void {
	if (!wanted && io.terminal !== true) return;
	// One mistake is often several errors.
	const said = new Set<string>();
	for (const { hint, location } of errors) {
		if (hint === undefined) continue;
		const at = location === undefined ? "" : `${formatLocation(location)}: `;
		said.add(`hint: ${at}${hint}\n`);
	}
	for (const line of said) io.stderr(line);
}
