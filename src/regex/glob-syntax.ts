/**
 * Parses glob patterns: `*` and `?` stop at separators, `**` does not, `[abc]`, `[a-z]`, `[!…]`,
 * `{a,b}`, and `\` before any character. Text in, tree out, with the error texts that OPA shows. The
 * oddities of OPA's glob parser are kept: a NUL ends a text, a replacement character is unreadable,
 * braces may stay open at the end.
 */

import { at, codePoint, pop } from "../at.ts";
import { LimitError } from "../limit-error.ts";
import { runeAt } from "./pattern-reader.ts";

export class GlobSyntaxError extends Error {
	constructor(message: string) {
		super(message);
		this.name = "GlobSyntaxError";
	}
}

export type GlobNode =
	| { readonly kind: "pattern"; readonly children: readonly GlobNode[] }
	/** Alternatives. */
	| { readonly kind: "anyOf"; readonly children: readonly GlobNode[] }
	| { readonly kind: "text"; readonly text: string }
	| { readonly kind: "list"; readonly chars: string; readonly not: boolean }
	| { readonly kind: "range"; readonly lo: number; readonly hi: number; readonly not: boolean }
	| { readonly kind: "nothing" | "any" | "super" | "single" };

export type GlobPattern = Extract<GlobNode, { readonly kind: "pattern" }>;

/** Deepest nesting of braces: later passes recurse. */
const maxDepth = 500;

/** Alternatives being collected: those finished, and the pieces of the current one. */
interface Level {
	readonly alternatives: GlobNode[];
	pieces: GlobNode[];
}

/** Throws GlobSyntaxError. */
export function parseGlob(pattern: string): GlobPattern {
	return new GlobParser(pattern).parse();
}

class GlobParser {
	readonly #s: string;
	#i = 0;

	constructor(pattern: string) {
		this.#s = pattern;
	}

	/** The next character, "" at the end, "\0" and "\ufffd" for themselves. */
	#peek(): string {
		return this.#i >= this.#s.length ? "" : String.fromCodePoint(runeAt(this.#s, this.#i));
	}

	parse(): GlobPattern {
		const levels: Level[] = [{ alternatives: [], pieces: [] }];
		let level = at(levels, 0);
		for (;;) {
			const c = this.#peek();
			if (c === "\ufffd") throw new GlobSyntaxError("could not read rune");
			if (c === "" || c === "\0") break;
			const nested = levels.length > 1;
			if (c === "{") {
				this.#i++;
				level = { alternatives: [], pieces: [] };
				if (levels.push(level) > maxDepth) throw new LimitError("glob: braces are nested too deeply");
			} else if (c === "," && nested) {
				this.#i++;
				level.alternatives.push({ kind: "pattern", children: level.pieces });
				level.pieces = [];
			} else if (c === "}" && nested) {
				this.#i++;
				level = closeLevel(levels);
			} else if (c === "[") {
				this.#i++;
				level.pieces.push(this.#set());
			} else if (c === "?") {
				this.#i++;
				level.pieces.push({ kind: "single" });
			} else if (c === "*") {
				this.#i++;
				const double = this.#peek() === "*";
				if (double) this.#i++;
				level.pieces.push({ kind: double ? "super" : "any" });
			} else {
				const text = this.#text(nested ? "?*[{}," : "?*[{");
				if (text !== "") level.pieces.push({ kind: "text", text });
			}
		}
		while (levels.length > 1) level = closeLevel(levels);
		return { kind: "pattern", children: level.pieces };
	}

	/** Characters up to an unescaped breaker, or a NUL, which is consumed. */
	#text(breakers: string): string {
		let out = "";
		for (let escaped = false; ; ) {
			const c = this.#peek();
			if (c === "" || c === "\ufffd") break;
			if (c === "\0") {
				this.#i++;
				break;
			}
			if (!escaped && c === "\\") {
				escaped = true;
				this.#i++;
				continue;
			}
			if (!escaped && breakers.includes(c)) break;
			escaped = false;
			out += c;
			this.#i += c.length;
		}
		return out;
	}

	/** After `[`: one range or a list of characters, then `]`. */
	#set(): GlobNode {
		let c = this.#setRune();
		const not = c === "!";
		if (not) c = this.#setRune();
		if (this.#peek() === "-") {
			this.#i++;
			const hi = this.#setRune();
			this.#closeSet();
			if (codePoint(hi) < codePoint(c)) {
				throw new GlobSyntaxError(`hi character '${hi}' should be greater than lo '${c}'`);
			}
			return { kind: "range", lo: codePoint(c), hi: codePoint(hi), not };
		}
		if (c === "]" && this.#peek() === "\ufffd") throw new GlobSyntaxError("could not read rune");
		this.#i -= c.length;
		const chars = this.#text("]");
		this.#closeSet();
		if (chars === "") throw new GlobSyntaxError("could not parse range");
		return { kind: "list", chars, not };
	}

	#setRune(): string {
		const c = this.#peek();
		if (c === "" || c === "\0" || c === "\ufffd") throw new GlobSyntaxError("unexpected end of input");
		this.#i += c.length;
		return c;
	}

	#closeSet(): void {
		if (this.#setRune() !== "]") throw new GlobSyntaxError("expected close range character");
	}
}

/** Finish the innermost braces into the level around them, which is returned. */
function closeLevel(levels: Level[]): Level {
	const level = pop(levels);
	const outer = at(levels, levels.length - 1);
	const last: GlobNode = { kind: "pattern", children: level.pieces };
	outer.pieces.push({ kind: "anyOf", children: [...level.alternatives, last] });
	return outer;
}
