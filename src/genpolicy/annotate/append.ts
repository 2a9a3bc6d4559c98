/** Adds items to a list of a manifest, in the list's own style. */
import { isAlias, isSeq, type ParsedNode } from "yaml";
import type { Path } from "../problem.ts";
import { type EditedDocument, valueEdit } from "./annotate.ts";
import { type Edit, indentAt, lineBreak, nextLine } from "./edits.ts";
import { numberTree } from "./flow.ts";
import { endOf, nodeAt } from "./nodes.ts";

/** Numbers behind those that are there; where there is no list, a new one. Throws AnnotateError. */
export function appendEdit(document: EditedDocument, path: Path, numbers: readonly number[]): Edit {
	const list = nodeAt(document.node, path);
	const last = list !== undefined && isSeq(list) ? list.items.at(-1) : undefined;
	if (list === undefined || isAlias(list) || !isSeq(list) || last === undefined)
		return valueEdit(document, path, { kind: "list", items: numbers.map(numberTree), start: -1 });
	const end = endOf(last);
	if (list.flow === true) return { start: end, end, text: numbers.map((n) => `, ${n}`).join("") };
	return lines(document.text, last, numbers);
}

function lines(text: string, last: ParsedNode, numbers: readonly number[]): Edit {
	const eol = lineBreak(text);
	const dash = text.lastIndexOf("-", last.range[0]);
	const start = nextLine(text, endOf(last));
	const made = numbers.map((n) => `${indentAt(text, dash)}- ${n}`).join(eol);
	const open = start === text.length && !text.endsWith("\n");
	return { start, end: start, text: open ? `${eol}${made}` : `${made}${eol}` };
}
