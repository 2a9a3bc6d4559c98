/**
 * The text of the expression at a place of a query. Where there is no file name, OPA shows it in
 * place of row and column.
 */
import type { QueryText } from "./output-error.ts";

export async function expressionTexts(query: string): Promise<QueryText> {
	const [{ parseQuery }, { Source }] = await Promise.all([import("../parser/parser.ts"), import("../location.ts")]);
	const texts = new Map<string, string>();
	const source = new Source("", query);
	const visit = (node: unknown): void => {
		if (Array.isArray(node)) {
			for (const x of node) visit(x);
			return;
		}
		if (typeof node !== "object" || node === null) return;
		const { kind, start, end } = node as { kind?: unknown; start?: unknown; end?: unknown };
		if (typeof kind !== "string") return;
		if (typeof start === "number" && typeof end === "number") {
			const { row, col } = source.location(start);
			// What encloses comes first; only a call is more to the point than what it stands in.
			const at = `${row}:${col}`;
			if (!texts.has(at) || kind === "call") texts.set(at, query.slice(start, end).trimEnd());
		}
		for (const child of Object.values(node)) visit(child);
	};
	visit(parseQuery(source, { regoVersion: "v1" }).value?.body);
	return (row, col) => texts.get(`${row}:${col}`);
}
