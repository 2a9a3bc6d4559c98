/**
 * Tokens of a Go template: text outside `{{ }}`, and inside it names, fields, variables, constants,
 * punctuation and runs of space (which separate arguments). Trim markers (`{{- -}}`) take effect here.
 * An error is a token, after which there is nothing more.
 */

import { codePoint } from "../../at.ts";
import { quoteGo } from "../../value/term-text.ts";

export type TokenKind =
	| "error"
	| "bool"
	| "char"
	| "charConstant"
	| "complex"
	| "assign"
	| "declare"
	| "eof"
	| "field"
	| "identifier"
	| "leftDelim"
	| "leftParen"
	| "number"
	| "pipe"
	| "rawString"
	| "rightDelim"
	| "rightParen"
	| "space"
	| "string"
	| "text"
	| "variable"
	| "keyword";

export interface Token {
	/** Keywords, `.` and `nil` among them, are told apart by their text. */
	readonly kind: TokenKind;
	/** UTF-16 offset. */
	readonly pos: number;
	readonly text: string;
	/** Line at the token's start, from 1. */
	readonly line: number;
}

const keywords: ReadonlySet<string> = new Set(
	". block break continue define else end if range nil template with".split(" "),
);

/** How error texts show a token. */
export function tokenText(t: Token): string {
	if (t.kind === "eof") return "EOF";
	if (t.kind === "error") return t.text;
	if (t.kind === "keyword") return `<${t.text}>`;
	const length = new TextEncoder().encode(t.text).length;
	return length > 10 ? `${quoteGo([...t.text].slice(0, 10).join(""))}...` : quoteGo(t.text);
}

const alphaNumeric = /[\p{L}\p{Nd}_]/u;

function isSpace(c: string | undefined): boolean {
	return c === " " || c === "\t" || c === "\r" || c === "\n";
}

export class Lexer {
	#input: string;
	#pos = 0;
	#line = 1;
	#insideAction = false;
	#parens = 0;

	constructor(input: string) {
		this.#input = input;
	}

	next(): Token {
		return this.#insideAction ? this.#action() : this.#text();
	}

	/** The token from #pos up to end. */
	#emit(kind: TokenKind, end: number): Token {
		const text = this.#input.slice(this.#pos, end);
		const t = { kind, pos: this.#pos, text, line: this.#line };
		this.#skipTo(end);
		return t;
	}

