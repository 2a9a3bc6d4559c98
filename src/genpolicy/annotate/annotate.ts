/**
 * Writes a value into the text of a manifest, an annotation above all, and leaves everything else of it as it is:
 * comments, quotes, line breaks, flow style. In: the text, its nodes, the path of the value. Out: edits.
 *
 * An alias on the way is written out, because what it stands for is used elsewhere without the value. What aliases stand
 * for is changed only where each of them is.
 */
import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type YAMLMap } from "yaml";
import type { Path } from "../problem.ts";
import type { Tree } from "../tree/tree.ts";
import { AnnotateError, type Edit, indentAt, lineBreak, nextLine, withProperties } from "./edits.ts";
import { flowText, textTree, withValue } from "./flow.ts";
import { aliasesOf, endOf, isNull, pairOf } from "./nodes.ts";

export interface Annotation {
	/** The path of the object that has, or gets, `metadata`. */
	readonly path: Path;
	readonly key: string;
	/** Base64: nothing in it that YAML could mistake. */
	readonly value: string;
}

export interface EditedDocument {
	/** The text of the whole file. */
	readonly text: string;
	readonly node: ParsedNode;
	readonly tree: Tree;
	/** Aliases in whose place other edits write out what they stand for. */
	readonly writtenOut?: ReadonlySet<ParsedNode>;
}

/** Throws AnnotateError. */
export function annotationEdit(document: EditedDocument, { path, key, value }: Annotation): Edit {
	return valueEdit(document, [...path, "metadata", "annotations", key], textTree(value));
}

/** Sets a field. Texts are such that YAML needs no quotes for them. Throws AnnotateError. */
export function valueEdit(document: EditedDocument, path: Path, value: Tree): Edit {
	return new Place(document, path, value).edit();
}

class Place {
	private readonly document: EditedDocument;
	private readonly path: Path;
	private readonly value: Tree;
	/** As it stands in YAML. */
	private readonly plain: string;

	constructor(document: EditedDocument, path: Path, value: Tree) {
		this.document = document;
		this.path = path;
		this.value = value;
		this.plain = value.kind === "scalar" ? value.text : unquoted(flowText(value));
	}

	/** Follows the path as far as there is something. */
	edit(): Edit {
		let node: ParsedNode = this.document.node;
		for (const [i, step] of this.path.entries()) {
			this.refuseShared(node);
			if (isAlias(node)) return this.writtenOut(node, i);
			if (typeof step === "number") {
				const item: ParsedNode | undefined = isSeq(node) ? node.items[step] : undefined;
				if (item === undefined) throw new AnnotateError(`there is no item ${step}`);
				node = item;
				continue;
			}
			if (!isMap(node)) return this.replaced(node, i);
			const pair = pairOf(node, step);
			if (pair === undefined) return node.flow === true ? this.intoFlow(node, i) : this.intoBlock(node, i);
			if (pair.value === null || (isNull(pair.value) && pair.value.range[0] === pair.value.range[1]))
				return this.behindKey(pair.key, i + 1, node.flow === true);
			node = pair.value;
		}
		this.refuseShared(node);
		return this.replaced(node, this.path.length);
	}

	/** What other places of the document see cannot be changed for one of them. */
	private refuseShared(node: ParsedNode): void {
		if (isAlias(node) || node.anchor === undefined) return;
		const aliases = aliasesOf(this.document.node).get(node.anchor) ?? [];
		if (aliases.every((a) => this.document.writtenOut?.has(a))) return;
		throw new AnnotateError(`&${node.anchor} is used in other places, which would change, too`);
	}

	/** The rest of the path from a depth on, as nested fields on one line. */
	private flow(depth: number): string {
		return flowText(withValue(undefined, this.path.slice(depth), this.value));
	}

	/** The rest of the path as a block; the first line is not indented. */
	private block(depth: number, indent: string): string {
		const names = this.path.slice(depth).map(String);
		const lines = names.map((name, i) => `${indent}${"  ".repeat(i)}${name}:`);
		return `${lines.join(lineBreak(this.document.text))} ${this.plain}`.slice(indent.length);
	}

