/** Builtins that an embedder chooses from ours, beside its own: for entries that bring none by themselves. */
import type { Builtin } from "../builtins/define.ts";

/** Categories from `regoplan/builtins/*`, and single builtins: of these, or made with define(). */
export type ChosenBuiltins = readonly (Builtin | readonly Builtin[])[];

/** Ours by name, the given ones among them, and the embedder's own. */
export function chosenBuiltins(
	always: readonly (readonly Builtin[])[],
	choice: ChosenBuiltins | undefined,
): { readonly ours: ReadonlyMap<string, Builtin>; readonly own: readonly Builtin[] } {
	if (choice !== undefined && !Array.isArray(choice)) {
		throw new TypeError("builtins: a list of categories and of what define() makes is wanted: [strings, twice]");
	}
	const all = [...always.flat(), ...(choice ?? []).flat()];
	const wrong = all.findIndex((b) => typeof (b as Partial<Builtin> | undefined)?.eval !== "function");
	if (wrong >= 0) throw new TypeError("builtins: the list holds what is no builtin: an import that does not exist?");
	return {
		ours: new Map(all.filter((b) => b.module !== "").map((b) => [b.name, b])),
		own: all.filter((b) => b.module === ""),
	};
}
