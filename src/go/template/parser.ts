/**
 * Template text to trees: the main template, and those that define and block make. Errors are Go's,
 * `template: template:LINE: …`, with its line: that of the token read last.
 */

import { at } from "../../at.ts";
import { quoteGo } from "../../value/term-text.ts";
import { parseConstant, unquoteGo } from "./constants.ts";
import { TemplateError, templateName } from "./error.ts";
import { functionNames } from "./functions.ts";
import { Lexer, type Token, type TokenKind, tokenText } from "./lexer.ts";
import {
	type ArgNode,
	type BranchNode,
	type CommandNode,
	isEmptyList,
	type ListNode,
	type MarkNode,
	type Node,
	nodeText,
	type PipeNode,
	type TemplateNode,
} from "./nodes.ts";

/** Parsed templates by name; the main one is there under templateName. Throws TemplateError. */
export function parseTemplate(text: string): ReadonlyMap<string, ListNode> {
	const trees = new Map<string, ListNode>();
	new TreeParser(new Lexer(text), trees, { depth: 0 }).parseMain();
	return trees;
}

/** Parentheses and blocks nested deeper than this are refused, so that recursion stays safe. */
const maxDepth = 500;

const operandStarts: ReadonlySet<TokenKind> = new Set<TokenKind>([
	"bool",
	"charConstant",
	"complex",
	"field",
	"identifier",
	"number",
	"rawString",
	"string",
	"variable",
	"leftParen",
]);

function isKeyword(t: Token, word: string): boolean {
	return t.kind === "keyword" && t.text === word;
}

class TreeParser {
	readonly #lexer: Lexer;
	readonly #trees: Map<string, ListNode>;
	/** Nesting, shared with the parsers of inner templates. */
	readonly #nesting: { depth: number };
	/** Up to three tokens of lookahead; the newest is at 0. */
	readonly #tokens: Token[] = [];
	#peekCount = 0;
	#variables: string[] = ["$"];
	#rangeDepth = 0;
	/** Line of the `{{` of the current action, 0 outside. */
	#actionLine = 0;

	constructor(lexer: Lexer, trees: Map<string, ListNode>, nesting: { depth: number }) {
		this.#lexer = lexer;
		this.#trees = trees;
		this.#nesting = nesting;
	}

	// --- tokens ----------------------------------------------------------------------------------

	#next(): Token {
		if (this.#peekCount > 0) this.#peekCount--;
		else this.#tokens[0] = this.#lexer.next();
		return at(this.#tokens, this.#peekCount);
	}

	#backup(): void {
		this.#peekCount++;
	}

