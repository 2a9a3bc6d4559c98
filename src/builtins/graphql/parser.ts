/**
 * Query documents from text, and what both parsers need: one token of lookahead, comments gathered
 * on the way to it, and the common parts of the language (names, types, literals, directives).
 * The first error is thrown as a GraphqlError. Errors read as those of the library OPA uses.
 */
import { LimitError } from "../../limit-error.ts";
import { quoteGo } from "../../value/term-text.ts";
import {
	type Argument,
	type ChildValue,
	type CommentGroup,
	type Directive,
	type Field,
	type FragmentDefinition,
	type Literal,
	literalKind,
	type OperationDefinition,
	type QueryDocument,
	type Selection,
	type TypeRef,
	type VariableDefinition,
} from "./ast.ts";
import { GraphqlError, type Position } from "./error.ts";
import { Lexer, type Token } from "./lexer.ts";

/** Selections, lists and types nested deeper than this are refused, so that recursion stays safe. */
const maxDepth = 500;

export class Parser {
	readonly #lexer: Lexer;
	#peeked: Token | undefined;
	#depth = 0;
	/** The token taken last. */
	prev: Token | undefined;
	/** Comments before the token peek() shows; cleared by next(). */
	comment: CommentGroup | undefined;

	constructor(text: string, file: string) {
		this.#lexer = new Lexer(text, file);
	}

