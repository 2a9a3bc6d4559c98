/** A place in a YAML text: looking ahead, moving on by characters and lines. */
import { forbiddenFrom, isBlank, isBlankOrEnd, isBreak, isBreakOrEnd } from "./characters.ts";
import { YamlError } from "./error.ts";

export class Reader {
	readonly #text: string;
	/** The text is cut short before a forbidden character. */
	readonly #cut: boolean;
	#pos = 0;
	/** From 0. */
	line = 0;
	/** Where the token being read began. */
	tokenLine = 0;
	/** In characters, from 0. */
	column = 0;
	/** Characters before this place. */
	index = 0;

	constructor(text: string) {
		const from = text.startsWith("\ufeff") ? 1 : 0;
		const end = forbiddenFrom(text);
		this.#cut = end >= 0;
		this.#text = text.slice(from, end < 0 ? undefined : Math.max(end, from));
	}

	/** The char code so far ahead; 0 at the end. */
	at(ahead: number): number {
		const i = this.#pos + ahead;
		if (i < this.#text.length) return this.#text.charCodeAt(i);
		if (this.#cut) throw new YamlError("yaml: control characters are not allowed");
		return 0;
	}

	/** Over characters that end no line. */
	skip(count = 1): void {
		for (let i = 0; i < count; i++) {
			this.#pos += isPairAt(this.#text, this.#pos) ? 2 : 1;
			this.column++;
			this.index++;
		}
	}

	/** One character that ends no line. */
	read(): string {
		const from = this.#pos;
		this.skip();
		return this.#text.slice(from, this.#pos);
	}

	/** The longest run of characters for which the condition holds; it must not hold at the end. */
	readWhile(holds: (c: number) => boolean): string {
		const from = this.#pos;
		while (holds(this.at(0))) this.skip();
		return this.#text.slice(from, this.#pos);
	}

	skipUntilBreak(): void {
		while (!isBreakOrEnd(this.at(0))) this.skip();
	}

	/** Over a line end, which is returned as it counts in scalars; "" where there is none. */
	skipLine(): string {
		const c = this.at(0);
		if (!isBreak(c)) return "";
		const size = c === 0x0d && this.at(1) === 0x0a ? 2 : 1;
		this.#pos += size;
		this.index += size;
		this.column = 0;
		this.line++;
		return c === 0x2028 || c === 0x2029 ? String.fromCharCode(c) : "\n";
	}

	/** Over blanks and a comment to the end of the line, and over that. */
	endOfLine(): void {
		while (isBlank(this.at(0))) this.skip();
		if (this.at(0) === 0x23) this.skipUntilBreak();
		if (!isBreakOrEnd(this.at(0))) throw this.problem("did not find expected comment or line break");
		this.skipLine();
	}

	/** `---` or `...` with nothing after it, at the beginning of a line. */
	isDocumentMarker(): boolean {
		if (this.column !== 0) return false;
		const c = this.at(0);
		return (c === 0x2d || c === 0x2e) && this.at(1) === c && this.at(2) === c && isBlankOrEnd(this.at(3));
	}

	/** An error at this place, in a construct that began on another line, by default with the token. */
	problem(what: string, from: number = this.tokenLine): YamlError {
		const text = (line: number): string => `yaml: ${line === 0 ? "" : `line ${line + 1}: `}${what}`;
		return new YamlError(text(this.line), text(from === 0 ? this.line : from));
	}
}

function isPairAt(text: string, i: number): boolean {
	const c = text.charCodeAt(i);
	if (c < 0xd800 || c > 0xdbff) return false;
	const d = text.charCodeAt(i + 1);
	return d >= 0xdc00 && d <= 0xdfff;
}
