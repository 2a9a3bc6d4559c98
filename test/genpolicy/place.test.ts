/** Lines and columns, and problems that are told together. */
import { describe, expect, test } from "vitest";
import { diagnosticsOf, limited, SourceText } from "../../src/genpolicy/place.ts";
import { fieldText, Problems } from "../../src/genpolicy/problem.ts";
import { parseDocuments } from "../../src/genpolicy/tree/yaml.ts";

describe("positions", () => {
	const rows: readonly (readonly [note: string, text: string, offset: number, line: number, column: number])[] = [
		["the start", "a\nb", 0, 1, 1],
		["behind a line break", "a\nb", 2, 2, 1],
		["the end", "a\nbc", 4, 2, 3],
		["characters of two units", "😀😀b", 4, 1, 3],
		["a byte order mark", "\uFEFFab", 2, 1, 2],
		["line breaks of Windows", "a\r\nb", 3, 2, 1],
		["an empty text", "", 0, 1, 1],
	];
	for (const [note, text, offset, line, column] of rows)
		test(note, () => expect(new SourceText("f", text).position(offset)).toEqual({ line, column }));
});

test("fields as they are written", () => {
	expect(fieldText(["spec", "containers", 0, "env"])).toBe("spec.containers[0].env");
	expect(fieldText(["metadata", "annotations", "a.b/c"])).toBe('metadata.annotations["a.b/c"]');
	expect(fieldText([])).toBe("");
});

test("problems with the same subject are told once, with the places of the others", () => {
	const text = "a: 1\nb: 2\nc: 3\n";
	const [document] = parseDocuments(text, () => undefined);
	const problems = new Problems();
	problems.error("x", ["a"], "first", undefined, { subject: "s", also: "one" });
	problems.error("x", ["b"], "second", undefined, { subject: "s", also: "two" });
	problems.warn("x", ["c"], "third", undefined, { subject: "s" });
	problems.warn("y", ["c"], "same");
	problems.warn("y", ["c"], "same");
	const made = diagnosticsOf(
		new SourceText("f", text),
		document?.tree ?? { kind: "list", items: [], start: 0 },
		problems.list,
	);
	expect(made.map((d) => `${d.line}:${d.column} ${d.severity} ${d.message}`)).toEqual([
		"1:1 error first (also at 2:1: two)",
		"3:1 warning third",
		"3:1 warning same",
	]);
});

test("of very many problems the rest is counted, and an error stays one", () => {
	const problems = new Problems();
	for (let i = 0; i < 300; i++) problems.warn("w", [i], `${i}`);
	for (let i = 0; i < 300; i++) problems.error("e", [i], `${i}`);
	expect(problems.list.length).toBe(402);
	expect(problems.list.slice(-2).map((p) => `${p.severity} ${p.message}`)).toEqual([
		"error 100 more errors of this document are not shown",
		"warning 100 more warnings of this document are not shown",
	]);
	const source = new SourceText("f", "");
	const many = Array.from({ length: 1200 }, (_, i) =>
		source.diagnostic({ severity: i < 1100 ? "warning" : "error", code: "c", path: [], message: `${i}` }, 0),
	);
	const kept = limited(source, many);
	expect(kept.filter((d) => d.severity === "error").length).toBe(100);
	expect(kept.at(-1)?.message).toBe("200 more errors and warnings are not shown");
});
