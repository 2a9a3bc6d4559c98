/**
 * OPA's own faults (docs/differences.md), by the shape of the programs that can meet them. Asked only
 * where there is a difference.
 */
import type { Body, Module } from "../../src/parser/ast.ts";
import { parseJson } from "../../src/value/json.ts";
import type { PlainObject } from "../../src/value/value.ts";
import type { OracleError } from "./oracle.ts";
import type { ProgramTexts } from "./program.ts";

/** Errors that OPA gives to modules or a query we accept, or that it gives in place of ours. */
export function wronglyRefused(trees: readonly (Module | Body)[], theirs: readonly OracleError[]): boolean {
	const only = (code: string): boolean => theirs.length > 0 && theirs.every((e) => e.code === code);
	const some = (holds: (tree: unknown) => boolean): boolean => trees.some((t) => holds("rules" in t ? t.rules : t));
	return (
		(only("rego_type_error") && some((t) => mayBeMistyped(t, false) || comprehendsInBlock(t))) ||
		(only("rego_unsafe_var_error") &&
			(some(repeatsExpression) || theirs.every((e) => concernsOnlyMadeUpVariables(e) || some((t) => lends(t, e)))))
	);
}

/** Unsafe variables of ours in what OPA goes on to evaluate with the variable unbound. */
export function evaluatedUnbound(trees: readonly (Module | Body)[], ours: readonly OracleError[]): boolean {
	const closes = (n: Node): boolean => /-comprehension$|^template-string$/.test(n.kind);
	const hides = (n: Node): boolean =>
		/^(?:set|object|every|block|logical)$|-comprehension$/.test(n.kind) || (n.kind === "expr" && anyNode(n, closes));
	// A head's terms go to the end of the body, with what is in them.
	const headHides = (tree: unknown, e: OracleError): boolean =>
		anyNode(tree, (n) => "head" in n && anyNode(n["head"], closes) && holdsVar(n["head"], unsafeName(e)));
	const inTree = (tree: unknown, e: OracleError): boolean =>
		anyNode(tree, (n) => hides(n) && holdsVar(n, unsafeName(e))) || headHides(tree, e);
	return (
		ours.length > 0 &&
		ours.every((e) => e.code === "rego_unsafe_var_error" && trees.some((t) => inTree("rules" in t ? t.rules : t, e)))
	);
}

/** Errors of ours for modules that OPA accepts. */
export function wronglyAccepted(modules: readonly Module[], ours: readonly OracleError[]): boolean {
	if (evaluatedUnbound(modules, ours)) return true;
	return ours.every(
		(e) =>
			// A template string that reads the variable it is given to.
			(e.code === "rego_unsafe_var_error" && modules.some((m) => holdsTemplate(m.rules, unsafeName(e)))) ||
			// In blocks of `and`, `or` and `every` we repeat OPA's error of the nested comprehension, more often than OPA.
			(e.code === "rego_type_error" &&
				e.message.startsWith("undefined ref: ") &&
				modules.some((m) => comprehendsInBlock(m.rules))) ||
			// Of an object's computed keys, the one whose made-up variable sorts last gives the type of all.
			(e.code === "rego_type_error" &&
				e.message === "match error" &&
				modules.some((m) => anyNode(m.rules, hasComputedKeys))) ||
			// A variable that is equal to a template string before its parts are bound has no type in OPA.
			(e.code === "rego_type_error" &&
				/^(?:undefined ref: |match error)/.test(e.message) &&
				modules.some((m) => anyNode(m.rules, (n) => n.kind === "template-string"))),
	);
}

function hasComputedKeys(n: Node): boolean {
	if (n.kind !== "object" || !Array.isArray(n["entries"])) return false;
	const entries = n["entries"] as readonly (readonly [Node, Node])[];
	return entries.filter(([key]) => key.kind !== "scalar").length > 1;
}

function comprehendsInBlock(tree: unknown): boolean {
	const inside = (n: Node): boolean => anyNode(n, (x) => x.kind.endsWith("-comprehension"));
	return anyNode(tree, (n) => /^(?:every|logical|block)$/.test(n.kind) && inside(n));
}

