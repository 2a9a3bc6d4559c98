/**
 * Tokens of GraphQL text. Reads a byte string, because that is how the library OPA uses reads, and
 * its error texts show bytes; columns count code points. A lexical error is a token of kind
 * `<Invalid>` that carries it: the parser meets it only when it takes the token.
 */

import { at } from "../../at.ts";
import { fromByteString, toByteString } from "../../go/byte-string.ts";
import { GraphqlError, type Position } from "./error.ts";

export interface Token {
	/** The spelling of punctuation, `Name`, `Int`, `Float`, `String`, `BlockString`, `Comment`, `<EOF>`, `<Invalid>`. */
	readonly kind: string;
	/** "" for punctuation. */
	readonly value: string;
	readonly pos: Position;
	readonly error: GraphqlError | undefined;
}

const punctuation = "!$&():=@[]{}|";

export class Lexer {
	readonly #input: string;
	readonly #file: string;
	/** Offsets of the next byte, and the same in code points. */
	#end = 0;
	#endRunes = 0;
	#start = 0;
	#startRunes = 0;
	#line = 1;
	#lineStartRunes = 0;

	constructor(text: string, file: string) {
		this.#input = toByteString(text);
		this.#file = file;
	}

	next(): Token {
		this.#skipSpace();
		this.#start = this.#end;
		this.#startRunes = this.#endRunes;
		const c = this.#input[this.#start];
		if (c === undefined) return this.#token("<EOF>", "");
		if (punctuation.includes(c)) {
			this.#advance(1);
			return this.#token(c, "");
		}
		if (c === "." && this.#input.startsWith("...", this.#start)) {
			this.#advance(3);
			return this.#token("...", "");
		}
		if (c === "#") return this.#comment();
		if (/[A-Za-z_]/.test(c)) return this.#match("Name", /[A-Za-z0-9_]+/y);
		if (/[-0-9]/.test(c)) return this.#number();
		if (c === '"') return this.#input.startsWith('"""', this.#start) ? this.#blockString() : this.#string();
		const code = c.charCodeAt(0);
		if (code < 0x20) return this.#invalid(`Cannot contain the invalid character "\\u${hex4(code)}"`);
		if (c === "'") {
			return this.#invalid("Unexpected single quote character ('), did you mean to use a double quote (\")?");
		}
		return this.#invalid(`Cannot parse the unexpected character "${c}".`);
	}

