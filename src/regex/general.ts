/**
 * A regular expression of any shape: parsed to a tree, compiled when first used, tested by the
 * automaton and searched for submatches by the virtual machine.
 */
import { Dfa } from "./dfa.ts";
import { compileProgram, type Program } from "./program.ts";
import type { Regex } from "./regex.ts";
import { parseRegex } from "./syntax.ts";
import type { Pattern } from "./tree.ts";
import { execProgram } from "./vm.ts";

/** Throws RegexSyntaxError. */
export function compileGeneral(source: string): Regex {
	return new GeneralRegex(parseRegex(source));
}

class GeneralRegex implements Regex {
	readonly source: string;
	readonly groupCount: number;
	readonly groupNames: readonly string[];
	readonly #pattern: Pattern;
	#program: Program | undefined;
	#dfa: Dfa | undefined;

	constructor(pattern: Pattern) {
		this.#pattern = pattern;
		this.source = pattern.source;
		this.groupCount = pattern.groupCount;
		this.groupNames = pattern.groupNames;
	}

	get program(): Program {
		this.#program ??= compileProgram(this.#pattern);
		return this.#program;
	}

	test(s: string): boolean {
		return this.#search(s, 0);
	}

	exec(s: string, from: number = 0, groups: number = this.groupCount): Int32Array | undefined {
		if (!this.#search(s, from)) return undefined;
		return execProgram(this.program, s, from, groups);
	}

	#search(s: string, from: number): boolean {
		this.#dfa ??= new Dfa(this.program);
		return this.#dfa.test(s, from) ?? execProgram(this.program, s, from, 0) !== undefined;
	}
}
