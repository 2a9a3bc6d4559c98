/** Names of variables that no policy wrote. */
import { isWildcard } from "../../parser/ast.ts";

/** Wildcards, locals the checking stages made, and values the planner keeps. */
export function isGenerated(name: string): boolean {
	if (isWildcard(name) || name.startsWith("%")) return true;
	return name.startsWith("__local") && /^__localq?\d+__$/.test(name);
}
