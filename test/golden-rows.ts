/**
 * Goldens of rows: a folder of files `SUBJECT.rows.txt`, each of blocks apart by empty lines, `# note` and then lines.
 * What is shown of each row stands in `SUBJECT.KIND.txt`, under its note; UPDATE_GOLDEN=1 writes these anew.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const rowsEnd = ".rows.txt";

/** A test for each row of each file. */
export function testGoldenRows(
	folder: URL,
	kind: string,
	shown: (row: { readonly note: string; readonly lines: readonly string[] }) => string,
): void {
	const read = (file: string): readonly string[] =>
		readFileSync(new URL(file, folder), "utf8")
			.split(/\n\n+/)
			.map((block) => block.trim())
			.filter((block) => block !== "");
	for (const file of readdirSync(folder).filter((f) => f.endsWith(rowsEnd))) {
		const subject = file.slice(0, -rowsEnd.length);
		describe(subject, () => {
			const golden = `${subject}.${kind}.txt`;
			const rows = read(file).map((block) => {
				const [note = "", ...lines] = block.split("\n");
				return { note, text: () => `${note}\n${shown({ note, lines })}` };
			});
			if (process.env["UPDATE_GOLDEN"] === "1") {
				writeFileSync(new URL(golden, folder), rows.map((row) => `${row.text()}\n`).join("\n"));
			}
			const wants = new Map(read(golden).map((block) => [block.split("\n", 1)[0], block]));
			for (const { note, text } of rows) {
				test(note.slice(2), () => {
					expect(text()).toBe(wants.get(note));
				});
			}

			test("each has a note of its own", () => {
				expect(new Set(rows.map((r) => r.note)).size).toBe(rows.length);
				expect(wants.size).toBe(rows.length);
			});
		});
	}
}
