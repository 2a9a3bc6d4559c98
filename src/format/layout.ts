/**
 * The text being written: lines, their indentation, and the comment that waits for the end of its line.
 * Knows nothing of Rego.
 */
import type { PlacedComment } from "./comments.ts";
import { UnexpectedComment } from "./comments.ts";

export class Layout {
	/** Pieces, so that taking some back does not depend on how much was written before. */
	readonly #out: string[] = [];
	level = 0;
	/** Something of the current line was written. */
	inLine = false;
	/** To be written where the current line ends. */
	waiting: PlacedComment | undefined;
	/** The next line end is not the one that the comment waits for. */
	#delayed = false;

	get text(): string {
		return this.#out.join("");
	}

	write(text: string): void {
		this.#out.push(text);
	}

	startLine(): void {
		this.inLine = true;
		this.#out.push("\t".repeat(this.level));
	}

	endLine(): void {
		this.inLine = false;
		if (this.waiting !== undefined && !this.#delayed) {
			this.#out.push(` ${this.waiting.text}`);
			this.waiting = undefined;
		}
		this.#delayed = false;
		this.#out.push("\n");
	}

	/** An empty line; ends the current one first. */
	blankLine(): void {
		if (this.inLine) this.endLine();
		this.#out.push("\n");
	}

	/** A whole line. */
	writeLine(text: string): void {
		if (!this.inLine) this.startLine();
		this.write(text);
		this.endLine();
	}

	up(): void {
		this.level++;
	}

	down(): void {
		if (this.level === 0) throw new Error("negative indentation level");
		this.level--;
	}

	delayWaiting(): void {
		this.#delayed = true;
	}

	/** The first line of several, one level deeper. */
	startLines(): void {
		this.endLine();
		this.up();
		this.startLine();
	}

	/** Keeps a comment for the end of the line. Two cannot be kept: throws UnexpectedComment, with `rest` for what follows. */
	keep(comment: PlacedComment | undefined, rest: readonly PlacedComment[]): void {
		if (this.waiting === undefined) {
			this.waiting = comment;
			return;
		}
		if (comment === undefined) return;
		this.waiting = undefined;
		throw new UnexpectedComment(rest);
	}

	mark(): LayoutMark {
		return { pieces: this.#out.length, level: this.level };
	}

	/** Takes back what was written since a mark. */
	restore(mark: LayoutMark): void {
		this.#out.length = mark.pieces;
		this.level = mark.level;
	}
}

export interface LayoutMark {
	readonly pieces: number;
	readonly level: number;
}