function unsafeName(e: OracleError): string | undefined {
	return /^var (\w+) is unsafe$/.exec(e.message)?.[1];
}

function holdsTemplate(tree: unknown, name: string | undefined): boolean {
	return anyNode(tree, (n) => n.kind === "template-string" && holdsVar(n, name));
}

/** A call that has to wait lends the variable it will bind to the equation after it: closures are then too early. */
function lends(tree: unknown, e: OracleError): boolean {
	const name = unsafeName(e);
	const closure = (n: Node): boolean => /-comprehension$|^every$|^block$|^logical$/.test(n.kind) && holdsVar(n, name);
	return anyNode(tree, (n) => n.kind === "call" && holdsVar(n, name)) && anyNode(tree, closure);
}

interface Node {
	readonly kind: string;
	readonly [name: string]: unknown;
}

function holdsVar(tree: unknown, name: string | undefined): boolean {
	const isIt = (n: unknown): boolean => n === name || (name === "_" && typeof n === "string" && n.startsWith("$"));
	return name !== undefined && anyNode(tree, (n) => n.kind === "var" && isIt(n.name));
}

function anyNode(tree: unknown, holds: (n: Node) => boolean): boolean {
	if (typeof tree !== "object" || tree === null) return false;
	if ("kind" in tree && typeof tree.kind === "string" && holds(tree as Node)) return true;
	return Object.values(tree).some((part) => anyNode(part, holds));
}

function concernsOnlyMadeUpVariables(e: OracleError): boolean {
	return e.message === "expression is unsafe";
}

/** Answers that OPA may have got wrong. */
export function wronglyAnswered(p: ProgramTexts): boolean {
	const text = [...p.modules, ...p.queries].join("\n");
	return (
		// A body that OPA drops.
		/(?:\{|\bif) *(?:not true|true with|not true with)(?: [^;\n]*)?(?:\}|$)/m.test(text) ||
		// An `every` that is evaluated before what it is over is bound.
		/\bevery [\w, ]+ in [[{]?(\w+)[\]}]? \{[^\n]*\b\1\b[^\n;]* = /.test(text) ||
		/\bevery [\w, ]+ in [[{]?(\w+)[\]}]? \{[^\n]* = [^\n;]*\b\1\b/.test(text) ||
		replacesBesideValue(p, text) ||
		changesBaseDocuments(text) ||
		p.queries.some(readsReplacedWhole) ||
		p.queries.some(testsClosureThatWaits) ||
		(text.match(/regex\.template_match/g) ?? []).length > 1 ||
		/with input as .*with input\./.test(text)
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

/** `data.a with data.a.b as …`, where rules below `data.a.b` leave empty objects beside what was put there. */
function readsReplacedWhole(query: string): boolean {
	return /^data[^ ]*(?: = \w+)? with data\./.test(query);
}

/** `1 in {1 | 1 == v}; v = 2`: shows a row with `false`. */
function testsClosureThatWaits(query: string): boolean {
	return /\bin [[{][^;]*\|[^;]*;/.test(query);
}

/** Equal numbers of several spellings: which of them a set or a rule keeps goes by the order of evaluation. */
export function spellsNumbersTwice(p: ProgramTexts): boolean {
	const text = [...p.modules, ...p.queries, p.data, p.input ?? ""].join("\n");
	const spellings = new Map<number, string>();
	for (const [number] of text.matchAll(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
		// -0 and 0 are one number here.
		const value = Number(number) + 0;
		const other = spellings.get(value);
		if (other !== undefined && other !== number) return true;
		spellings.set(value, number);
	}
	return false;
}

/** A `with` inside a document that another has replaced by a part of the base documents: that part is changed. */
function changesBaseDocuments(text: string): boolean {
	const replaced = [...text.matchAll(/with (input|data\.[\w.[\]"]+) as data\./g)].map((m) => m[1] as string);
	return replaced.some((target) => [".", "["].some((next) => text.includes(`with ${target}${next}`)));
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
