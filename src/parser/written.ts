/**
 * Where a term was written, parentheses around it included. A term's own span leaves them out, and that of `(a) + b`
 * begins behind the first: OPA's text of a term has them.
 */
import type { Comment, Span, Term } from "./ast.ts";

/** Behind these, a parenthesis opens no call. */
const keywords: ReadonlySet<string> = new Set(
	"and as contains default else every if import in not or package some with".split(" "),
);

export class WrittenSpans {
	readonly #text: string;
	/** Comments by their ends and by their beginnings. */
	readonly #ending: ReadonlyMap<number, number>;
	readonly #starting: ReadonlyMap<number, number>;

	constructor(text: string, comments: readonly Comment[]) {
		this.#text = text;
		this.#ending = new Map(comments.map((c) => [c.end, c.start]));
		this.#starting = new Map(comments.map((c) => [c.start, c.end]));
	}

	of(term: Term): Span {
		// An infix call begins where its first operand does, and that in turn.
		const spine: Term[] = [term];
		for (let t = term; t.kind === "call" && t.infix; ) {
			const first: Term | undefined = t.args[0];
			if (first === undefined) break;
			spine.push(first);
			t = first;
		}
		const innermost = spine.at(-1) ?? term;
		const into = innermost.kind === "ref" ? innermost.terms[0] : undefined;
		let { start } = into === undefined ? innermost : this.of(into);
		let span: Span = term;
		for (const t of spine.reverse()) {
			span = this.#withParentheses({ start, end: t.end });
			start = span.start;
		}
		return span;
	}

	#withParentheses(span: Span): Span {
		let { start, end } = span;
		for (;;) {
			const open = this.#before(start);
			const close = this.#behind(end);
			if (this.#text[open] !== "(" || this.#text[close] !== ")" || this.#opensCall(open)) return { start, end };
			start = open;
			end = close + 1;
		}
	}

	/** The offset of the last character before an offset that is no blank, and in no comment. */
	#before(offset: number): number {
		for (let i = offset; ; ) {
			const comment = this.#ending.get(i);
			if (comment !== undefined) i = comment;
			else if (i > 0 && /\s/.test(this.#text[i - 1] ?? "")) i--;
			else return i - 1;
		}
	}

	#behind(offset: number): number {
		for (let i = offset; ; ) {
			const comment = this.#starting.get(i);
			if (comment !== undefined) i = comment;
			else if (i < this.#text.length && /\s/.test(this.#text[i] ?? "")) i++;
			else return i;
		}
	}

	#opensCall(open: number): boolean {
		let i = open;
		while (i > 0 && /[A-Za-z0-9_]/.test(this.#text[i - 1] ?? "")) i--;
		if (i < open) return !keywords.has(this.#text.slice(i, open)) || this.#text[i - 1] === ".";
		return /[\])]/.test(this.#text[open - 1] ?? "");
	}
}
