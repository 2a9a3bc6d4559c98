/**
 * What OPA's messages probably mean, as a table: mistakes of people who come from other languages, from Rego
 * v0, or who misspelt a name. A hint is never wrong to ignore; the message beside it is OPA's.
 */

import { at } from "../at.ts";
import type { RegoError } from "../errors.ts";
import { Source } from "../location.ts";
import { dottedName, type Module } from "../parser/ast.ts";
import type { HintSources } from "./hints.ts";
import { nearest } from "./suggest.ts";

/** Only so many errors are looked at: hints are for people. */
const maxErrors = 20;

export function addHints(errors: readonly RegoError[], known: HintSources): void {
	const names = new Names(known);
	for (const e of errors.slice(0, maxErrors)) e.hint ??= hintFor(e, names);
}

/** Names there are to mean, gathered when first asked for. */
class Names {
	readonly #known: HintSources;
	#sources: ReadonlyMap<string, Source> | undefined;

	constructor(known: HintSources) {
		this.#known = known;
	}

	/** Text of the error's line, from its place on. */
	rest(e: RegoError): string {
		const at = e.location;
		if (at === undefined) return "";
		return [...(this.#source(at.file)?.line(at.row) ?? "")].slice(at.col - 1).join("");
	}

	#source(file: string): Source | undefined {
		this.#sources ??= new Map(
			[
				...(this.#known.sources ?? []),
				...(this.#known.modules ?? []).map((m) => m.source),
				...(this.#known.query === undefined ? [] : [new Source("", this.#known.query)]),
			].map((s) => [s.name, s]),
		);
		return this.#sources.get(file);
	}

	/** Whether the error is where its line begins. */
	beginsLine(e: RegoError): boolean {
		const at = e.location;
		return (
			at === undefined ||
			[...this.line(e)]
				.slice(0, at.col - 1)
				.join("")
				.trim() === ""
		);
	}

	/** Text of the error's line. */
	line(e: RegoError): string {
		return e.location === undefined ? "" : (this.#source(e.location.file)?.line(e.location.row) ?? "");
	}

	/** Rules by their full paths, and by their bare names. */
	*rules(): Generator<string> {
		for (const m of this.#known.modules ?? []) {
			const pkg = dottedName(m.package.path);
			for (const name of ruleNames(m)) {
				yield name;
				if (pkg !== undefined) yield `${pkg}.${name}`;
			}
		}
	}

	builtins(): Iterable<string> {
		return this.#known.builtins?.keys() ?? [];
	}

	get chosen(): boolean {
		return this.#known.chosen === true;
	}

	/** Functions of the embedder's: what counts as a parameter of them. */
	arityHint(name: string): string | undefined {
		const b = this.#known.builtins?.get(name);
		if (b?.plain !== true) return undefined;
		const { length: n } = b.args;
		const takes = `${name} is a function of ${n} parameter${n === 1 ? "" : "s"}`;
		return `${takes}: those with defaults and ...rest do not count; { "${name}": { args: 2, call: f } } says how many there are`;
	}

	*imports(): Generator<string> {
		yield* ["input", "data"];
		for (const m of this.#known.modules ?? []) {
			for (const i of m.imports) {
				const path = i.path.kind === "ref" ? dottedName(i.path) : undefined;
				if (path !== undefined) yield path.slice(path.lastIndexOf(".") + 1);
			}
		}
	}
}

function ruleNames(m: Module): readonly string[] {
	return m.rules.flatMap((r) => dottedName(r.head.ref) ?? []);
}

interface Rule {
	/** OPA's message. */
	readonly reason: RegExp;
	/** The text from the error's place to the end of its line. */
	readonly rest?: RegExp;
	readonly hint: string | ((names: Names, match: RegExpExecArray, e: RegoError) => string | undefined);
}

/** Names of other languages, by what they are in Rego. */
const foreign: { readonly [name: string]: string } = {
	True: "true",
	False: "false",
	TRUE: "true",
	FALSE: "false",
	None: "null",
	nil: "null",
	undefined: "`not x` is true where x is undefined",
	NULL: "null",
	Null: "null",
	this: "rules have no `this`; inputs are in `input`",
	request: "input",
};

/** Functions of other languages, by what they are called here. */
const otherNames: { readonly [name: string]: string } = {
	len: "count",
	length: "count",
	size: "count",
	starts_with: "startswith",
	startsWith: "startswith",
	ends_with: "endswith",
	endsWith: "endswith",
	toLowerCase: "lower",
	toUpperCase: "upper",
	match: "regex.match",
	re_match: "regex.match",
	"json.parse": "json.unmarshal",
	"json.stringify": "json.marshal",
	"JSON.parse": "json.unmarshal",
	"JSON.stringify": "json.marshal",
	includes: "contains(text, part), or `x in list`",
	format: "sprintf",
	str: "format_int or sprintf",
	int: "to_number",
	parseInt: "to_number",
	keys: "object.keys",
	exists: "a reference is true where it is defined and not false; `not x` is the opposite",
	all: "every x in xs { … }",
	any: "some x in xs",
	filter: "{x | some x in xs; condition}",
	map: "[f(x) | some x in xs]",
	now: "time.now_ns",
};

const ownLines = "stand on lines of their own, or are separated by ;";
const separate = `conditions ${ownLines}`;
const dashed = 'names are letters, digits and _; other names go in brackets: data["a-b"]';
const v0 = 'this is Rego v0: write `if` before the body, or compile with regoVersion: "v0" (or "auto")';

const table: readonly Rule[] = [
	{
		reason: /^`if` keyword is required/,
		rest: /^el(?:se )?if\b/i,
		hint: "the next branch is written `else := value if { … }`",
	},
	{
		reason: /^(?:var cannot be used for rule name|`contains` keyword is required)/,
		hint: (names, _, e) => capitalHint(names.line(e)),
	},
	{
		reason: /^illegal token/,
		rest: /^\?\./,
		hint: "there is no ?. and none is needed: a path that is not there is undefined",
	},
	{
		reason: /^illegal token/,
		rest: /^[\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff]/,
		hint: "a space that is none of the usual ones (U+00A0 and its like) stands here: write a plain one",
	},
	{
		reason: /^(?:illegal escape sequence|non-terminated string)/,
		hint: "in double quotes \\ begins an escape and a line cannot end: text in backquotes is taken as it stands, `\\d+`",
	},
	{ reason: /^plus: invalid argument/, hint: 'texts are put together with concat("", [a, b]), sprintf or $"…{a}…"' },
	{
		reason: /^unexpected : token/,
		hint: (names, _, e) => (/^\s*def\b/.test(names.line(e)) ? statementHint("def") : undefined),
	},
	{
		reason: /^function (?:\S+\.)?(\w+) has arity 0, got 2/,
		hint: (_, m) =>
			operatorsByName.has(at(m, 1))
				? `the rule ${at(m, 1)} hides the function that the operator stands for: give it another name`
				: undefined,
	},
	{
		// A rule ends with its line: what stands behind one condition is read as another rule.
		reason: /^(?:`contains` keyword is required|rule name conflicts with built-in function)/,
		hint: (names, _, e) => (names.beginsLine(e) ? undefined : separate),
	},
	{
		reason: /: expected else value term or rule body$/,
		hint: "another value is written `else := value`, with `if { … }` behind it where it has a condition",
	},
	{
		reason: /^unexpected minus token/,
		rest: /^-\w/,
		hint: (names, _, e) => (/^\s*(?:default\s+)?[A-Za-z_]\w*-\w/.test(names.line(e)) ? dashed : undefined),
	},
	{ reason: /^`if` keyword is required/, hint: v0 },
	{
		reason: /^`contains` keyword is required/,
		hint: 'a set is written `name contains x if { … }`; v0 text compiles with regoVersion: "v0" (or "auto")',
	},
	{ reason: /^illegal ! character/, hint: "negation is written `not`, and != compares" },
	{ reason: /^illegal token/, rest: /^!/, hint: "negation is written `not`, and != compares" },
	{ reason: /^illegal token/, rest: /^'/, hint: 'strings are in double quotes: "…", or raw in backquotes' },
	{ reason: /^illegal token/, rest: /^[“”‘’]/, hint: 'these are typographic quotes: use "' },
	{ reason: /^illegal token/, rest: /^\?/, hint: "there is no ?: write two rules, or `x := a if cond else := b`" },
	{
		reason: /^unexpected and token/,
		rest: /^&/,
		hint: `conditions that must all hold ${ownLines}`,
	},
	{ reason: /^unexpected or token/, rest: /^\|/, hint: "alternatives are rules of the same name, one for each" },
	{ reason: /^unexpected eq token/, rest: /^=/, hint: "equality is written ==" },
	{ reason: /^unexpected div token/, rest: /^\//, hint: "comments begin with #" },
	{ reason: /^unexpected mul token/, rest: /^\*/, hint: "comments begin with #" },
	{
		reason: /^unexpected if keyword/,
		rest: /^if\b.*\{/,
		hint: "bodies do not nest: give the inner condition a rule of its own",
	},
	{
		reason:
			/^unexpected identifier token|^var cannot be used for rule name|^unexpected (?:true|false|null|string|number)/,
		hint: (names, _, e) => statementHint(names.rest(e)),
	},
	{
		reason: /^unexpected identifier token: expected \\n or ; or }/,
		hint: separate,
	},
	{ reason: /^package expected/, hint: "the first line of a module is its package: `package authz`" },
	{ reason: /^non-terminated expression/, hint: "a bracket is not closed" },
	{
		reason: /^rule name conflicts with built-in function/,
		hint: dashed,
	},
	{ reason: /^var ([\w$]+) is unsafe/, hint: (names, m) => unsafeHint(at(m, 1), names) },
	{ reason: /^undefined function ([\w.]+)/, hint: (names, m) => functionHint(at(m, 1), names) },
	{ reason: /^([\w.]+): arity mismatch/, hint: (names, m) => names.arityHint(at(m, 1)) },
	{ reason: /^undefined ref: (\S+)/, hint: (_, m, e) => refHint(at(m, 1), e) },
];

function hintFor(e: RegoError, names: Names): string | undefined {
	for (const { reason, rest, hint } of table) {
		const match = reason.exec(e.reason);
		if (match === null || (rest !== undefined && !rest.test(names.rest(e)))) continue;
		const text = typeof hint === "string" ? hint : hint(names, match, e);
		if (text !== undefined) return text;
	}
	return undefined;
}

/** Names of the functions that operators are. */
const operatorsByName: ReadonlySet<string> = new Set(
	"plus minus mul div rem eq equal neq lt lte gt gte and or".split(" "),
);

/** Keywords are written in small letters. */
function capitalHint(line: string): string | undefined {
	const word = /\b(?:IF|If|ELSE|Else|CONTAINS|Contains|NOT|Not|SOME|Some|EVERY|Every|DEFAULT|Default)\b/.exec(
		line,
	)?.[0];
	return word === undefined ? undefined : `Rego spells it ${word.toLowerCase()}`;
}

/** The message is at the second word of a statement that Rego has not, or at its first. */
function statementHint(rest: string): string | undefined {
	const word = /^[A-Za-z]+/.exec(rest)?.[0] ?? "";
	if (/^(?:def|func|function|fn|rule)$/.test(word))
		return "functions are written `name(x) := value if { … }`, with no keyword";
	if (word === "and" || word === "AND") return `conditions that must all hold ${ownLines}`;
	if (/^(?:const|let|var)\s+\w/.test(rest)) return "a rule of one value is written `x := 1`, with no keyword before it";
	if (word === "or" || word === "OR") return "alternatives are rules of the same name, one for each";
	if (/^\w+\s+in\b/.test(rest)) return "iteration is written `some x in xs`, and `every x in xs { … }` for all of them";
	if (/^\w+\s*:?=/.test(rest)) return "variables are bound with :=, with no keyword before them";
	if (/^(?:true|false)\b/.test(rest))
		return "a rule has no return: its value stands in its head, `name := value if { … }`";
	return undefined;
}

function unsafeHint(name: string, names: Names): string | undefined {
	const own = Object.hasOwn(foreign, name) ? foreign[name] : undefined;
	if (own !== undefined) return /^\w+$/.test(own) ? `Rego spells it ${own}` : own;
	const meant = nearest(name, [...names.imports(), ...names.rules()]);
	if (meant !== undefined) return `did you mean ${meant}?`;
	if (name === "_") return undefined;
	return `nothing gives ${name} a value: \`some ${name} in …\` or \`${name} := …\` would`;
}

function functionHint(name: string, names: Names): string | undefined {
	const last = name.slice(name.lastIndexOf(".") + 1);
	const method = /^(?:input|data)\./.test(name) || (name.includes(".") && Object.hasOwn(otherNames, last));
	const other = Object.hasOwn(otherNames, name)
		? otherNames[name]
		: method
			? Object.hasOwn(otherNames, last)
				? otherNames[last]
				: undefined
			: undefined;
	if (other !== undefined) {
		const call = method && /^[\w.]+$/.test(other) ? `${other}(${name.slice(0, name.lastIndexOf("."))}, …)` : other;
		return `did you mean ${call}?`;
	}
	const meant = nearest(name, [...names.builtins(), ...names.rules()]);
	if (meant !== undefined) return `did you mean ${meant}?`;
	const misspelt = nearest(name, Object.keys(otherNames));
	if (misspelt !== undefined) return `did you mean ${otherNames[misspelt]}?`;
	if (/^data\./.test(name)) return "no module defines this function";
	return names.chosen ? chosenHint(name) : undefined;
}

/** Where builtins are chosen, one that is missing is as likely as one that is misspelt. */
function chosenHint(name: string): string {
	const part = name.startsWith("rego.metadata.") ? ", and { parts: { annotations } }" : "";
	return `only chosen builtins can be called: compile with { builtins: [category] }, from regoplan/builtins/category${part}`;
}

/** A property that the schema has not: the lines below the error list those there are. */
function refHint(ref: string, e: RegoError): string | undefined {
	const last = /\w+$/.exec(ref)?.[0];
	const listed = (e.details?.lines ?? []).filter((l) => /want/.test(l)).join(" ");
	const meant =
		last === undefined
			? undefined
			: nearest(
					last,
					[...listed.matchAll(/"(\w+)"/g)].map((m) => at(m, 1)),
				);
	if (last === undefined || meant === undefined) return undefined;
	return `did you mean ${ref.slice(0, ref.length - last.length)}${meant}?`;
}
