/** Lines on their way to standard error: written together, once in a turn of the event loop, in their order. */
import type { CliIo } from "../io.ts";

/** So much is written at once at most. */
const most = 1 << 16;

export class LineBuffer {
	readonly #io: CliIo;
	#kept = "";
	#waiting = false;

	constructor(io: CliIo) {
		this.#io = io;
	}

	write(line: string): void {
		this.#kept += line;
		if (this.#kept.length > most) {
			this.flush();
			return;
		}
		if (this.#waiting) return;
		this.#waiting = true;
		setImmediate(() => {
			this.#waiting = false;
			this.flush();
		});
	}

	flush(): void {
		if (this.#kept === "") return;
		const text = this.#kept;
		this.#kept = "";
		this.#io.stderr(text);
	}
}
