/** Changes to a text, by offsets in it as it was. */

export interface Edit {
	readonly start: number;
	/** The same as `start` where nothing is taken away. */
	readonly end: number;
	readonly text: string;
}

/** A manifest is written in a way that cannot be edited. */
export class AnnotateError extends Error {}

/** In any order; of those at one place the first comes first. None may overlap: throws AnnotateError. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
	const sorted = edits.map((edit, i) => ({ ...edit, i })).sort((a, b) => a.start - b.start || a.i - b.i);
	const parts: string[] = [];
	let at = 0;
	for (const { start, end, text: made } of sorted) {
		if (start < at) throw new AnnotateError("what is to be changed stands behind one alias");
		parts.push(text.slice(at, start), made);
		at = end;
	}
	parts.push(text.slice(at));
	return parts.join("");
}

/** The line break of a text: that of its first line. */
export function lineBreak(text: string): string {
	const at = text.indexOf("\n");
	return at > 0 && text[at - 1] === "\r" ? "\r\n" : "\n";
}

/** The offset behind the line break of the line an offset is in; at the end of a text without one, the text's end. */
export function nextLine(text: string, offset: number): number {
	if (offset > 0 && text[offset - 1] === "\n") return offset;
	const at = text.indexOf("\n", offset);
	return at < 0 ? text.length : at + 1;
}

/** Blanks as wide as what stands before an offset on its line. */
export function indentAt(text: string, offset: number): string {
	return text
		.slice(text.lastIndexOf("\n", offset - 1) + 1, offset)
		.replace(/^\uFEFF/, "")
		.replace(/[^\t]/g, " ");
}

/** Where a node on its line begins together with its tag and anchor. */
export function withProperties(text: string, offset: number): number {
	const before = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
	const [properties = ""] = /(?:(?<=^|[ \t])[&!][^ \t]*[ \t]+)+$/.exec(before) ?? [];
	return offset - properties.length;
}
