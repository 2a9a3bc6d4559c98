/**
 * The documents of a YAML file as trees with places. In: text. Out: a tree per document that is not empty, or the
 * first syntax error. The `yaml` package tells tokens and nodes; what a scalar means is said by scalar.ts.
 *
 * What a file may cost is limited before memory is spent on it: size, tokens, documents, nesting, the length of a
 * text. Aliases share the tree of their anchor, so that nothing is expanded here.
 */
import {
	type Alias,
	Composer,
	type CST,
	isAlias,
	isMap,
	isScalar,
	Lexer,
	type ParsedNode,
	Parser,
	type Scalar as ScalarNode,
	type YAMLMap,
} from "yaml";
import { quote } from "../problem.ts";
import { plainScalar, taggedScalar } from "./scalar.ts";
import type { Entry, Scalar, Tree } from "./tree.ts";

export interface YamlDocument {
	readonly tree: Tree;
	/** For who edits the file. */
	readonly node: ParsedNode;
}

/** Read with a complaint, as Kata's generator does: other readers refuse it. */
export interface Complaint {
	readonly offset: number;
	readonly message: string;
}

export class YamlSyntaxError extends Error {
	readonly offset: number;
	readonly hint: string | undefined;

	constructor(message: string, offset: number, hint?: string) {
		super(message);
		this.name = "YamlSyntaxError";
		this.offset = offset;
		this.hint = hint;
	}
}

const maxYamlLength: number = 64 << 20;
const maxTokens = 1_000_000;
const maxDocuments = 5000;
const maxDepth = 100;
/** Longest scalar. Kubernetes stores no object of more than 1.5 MiB. */
const maxScalarLength = 2 << 20;

/** Throws YamlSyntaxError. */
export function parseDocuments(text: string, complain: (c: Complaint) => void): readonly YamlDocument[] {
	if (text.length > maxYamlLength)
		throw new YamlSyntaxError(`the file is longer than ${maxYamlLength >> 20} MiB`, 0, "Split it into several files.");
	// Keys are compared here, by a set: the package compares each with each.
	const composer = new Composer({ schema: "failsafe", uniqueKeys: false, prettyErrors: false, logLevel: "silent" });
	const documents: YamlDocument[] = [];
	let count = 0;
	const take = (composed: Iterable<Composed>): void => {
		for (const document of composed) {
			if (++count > maxDocuments)
				throw new YamlSyntaxError(`there are more than ${maxDocuments} documents`, document.range?.[0] ?? 0);
			const made = documentOf(document, complain);
			if (made !== undefined) documents.push(made);
		}
	};
	try {
		for (const token of tokens(text)) take(composer.next(token));
		take(composer.end(false, text.length));
	} catch (e) {
		// The package recurses in places.
		if (e instanceof RangeError) throw new YamlSyntaxError("the document is nested too deeply", 0);
		throw e;
	}
	return documents;
}

