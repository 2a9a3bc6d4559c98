/**
 * OPA's own faults (docs/differences.md), by the shape of the programs that can meet them. Asked only
 * where there is a difference.
 */
import type { Module } from "../../src/parser/ast.ts";
import { parseJson } from "../../src/value/json.ts";
import type { PlainObject } from "../../src/value/value.ts";
import type { OracleError } from "./oracle.ts";
import type { ProgramTexts } from "./program.ts";

/** Errors that OPA gives to modules we accept, or that it gives in place of ours. */
export function wronglyRefused(modules: readonly Module[], theirs: readonly OracleError[]): boolean {
	const only = (code: string): boolean => theirs.length > 0 && theirs.every((e) => e.code === code);
	const some = (holds: (tree: unknown) => boolean): boolean => modules.some((m) => holds(m.rules));
	return (
		(only("rego_type_error") && some((t) => mayBeMistyped(t, false))) ||
		(only("rego_unsafe_var_error") && some(repeatsExpression))
	);
}

/** Answers that OPA may have got wrong. */
export function wronglyAnswered(p: ProgramTexts): boolean {
	const text = [...p.modules, ...p.queries].join("\n");
	return (
		replacesBesideValue(p, text) || /with input as .*with input\./.test(text) || /time\.add_date\(.*\d{19}/.test(text)
	);
}

/**
 * A comprehension inside another, which is checked a second time without the variables of the one around
 * it, or with a `with` in it, of which is forgotten what depends on the document replaced.
 */
function mayBeMistyped(tree: unknown, inside: boolean): boolean {
	if (typeof tree !== "object" || tree === null) return false;
	const closure = "kind" in tree && typeof tree.kind === "string" && tree.kind.endsWith("-comprehension");
	if (closure && inside) return true;
	const within = closure || inside;
	if (within && "with" in tree && Array.isArray(tree.with) && tree.with.length > 0) return true;
	return Object.values(tree).some((part) => mayBeMistyped(part, within));
}

/** A body with one expression twice: once it waits for a variable, the second is lost. */
function repeatsExpression(tree: unknown): boolean {
	if (typeof tree !== "object" || tree === null) return false;
	if (Array.isArray(tree) && tree.length > 1) {
		const places = new Set(["start", "end"]);
		const texts = tree.map((x) => JSON.stringify(x, (k, v) => (places.has(k) ? undefined : bigintText(v))));
		if (new Set(texts).size < texts.length && tree.some((x) => x !== null && typeof x === "object" && "what" in x))
			return true;
	}
	return Object.values(tree).some(repeatsExpression);
}

function bigintText(v: unknown): unknown {
	return typeof v === "bigint" ? `${v}n` : v;
}

/** A `with` below a value that is no object, which stays readable beside what was put there. */
function replacesBesideValue(p: ProgramTexts, text: string): boolean {
	const base = (parseJson(p.data) as { readonly base?: PlainObject }).base ?? {};
	for (const [, name, quoted] of text.matchAll(/with data\.base(?:\.(\w+)|\["([^"]*)"\])[.[]/g)) {
		const key = name ?? quoted ?? "";
		const value = Object.hasOwn(base, key) ? base[key] : undefined;
		if (value !== undefined && (typeof value !== "object" || value === null || Array.isArray(value))) return true;
	}
	return false;
}
