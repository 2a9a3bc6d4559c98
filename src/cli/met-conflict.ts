/** A conflict that an evaluation ended with, told as OPA meets it: for commands that show it. */
import type { QueryText } from "../query-text.ts";
import { conflictAsMet, conflictTimeMs, isConflict } from "../topdown/met-conflict.ts";
import type { Value } from "../value/value.ts";
import type { WatchedPolicy } from "./eval-watched-flags.ts";

/** What is no conflict as it is; the network is not asked once more. */
export async function asMet<E>(
	e: E,
	watched: WatchedPolicy,
	query: string,
	text: QueryText,
	input: Value | undefined,
): Promise<E | ReturnType<typeof conflictAsMet>> {
	if (!isConflict(e) || watched.modules.some((m) => m.source.text.includes("http.send"))) return e;
	const { watchEval } = await import("./eval-watched.ts");
	return conflictAsMet(e, () => watchEval(watched, query, text, input, { explain: "off", timeMs: conflictTimeMs }));
}
