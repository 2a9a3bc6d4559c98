/**
 * re2-wasm, contained. The package compiles RE2 with a heap of 16 MiB that cannot grow; its public
 * class never frees a pattern, and running out aborts the module for good. So the inner handles are
 * used instead of the public class, and here is the whole of their life:
 *
 *  - every handle is owned here and deleted when it is evicted: few live at a time, since a pattern
 *    that comes here makes RE2 fill the two thirds of 8 MiB it allows itself for an automaton;
 *  - patterns and texts beyond what the heap surely holds are declined;
 *  - whatever is thrown, the module instance is abandoned and the next call starts a fresh one.
 *
 * Loaded when first needed, synchronously. Where the package or WebAssembly is missing, it declines.
 */
import { loadFreshModule } from "#host";
import type { LinearEngine } from "./linear-engine.ts";

/** What embind makes of the C++ class. */
export interface Re2Handle {
	ok(): boolean;
	error(): string;
	match(input: string, start: number, groups: boolean): Re2Match;
	delete(): void;
}

export interface Re2Match {
	readonly match: string;
	/** In code points; -1 without a match. */
	readonly index: number;
	readonly groups: readonly (string | undefined)[];
}

interface Re2Module {
	readonly WrappedRE2: new (pattern: string, fold: boolean, multiline: boolean, dotAll: boolean) => Re2Handle;
}

const moduleName = "re2-wasm/build/wasm/re2.js";

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
	#module: Re2Module | undefined;
	readonly #live: Map<string, Re2Handle> = new Map();
	readonly #maxText: number;
	/** Set when there is nothing to load. */
	#missing = false;
	/** Instances started; for tests. */
	instances = 0;

	/** A longer text than the default limit may abort the instance, which costs some 30 ms each time. */
	constructor(options: { readonly maxText?: number } = {}) {
		this.#maxText = options.maxText ?? defaultMaxText;
	}

	/** Patterns alive in the heap; for tests. */
	get live(): number {
		return this.#live.size;
	}

	test(pattern: string, s: string): boolean | undefined {
		if (findsInsideCharacters(pattern, s)) return undefined;
		const m = this.match(pattern, s, 0, false);
		return m === undefined ? undefined : m.index >= 0;
	}

	/** The match with the texts of its groups; undefined when declined. An invalid pattern is declined. */
	match(pattern: string, s: string, start: number, groups: boolean): Re2Match | undefined {
		if (pattern.length > maxPattern || s.length > this.#maxText || this.#missing) return undefined;
		try {
			const handle = this.#handle(pattern);
			if (handle === undefined) return undefined;
			// The wrapper cannot encode a lone surrogate; it stands for U+FFFD here as everywhere.
			return handle.match(s.replace(/[\ud800-\udfff]/gu, "\ufffd"), start, groups);
		} catch {
			// Out of memory, most likely: nothing in this instance can be trusted any more.
			this.abandon();
			return undefined;
		}
	}

	/** Forget the instance with everything in it; the next call starts another. */
	abandon(): void {
		this.#module = undefined;
		this.#live.clear();
	}

	#handle(pattern: string): Re2Handle | undefined {
		let handle = this.#live.get(pattern);
		if (handle !== undefined) {
			this.#live.delete(pattern);
			this.#live.set(pattern, handle);
			return handle;
		}
		if (this.#module === undefined) {
			this.#module = loadQuietly();
			if (this.#module === undefined) {
				this.#missing = true;
				return undefined;
			}
			this.instances++;
		}
		for (const [oldest, evicted] of this.#live) {
			if (this.#live.size < maxLive) break;
			this.#live.delete(oldest);
			evicted.delete();
		}
		// The wrapper takes an empty pattern for an error.
		handle = new this.#module.WrappedRE2(pattern === "" ? "(?:)" : pattern, false, false, false);
		if (!handle.ok()) {
			handle.delete();
			return undefined;
		}
		this.#live.set(pattern, handle);
		return handle;
	}
}

/** A fresh instance whose complaints, when it aborts, do not reach the console; undefined without one. */
function loadQuietly(): Re2Module | undefined {
	const warn = console.warn;
	console.warn = () => {};
	let m: unknown;
	try {
		m = loadFreshModule(moduleName);
	} catch {
		// WebAssembly is missing or refused.
	} finally {
		console.warn = warn;
	}
	const module = m as Partial<Re2Module> | undefined;
	return typeof module?.WrappedRE2 === "function" ? (module as Re2Module) : undefined;
}