	private writtenOut(alias: ParsedNode, depth: number): Edit {
		let tree: Tree | undefined = this.document.tree;
		for (const step of this.path.slice(0, depth)) tree = child(tree, step);
		const text = flowText(withValue(tree, this.path.slice(depth), this.value));
		return { start: alias.range[0], end: alias.range[1], text };
	}

	/** A scalar that is in the way, or the old annotation. */
	private replaced(node: ParsedNode, depth: number): Edit {
		const isBlock = isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
		const [start] = node.range;
		let end = endOf(node);
		// The break at the end of a block is part of it.
		if (isBlock) while (end > start && /[\r\n]/.test(this.document.text[end - 1] ?? "")) end--;
		return { start, end, text: depth === this.path.length ? this.quotedLike(node) : this.flow(depth) };
	}

	/** In the quotes of what was there. */
	private quotedLike(node: ParsedNode): string {
		if (this.value.kind !== "scalar" || this.value.type !== "text" || !isScalar(node)) return this.plain;
		if (node.type === "QUOTE_DOUBLE") return `"${this.plain}"`;
		return node.type === "QUOTE_SINGLE" ? `'${this.plain}'` : this.plain;
	}

	private intoFlow(map: YAMLMap.Parsed, depth: number): Edit {
		const inner = this.flow(depth).slice(1, -1);
		const text = this.likeJson(map) ? inner : unquoted(inner);
		const last = map.items.at(-1);
		if (last === undefined) return { start: map.range[0] + 1, end: map.range[0] + 1, text };
		const start = last.value === null ? last.key.range[1] : Math.max(last.key.range[1], endOf(last.value));
		return { start, end: start, text: `, ${text}` };
	}

	/** Keys are quoted, as in JSON; or the whole document is in braces, and may be JSON. */
	private likeJson(map: YAMLMap.Parsed): boolean {
		const [first] = map.items;
		if (first !== undefined) return isScalar(first.key) && first.key.type === "QUOTE_DOUBLE";
		const root = this.document.node;
		return isMap(root) && root.flow === true;
	}

	/** Behind the last entry; a missing `metadata` in front, where readers look for it. */
	private intoBlock(map: YAMLMap.Parsed, depth: number): Edit {
		const { text } = this.document;
		const eol = lineBreak(text);
		const [first] = map.items;
		if (first === undefined) throw new AnnotateError("there is an object without fields");
		const start = withProperties(text, first.key.range[0]);
		const indent = indentAt(text, start);
		const block = this.block(depth, indent);
		if (this.path[depth] === "metadata") return { start, end: start, text: `${block}${eol}${indent}` };
		return this.line(endOf(map), indent, block);
	}

	/** A field with nothing behind it. */
	private behindKey(key: ParsedNode, depth: number, inFlow: boolean): Edit {
		const { text } = this.document;
		const start = text.indexOf(":", key.range[1]) + 1;
		if (start === 0) throw new AnnotateError("there is a field without a colon");
		if (depth === this.path.length) return { start, end: start, text: ` ${this.plain}` };
		if (inFlow) return { start, end: start, text: ` ${this.flow(depth)}` };
		const indent = `${indentAt(text, key.range[0])}  `;
		return this.line(start, indent, this.block(depth, indent));
	}

	/** A line of its own behind the line of an offset. */
	private line(offset: number, indent: string, block: string): Edit {
		const { text } = this.document;
		const eol = lineBreak(text);
		const start = nextLine(text, offset);
		if (start === text.length && !text.endsWith("\n")) return { start, end: start, text: `${eol}${indent}${block}` };
		return { start, end: start, text: `${indent}${block}${eol}` };
	}
}

function child(tree: Tree | undefined, step: string | number): Tree | undefined {
	if (typeof step === "number") return tree?.kind === "list" ? tree.items[step] : undefined;
	return tree?.kind === "fields" ? tree.entries.find((e) => e.key === step)?.value : undefined;
}

/** Fields are words, and texts need no quotes. */
function unquoted(flow: string): string {
	return flow.replaceAll('"', "");
}
