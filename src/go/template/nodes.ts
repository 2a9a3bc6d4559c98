/**
 * The tree of a parsed template. Every node knows its offset in the text, for error messages, which
 * also show the node's source form (nodeText).
 */
import { quoteGo } from "../../value/term-text.ts";
import type { GoComplex } from "./values.ts";

export interface TextNode {
	readonly kind: "text";
	readonly pos: number;
	readonly text: string;
}

export interface ActionNode {
	readonly kind: "action";
	readonly pos: number;
	readonly pipe: PipeNode;
}

export interface BranchNode {
	readonly kind: "if" | "range" | "with";
	readonly pos: number;
	readonly pipe: PipeNode;
	readonly list: ListNode;
	readonly elseList: ListNode | undefined;
}

export interface TemplateNode {
	readonly kind: "template";
	readonly pos: number;
	readonly name: string;
	readonly pipe: PipeNode | undefined;
}

export interface JumpNode {
	readonly kind: "break" | "continue";
	readonly pos: number;
}

/** `{{end}}` and `{{else}}`: only while parsing. */
export interface MarkNode {
	readonly kind: "end" | "else";
	readonly pos: number;
}

export interface ListNode {
	readonly kind: "list";
	readonly pos: number;
	readonly nodes: Node[];
}

export interface PipeNode {
	readonly kind: "pipe";
	readonly pos: number;
	readonly declarations: VariableNode[];
	/** `=` rather than `:=`. */
	assigns: boolean;
	readonly commands: CommandNode[];
}

export interface CommandNode {
	readonly kind: "command";
	readonly pos: number;
	readonly args: ArgNode[];
}

export interface VariableNode {
	readonly kind: "variable";
	readonly pos: number;
	/** `$x` and the fields after it. */
	readonly path: readonly string[];
}

export interface FieldNode {
	readonly kind: "field";
	readonly pos: number;
	readonly path: readonly string[];
}

export interface ChainNode {
	readonly kind: "chain";
	readonly pos: number;
	readonly node: ArgNode;
	readonly path: readonly string[];
}

export interface IdentifierNode {
	readonly kind: "identifier";
	readonly pos: number;
	readonly name: string;
}

export interface NumberNode {
	readonly kind: "number";
	readonly pos: number;
	readonly text: string;
	readonly int: bigint | undefined;
	readonly uint: bigint | undefined;
	readonly float: number | undefined;
	readonly complex: GoComplex | undefined;
}

export interface StringNode {
	readonly kind: "string";
	readonly pos: number;
	readonly quoted: string;
	readonly text: string;
}

export interface BoolNode {
	readonly kind: "bool";
	readonly pos: number;
	readonly value: boolean;
}

/** `.` and `nil`. */
export interface WordNode {
	readonly kind: "dot" | "nil";
	readonly pos: number;
}

export type ArgNode =
	| FieldNode
	| ChainNode
	| IdentifierNode
	| VariableNode
	| PipeNode
	| NumberNode
	| StringNode
	| BoolNode
	| WordNode;

export type Node = TextNode | ActionNode | BranchNode | TemplateNode | JumpNode | MarkNode;

export type AnyNode = Node | ListNode | CommandNode | ArgNode;

/** A node as it might have been written. */
export function nodeText(n: AnyNode): string {
	switch (n.kind) {
		case "text":
			return n.text;
		case "action":
			return `{{${nodeText(n.pipe)}}}`;
		case "if":
		case "range":
		case "with": {
			const tail = n.elseList === undefined ? "" : `{{else}}${nodeText(n.elseList)}`;
			return `{{${n.kind} ${nodeText(n.pipe)}}}${nodeText(n.list)}${tail}{{end}}`;
		}
		case "template":
			return `{{template ${quoteGo(n.name)}${n.pipe === undefined ? "" : ` ${nodeText(n.pipe)}`}}}`;
		case "break":
		case "continue":
		case "end":
		case "else":
			return `{{${n.kind}}}`;
		case "list":
			return n.nodes.map(nodeText).join("");
		case "pipe": {
			const names = n.declarations.map(nodeText).join(", ");
			const head = names === "" ? "" : `${names} ${n.assigns ? "=" : ":="} `;
			return head + n.commands.map(nodeText).join(" | ");
		}
		case "command":
			return n.args.map(argText).join(" ");
		case "variable":
			return n.path.join(".");
		case "field":
			return n.path.map((f) => `.${f}`).join("");
		case "chain":
			return argText(n.node) + n.path.map((f) => `.${f}`).join("");
		case "identifier":
			return n.name;
		case "number":
			return n.text;
		case "string":
			return n.quoted;
		case "bool":
			return String(n.value);
		case "dot":
			return ".";
		case "nil":
			return "nil";
	}
}

/** Pipelines as arguments stand in parentheses. */
function argText(n: ArgNode): string {
	return n.kind === "pipe" ? `(${nodeText(n)})` : nodeText(n);
}

/** Nothing but space. */
export function isEmptyList(list: ListNode): boolean {
	return list.nodes.every((n) => n.kind === "text" && n.text.trim() === "");
}
