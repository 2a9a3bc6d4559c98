/**
 * Lines on their way to standard error: written together, once in a turn of the event loop, in their order. Who
 * does not read them must not stop the server: they are kept for a while, and lost beyond that.
 */
import { lineWriter } from "../../agent/gate/log-stream.ts";
import type { CliIo } from "../io.ts";

/** So many characters are handed over at once: what takes them keeps little itself. */
const atOnce = 1 << 14;
/** So many may wait. */
const most = 1 << 26;
const retryMs = 20;

export class LineBuffer {
	readonly #take: (text: string) => boolean;
	#kept = "";
	#lost = 0;
	#waiting = false;

	constructor(io: CliIo) {
		if (io.stderrFd === undefined) {
			this.#take = (text) => {
				io.stderr(text);
				return true;
			};
			return;
		}
		const write = lineWriter(io.stderrFd);
		this.#take = (text) => write(text) !== false;
	}

	write(line: string): void {
		if (this.#kept.length + line.length > most) {
			this.#lost++;
			return;
		}
		this.#kept += line;
		if (this.#waiting) return;
		this.#waiting = true;
		setImmediate(() => this.#turn());
	}

	/** All that can be written now. */
	flush(): void {
		let at = 0;
		while (at < this.#kept.length && this.#take(this.#kept.slice(at, at + atOnce))) at += atOnce;
		this.#kept = this.#kept.slice(at);
		if (this.#lost === 0 || this.#kept !== "") return;
		const fields = { level: "warning", lines: this.#lost, msg: "Log lines left out.", time: new Date().toISOString() };
		this.#lost = 0;
		this.#take(`${JSON.stringify(fields)}\n`);
	}

	#turn(): void {
		this.flush();
		if (this.#kept === "") this.#waiting = false;
		else setTimeout(() => this.#turn(), retryMs).unref();
	}
}
