/** What `rego eval` watches, and of which policy: see eval-watched.ts, which is loaded only then. */

import type { Builtin } from "../builtins/define.ts";
import type { Host } from "../eval/context.ts";
import type { Module } from "../parser/ast.ts";
import type { TraceEvent } from "../topdown/events.ts";
import type { CoverageReport } from "../trace/coverage.ts";
import type { SourceName } from "../trace/pretty.ts";
import type { LineProfile } from "../trace/profile.ts";
import type { JsonNode } from "../value/ordered-json.ts";
import type { PlainObject } from "../value/value.ts";
import type { ParsedFlags } from "./flags.ts";

/** What was asked for, of one run. */
export interface WatchReport {
	readonly explanation: readonly TraceEvent[];
	readonly sourceName: SourceName;
	readonly profile: readonly LineProfile[] | undefined;
	readonly coverage: CoverageReport | undefined;
}

/** The same in the formats of the output, made when asked for; "" or undefined where there is nothing. */
export interface WatchedOutput {
	readonly nodes: () => {
		readonly explanation: JsonNode | undefined;
		readonly profile: JsonNode | undefined;
		readonly aggregatedProfile: JsonNode | undefined;
		readonly coverage: JsonNode | undefined;
	};
	readonly explanation: () => string;
	readonly profile: () => string;
	readonly coverage: () => string;
}

export interface WatchedPolicy {
	readonly modules: readonly Module[];
	readonly builtins: ReadonlyMap<string, Builtin>;
	readonly data: PlainObject;
	readonly host: Host;
}

/** Whether any of the flags is given that need it. */
export function isWatched(flags: ParsedFlags): boolean {
	return flags.string("explain") !== "off" || wantsProfile(flags) || flags.bool("coverage");
}

/** Whoever says how a profile is to look wants one. */
export function wantsProfile(flags: ParsedFlags): boolean {
	return flags.bool("profile") || flags.isSet("profile-limit") || flags.isSet("profile-sort");
}
