/**
 * Tables with box-drawing lines, as `opa eval --format pretty` draws them: centred headers,
 * cells to the left, columns as wide as their widest cell on a terminal.
 */
import { at, codePoint } from "../at.ts";

/** Without a header, as many columns as the first row has. */
export function formatTable(titles: readonly string[] | undefined, rows: readonly (readonly string[])[]): string {
	const header = titles ?? (rows[0] ?? []).map(() => "");
	const widths = header.map((h, i) => Math.max(displayWidth(h), ...rows.map((r) => displayWidth(r[i] ?? ""))));
	const rule = (left: string, mid: string, right: string): string =>
		`${left}${widths.map((w) => "─".repeat(w + 2)).join(mid)}${right}\n`;
	const line = (cells: readonly string[]): string => `│${cells.map((c) => ` ${c} `).join("│")}│\n`;
	const centred = header.map((h, i) => {
		const gap = at(widths, i) - displayWidth(h);
		const left = Math.floor(gap / 2);
		return " ".repeat(left) + h + " ".repeat(gap - left);
	});
	const body = rows.map((r) =>
		line(header.map((_, i) => (r[i] ?? "") + " ".repeat(at(widths, i) - displayWidth(r[i] ?? "")))),
	);
	const head = titles === undefined ? "" : line(centred) + rule("├", "┼", "┤");
	return rule("┌", "┬", "┐") + head + body.join("") + rule("└", "┴", "┘");
}

/** Columns a text takes on a terminal: two for wide East Asian characters and emoji, none for combining marks. */
function displayWidth(text: string): number {
	let width = 0;
	for (const c of text) {
		if (/\p{Mn}|\p{Me}|\p{Cf}|\p{Cc}/u.test(c)) continue;
		width += isWide(codePoint(c)) ? 2 : 1;
	}
	return width;
}

/** East Asian Width W or F, by block. */
function isWide(cp: number): boolean {
	return (
		(cp >= 0x1100 && cp <= 0x115f) ||
		(cp >= 0x2e80 && cp <= 0x303e) ||
		(cp >= 0x3041 && cp <= 0x33ff) ||
		(cp >= 0x3400 && cp <= 0x4dbf) ||
		(cp >= 0x4e00 && cp <= 0x9fff) ||
		(cp >= 0xa000 && cp <= 0xa4cf) ||
		(cp >= 0xac00 && cp <= 0xd7a3) ||
		(cp >= 0xf900 && cp <= 0xfaff) ||
		(cp >= 0xfe30 && cp <= 0xfe6f) ||
		(cp >= 0xff00 && cp <= 0xff60) ||
		(cp >= 0xffe0 && cp <= 0xffe6) ||
		(cp >= 0x1f300 && cp <= 0x1faff) ||
		(cp >= 0x20000 && cp <= 0x3fffd)
	);
}
