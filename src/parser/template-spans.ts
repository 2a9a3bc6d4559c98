/** Where the literal parts of template strings were written: from the brace or quote before each to the one behind it. */
import type { Comment, Span, TemplateString } from "./ast.ts";

/** The spans of a template's literal parts, by their index among all parts. */
export function literalSpans(
	t: TemplateString,
	text: string,
	commentsByStart: ReadonlyMap<number, Comment>,
): ReadonlyMap<number, Span> {
	const out = new Map<number, Span>();
	let start = t.start;
	for (const [i, part] of t.parts.entries()) {
		if (typeof part === "string") {
			// Behind the `$"` of the first one.
			const end = endOfLiteral(text, i === 0 ? t.start + 2 : start, t.end);
			out.set(i, { start, end });
		} else start = behindBrace(text, part.end, commentsByStart);
	}
	return out;
}

/** Behind the brace that opens the next expression, or the end of the whole. */
function endOfLiteral(text: string, from: number, end: number): number {
	for (let i = from; i < end; i++) {
		if (text[i] === "\\") i++;
		else if (text[i] === "{") return i + 1;
	}
	return end;
}

/** Behind the brace that closes an expression. */
function behindBrace(text: string, from: number, commentsByStart: ReadonlyMap<number, Comment>): number {
	let i = from;
	while (i < text.length && text[i] !== "}") i = commentsByStart.get(i)?.end ?? i + 1;
	return i + 1;
}
