/** Tells people about long pulls: a line now and then, and none for what is quick. */
import type { OpenOptions } from "./image.ts";

const firstAfterMs = 2_000;
const everyMs = 1_000;

export class Progress {
	readonly #tell: OpenOptions["onProgress"];
	readonly #name: string;
	readonly #now: () => number;
	#next: number;
	#read = 0;
	#of = 0;

	constructor(name: string, tell: OpenOptions["onProgress"], now: () => number = Date.now) {
		this.#name = name;
		this.#tell = tell;
		this.#now = now;
		this.#next = now() + firstAfterMs;
	}

	/** How much is going to be read. */
	expect(bytes: number): void {
		this.#of += bytes;
	}

	/** Passes the pieces of a blob on. */
	async *count(blob: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
		let counted = 0;
		for await (const piece of blob) {
			counted += piece.length;
			this.#read += piece.length;
			this.#maybeTell();
			yield piece;
		}
		this.#read += size - counted;
	}

	/** Something that takes time, and has no size: a pause before another attempt. */
	say(what: string): void {
		this.#tell?.(`${this.#name}: ${what}`);
	}

	#maybeTell(): void {
		if (this.#tell === undefined || this.#now() < this.#next) return;
		this.#next = this.#now() + everyMs;
		this.#tell(`${this.#name}: ${mebibytes(this.#read)} of ${mebibytes(this.#of)} MiB`);
	}
}

function mebibytes(bytes: number): string {
	return (bytes / 2 ** 20).toFixed(0);
}
