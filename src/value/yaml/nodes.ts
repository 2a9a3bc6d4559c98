/**
 * The first document of a YAML text as a tree of nodes, by libyaml's grammar. Scalars keep their text
 * and tag; aliases point to the node they name, which may be one they are inside of.
 */
import { YamlError } from "./error.ts";
import { Scanner, type Token, type TokenKind } from "./scanner.ts";

export interface ScalarNode {
	readonly kind: "scalar";
	/** From 1; 0 where nothing is written. So in all nodes. */
	readonly line: number;
	readonly value: string;
	/** In full; "" without one. */
	readonly tag: string;
	/** The text alone says what it means: plain and without a tag. */
	readonly implicit: boolean;
}

export interface SequenceNode {
	readonly kind: "sequence";
	readonly line: number;
	readonly items: YamlNode[];
}

export interface MappingNode {
	readonly kind: "mapping";
	readonly line: number;
	readonly entries: (readonly [key: YamlNode, value: YamlNode])[];
}

export interface AliasNode {
	readonly kind: "alias";
	readonly line: number;
	readonly name: string;
	readonly target: YamlNode;
}

export type YamlNode = AliasNode | MappingNode | ScalarNode | SequenceNode;

/** The root of the first document; undefined when there is none. Throws YamlError. */
export function parseYamlNodes(text: string): YamlNode | undefined {
	return new NodeParser(text).document();
}

const emptyScalar: ScalarNode = { kind: "scalar", line: 0, value: "", tag: "", implicit: true };

class NodeParser {
	readonly #scanner: Scanner;
	readonly #anchors: Map<string, YamlNode> = new Map();
	readonly #prefixes: Map<string, string> = new Map();

	constructor(text: string) {
		this.#scanner = new Scanner(text);
	}

	document(): YamlNode | undefined {
		const first = this.#scanner.peek();
		if (first.kind === "stream-end") return undefined;
		const explicit = ["version-directive", "tag-directive", "document-start"].includes(first.kind);
		if (explicit) {
			this.#directives();
			if (this.#scanner.peek().kind !== "document-start") throw this.#problem("did not find expected <document start>");
			this.#scanner.skipToken();
		}
		this.#prefix("!", "!");
		this.#prefix("!!", "tag:yaml.org,2002:");
		const none: readonly TokenKind[] = [
			"version-directive",
			"tag-directive",
			"document-start",
			"document-end",
			"stream-end",
		];
		const root = explicit && none.includes(this.#scanner.peek().kind) ? emptyScalar : this.#node(true, false);
		// Where the document ends is not checked, but the token there is read.
		this.#scanner.peek();
		return root;
	}

	#directives(): void {
		let versioned = false;
		for (let t = this.#scanner.peek(); ; t = this.#scanner.peek()) {
			if (t.kind === "version-directive") {
				if (versioned) throw this.#problem("found duplicate %YAML directive");
				if (t.value !== "1.1") throw this.#problem("found incompatible YAML document");
				versioned = true;
			} else if (t.kind === "tag-directive") {
				if (this.#prefixes.has(t.value)) throw this.#problem("found duplicate %TAG directive");
				this.#prefixes.set(t.value, t.suffix);
			} else return;
			this.#scanner.skipToken();
		}
	}

	#prefix(handle: string, prefix: string): void {
		if (!this.#prefixes.has(handle)) this.#prefixes.set(handle, prefix);
	}

	/** An error at the next token, or at the line of one before, in a construct that began on line `from`. */
	#problem(what: string, from = 0, line: number = this.#scanner.peek().line): YamlError {
		const text = (n: number): string => `yaml: ${n === 0 ? "" : `line ${n}: `}${what}`;
		return new YamlError(text(line), text(from === 0 ? line : from));
	}

	#at(...kinds: readonly TokenKind[]): boolean {
		return kinds.includes(this.#scanner.peek().kind);
	}

	/** Takes the next token if it is of this kind. */
	#takes(kind: TokenKind): boolean {
		if (this.#scanner.peek().kind !== kind) return false;
		this.#scanner.skipToken();
		return true;
	}

	/** `block`: block collections are allowed; `indentless`: so are sequences no deeper than their key. */
	#node(block: boolean, indentless: boolean): YamlNode {
		const first = this.#scanner.peek();
		if (first.kind === "alias") {
			this.#scanner.skipToken();
			const target = this.#anchors.get(first.value);
			if (target === undefined) throw new YamlError(`yaml: unknown anchor '${first.value}' referenced`);
			return { kind: "alias", line: first.line + 1, name: first.value, target };
		}
		let anchor: string | undefined;
		let tagToken: Token | undefined;
		for (let t = first; ; t = this.#scanner.peek()) {
			if (t.kind === "anchor" && anchor === undefined) anchor = t.value;
			else if (t.kind === "tag" && tagToken === undefined) tagToken = t;
			else break;
			this.#scanner.skipToken();
		}
		const tag = tagToken === undefined ? "" : this.#tag(tagToken, first.line);
		const anchored = <N extends YamlNode>(node: N): N => {
			if (anchor !== undefined) this.#anchors.set(anchor, node);
			return node;
		};
		const t = this.#scanner.peek();
		const line = first.line + 1;
		if (indentless && t.kind === "block-entry")
			return this.#indentless(anchored({ kind: "sequence", line, items: [] }));
		if (t.kind === "scalar") {
			this.#scanner.skipToken();
			const implicit = (tag === "" && t.plain) || tag === "!";
			return anchored({ kind: "scalar", line, value: t.value, tag, implicit });
		}
		if (t.kind === "flow-sequence") return this.#flowSequence(anchored({ kind: "sequence", line, items: [] }));
		if (t.kind === "flow-mapping") return this.#flowMapping(anchored({ kind: "mapping", line, entries: [] }));
		if (block && t.kind === "block-sequence")
			return this.#blockSequence(anchored({ kind: "sequence", line, items: [] }));
		if (block && t.kind === "block-mapping")
			return this.#blockMapping(anchored({ kind: "mapping", line, entries: [] }));
		if (anchor !== undefined || tag !== "") {
			return anchored({ kind: "scalar", line, value: "", tag, implicit: tag === "" });
		}
		throw this.#problem("did not find expected node content", first.line);
	}

