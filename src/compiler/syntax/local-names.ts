/**
 * Fresh names for locals: `__local0__`, `__local1__`, …; in queries `__localq0__`. Names the source
 * itself uses are left out.
 */
import { isCut } from "./shallow.ts";

export class LocalNames {
	readonly #prefix: string;
	readonly #taken: Set<string> = new Set();
	#next = 0;
	/** Source name of each fresh name that stands for a variable. */
	readonly sourceNames: Map<string, string> = new Map();

	constructor(prefix: string) {
		this.#prefix = prefix;
	}

	/** Never hand out this name. */
	avoid(name: string): void {
		this.#taken.add(name);
	}

	fresh(): string {
		for (;;) {
			const name = `${this.#prefix}${this.#next++}__`;
			if (this.#taken.size === 0 || !this.#taken.has(name)) return name;
		}
	}

	/** A fresh name standing for a variable of the source. */
	rename(source: string): string {
		const name = this.fresh();
		this.sourceNames.set(name, source);
		return name;
	}

	/** The name to show: the source's for a renamed variable. */
	shown(name: string): string {
		return this.sourceNames.get(name) ?? name;
	}
}

/** Made by the compiler (also what OPA regards as one of its own, whoever wrote it). */
export function isGenerated(name: string): boolean {
	return name.startsWith("__local") || isCut(name);
}

/** A variable as error messages spell it. */
export function shownVar(name: string): string {
	return /^[$%]/.test(name) ? "_" : name;
}
