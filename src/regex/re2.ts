/**
 * re2-wasm, contained. The package compiles RE2 with a heap of 16 MiB that cannot grow, and its class frees
 * no pattern by itself; running out aborts it for the rest of the process. So:
 *
 *  - few patterns live at a time, and what is evicted is freed: a pattern that comes here makes RE2 fill the
 *    two thirds of 8 MiB it allows itself for an automaton;
 *  - patterns and texts beyond what the heap surely holds are declined;
 *  - once anything is thrown, everything is declined: our own machines then answer, in linear time too.
 *
 * Loaded when first needed, synchronously, by what the host provides (src/host/node.ts). Where that is
 * nothing, or WebAssembly is missing, it declines.
 */
import type { LinearEngine } from "./linear-engine.ts";

/** The package's class, as far as it is used. */
export interface Re2 {
	test(text: string): boolean;
	/** Its handle on a pattern: that the heap is freed through it is all we ask of it. */
	readonly wrapper?: { delete(): void };
}

export type Re2Class = new (pattern: string, flags: "u") => Re2;

let provided: () => unknown = () => undefined;

/** How this host loads the package: its exports, or undefined. */
export function provideRe2(load: () => unknown): void {
	provided = load;
}

/** Live patterns: two fill half of the heap at most. */
const maxLive = 2;
const maxPattern = 1 << 14;
/** UTF-16 units; the heap holds two UTF-8 copies. */
const defaultMaxText = 1 << 19;

/** RE2 as it is compiled here also finds `\B` between the bytes of one character; Go's engine does not. */
export function findsInsideCharacters(pattern: string, s: string): boolean {
	return pattern.includes("\\B") && /[^\0-\x7f]/.test(s);
}

export class Re2Engine implements LinearEngine {
	readonly name = "re2-wasm";
	#class: Re2Class | undefined;
	readonly #live: Map<string, Re2> = new Map();
	readonly #maxText: number;
	readonly #load: () => unknown;
	#loaded = false;

	/** Text longer than the default limit may abort the package for good. */
	constructor(options: { readonly maxText?: number; readonly load?: () => unknown } = {}) {
		this.#maxText = options.maxText ?? defaultMaxText;
		this.#load = options.load ?? (() => provided());
	}

	/** Patterns alive in the heap; for tests. */
	get live(): number {
		return this.#live.size;
	}

	/** Whether a pattern is found; undefined when declined. An invalid pattern is declined. */
	test(pattern: string, s: string): boolean | undefined {
		if (findsInsideCharacters(pattern, s)) return undefined;
		if (pattern.length > maxPattern || s.length > this.#maxText) return undefined;
		const re2 = this.#re2();
		if (re2 === undefined) return undefined;
		try {
			// The package cannot encode a lone surrogate; it stands for U+FFFD here as everywhere.
			return this.#pattern(re2, pattern)?.test(s.replace(/[\ud800-\udfff]/gu, "\ufffd"));
		} catch {
			// Out of memory, most likely: nothing in its heap can be trusted any more.
			this.#class = undefined;
			this.#live.clear();
			return undefined;
		}
	}

	#re2(): Re2Class | undefined {
		if (this.#loaded) return this.#class;
		this.#loaded = true;
		try {
			const exported = this.#load() as { readonly RE2?: Re2Class } | undefined;
			this.#class = exported?.RE2;
		} catch {
			// The package is not installed, or WebAssembly is refused.
		}
		return this.#class;
	}

	#pattern(re2: Re2Class, pattern: string): Re2 | undefined {
		const known = this.#live.get(pattern);
		if (known !== undefined) {
			this.#live.delete(pattern);
			this.#live.set(pattern, known);
			return known;
		}
		for (const [oldest, evicted] of this.#live) {
			if (this.#live.size < maxLive) break;
			this.#live.delete(oldest);
			evicted.wrapper?.delete();
		}
		let made: Re2;
		try {
			made = new re2(pattern, "u");
		} catch (e) {
			if (e instanceof SyntaxError) return undefined;
			throw e;
		}
		this.#live.set(pattern, made);
		return made;
	}
}
