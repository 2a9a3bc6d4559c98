/**
 * YAML 1.1 text to tokens, as libyaml's scanner tells them: the tokens of block structure are made
 * up from indentation, and a key is only known to be one when its `:` comes, so tokens wait in a
 * queue into which `key` and `block-mapping` are inserted afterwards. Accepts and refuses what
 * libyaml does; columns count characters.
 */

import { at, last, pop } from "../../at.ts";
import { isAlpha, isBlank, isBlankOrEnd, isBreak, isDigit } from "./characters.ts";
import { ScalarScanner } from "./scalar-scanner.ts";
import { scanTag, scanTagDirective } from "./tag-scanner.ts";

export type TokenKind =
	| "alias"
	| "anchor"
	| "block-end"
	| "block-entry"
	| "block-mapping"
	| "block-sequence"
	| "document-end"
	| "document-start"
	| "flow-entry"
	| "flow-mapping"
	| "flow-mapping-end"
	| "flow-sequence"
	| "flow-sequence-end"
	| "key"
	| "scalar"
	| "stream-end"
	| "tag"
	| "tag-directive"
	| "value"
	| "version-directive";

export interface Token {
	readonly kind: TokenKind;
	/** The line of its beginning, from 0. */
	readonly line: number;
	/** Text of a scalar, name of an anchor, handle of a tag, the version. */
	readonly value: string;
	/** Suffix of a tag, prefix of a tag directive. */
	readonly suffix: string;
	/** A scalar without quotes, outside blocks. */
	readonly plain: boolean;
}

/** A place where a key may have begun. */
interface SimpleKey {
	possible: boolean;
	/** Nothing else can be here. */
	readonly required: boolean;
	readonly token: number;
	readonly line: number;
	readonly column: number;
	readonly index: number;
}

const maxDepth = 10_000;
/** Characters between the beginning of a key and its `:`. */
const maxKey = 1024;

export class Scanner extends ScalarScanner {
	#tokens: Token[] = [];
	#head = 0;
	#tokensTaken = 0;
	#available = false;
	readonly #indents: number[] = [];
	readonly #keys: SimpleKey[] = [{ possible: false, required: false, token: 0, line: 0, column: 0, index: 0 }];
	readonly #keyOfToken: Map<number, number> = new Map();
	#keyAllowed = true;

	/** The next token, which stays. */
	peek(): Token {
		if (!this.#available) this.#fetchMore();
		return at(this.#tokens, this.#head);
	}

	/** Takes the token that peek gave. */
	skipToken(): void {
		this.#available = false;
		this.#tokensTaken++;
		this.#head++;
		if (this.#head > 1024) {
			this.#tokens = this.#tokens.slice(this.#head);
			this.#head = 0;
		}
	}

	#fetchMore(): void {
		for (;;) {
			if (this.#head !== this.#tokens.length) {
				// The first token may still turn out to begin a key.
				const i = this.#keyOfToken.get(this.#tokensTaken);
				if (i === undefined || !this.#keyIsValid(at(this.#keys, i))) break;
			}
			this.#fetch();
		}
		this.#available = true;
	}

	#fetch(): void {
		this.#skipToToken();
		this.tokenLine = this.line;
		this.#unrollIndent(this.column);
		this.#scanFor(this.at(0))();
	}

	/** How to read the tokens that begin with this character. */
	#scanFor(c: number): () => void {
		if (c === 0) return () => this.#streamEnd();
		if (this.column === 0) {
			if (c === 0x25) return () => this.#directive();
			if (this.isDocumentMarker()) return () => this.#documentMarker(c === 0x2d ? "document-start" : "document-end");
		}
		switch (String.fromCharCode(c)) {
			case "[":
				return () => this.#flowStart("flow-sequence");
			case "{":
				return () => this.#flowStart("flow-mapping");
			case "]":
				return () => this.#flowEnd("flow-sequence-end");
			case "}":
				return () => this.#flowEnd("flow-mapping-end");
			case ",":
				return () => this.#flowEntry();
			case "-":
				if (isBlankOrEnd(this.at(1))) return () => this.#blockEntry();
				break;
			case "?":
				if (this.flow > 0 || isBlankOrEnd(this.at(1))) return () => this.#key();
				break;
			case ":":
				if (this.flow > 0 || isBlankOrEnd(this.at(1))) return () => this.#value();
				break;
			case "*":
				return () => this.#anchor("alias");
			case "&":
				return () => this.#anchor("anchor");
			case "!":
				return () => this.#tag();
			case "|":
			case ">":
				if (this.flow > 0) break;
				return () => this.#blockScalar(c === 0x7c);
			case "'":
			case '"':
				return () => this.#flowScalar(c === 0x27);
		}
		if (this.#beginsPlain(c)) return () => this.#plainScalar();
		throw this.problem("found character that cannot start any token");
	}

	#beginsPlain(c: number): boolean {
		if (!isBlankOrEnd(c) && !"-?:,[]{}#&*!|>'\"%@`".includes(String.fromCharCode(c))) return true;
		if (c === 0x2d) return !isBlank(this.at(1));
		return this.flow === 0 && (c === 0x3f || c === 0x3a) && !isBlankOrEnd(this.at(1));
	}

