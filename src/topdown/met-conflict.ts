/**
 * Of two definitions that do not agree, OPA names the one that it comes to second, in the order of its index of rules.
 * The engine that decides has another order, so where it meets a conflict the query is evaluated once more, as OPA does.
 */
import { RegoError } from "../errors.ts";
import type { Watched } from "./query.ts";

/** What that may take, in milliseconds: longer, and the conflict stays as it was met. */
export const conflictTimeMs = 200;

export function isConflict(e: unknown): e is RegoError {
	return e instanceof RegoError && e.code === "eval_conflict_error";
}

/** The conflict as OPA meets it, or the one there is where it meets none. */
export function conflictAsMet(e: RegoError, watch: () => Watched): RegoError {
	try {
		const { error } = watch();
		return isConflict(error) && error.reason === e.reason ? error : e;
	} catch {
		return e;
	}
}