	/** Pushes back one token before the newest. */
	#backup2(t: Token): void {
		this.#tokens[1] = t;
		this.#peekCount = 2;
	}

	#backup3(first: Token, second: Token): void {
		this.#tokens[1] = second;
		this.#tokens[2] = first;
		this.#peekCount = 3;
	}

	#peek(): Token {
		if (this.#peekCount > 0) return at(this.#tokens, this.#peekCount - 1);
		this.#peekCount = 1;
		this.#tokens[0] = this.#lexer.next();
		return this.#tokens[0];
	}

	#nextNonSpace(): Token {
		for (;;) {
			const t = this.#next();
			if (t.kind !== "space") return t;
		}
	}

	#peekNonSpace(): Token {
		const t = this.#nextNonSpace();
		this.#backup();
		return t;
	}

	#fail(message: string): never {
		const line = this.#tokens[0]?.line ?? 0;
		throw new TemplateError(`template: ${templateName}:${line}: ${message}`);
	}

	#unexpected(t: Token, context: string): never {
		if (t.kind !== "error") return this.#fail(`unexpected ${tokenText(t)} in ${context}`);
		let extra = "";
		if (this.#actionLine !== 0 && this.#actionLine !== t.line) {
			extra = ` in action started at ${templateName}:${this.#actionLine}`;
			if (t.text.endsWith(" action")) extra = extra.slice(" in action".length);
		}
		return this.#fail(t.text + extra);
	}

	#expect(kind: TokenKind, context: string): Token {
		const t = this.#nextNonSpace();
		return t.kind === kind ? t : this.#unexpected(t, context);
	}

	#nested<T>(body: () => T): T {
		if (++this.#nesting.depth > maxDepth) this.#fail("max expression depth exceeded");
		try {
			return body();
		} finally {
			this.#nesting.depth--;
		}
	}

	// --- structure -------------------------------------------------------------------------------

	parseMain(): void {
		const root: ListNode = { kind: "list", pos: this.#peek().pos, nodes: [] };
		while (this.#peek().kind !== "eof") {
			if (this.#peek().kind === "leftDelim") {
				const delim = this.#next();
				if (isKeyword(this.#nextNonSpace(), "define")) {
					this.#inner().#definition();
					continue;
				}
				this.#backup2(delim);
			}
			const n = this.#textOrAction();
			if (n.kind === "end" || n.kind === "else") this.#fail(`unexpected ${nodeText(n)}`);
			root.nodes.push(n);
		}
		this.#add(templateName, root);
	}

	#inner(): TreeParser {
		return new TreeParser(this.#lexer, this.#trees, this.#nesting);
	}

	#definition(): void {
		const context = "define clause";
		const name = this.#templateName(this.#nextNonSpace(), context);
		this.#expect("rightDelim", context);
		const [list, end] = this.#itemList();
		if (end.kind !== "end") this.#fail(`unexpected ${nodeText(end)} in ${context}`);
		this.#add(name, list);
	}

	#add(name: string, list: ListNode): void {
		const old = this.#trees.get(name);
		if (old === undefined || isEmptyList(old)) this.#trees.set(name, list);
		else if (!isEmptyList(list)) this.#fail(`template: multiple definition of template ${quoteGo(name)}`);
	}

	/** Nodes up to an end or else, which is returned too. */
	#itemList(): [ListNode, MarkNode] {
		const list: ListNode = { kind: "list", pos: this.#peekNonSpace().pos, nodes: [] };
		while (this.#peekNonSpace().kind !== "eof") {
			const n = this.#textOrAction();
			if (n.kind === "end" || n.kind === "else") return [list, n];
			list.nodes.push(n);
		}
		return this.#fail("unexpected EOF");
	}

	#textOrAction(): Node {
		const t = this.#nextNonSpace();
		if (t.kind === "text") return { kind: "text", pos: t.pos, text: t.text };
		if (t.kind !== "leftDelim") return this.#unexpected(t, "input");
		this.#actionLine = t.line;
		const n = this.#nested(() => this.#action());
		this.#actionLine = 0;
		return n;
	}

	#action(): Node {
		const t = this.#nextNonSpace();
		if (t.kind === "keyword") {
			switch (t.text) {
				case "block":
					return this.#block();
				case "break":
				case "continue":
					return this.#jump(t, t.text);
				case "else":
					return this.#else();
				case "end":
					return { kind: "end", pos: this.#expect("rightDelim", "end").pos };
				case "if":
				case "range":
				case "with":
					return this.#branch(t.text);
				case "template":
					return this.#template();
				default:
			}
		}
		this.#backup();
		return { kind: "action", pos: this.#peek().pos, pipe: this.#pipeline("command", "rightDelim") };
	}

	#jump(t: Token, word: "break" | "continue"): Node {
		const after = this.#nextNonSpace();
		if (after.kind !== "rightDelim") this.#unexpected(after, `{{${word}}}`);
		if (this.#rangeDepth === 0) this.#fail(`{{${word}}} outside {{range}}`);
		return { kind: word, pos: t.pos };
	}

	#else(): Node {
		const t = this.#peekNonSpace();
		// `else if` and `else with`: the branch is left for the caller to read.
		if (isKeyword(t, "if") || isKeyword(t, "with")) return { kind: "else", pos: t.pos };
		return { kind: "else", pos: this.#expect("rightDelim", "else").pos };
	}

	#branch(kind: BranchNode["kind"]): BranchNode {
		const mark = this.#variables.length;
		const pipe = this.#pipeline(kind, "rightDelim");
		if (kind === "range") this.#rangeDepth++;
		const [list, next] = this.#itemList();
		if (kind === "range") this.#rangeDepth--;
		let elseList: ListNode | undefined;
		if (next.kind === "else") {
			if (kind !== "range" && isKeyword(this.#peek(), kind)) {
				this.#next();
				elseList = { kind: "list", pos: next.pos, nodes: [this.#nested(() => this.#branch(kind))] };
			} else {
				const [more, end] = this.#itemList();
				if (end.kind !== "end") this.#fail(`expected end; found ${nodeText(end)}`);
				elseList = more;
			}
		}
		this.#variables.length = mark;
		return { kind, pos: pipe.pos, pipe, list, elseList };
	}

	#block(): TemplateNode {
		const context = "block clause";
		const t = this.#nextNonSpace();
		const name = this.#templateName(t, context);
		const pipe = this.#pipeline(context, "rightDelim");
		const inner = this.#inner();
		const [list, end] = inner.#itemList();
		if (end.kind !== "end") this.#fail(`unexpected ${nodeText(end)} in ${context}`);
		inner.#add(name, list);
		return { kind: "template", pos: t.pos, name, pipe };
	}

	#template(): TemplateNode {
		const context = "template clause";
		const t = this.#nextNonSpace();
		const name = this.#templateName(t, context);
		if (this.#nextNonSpace().kind === "rightDelim") return { kind: "template", pos: t.pos, name, pipe: undefined };
		this.#backup();
		return { kind: "template", pos: t.pos, name, pipe: this.#pipeline(context, "rightDelim") };
	}

	#templateName(t: Token, context: string): string {
		if (t.kind !== "string" && t.kind !== "rawString") return this.#unexpected(t, context);
		return unquoteGo(t.text) ?? this.#fail("invalid syntax");
	}

	// --- pipelines -------------------------------------------------------------------------------

	#pipeline(context: string, end: TokenKind): PipeNode {
		const pipe: PipeNode = {
			kind: "pipe",
			pos: this.#peekNonSpace().pos,
			declarations: [],
			assigns: false,
			commands: [],
		};
		this.#declarations(pipe, context);
		for (;;) {
			const t = this.#nextNonSpace();
			if (t.kind === end) {
				this.#checkPipeline(pipe, context);
				return pipe;
			}
			const starts = operandStarts.has(t.kind) || isKeyword(t, ".") || isKeyword(t, "nil");
			if (!starts) this.#unexpected(t, context);
			this.#backup();
			pipe.commands.push(this.#command());
		}
	}

	/** `$x :=`, `$x =`, and in range `$i, $x :=`. */
	#declarations(pipe: PipeNode, context: string): void {
		for (;;) {
			const v = this.#peekNonSpace();
			if (v.kind !== "variable") return;
			this.#next();
			const after = this.#peek();
			const next = this.#peekNonSpace();
			const declare = (): void => {
				this.#nextNonSpace();
				pipe.declarations.push({ kind: "variable", pos: v.pos, path: v.text.split(".") });
				this.#variables.push(v.text);
			};
			if (next.kind === "assign" || next.kind === "declare") {
				pipe.assigns = next.kind === "assign";
				declare();
				return;
			}
			if (next.kind === "char" && next.text === ",") {
				declare();
				if (context === "range" && pipe.declarations.length < 2) {
					const { kind } = this.#peekNonSpace();
					if (kind === "variable" || kind === "rightDelim" || kind === "rightParen") continue;
					this.#fail("range can only initialize variables");
				}
				this.#fail(`too many declarations in ${context}`);
			}
			if (after.kind === "space") this.#backup3(v, after);
			else this.#backup2(v);
			return;
		}
	}

	#checkPipeline(pipe: PipeNode, context: string): void {
		if (pipe.commands.length === 0) this.#fail(`missing value for ${context}`);
		for (const [i, c] of pipe.commands.entries()) {
			const first = c.args[0]?.kind;
			if (i > 0 && first !== undefined && ["bool", "dot", "nil", "number", "string"].includes(first)) {
				this.#fail(`non executable command in pipeline stage ${i + 1}`);
			}
		}
	}

	#command(): CommandNode {
		const command: CommandNode = { kind: "command", pos: this.#peekNonSpace().pos, args: [] };
		for (;;) {
			this.#peekNonSpace();
			const operand = this.#operand();
			if (operand !== undefined) command.args.push(operand);
			const t = this.#next();
			if (t.kind === "space") continue;
			if (t.kind === "rightDelim" || t.kind === "rightParen") this.#backup();
			else if (t.kind !== "pipe") this.#unexpected(t, "operand");
			break;
		}
		if (command.args.length === 0) this.#fail("empty command");
		return command;
	}

	/** A term and the fields after it. */
	#operand(): ArgNode | undefined {
		const node = this.#term();
		if (node === undefined || this.#peek().kind !== "field") return node;
		const pos = this.#peek().pos;
		const path: string[] = [];
		while (this.#peek().kind === "field") path.push(this.#next().text.slice(1));
		switch (node.kind) {
			case "field":
			case "variable":
				return { kind: node.kind, pos, path: [...node.path, ...path] };
			case "bool":
			case "string":
			case "number":
			case "nil":
			case "dot":
				return this.#fail(`unexpected . after term ${quoteGo(nodeText(node))}`);
			default:
				return { kind: "chain", pos, node, path };
		}
	}

	#term(): ArgNode | undefined {
		const t = this.#nextNonSpace();
		switch (t.kind) {
			case "identifier":
				if (!functionNames.has(t.text)) this.#fail(`function ${quoteGo(t.text)} not defined`);
				return { kind: "identifier", pos: t.pos, name: t.text };
			case "variable":
				return this.#variable(t);
			case "field":
				return { kind: "field", pos: t.pos, path: [t.text.slice(1)] };
			case "bool":
				return { kind: "bool", pos: t.pos, value: t.text === "true" };
			case "charConstant":
			case "complex":
			case "number": {
				const n = parseConstant(t.kind, t.text, t.pos);
				return "error" in n ? this.#fail(n.error) : n;
			}
			case "leftParen":
				return this.#nested(() => this.#pipeline("parenthesized pipeline", "rightParen"));
			case "string":
			case "rawString": {
				const text = unquoteGo(t.text) ?? this.#fail("invalid syntax");
				return { kind: "string", pos: t.pos, quoted: t.text, text };
			}
			case "keyword":
				if (t.text === ".") return { kind: "dot", pos: t.pos };
				if (t.text === "nil") return { kind: "nil", pos: t.pos };
				break;
			default:
		}
		this.#backup();
		return undefined;
	}

	#variable(t: Token): ArgNode {
		if (!this.#variables.includes(t.text)) this.#fail(`undefined variable ${quoteGo(t.text)}`);
		return { kind: "variable", pos: t.pos, path: [t.text] };
	}
}