	#skipTo(end: number): void {
		for (let i = this.#input.indexOf("\n", this.#pos); i >= 0 && i < end; i = this.#input.indexOf("\n", i + 1)) {
			this.#line++;
		}
		this.#pos = end;
	}

	#error(text: string): Token {
		const t: Token = { kind: "error", pos: this.#pos, text, line: this.#line };
		this.#input = "";
		this.#pos = 0;
		return t;
	}

	#text(): Token {
		const input = this.#input;
		const open = input.indexOf("{{", this.#pos);
		if (open < 0) {
			return this.#pos < input.length ? this.#emit("text", input.length) : this.#emit("eof", this.#pos);
		}
		const trims = input[open + 2] === "-" && isSpace(input[open + 3]);
		if (open > this.#pos) {
			let end = open;
			if (trims) while (end > this.#pos && isSpace(input[end - 1])) end--;
			const t = end > this.#pos ? this.#emit("text", end) : undefined;
			this.#skipTo(open);
			if (t !== undefined) return t;
		}
		const after = open + 2 + (trims ? 2 : 0);
		if (input.startsWith("/*", after)) {
			const problem = this.#comment(after);
			return problem === undefined ? this.#text() : this.#error(problem);
		}
		const t = this.#emit("leftDelim", open + 2);
		this.#skipTo(after);
		this.#insideAction = true;
		this.#parens = 0;
		return t;
	}

	/** Skips a comment and its delimiters, or says what is wrong with it. */
	#comment(start: number): string | undefined {
		this.#skipTo(start);
		const close = this.#input.indexOf("*/", start + 2);
		if (close < 0) return "unclosed comment";
		const end = close + 2;
		const trims = this.#trimsBefore(end);
		if (!trims && !this.#input.startsWith("}}", end)) return "comment ends before closing delimiter";
		this.#skipTo(this.#afterRightDelim(end, trims));
		return undefined;
	}

	/** ` -}}` at an offset. */
	#trimsBefore(at: number): boolean {
		return isSpace(this.#input[at]) && this.#input.startsWith("-}}", at + 1);
	}

	#afterRightDelim(at: number, trims: boolean): number {
		let end = at + (trims ? 4 : 2);
		if (trims) while (isSpace(this.#input[end])) end++;
		return end;
	}

	#rightDelim(): Token {
		const trims = this.#trimsBefore(this.#pos);
		if (trims) this.#skipTo(this.#pos + 2);
		const t = this.#emit("rightDelim", this.#pos + 2);
		if (trims) {
			let end = this.#pos;
			while (isSpace(this.#input[end])) end++;
			this.#skipTo(end);
		}
		this.#insideAction = false;
		return t;
	}

	#action(): Token {
		const input = this.#input;
		const at = this.#pos;
		if (this.#trimsBefore(at) || input.startsWith("}}", at)) {
			return this.#parens === 0 ? this.#rightDelim() : this.#error("unclosed left paren");
		}
		const cp = input.codePointAt(at);
		if (cp === undefined) return this.#error("unclosed action");
		const c = String.fromCodePoint(cp);
		if (isSpace(c)) return this.#space();
		switch (c) {
			case "=":
				return this.#emit("assign", at + 1);
			case ":":
				return input[at + 1] === "=" ? this.#emit("declare", at + 2) : this.#error("expected :=");
			case "|":
				return this.#emit("pipe", at + 1);
			case '"':
				return this.#quoted('"', "string", "unterminated quoted string");
			case "'":
				return this.#quoted("'", "charConstant", "unterminated character constant");
			case "`": {
				const close = input.indexOf("`", at + 1);
				return close < 0 ? this.#error("unterminated raw quoted string") : this.#emit("rawString", close + 1);
			}
			case "$":
				return this.#word(at + 1, "variable");
			case "(":
				this.#parens++;
				return this.#emit("leftParen", at + 1);
			case ")":
				return --this.#parens < 0 ? this.#error("unexpected right paren") : this.#emit("rightParen", at + 1);
			default:
		}
		if (c === "." && !/[0-9]/.test(input[at + 1] ?? (at + 1 < input.length ? "" : "0")))
			return this.#word(at + 1, "field");
		if (/[.+\-0-9]/.test(c)) return this.#number();
		if (alphaNumeric.test(c)) return this.#identifier();
		if (c >= " " && c <= "~") return this.#emit("char", at + 1);
		return this.#error(`unrecognized character in action: ${describe(cp)}`);
	}

	#space(): Token {
		let end = this.#pos;
		while (isSpace(this.#input[end])) end++;
		// A trimming right delimiter begins with the last space.
		if (this.#trimsBefore(end - 1)) {
			end--;
			if (end === this.#pos) return this.#rightDelim();
		}
		return this.#emit("space", end);
	}

	#quoted(quote: string, kind: TokenKind, complaint: string): Token {
		for (let i = this.#pos + 1; ; i++) {
			let c = this.#input[i];
			if (c === quote) return this.#emit(kind, i + 1);
			if (c === "\\") c = this.#input[++i];
			if (c === undefined || c === "\n") return this.#error(complaint);
		}
	}

	/** Offset after the letters and digits from `at` on. */
	#wordEnd(at: number): number {
		let end = at;
		for (;;) {
			const cp = this.#input.codePointAt(end);
			if (cp === undefined || !alphaNumeric.test(String.fromCodePoint(cp))) return end;
			end += cp > 0xffff ? 2 : 1;
		}
	}

	/** Whether a name may end here. */
	#isTerminator(at: number): boolean {
		const c = this.#input[at];
		return c === undefined || isSpace(c) || ".,|:)(".includes(c) || this.#input.startsWith("}}", at);
	}

	/** A field or variable after its sign. */
	#word(at: number, kind: "field" | "variable"): Token {
		if (this.#isTerminator(at)) return this.#emit(kind === "variable" ? "variable" : "keyword", at);
		const end = this.#wordEnd(at);
		if (!this.#isTerminator(end)) return this.#badCharacter(end);
		return this.#emit(kind, end);
	}

	#identifier(): Token {
		const end = this.#wordEnd(this.#pos);
		if (!this.#isTerminator(end)) return this.#badCharacter(end);
		const word = this.#input.slice(this.#pos, end);
		if (keywords.has(word)) return this.#emit("keyword", end);
		return this.#emit(word === "true" || word === "false" ? "bool" : "identifier", end);
	}

	#badCharacter(at: number): Token {
		return this.#error(`bad character ${describe(codePoint(this.#input, at))}`);
	}

	#number(): Token {
		let end = this.#numberEnd(this.#pos);
		const bad = (): Token => this.#error(`bad number syntax: ${quoteGo(this.#input.slice(this.#pos, end))}`);
		const glued = (): boolean => this.#wordEnd(end) > end;
		if (glued()) {
			end += 1;
			return bad();
		}
		const sign = this.#input[end];
		if (sign === "+" || sign === "-") {
			end = this.#numberEnd(end);
			if (glued()) {
				end += 1;
				return bad();
			}
			return this.#input[end - 1] === "i" ? this.#emit("complex", end) : bad();
		}
		return this.#emit("number", end);
	}

	/** Anything that looks like a number; whether it is one is for the parser. */
	#numberEnd(at: number): number {
		numberShape.lastIndex = at;
		return at + (numberShape.exec(this.#input)?.[0].length ?? 0);
	}
}

const numberShape =
	/[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/y;

/** Go's `%#U`. */
function describe(cp: number): string {
	const c = String.fromCodePoint(cp);
	const shown = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(c) ? ` '${c}'` : "";
	return `U+${cp.toString(16).toUpperCase().padStart(4, "0")}${shown}`;
}
