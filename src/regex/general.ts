/**
 * A regular expression of any shape: parsed to a tree, compiled when first used. `test` is answered by
 * the automaton; by the host's RegExp where that is proven safe and the pattern is used a lot; and by
 * the virtual machine or another linear engine where the automaton has too many states.
 * Submatches come from the virtual machine.
 */
import { noteSize, type Shrinkable } from "./budget.ts";
import { Dfa } from "./dfa.ts";
import { type LinearEngine, linearEngine, preferredEngine } from "./linear-engine.ts";
import { compileNative, maxNativeText, promotionUses } from "./native.ts";
import { printNode, re2Spelling } from "./print.ts";
import { compileProgram, type Program } from "./program.ts";
import type { Regex } from "./regex.ts";
import { parseRegex } from "./syntax.ts";
import type { Pattern } from "./tree.ts";
import { backtrack, execProgram, isShort, type Probe } from "./vm.ts";

/** Throws RegexSyntaxError. */
export function compileGeneral(source: string): Regex {
	return new GeneralRegex(parseRegex(source));
}

/** The first tests, of short texts, do not wait for an automaton. */
const directUses = 2;

class GeneralRegex implements Regex, Shrinkable {
	readonly source: string;
	readonly groupCount: number;
	readonly groupNames: readonly string[];
	readonly #pattern: Pattern;
	#program: Program | undefined;
	#dfa: Dfa | undefined;
	#prober: Dfa | undefined;
	#noted = 0;
	#uses = 0;
	#native: RegExp | undefined;
	/** Texts on which the automaton gave up: after two it is not tried again. */
	#givenUp = 0;
	/** The pattern for the other engine. */
	#spelled: string | undefined;
	#declined = false;
	/** Runs of the other engine and of the virtual machine, and the last run's time per character. */
	#engineRuns = 0;
	#engineTime = 0;
	#vmTime = 0;

	constructor(pattern: Pattern) {
		this.#pattern = pattern;
		this.source = pattern.source;
		this.groupCount = pattern.groupCount;
		this.groupNames = pattern.groupNames;
	}

	test(s: string): boolean {
		if (this.#native !== undefined && s.length <= maxNativeText) return this.#native.test(s);
		const preferred = preferredEngine();
		if (preferred !== undefined && !this.#declined) {
			const found = this.#ask(preferred, s);
			if (found !== undefined) return found;
		}
		const uses = ++this.#uses;
		if (uses <= directUses && isShort(this.#compiled(), s.length)) {
			return backtrack(this.#compiled(), s, 0, 0) !== undefined;
		}
		if (uses === promotionUses) this.#native = compileNative(this.#pattern.root, this.#compiled());
		const found = this.#givenUp < 2 ? this.#automaton((dfa) => dfa.test(s, 0)) : undefined;
		return found ?? this.#testHard(s);
	}

	exec(s: string, from: number = 0, groups: number = this.groupCount): Int32Array | undefined {
		const start = this.#givenUp < 2 ? this.#automaton((dfa) => dfa.locate(s, from)) : from;
		return start === -1 ? undefined : execProgram(this.#compiled(), s, start ?? from, groups, this.#mayMatch);
	}

	/** For the virtual machine: stops it from following preferred threads through all of a text in vain. */
	readonly #mayMatch: Probe = (pcs, s, at) => {
		this.#prober ??= new Dfa({ ...this.#compiled(), anchored: true });
		const found = this.#prober.mayMatch(pcs, s, at);
		this.#note();
		return found;
	};

	#note(): void {
		const bytes = (this.#dfa?.bytes ?? 0) + (this.#prober?.bytes ?? 0);
		if (bytes === this.#noted) return;
		this.#noted = bytes;
		noteSize(this, bytes);
	}

	shrink(): void {
		this.#program = undefined;
		this.#prober = undefined;
		this.#dfa = undefined;
		this.#noted = 0;
	}

	#compiled(): Program {
		this.#program ??= compileProgram(this.#pattern);
		return this.#program;
	}

	#automaton<T>(run: (dfa: Dfa) => T | undefined): T | undefined {
		this.#dfa ??= new Dfa(this.#compiled());
		const result = run(this.#dfa);
		if (result === undefined) this.#givenUp++;
		this.#note();
		return result;
	}

	/** Without the automaton. A pattern that comes again is given to whichever engine was faster. */
	#testHard(s: string): boolean {
		const engine = this.#declined || this.#givenUp < 2 ? undefined : linearEngine();
		// The second run shows what the engine has learnt from the first.
		if (engine !== undefined && (this.#engineRuns < 2 || this.#engineTime < this.#vmTime)) {
			const started = performance.now();
			const found = this.#ask(engine, s);
			if (found !== undefined) {
				this.#engineRuns++;
				this.#engineTime = (performance.now() - started) / (s.length + 1);
				return found;
			}
		}
		const started = performance.now();
		const found = execProgram(this.#compiled(), s, 0, 0) !== undefined;
		this.#vmTime = (performance.now() - started) / (s.length + 1);
		return found;
	}

	#ask(engine: LinearEngine, s: string): boolean | undefined {
		this.#spelled ??= printNode(this.#pattern.root, re2Spelling);
		const found = engine.test(this.#spelled, s);
		if (found === undefined) this.#declined = true;
		return found;
	}
}