	#tag(t: Token, line: number): string {
		if (t.value === "") return t.suffix;
		const prefix = this.#prefixes.get(t.value);
		const tag = prefix === undefined ? "" : prefix + t.suffix;
		if (tag === "") throw this.#problem("found undefined tag handle", line, t.line === 0 ? line : t.line);
		return tag;
	}

	#blockSequence(node: SequenceNode): SequenceNode {
		const from = this.#scanner.peek().line;
		this.#scanner.skipToken();
		while (this.#takes("block-entry")) {
			node.items.push(this.#at("block-entry", "block-end") ? emptyScalar : this.#node(true, false));
		}
		if (!this.#takes("block-end")) throw this.#problem("did not find expected '-' indicator", from);
		return node;
	}

	#indentless(node: SequenceNode): SequenceNode {
		while (this.#takes("block-entry")) {
			const empty = this.#at("block-entry", "key", "value", "block-end");
			node.items.push(empty ? emptyScalar : this.#node(true, false));
		}
		return node;
	}

	#blockMapping(node: MappingNode): MappingNode {
		const from = this.#scanner.peek().line;
		const part = (): YamlNode => (this.#at("key", "value", "block-end") ? emptyScalar : this.#node(true, true));
		this.#scanner.skipToken();
		while (this.#takes("key")) {
			const key = part();
			node.entries.push([key, this.#takes("value") ? part() : emptyScalar]);
		}
		if (!this.#takes("block-end")) throw this.#problem("did not find expected key", from);
		return node;
	}

	#flowSequence(node: SequenceNode): SequenceNode {
		const from = this.#scanner.peek().line;
		this.#scanner.skipToken();
		for (let first = true; !this.#at("flow-sequence-end"); first = false) {
			if (!first && !this.#takes("flow-entry")) throw this.#problem("did not find expected ',' or ']'", from);
			if (this.#takes("key")) node.items.push(this.#flowPair());
			else if (!this.#at("flow-sequence-end")) node.items.push(this.#node(false, false));
			else break;
		}
		this.#scanner.skipToken();
		return node;
	}

	/** A mapping of one entry written without braces. */
	#flowPair(): MappingNode {
		let key: YamlNode = emptyScalar;
		const line = this.#scanner.peek().line + 1;
		// As in libyaml, what stands where the key should be is lost.
		if (this.#at("value", "flow-entry", "flow-sequence-end")) this.#scanner.skipToken();
		else key = this.#node(false, false);
		const hasValue = this.#takes("value") && !this.#at("flow-entry", "flow-sequence-end");
		return { kind: "mapping", line, entries: [[key, hasValue ? this.#node(false, false) : emptyScalar]] };
	}

	#flowMapping(node: MappingNode): MappingNode {
		const from = this.#scanner.peek().line;
		this.#scanner.skipToken();
		for (let first = true; !this.#at("flow-mapping-end"); first = false) {
			if (!first && !this.#takes("flow-entry")) throw this.#problem("did not find expected ',' or '}'", from);
			if (this.#takes("key")) {
				const key = this.#at("value", "flow-entry", "flow-mapping-end") ? emptyScalar : this.#node(false, false);
				const hasValue = this.#takes("value") && !this.#at("flow-entry", "flow-mapping-end");
				node.entries.push([key, hasValue ? this.#node(false, false) : emptyScalar]);
			} else if (!this.#at("flow-mapping-end")) node.entries.push([this.#node(false, false), emptyScalar]);
			else break;
		}
		this.#scanner.skipToken();
		return node;
	}
}
