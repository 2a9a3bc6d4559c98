/** Names that look like others: misspelt, as far as anybody can tell. */
import { nearest } from "../../face/suggest.ts";

/** The one of the known names that another is nearly; undefined where it is known, or like none. */
export function nearly(name: string, known: readonly string[]): string | undefined {
	if (known.includes(name)) return undefined;
	const meant = nearest(name, known);
	return meant !== undefined && Math.abs(meant.length - name.length) <= 2 ? meant : undefined;
}