	peek(): Token {
		if (this.#peeked !== undefined) return this.#peeked;
		let t = this.#lexer.next();
		if (t.kind === "Comment") {
			const list: { Value: string }[] = [];
			while (t.kind === "Comment") {
				list.push({ Value: t.value });
				t = this.#lexer.next();
			}
			this.comment = { List: list };
		}
		this.#peeked = t;
		return t;
	}

	next(): Token {
		const t = this.peek();
		if (t.error !== undefined) throw t.error;
		this.#peeked = undefined;
		this.comment = undefined;
		this.prev = t;
		return t;
	}

	pos(): Position {
		return this.peek().pos;
	}

	isName(value: string): boolean {
		const t = this.peek();
		return t.kind === "Name" && t.value === value;
	}

	/** Takes the token when it is of this kind. */
	skip(kind: string): boolean {
		if (this.peek().kind !== kind) return false;
		this.next();
		return true;
	}

	expect(kind: string): Token {
		const t = this.peek();
		if (t.kind !== kind) throw new GraphqlError(`Expected ${kind}, found ${t.kind}`, t.pos);
		return this.next();
	}

	/** Takes a keyword; returns the comments before it. */
	expectKeyword(value: string): CommentGroup | undefined {
		const t = this.peek();
		if (!this.isName(value)) throw new GraphqlError(`Expected ${quoteGo(value)}, found ${tokenText(t)}`, t.pos);
		const comment = this.comment;
		this.next();
		return comment;
	}

	unexpected(t: Token = this.peek()): never {
		throw new GraphqlError(`Unexpected ${tokenText(t)}`, t.pos);
	}

	/** Any number of items between brackets; nothing when there is no opening one. */
	many(open: string, close: string, item: () => void): void {
		if (!this.skip(open)) return;
		while (this.peek().kind !== close) item();
		this.next();
	}

	/** One or more items between brackets, if the opening one is there; the comments before the closing one. */
	some(open: string, close: string, item: () => void): CommentGroup | undefined {
		if (!this.skip(open)) return undefined;
		if (this.peek().kind === close) {
			throw new GraphqlError(`expected at least one definition, found ${close}`, this.pos());
		}
		while (this.peek().kind !== close) item();
		const comment = this.comment;
		this.next();
		return comment;
	}

	nested<T>(body: () => T): T {
		if (++this.#depth > maxDepth) throw new LimitError("graphql: document is nested too deeply");
		try {
			return body();
		} finally {
			this.#depth--;
		}
	}

	name(): string {
		return this.expect("Name").value;
	}

	// --- parts common to queries and schemas --------------------------------------------------

	typeReference(): TypeRef {
		return this.nested(() => {
			let elem: TypeRef | undefined;
			let named = "";
			let pos: Position;
			if (this.skip("[")) {
				pos = this.pos();
				elem = this.typeReference();
				this.expect("]");
			} else {
				pos = this.pos();
				named = this.name();
			}
			return { NamedType: named, Elem: elem, NonNull: this.skip("!"), pos };
		});
	}

	directives(constant: boolean): Directive[] {
		const out: Directive[] = [];
		while (this.peek().kind === "@") {
			this.next();
			const pos = this.pos();
			out.push({ Name: this.name(), Arguments: this.arguments(constant), Location: "", pos });
		}
		return out;
	}

	arguments(constant: boolean): Argument[] {
		const out: Argument[] = [];
		this.some("(", ")", () => {
			const pos = this.pos();
			const comment = this.comment;
			const name = this.name();
			this.expect(":");
			out.push({ Name: name, Value: this.literal(constant), Comment: comment, pos });
		});
		return out;
	}

	literal(constant: boolean): Literal {
		return this.nested(() => {
			const t = this.peek();
			const comment = this.comment;
			const make = (Kind: number, Raw: string, Children: ChildValue[], Comment?: CommentGroup): Literal => ({
				Raw,
				Children,
				Kind,
				Comment,
				ExpectedTypeHasDefault: false,
				pos: t.pos,
			});
			switch (t.kind) {
				case "[": {
					const items: ChildValue[] = [];
					this.many("[", "]", () =>
						items.push({ Name: "", Value: this.literal(constant), Comment: undefined, pos: undefined }),
					);
					return make(literalKind.list, "", items, comment);
				}
				case "{": {
					const fields: ChildValue[] = [];
					this.many("{", "}", () => fields.push(this.#objectField(constant)));
					return make(literalKind.object, "", fields, comment);
				}
				case "$":
					if (constant) this.unexpected();
					return make(literalKind.variable, this.variable(), []);
				case "Int":
				case "Float":
				case "String":
				case "BlockString":
				case "Name":
					this.next();
					return make(scalarKind(t), t.value, []);
				default:
					return this.unexpected();
			}
		});
	}

	#objectField(constant: boolean): ChildValue {
		const pos = this.pos();
		const comment = this.comment;
		const name = this.name();
		this.expect(":");
		return { Name: name, Value: this.literal(constant), Comment: comment, pos };
	}

	variable(): string {
		this.expect("$");
		return this.name();
	}
}

/** How error texts show a token: its kind, and its text quoted. */
function tokenText(t: Token): string {
	return t.value === "" ? t.kind : `${t.kind} ${quoteGo(t.value)}`;
}

function scalarKind(t: Token): number {
	switch (t.kind) {
		case "Int":
			return literalKind.int;
		case "Float":
			return literalKind.float;
		case "String":
			return literalKind.string;
		case "BlockString":
			return literalKind.block;
		default:
			if (t.value === "true" || t.value === "false") return literalKind.boolean;
			return t.value === "null" ? literalKind.null : literalKind.enum;
	}
}

// --- queries -----------------------------------------------------------------------------------

/** A query document. Throws GraphqlError. */
export function parseQuery(text: string): QueryDocument {
	const p = new Parser(text, "");
	const operations: OperationDefinition[] = [];
	const fragments: FragmentDefinition[] = [];
	for (;;) {
		const t = p.peek();
		if (t.kind === "<EOF>") break;
		if (t.kind === "{" || ["query", "mutation", "subscription"].some((k) => p.isName(k))) operations.push(operation(p));
		else if (p.isName("fragment")) fragments.push(fragmentDefinition(p));
		else p.unexpected();
	}
	return { Operations: operations, Fragments: fragments, Comment: undefined };
}

function operation(p: Parser): OperationDefinition {
	const pos = p.pos();
	const comment = p.comment;
	if (p.peek().kind === "{") {
		// The library loses the comments before an operation of this form.
		return {
			kind: "operation",
			Operation: "query",
			Name: "",
			VariableDefinitions: [],
			Directives: [],
			SelectionSet: selectionSet(p),
			Comment: undefined,
			pos,
		};
	}
	return {
		kind: "operation",
		Operation: p.next().value,
		Name: p.peek().kind === "Name" ? p.next().value : "",
		VariableDefinitions: variableDefinitions(p),
		Directives: p.directives(false),
		SelectionSet: selectionSet(p),
		Comment: comment,
		pos,
	};
}

function variableDefinitions(p: Parser): VariableDefinition[] {
	const out: VariableDefinition[] = [];
	p.some("(", ")", () => {
		const pos = p.pos();
		const comment = p.comment;
		const variable = p.variable();
		p.expect(":");
		out.push({
			Variable: variable,
			Type: p.typeReference(),
			DefaultValue: p.skip("=") ? p.literal(true) : undefined,
			Directives: p.directives(false),
			Comment: comment,
			Used: false,
			pos,
		});
	});
	return out;
}

function selectionSet(p: Parser): Selection[] {
	const t = p.peek();
	if (t.kind !== "{") throw new GraphqlError(`Expected {, found ${t.kind}`, t.pos);
	return p.nested(() => {
		const out: Selection[] = [];
		p.some("{", "}", () => out.push(p.peek().kind === "..." ? fragment(p) : field(p)));
		return out;
	});
}

function field(p: Parser): Field {
	const pos = p.pos();
	const comment = p.comment;
	const alias = p.name();
	return {
		kind: "field",
		Alias: alias,
		Name: p.skip(":") ? p.name() : alias,
		Arguments: p.arguments(false),
		Directives: p.directives(false),
		SelectionSet: p.peek().kind === "{" ? selectionSet(p) : [],
		Comment: comment,
		pos,
	};
}

function fragment(p: Parser): Selection {
	p.peek();
	const comment = p.comment;
	p.expect("...");
	const pos = p.pos();
	const t = p.peek();
	if (t.kind === "Name" && t.value !== "on") {
		return { kind: "spread", Name: fragmentName(p), Directives: p.directives(false), Comment: comment, pos };
	}
	let condition = "";
	if (t.value === "on") {
		p.next();
		condition = p.name();
	}
	return {
		kind: "inline",
		TypeCondition: condition,
		Directives: p.directives(false),
		SelectionSet: selectionSet(p),
		Comment: comment,
		pos,
	};
}

function fragmentName(p: Parser): string {
	if (p.peek().value === "on") p.unexpected();
	return p.name();
}

function fragmentDefinition(p: Parser): FragmentDefinition {
	const pos = p.pos();
	const comment = p.expectKeyword("fragment");
	const name = fragmentName(p);
	const variables = variableDefinitions(p);
	p.expectKeyword("on");
	return {
		Name: name,
		VariableDefinition: variables,
		TypeCondition: p.name(),
		Directives: p.directives(false),
		SelectionSet: selectionSet(p),
		Comment: comment,
		pos,
	};
}
