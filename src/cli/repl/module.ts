/** The modules that a session writes: for each package its imports and the rules entered so far. */
import { formatModule } from "../../format/format.ts";
import { Source } from "../../location.ts";
import { type Module, type RegoVersion, ruleName } from "../../parser/ast.ts";
import { parseModule } from "../../parser/parser.ts";
import { printRef } from "../../parser/print.ts";

export interface EnteredRule {
	readonly name: string;
	/** As it is told of: with the keys of its head. */
	readonly head: string;
	readonly text: string;
}

export interface Entered {
	/** As after the word `package`. */
	readonly path: string;
	readonly imports: readonly string[];
	readonly rules: readonly EnteredRule[];
}

export function emptyPackage(path: string): Entered {
	return { path, imports: [], rules: [] };
}

/** Text before the rules: one line for each that an error's row counts. */
function preamble({ path, imports }: Pick<Entered, "path" | "imports">): string {
	return [`package ${path}`, ...imports].map((line) => `${line}\n`).join("");
}

function textOf(entered: Entered): string {
	return preamble(entered) + entered.rules.map((r) => `${r.text}\n`).join("");
}

/** Reads statements that are to stand in a package. Rows of errors are those of the text. */
export function readRules(text: string, into: Entered, regoVersion: RegoVersion): ReturnType<typeof parseModule> {
	const before = preamble(into);
	const source = new Source("", `${before}${text}`);
	return parseModule(source, { regoVersion });
}

/** Rows that stand before the text of a statement. */
export function rowsBefore(entered: Entered): number {
	return 1 + entered.imports.length;
}

/** What `show` prints. */
export function showPackage(entered: Entered, regoVersion: RegoVersion): string {
	// Each was entered by itself, and is shown so.
	const text = preamble(entered) + entered.rules.map((r) => `${r.text}\n\n`).join("");
	const { value } = parseModule(new Source("", text), { regoVersion });
	return value === undefined ? textOf(entered) : (formatModule(value, { regoVersion }).text ?? textOf(entered));
}

/** The text of each rule of a module. */
export function ruleTexts(m: Module): readonly EnteredRule[] {
	return m.rules.map((r) => ({
		name: ruleName(r),
		head: printRef(r.head.ref),
		text: m.source.text.slice(r.start, r.end),
	}));
}
