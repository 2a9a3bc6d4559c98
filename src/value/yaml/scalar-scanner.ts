/**
 * The scalars of YAML: blocks after `|` and `>`, quoted ones and plain ones, each with its own rules
 * of which line ends are folded into spaces.
 */
import { hexDigit, isBlank, isBlankOrEnd, isBreak, isBreakOrEnd, isDigit } from "./characters.ts";
import { Reader } from "./reader.ts";

/** Single characters after a backslash. */
const escapes: ReadonlyMap<number, string> = new Map(
	Object.entries({
		"0": "\0",
		a: "\u0007",
		b: "\b",
		t: "\t",
		"\t": "\t",
		n: "\n",
		v: "\v",
		f: "\f",
		r: "\r",
		e: "\u001b",
		" ": " ",
		'"': '"',
		"'": "'",
		"\\": "\\",
		N: "\u0085",
		_: "\u00a0",
		L: "\u2028",
		P: "\u2029",
	}).map(([k, v]) => [k.charCodeAt(0), v]),
);

/** Digits of numeric escapes. */
const escapeLengths: ReadonlyMap<number, number> = new Map([
	[0x78, 2],
	[0x75, 4],
	[0x55, 8],
]);

export class ScalarScanner extends Reader {
	/** Column of the innermost block collection. */
	indent = -1;
	/** How many flow collections are open. */
	flow = 0;

	protected blockScalar(literal: boolean): string {
		this.skip();
		const { keep, increment } = this.#blockHeader();
		let indent = increment === 0 ? 0 : Math.max(this.indent, 0) + increment;
		const breaks = (): string => {
			const found = this.#blockBreaks(indent);
			indent = found.indent;
			return found.breaks;
		};
		let out = "";
		let lineEnd = "";
		let empty = breaks();
		let blankBefore = false;
		while (this.column === indent && this.at(0) !== 0) {
			const blank = isBlank(this.at(0));
			if (!literal && lineEnd === "\n" && !blankBefore && !blank) {
				if (empty === "") out += " ";
			} else out += lineEnd;
			out += empty + this.readWhile((c) => !isBreakOrEnd(c));
			blankBefore = blank;
			lineEnd = this.skipLine();
			empty = breaks();
		}
		if (keep >= 0) out += lineEnd;
		if (keep > 0) out += empty;
		return out;
	}

	/** The signs after `|`, and the rest of that line. `keep`: -1 no line end at the end, 0 one, 1 all. */
	#blockHeader(): { readonly keep: number; readonly increment: number } {
		let keep = 0;
		let increment = 0;
		const sign = (): void => {
			const c = this.at(0);
			if (c !== 0x2b && c !== 0x2d) return;
			keep = c === 0x2b ? 1 : -1;
			this.skip();
		};
		sign();
		if (isDigit(this.at(0))) {
			increment = hexDigit(this.at(0));
			if (increment === 0) throw this.problem("found an indentation indicator equal to 0");
			this.skip();
			if (keep === 0) sign();
		}
		this.endOfLine();
		return { keep, increment };
	}

	/** Empty lines, and the indentation after them; with none given the deepest one found counts. */
	#blockBreaks(fixedIndent: number): { readonly breaks: string; readonly indent: number } {
		let breaks = "";
		let deepest = 0;
		const inIndent = (): boolean => fixedIndent === 0 || this.column < fixedIndent;
		for (;;) {
			while (inIndent() && this.at(0) === 0x20) this.skip();
			deepest = Math.max(deepest, this.column);
			if (inIndent() && this.at(0) === 0x09) {
				throw this.problem("found a tab character where an indentation space is expected");
			}
			if (!isBreak(this.at(0))) break;
			breaks += this.skipLine();
		}
		return { breaks, indent: fixedIndent === 0 ? Math.max(deepest, this.indent + 1, 1) : fixedIndent };
	}

	protected flowScalar(single: boolean): string {
		const quote = single ? 0x27 : 0x22;
		this.skip();
		let out = "";
		for (;;) {
			if (this.isDocumentMarker()) throw this.problem("found unexpected document indicator");
			if (this.at(0) === 0) throw this.problem("found unexpected end of stream");
			let joined = false;
			while (!isBlankOrEnd(this.at(0))) {
				const c = this.at(0);
				if (c === quote) {
					if (!single || this.at(1) !== quote) break;
					out += "'";
					this.skip(2);
				} else if (!single && c === 0x5c) {
					if (isBreak(this.at(1))) {
						this.skip();
						this.skipLine();
						joined = true;
						break;
					}
					out += this.#escape();
				} else out += this.readWhile((d) => d !== quote && d !== 0x5c && !isBlankOrEnd(d)) || this.read();
			}
			if (this.at(0) === quote) break;
			out += this.#fold(joined, 0).text;
		}
		this.skip();
		return out;
	}

	#escape(): string {
		const c = this.at(1);
		const one = escapes.get(c);
		const length = escapeLengths.get(c);
		if (one === undefined && length === undefined) throw this.problem("found unknown escape character");
		this.skip(2);
		if (one !== undefined) return one;
		let value = 0;
		for (let i = 0; i < (length as number); i++) {
			const digit = hexDigit(this.at(i));
			if (digit < 0) throw this.problem("did not find expected hexdecimal number");
			value = value * 16 + digit;
		}
		if ((value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) {
			throw this.problem("found invalid Unicode character escape code");
		}
		this.skip(length);
		return String.fromCodePoint(value);
	}

	/** `brokeLine`: whether it ended after a line end. */
	protected plainScalar(): { readonly value: string; readonly brokeLine: boolean } {
		const indent = this.indent + 1;
		let out = "";
		let between = "";
		let brokeLine = false;
		const goesOn = (c: number): boolean => {
			if (isBlankOrEnd(c)) return false;
			if (c === 0x3a) return !isBlankOrEnd(this.at(1));
			return this.flow === 0 || !(c === 0x2c || c === 0x3f || c === 0x5b || c === 0x5d || c === 0x7b || c === 0x7d);
		};
		for (;;) {
			if (this.isDocumentMarker() || this.at(0) === 0x23) break;
			const run = this.readWhile(goesOn);
			if (run !== "") {
				out += between + run;
				between = "";
				brokeLine = false;
			}
			if (!isBlank(this.at(0)) && !isBreak(this.at(0))) break;
			const folded = this.#fold(false, indent);
			between = folded.text;
			brokeLine = folded.brokeLine;
			if (this.flow === 0 && this.column < indent) break;
		}
		return { value: out, brokeLine };
	}

	/**
	 * Blanks and line ends inside a scalar, folded: blanks alone stay, one line end is a space, the
	 * others stay. `joined`: a line end was escaped just before. Tabs left of `indent` are refused.
	 */
	#fold(joined: boolean, indent: number): { readonly text: string; readonly brokeLine: boolean } {
		let blanks = "";
		let first = "";
		let others = "";
		let leading = joined;
		for (;;) {
			const c = this.at(0);
			if (isBlank(c)) {
				if (leading && this.column < indent && c === 0x09) {
					throw this.problem("found a tab character that violates indentation");
				}
				if (leading) this.skip();
				else blanks += this.read();
			} else if (isBreak(c)) {
				if (leading) others += this.skipLine();
				else {
					first = this.skipLine();
					leading = true;
				}
			} else break;
		}
		if (!leading) return { text: blanks, brokeLine: false };
		if (first !== "\n") return { text: first + others, brokeLine: true };
		return { text: others === "" ? " " : others, brokeLine: true };
	}
}
