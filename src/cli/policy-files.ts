/** Policies and data from files and bundles, compiled: for the commands that ask something of a whole policy. */

import type { Module } from "../parser/ast.ts";
import type { Policy } from "../policy.ts";
import { messageOf } from "../thrown.ts";
import type { PlainObject, Value } from "../value/value.ts";
import { bundleFlag, dataFlag, ignoreFlag, v0Flag, v1Flag } from "./eval-flags.ts";
import { runtimeValue } from "./eval-host.ts";
import type { FlagSpec, ParsedFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";
import { loadOptionsOf } from "./load-data.ts";
import { loadPolicies } from "./load-policies.ts";

/** Flags that say what is loaded. */
export const policyFlags: readonly FlagSpec[] = [bundleFlag, dataFlag, ignoreFlag, v0Flag, v1Flag];

export interface LoadedPolicy {
	readonly policy: Policy<Value>;
	readonly modules: readonly Module[];
	readonly data: PlainObject;
}

/** What `--data` and `--bundle` name. Throws CommandError with exit code 2. */
export async function policyOfFlags(flags: ParsedFlags, io: CliIo): Promise<LoadedPolicy> {
	return policyOfPaths(flags.list("data"), flags.list("bundle"), flags, io);
}

export async function policyOfPaths(
	paths: readonly string[],
	bundles: readonly string[],
	flags: Pick<ParsedFlags, "bool" | "list">,
	io: CliIo,
): Promise<LoadedPolicy> {
	const regoVersion = flags.bool("v0-compatible") ? "v0" : "v1";
	const options = loadOptionsOf(flags, io);
	try {
		const { modules, data, bundles: read } = await loadPolicies(paths, [...new Set(bundles)], options);
		if (read.length > 0) (await import("../bundle/activate.ts")).requireRules(read);
		if (modules.size === 0) throw new Error("no policy was loaded: name files or folders with --data or --bundle");
		const { compile } = await import("../compile.ts");
		const all = [...modules.values()];
		const host = { runtime: runtimeValue(io.env) };
		return { policy: compile(all, { regoVersion, data, host, values: "rego", inputs: "trusted" }), modules: all, data };
	} catch (e) {
		if (e instanceof CommandError) throw e;
		throw new CommandError(messageOf(e), 2);
	}
}
