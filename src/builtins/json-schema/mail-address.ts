/**
 * Mail addresses as Go's net/mail takes them: `a@b`, `Name <a@b>`, quoted local parts, domain
 * literals, comments, and groups of one. Only the verdict is kept.
 */
import { toByteString } from "../../go/byte-string.ts";
import { parseIp } from "../../go/ip.ts";

/** Thrown inside this file when the text is no address. */
class NoAddress extends Error {}

export function isMailAddress(text: string): boolean {
	const p = new AddressParser(toByteString(text));
	try {
		return p.single();
	} catch (e) {
		if (e instanceof NoAddress) return false;
		throw e;
	}
}

/** Characters of atoms and dots; bytes of other scripts count. */
const atomCharacters = /[^\x00-\x20\x7f()<>[\]:;@\\,"]*/y;

class AddressParser {
	readonly #s: string;
	#i = 0;

	constructor(s: string) {
		this.#s = s;
	}

	/** One address and nothing after it. */
	single(): boolean {
		const count = this.#address(true);
		this.#comments();
		return this.#i === this.#s.length && count === 1;
	}

	#fail(): never {
		throw new NoAddress();
	}

	#space(): void {
		while (this.#s[this.#i] === " " || this.#s[this.#i] === "\t") this.#i++;
	}

	#take(c: string): boolean {
		if (this.#s[this.#i] !== c) return false;
		this.#i++;
		return true;
	}

	/** Number of addresses read: one, or those of a group. */
	#address(groups: boolean): number {
		this.#space();
		if (this.#i === this.#s.length) this.#fail();
		if (this.#addressSpec()) {
			this.#space();
			if (this.#take("(")) this.#comment();
			return 1;
		}
		if (this.#s[this.#i] !== "<") this.#phrase();
		this.#space();
		if (groups && this.#take(":")) return this.#group();
		if (!this.#take("<") || !this.#addressSpec() || !this.#take(">")) this.#fail();
		return 1;
	}

	#group(): number {
		this.#space();
		let count = 0;
		if (this.#take(";")) {
			this.#comments();
			return 0;
		}
		for (;;) {
			this.#space();
			count += this.#address(false);
			this.#comments();
			if (this.#take(";")) {
				this.#comments();
				return count;
			}
			if (!this.#take(",")) this.#fail();
		}
	}

	/** `local@domain`; false, and nothing read, when there is none. */
	#addressSpec(): boolean {
		const start = this.#i;
		try {
			this.#space();
			if (this.#s[this.#i] === '"') {
				if (this.#quoted() === 0) this.#fail();
			} else this.#atom(false);
			if (!this.#take("@")) this.#fail();
			this.#space();
			if (this.#s[this.#i] === "[") this.#domainLiteral();
			else this.#atom(false);
			return true;
		} catch (e) {
			if (!(e instanceof NoAddress)) throw e;
			this.#i = start;
			return false;
		}
	}

	/** Words before the angle bracket; one at least. */
	#phrase(): void {
		let words = 0;
		for (;;) {
			if (words > 0) this.#comments();
			this.#space();
			if (this.#i === this.#s.length) break;
			const start = this.#i;
			try {
				if (this.#s[this.#i] === '"') this.#quoted();
				else this.#atom(true);
			} catch (e) {
				if (!(e instanceof NoAddress) || words === 0) throw e;
				this.#i = start;
				break;
			}
			words++;
		}
	}

	#atom(anyDots: boolean): void {
		atomCharacters.lastIndex = this.#i;
		const atom = atomCharacters.exec(this.#s)?.[0] ?? "";
		if (atom === "") this.#fail();
		if (!anyDots && /^\.|\.\.|\.$/.test(atom)) this.#fail();
		this.#i += atom.length;
	}

	/** Length of the text between quotes. */
	#quoted(): number {
		let length = 0;
		for (let i = this.#i + 1; ; i++) {
			let c = this.#s[i];
			if (c === '"') {
				this.#i = i + 1;
				return length;
			}
			if (c === "\\") c = this.#s[++i];
			if (c === undefined || (c < " " && c !== "\t") || c === "\x7f") this.#fail();
			length++;
		}
	}

	#domainLiteral(): void {
		const close = this.#s.indexOf("]", this.#i);
		if (close < 0) this.#fail();
		if (parseIp(this.#s.slice(this.#i + 1, close)) === undefined) this.#fail();
		this.#i = close + 1;
	}

	#comments(): void {
		this.#space();
		while (this.#take("(")) {
			this.#comment();
			this.#space();
		}
	}

	/** The rest of a comment after its opening parenthesis. */
	#comment(): void {
		for (let depth = 1; depth > 0; this.#i++) {
			const c = this.#s[this.#i];
			if (c === undefined) this.#fail();
			if (c === "\\" && this.#i + 1 < this.#s.length) this.#i++;
			else if (c === "(") depth++;
			else if (c === ")") depth--;
		}
	}
}