	#advance(ascii: number): void {
		this.#end += ascii;
		this.#endRunes += ascii;
	}

	#newLine(): void {
		this.#line++;
		this.#lineStartRunes = this.#endRunes;
	}

	#skipSpace(): void {
		for (;;) {
			const c = this.#input[this.#end];
			if (c === " " || c === "\t" || c === ",") this.#advance(1);
			else if (c === "\n") {
				this.#advance(1);
				this.#newLine();
			} else if (c === "\r") {
				this.#advance(1);
				this.#newLine();
				// As in the original, the line starts before the newline that is skipped here.
				if (this.#input[this.#end] === "\n") this.#advance(1);
			} else if (c === "\u00ef" && this.#input.startsWith("\u00bb\u00bf", this.#end + 1)) {
				this.#end += 3;
				this.#endRunes++;
			} else return;
		}
	}

	#position(startRunes: number): Position {
		return { line: this.#line, column: startRunes - this.#lineStartRunes + 1, file: this.#file };
	}

	#token(kind: string, value: string): Token {
		return { kind, value, pos: this.#position(this.#startRunes), error: undefined };
	}

	/** Bytes above 0x7f in the message are shown one by one, as characters. */
	#invalid(message: string): Token {
		const pos = this.#position(this.#endRunes);
		return { kind: "<Invalid>", value: "", pos, error: new GraphqlError(message, pos) };
	}

	#match(kind: string, pattern: RegExp): Token {
		pattern.lastIndex = this.#end;
		this.#advance(pattern.exec(this.#input)?.[0].length ?? 0);
		return this.#token(kind, this.#input.slice(this.#start, this.#end));
	}

	#comment(): Token {
		for (;;) {
			const c = this.#input[this.#end];
			if (c === undefined || (c < " " && c !== "\t")) break;
			this.#end += runeWidth(c);
			this.#endRunes++;
		}
		return this.#token("Comment", fromByteString(this.#input.slice(this.#start, this.#end)));
	}

	#digits(): number {
		let n = 0;
		while (/[0-9]/.test(this.#input[this.#end + n] ?? "")) n++;
		this.#advance(n);
		return n;
	}

	#accept(chars: string): boolean {
		const c = this.#input[this.#end];
		if (c === undefined || !chars.includes(c)) return false;
		this.#advance(1);
		return true;
	}

	/** The next byte in quotes, taken for a character as the original does. */
	#describeNext(): string {
		const c = this.#input[this.#end];
		return c === undefined ? "<EOF>" : `"${c}"`;
	}

	#number(): Token {
		const expected = (): Token => this.#invalid(`Invalid number, expected digit but got: ${this.#describeNext()}.`);
		this.#accept("-");
		if (this.#accept("0")) {
			const n = this.#digits();
			if (n > 0) {
				this.#advance(-n);
				return this.#invalid(`Invalid number, unexpected digit after 0: ${this.#describeNext()}.`);
			}
		} else if (this.#digits() === 0) return expected();
		let kind = "Int";
		if (this.#accept(".")) {
			kind = "Float";
			if (this.#digits() === 0) return expected();
		}
		if (this.#accept("eE")) {
			kind = "Float";
			this.#accept("-+");
			if (this.#digits() === 0) return expected();
		}
		return this.#token(kind, this.#input.slice(this.#start, this.#end));
	}

	#string(): Token {
		const input = this.#input;
		this.#advance(1);
		// The original counts a string's column from after its quote.
		this.#start++;
		this.#startRunes++;
		let value = "";
		for (;;) {
			const c = input[this.#end];
			if (c === undefined || c === "\n" || c === "\r") break;
			if (c < " " && c !== "\t") {
				return this.#invalid(`Invalid character within String: "\\u${hex4(c.charCodeAt(0))}".`);
			}
			if (c === '"') {
				const t = this.#token("String", fromByteString(value));
				this.#advance(1);
				return t;
			}
			if (c !== "\\") {
				const w = runeWidth(c);
				value += input.slice(this.#end, this.#end + w);
				this.#end += w;
				this.#endRunes++;
				continue;
			}
			const escaped = input[this.#end + 1];
			if (escaped === undefined) {
				this.#advance(1);
				return this.#invalid("Invalid character escape sequence.");
			}
			if (escaped === "u") {
				const digits = input.slice(this.#end + 2, this.#end + 6);
				if (this.#end + 6 >= input.length || !/^[0-9a-fA-F]{4}$/.test(digits)) {
					const whole = this.#end + 6 >= input.length;
					this.#advance(1);
					const shown = whole ? input.slice(this.#end) : input.slice(this.#end, this.#end + 5);
					return this.#invalid(`Invalid character escape sequence: \\${fromByteString(shown)}.`);
				}
				value += toByteString(String.fromCharCode(Number.parseInt(digits, 16)));
				this.#advance(6);
				continue;
			}
			const plain = simpleEscapes[escaped];
			if (plain === undefined) {
				this.#advance(1);
				return this.#invalid(`Invalid character escape sequence: \\${escaped}.`);
			}
			value += plain;
			this.#advance(2);
		}
		return this.#invalid("Unterminated string.");
	}

	#blockString(): Token {
		const input = this.#input;
		this.#advance(3);
		this.#start += 3;
		this.#startRunes += 3;
		let value = "";
		for (;;) {
			const c = input[this.#end];
			if (c === undefined) return this.#invalid("Unterminated string.");
			if (c === '"') {
				let quotes = 1;
				while (input[this.#end + quotes] === '"') quotes++;
				if (quotes >= 3) {
					// The last three close the string; more are part of it.
					value += '"'.repeat(quotes - 3);
					const t = this.#token("BlockString", blockStringValue(fromByteString(value)));
					this.#advance(quotes);
					return t;
				}
			}
			if (c < " " && c !== "\t" && c !== "\n" && c !== "\r") {
				return this.#invalid(`Invalid character within String: "\\u${hex4(c.charCodeAt(0))}".`);
			}
			if (input.startsWith('\\"""', this.#end)) {
				value += '"""';
				this.#advance(4);
			} else if (c === "\r" || c === "\n") {
				this.#advance(c === "\r" && input[this.#end + 1] === "\n" ? 2 : 1);
				value += "\n";
				this.#newLine();
			} else {
				const w = runeWidth(c);
				value += input.slice(this.#end, this.#end + w);
				this.#end += w;
				this.#endRunes++;
			}
		}
	}
}

const simpleEscapes: Readonly<Record<string, string>> = {
	'"': '"',
	"/": "/",
	"\\": "\\",
	b: "\b",
	f: "\f",
	n: "\n",
	r: "\r",
	t: "\t",
};

function hex4(code: number): string {
	return code.toString(16).padStart(4, "0");
}

function runeWidth(lead: string): number {
	const b = lead.charCodeAt(0);
	return b < 0xc0 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
}

/** GraphQL's block string semantics: common indentation and blank first and last lines removed. */
function blockStringValue(raw: string): string {
	const lines = raw.split("\n");
	let common = Number.POSITIVE_INFINITY;
	for (const line of lines) {
		const indent = line.search(/[^ \t]/);
		if (indent >= 0 && indent < common) common = indent;
	}
	if (common !== Number.POSITIVE_INFINITY) {
		for (let i = 1; i < lines.length; i++) lines[i] = at(lines, i).slice(common);
	}
	let start = 0;
	let end = lines.length;
	while (start < end && !/[^ \t]/.test(at(lines, start))) start++;
	while (start < end && !/[^ \t]/.test(at(lines, end - 1))) end--;
	return lines.slice(start, end).join("\n");
}