	#add(kind: TokenKind, line: number, value = "", suffix = "", plain = false): void {
		this.#tokens.push({ kind, line, value, suffix, plain });
	}

	/** Before the token of that number, or at the end when that one has been taken. */
	#insert(token: number, kind: TokenKind, line: number): void {
		const at = token < this.#tokensTaken ? this.#tokens.length : this.#head + token - this.#tokensTaken;
		this.#tokens.splice(at, 0, { kind, line, value: "", suffix: "", plain: false });
	}

	/** The number of the token that comes next. */
	#nextNumber(): number {
		return this.#tokensTaken + this.#tokens.length - this.#head;
	}

	/** A token of one character. */
	#indicator(kind: TokenKind): void {
		this.#add(kind, this.line);
		this.skip();
	}

	#keyIsValid(key: SimpleKey): boolean {
		if (!key.possible) return false;
		if (key.line < this.line || key.index + maxKey < this.index) {
			if (key.required) throw this.problem("could not find expected ':'", key.line);
			key.possible = false;
			return false;
		}
		return true;
	}

	#saveKey(): void {
		if (!this.#keyAllowed) return;
		this.#removeKey();
		const key = {
			possible: true,
			required: this.flow === 0 && this.indent === this.column,
			token: this.#nextNumber(),
			line: this.line,
			column: this.column,
			index: this.index,
		};
		this.#keys[this.#keys.length - 1] = key;
		this.#keyOfToken.set(key.token, this.#keys.length - 1);
	}

	#removeKey(): void {
		const key = last(this.#keys);
		if (!key.possible) return;
		if (key.required) throw this.problem("could not find expected ':'", key.line);
		key.possible = false;
		this.#keyOfToken.delete(key.token);
	}

	/** Begins a block collection where the indentation grows; its token goes before the given one. */
	#rollIndent(column: number, token: number | undefined, kind: TokenKind, line: number): void {
		if (this.flow > 0 || this.indent >= column) return;
		this.#indents.push(this.indent);
		this.indent = column;
		if (this.#indents.length > maxDepth) throw this.problem(`exceeded max depth of ${maxDepth}`);
		if (token === undefined) this.#add(kind, line);
		else this.#insert(token, kind, line);
	}

	#unrollIndent(column: number): void {
		if (this.flow > 0) return;
		while (this.indent > column) {
			this.#add("block-end", this.line);
			this.indent = pop(this.#indents);
		}
	}

	/** What comes before anything that is not simply part of a line. */
	#endBlocks(): void {
		this.#unrollIndent(-1);
		this.#removeKey();
		this.#keyAllowed = false;
	}

	#streamEnd(): void {
		if (this.column !== 0) {
			this.column = 0;
			this.line++;
		}
		this.#endBlocks();
		this.#add("stream-end", this.line);
	}

	#documentMarker(kind: TokenKind): void {
		this.#endBlocks();
		this.#add(kind, this.line);
		this.skip(3);
	}

	#flowStart(kind: TokenKind): void {
		this.#saveKey();
		// It has the number of the bracket, which thereby stops being waited for as a key when it closes.
		this.#keys.push({ possible: false, required: false, token: this.#nextNumber(), line: 0, column: 0, index: 0 });
		if (++this.flow > maxDepth) throw this.problem(`exceeded max depth of ${maxDepth}`);
		this.#keyAllowed = true;
		this.#indicator(kind);
	}

	#flowEnd(kind: TokenKind): void {
		this.#removeKey();
		if (this.flow > 0) {
			this.flow--;
			this.#keyOfToken.delete(this.#keys.pop()?.token as number);
		}
		this.#keyAllowed = false;
		this.#indicator(kind);
	}

	#flowEntry(): void {
		this.#removeKey();
		this.#keyAllowed = true;
		this.#indicator("flow-entry");
	}

	#blockEntry(): void {
		if (this.flow === 0) {
			if (!this.#keyAllowed) throw this.problem("block sequence entries are not allowed in this context");
			this.#rollIndent(this.column, undefined, "block-sequence", this.line);
		}
		this.#removeKey();
		this.#keyAllowed = true;
		this.#indicator("block-entry");
	}

	#key(): void {
		if (this.flow === 0) {
			if (!this.#keyAllowed) throw this.problem("mapping keys are not allowed in this context");
			this.#rollIndent(this.column, undefined, "block-mapping", this.line);
		}
		this.#removeKey();
		this.#keyAllowed = this.flow === 0;
		this.#indicator("key");
	}

	#value(): void {
		const key = last(this.#keys);
		if (this.#keyIsValid(key)) {
			this.#insert(key.token, "key", key.line);
			this.#rollIndent(key.column, key.token, "block-mapping", key.line);
			key.possible = false;
			this.#keyOfToken.delete(key.token);
			this.#keyAllowed = false;
		} else {
			if (this.flow === 0) {
				if (!this.#keyAllowed) throw this.problem("mapping values are not allowed in this context");
				this.#rollIndent(this.column, undefined, "block-mapping", this.line);
			}
			this.#keyAllowed = this.flow === 0;
		}
		this.#indicator("value");
	}

	#anchor(kind: "alias" | "anchor"): void {
		this.#saveKey();
		this.#keyAllowed = false;
		const line = this.line;
		this.skip();
		const name = this.readWhile(isAlpha);
		const c = this.at(0);
		if (name === "" || !(isBlankOrEnd(c) || "?:,]}%@`".includes(String.fromCharCode(c)))) {
			throw this.problem("did not find expected alphabetic or numeric character");
		}
		this.#add(kind, line, name);
	}

	#tag(): void {
		this.#saveKey();
		this.#keyAllowed = false;
		const line = this.line;
		const { handle, suffix } = scanTag(this);
		this.#add("tag", line, handle, suffix);
	}

	#blockScalar(literal: boolean): void {
		this.#removeKey();
		this.#keyAllowed = true;
		const line = this.line;
		this.#add("scalar", line, this.blockScalar(literal));
	}

	#flowScalar(single: boolean): void {
		this.#saveKey();
		this.#keyAllowed = false;
		const line = this.line;
		this.#add("scalar", line, this.flowScalar(single));
	}

	#plainScalar(): void {
		this.#saveKey();
		this.#keyAllowed = false;
		const line = this.line;
		const { value, brokeLine } = this.plainScalar();
		this.#add("scalar", line, value, "", true);
		if (brokeLine) this.#keyAllowed = true;
	}

	/** Over blanks, comments and line ends. */
	#skipToToken(): void {
		for (;;) {
			// A byte order mark after the one at the beginning.
			if (this.index === 0 && this.at(0) === 0xfeff) this.skip();
			// A tab may not stand where indentation could be.
			while (this.at(0) === 0x20 || (this.at(0) === 0x09 && (this.flow > 0 || !this.#keyAllowed))) this.skip();
			if (this.at(0) === 0x23) this.skipUntilBreak();
			if (!isBreak(this.at(0))) return;
			this.skipLine();
			if (this.flow === 0) this.#keyAllowed = true;
		}
	}

	#directive(): void {
		this.#endBlocks();
		const line = this.line;
		this.skip();
		const name = this.readWhile(isAlpha);
		if (name === "") throw this.problem("could not find expected directive name");
		if (!isBlankOrEnd(this.at(0))) throw this.problem("found unexpected non-alphabetical character");
		if (name === "YAML") {
			this.readWhile(isBlank);
			const major = this.#versionNumber();
			if (this.at(0) !== 0x2e) throw this.problem("did not find expected digit or '.' character");
			this.skip();
			this.#add("version-directive", line, `${major}.${this.#versionNumber()}`);
		} else if (name === "TAG") {
			const { handle, suffix } = scanTagDirective(this);
			this.#add("tag-directive", line, handle, suffix);
		} else throw this.problem("found unknown directive name");
		this.endOfLine();
	}

	#versionNumber(): number {
		let digits = "";
		while (isDigit(this.at(0))) {
			if (digits.length === 2) throw this.problem("found extremely long version number");
			digits += String.fromCharCode(this.at(0));
			this.skip();
		}
		if (digits === "") throw this.problem("did not find expected version number");
		return Number(digits);
	}
}