function* tokens(text: string): Generator<CST.Token> {
	const parser = new Parser();
	let count = 0;
	for (const lexeme of new Lexer().lex(text)) {
		if (++count > maxTokens) throw new YamlSyntaxError(`the file has more than ${maxTokens} tokens`, parser.offset);
		// Before it is read: a text takes the package many times its size, and one that has no end is all of the file.
		if (lexeme.length > maxScalarLength && !/^(?:#.*|\s*)$/s.test(lexeme)) throw tooLongText(parser.offset);
		for (const token of parser.next(lexeme)) {
			checkDepth(token);
			yield token;
		}
	}
	for (const token of parser.end()) {
		checkDepth(token);
		yield token;
	}
}

/** Without recursion: what comes after recurses. */
function checkDepth(root: CST.Token): void {
	const waiting: { readonly token: CST.Token; readonly depth: number }[] = [{ token: root, depth: 0 }];
	for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
		const { token, depth } = next;
		if (depth > maxDepth) throw new YamlSyntaxError(`nested more than ${maxDepth} deep`, token.offset);
		if (token.type === "document") {
			if (token.value !== undefined) waiting.push({ token: token.value, depth: depth + 1 });
		} else if ("items" in token) {
			for (const { key, value } of token.items) {
				if (key) waiting.push({ token: key, depth: depth + 1 });
				if (value !== undefined) waiting.push({ token: value, depth: depth + 1 });
			}
		}
	}
}

/** The part of the package's documents that is used here. */
interface Composed {
	readonly contents: ParsedNode | null;
	readonly errors: readonly { readonly code: string; readonly message: string; readonly pos: [number, number] }[];
	readonly range?: readonly [number, number, number] | null;
}

function documentOf(document: Composed, complain: (c: Complaint) => void): YamlDocument | undefined {
	for (const { code, message, pos } of document.errors) {
		// In flow style `|` and `>` begin no block: Kata's generator reads them as any other character.
		if (code !== "BAD_SCALAR_START" || !/block scalar indicator/.test(message))
			throw new YamlSyntaxError(withoutSource(message), pos[0]);
		complain({
			offset: pos[0],
			message: `${withoutSource(message)}: read as text, which other readers of YAML refuse`,
		});
	}
	if (document.contents === null) return undefined;
	const tree = new TreeMaker(complain).make(document.contents);
	if (tree.kind === "scalar" && tree.type === "null") return undefined;
	return { tree, node: document.contents };
}

/** Behind a colon the package shows what stands in the file, which may be a secret. */
function withoutSource(message: string): string {
	const [what = ""] = message.split(/:(?:\s|$)/, 1);
	return what.charAt(0).toLowerCase() + what.slice(1);
}

class TreeMaker {
	/** Undefined while the anchor's own node is being made: an alias in it would hold itself. */
	private readonly anchors = new Map<string, Tree | undefined>();
	private readonly complain: (c: Complaint) => void;

	constructor(complain: (c: Complaint) => void) {
		this.complain = complain;
	}

	make(node: ParsedNode): Tree {
		if (isAlias(node)) return this.anchored(node.source, node.range[0]);
		const { anchor } = node;
		if (anchor !== undefined) this.anchors.set(anchor, undefined);
		const tree = this.own(node);
		if (anchor !== undefined) this.anchors.set(anchor, tree);
		return tree;
	}

	private anchored(name: string, offset: number): Tree {
		const tree = this.anchors.get(name);
		if (tree !== undefined) return tree;
		const known = this.anchors.has(name);
		// What follows a star may be meant as text, and be a secret: the name is not said.
		throw new YamlSyntaxError(
			known ? "the alias holds itself" : "there is no anchor of this alias before it",
			offset,
			"Put a text that begins with a star in quotes.",
		);
	}

	private own(node: Exclude<ParsedNode, Alias.Parsed>): Tree {
		const start = node.range[0];
		if (isScalar(node)) return scalarOf(node);
		if (isMap(node)) return { kind: "fields", entries: this.entries(node), start };
		return { kind: "list", items: node.items.map((item) => this.make(item)), start };
	}

	/** The last entry counts where a key stands twice, as Kata's generator has it. */
	private entries(node: YAMLMap.Parsed): readonly Entry[] {
		const made = new Map<string, Entry>();
		for (const pair of node.items) {
			const start = pair.key.range[0];
			const key = this.make(pair.key);
			if (key.kind !== "scalar") throw new YamlSyntaxError("a key must be a text", start);
			if (made.has(key.text)) {
				const message = `the key ${quote(key.text)} stands twice: the last counts here, and other readers of YAML refuse it`;
				this.complain({ offset: start, message });
			}
			const none: Tree = { kind: "scalar", type: "null", text: "~", start };
			made.set(key.text, { key: key.text, start, value: pair.value === null ? none : this.make(pair.value) });
		}
		return [...made.values()];
	}
}

function tooLongText(offset: number): YamlSyntaxError {
	const hint = "Kubernetes stores no object of more than 1.5 MiB.";
	return new YamlSyntaxError(`a text is longer than ${maxScalarLength >> 20} MiB`, offset, hint);
}

function scalarOf(node: ScalarNode.Parsed): Scalar {
	const start = node.range[0];
	const { source, tag, type } = node;
	// An escape may stand for more than it takes.
	if (source.length > maxScalarLength) throw tooLongText(start);
	if (tag !== undefined) {
		const typed = taggedScalar(tag, source);
		if (typed === undefined) throw new YamlSyntaxError("the value is not of the type that its tag says", start);
		return { kind: "scalar", ...typed, start };
	}
	if (type !== "PLAIN") return { kind: "scalar", type: "text", text: source, start };
	return { kind: "scalar", ...plainScalar(source), start };
}
