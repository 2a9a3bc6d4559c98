/**
 * `# METADATA` blocks: comments at column 1, from one beginning `METADATA` through the lines right
 * below it. Here blocks are found; their YAML is read in metadata.ts, and annotation-targets.ts attaches
 * them. The parser is handed parseAnnotations by who wants them read: YAML is much to load.
 */

import { at } from "../at.ts";
import type { AnnotationReader, CommentSpan, MetadataBlock } from "./annotation-targets.ts";
import { readMetadata } from "./metadata.ts";
import { MetadataError } from "./metadata-error.ts";
import type { ParseProblem } from "./state.ts";

/** Every block of a module, and what is wrong with them. */
export const parseAnnotations: AnnotationReader = (source, comments, readTerm) => {
	const blocks: MetadataBlock[] = [];
	const errors: ParseProblem[] = [];
	for (let i = 0; i < comments.length; i++) {
		const first = at(comments, i);
		if (!opensBlock(source.text, first)) continue;
		const lines: CommentSpan[] = [];
		let previous = first;
		for (let next = comments[i + 1]; next !== undefined; next = comments[i + 1]) {
			if (!continuesBlock(source.text, previous, next)) break;
			lines.push(next);
			previous = next;
			i++;
		}
		try {
			const texts = lines.map((l) => source.text.slice(l.start + 1, l.end).replace(/\r+$/, ""));
			const metadata = readMetadata(texts, (line) => source.row(at(lines, line).start), readTerm);
			blocks.push({ metadata, start: first.start, end: previous.end });
		} catch (e) {
			if (!(e instanceof MetadataError)) throw e;
			const at = e.line === undefined ? first : (lines[Math.min(e.line, lines.length - 1)] ?? first);
			errors.push({ offset: at.start, message: e.message, showLine: true });
		}
	}
	return { blocks, errors };
};

function atLineStart(text: string, c: CommentSpan): boolean {
	return c.start === 0 || text.charCodeAt(c.start - 1) === 10;
}

function opensBlock(text: string, c: CommentSpan): boolean {
	return atLineStart(text, c) && /^#[\s\u0085]*METADATA/.test(text.slice(c.start, Math.min(c.start + 256, c.end)));
}

function continuesBlock(text: string, previous: CommentSpan, next: CommentSpan): boolean {
	return next.start === previous.end + 1 && !opensBlock(text, next);
}
