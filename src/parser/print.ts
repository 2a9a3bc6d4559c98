/**
 * Syntax trees as text, two ways.
 *
 * printTerm, printRef, printExpr and printBody write what OPA's messages show: operators as calls
 * (`plus(1, 2)`), only `=` infix, sets and objects in order, strings quoted as Go quotes them.
 * printModule and formatBody write Rego: text that parses to an equal tree, offsets aside, with
 * operators infix, parentheses where the tree needs them, and one literal of a rule's body a line.
 */

import { at, byteAt } from "../at.ts";
import { numberText } from "../value/number.ts";
import { quoteGo } from "../value/term-text.ts";
import type { NumberValue } from "../value/value.ts";
import {
	type Body,
	type Call,
	type Expr,
	type Import,
	isWildcard,
	type Module,
	type Ref,
	type RegoVersion,
	type Rule,
	type SomeDecl,
	type TemplateString,
	type Term,
} from "./ast.ts";
import { type TermOrder, termOrder } from "./compare-terms.ts";
import { bindingPower, isReservedWord, operatorNames, operatorSymbols } from "./token.ts";

/** "opa": OPA's own rendering, for messages. "rego": text that parses back. */
type Style = "opa" | "rego";

export function printTerm(t: Term): string {
	return term(t, "opa");
}

export function printRef(r: Ref): string {
	return refText(r, "opa");
}

export function printExpr(e: Expr): string {
	return literal(e, "opa");
}

export function printBody(b: Body): string {
	return body(b, "opa");
}

/** A body on one line that parses to an equal one. */
export function formatBody(b: Body): string {
	return body(b, "rego");
}

/** Rego text that parses, as the module's own version, to an equal module. */
export function printModule(m: Module): string {
	const version: RegoVersion = m.regoVersion;
	const sections = [`package ${packagePath(m.package.path)}`];
	if (m.imports.length > 0) sections.push(m.imports.map(importText).join("\n"));
	for (const rule of m.rules) sections.push(ruleText(rule, version));
	return `${sections.join("\n\n")}\n`;
}

function packagePath(path: Ref): string {
	const [, name, ...rest] = path.terms;
	// A package called `_` is named as a wildcard is, which no text can say.
	const written = name?.kind === "scalar" ? String(name.value) : "";
	const head = isWildcard(written) ? "_" : written;
	return head + rest.map((t) => accessor(t, "rego")).join("");
}

function importText(i: Import): string {
	return `import ${term(i.path, "rego")}${i.alias === "" ? "" : ` as ${i.alias}`}`;
}

// --- rules ------------------------------------------------------------------------------------

function ruleText(r: Rule, version: RegoVersion): string {
	const text = `${r.default ? "default " : ""}${headText(r, version)}`;
	if (!r.hasBody) return text;
	let out = text + block(r.body, version);
	for (let e = r.else; e !== undefined; e = e.else) {
		out += " else";
		const value = e.head.value;
		// Without a value of its own, else takes the head's form.
		if (value !== undefined && (e.head.assign !== r.head.assign || !e.hasBody || !isTrue(value))) {
			out += `${e.head.assign ? " :=" : " ="} ${element(value, "rego")}`;
		}
		if (e.hasBody) out += block(e.body, version);
	}
	return out;
}

function headText(r: Rule, version: RegoVersion): string {
	const { head } = r;
	let out = refText(head.ref, "rego");
	if (head.args !== undefined) out += `(${list(head.args, "rego")})`;
	if (head.key !== undefined) {
		const bracketed = version === "v0" && head.ref.terms.length === 1;
		out += bracketed ? `[${element(head.key, "rego")}]` : ` contains ${element(head.key, "rego")}`;
	}
	if (head.value === undefined) return out;
	// `p[x] { … }` without a value would be a set in v0.
	const ambiguous = version === "v0" && head.args === undefined && head.ref.terms.length === 2;
	if (r.hasBody && !head.assign && isTrue(head.value) && !ambiguous) return out;
	return `${out} ${head.assign ? ":=" : "="} ${element(head.value, "rego")}`;
}

function isTrue(t: Term): boolean {
	return t.kind === "scalar" && t.value === true;
}

function block(b: Body, version: RegoVersion): string {
	let lines = "";
	for (const e of b) {
		const line = literal(e, "rego");
		// After a line end these would still continue the literal above.
		if (lines !== "" && /^(-|(and|or|in)\b)/.test(line)) lines = `${lines.slice(0, -1)};\n`;
		lines += `\t${line}\n`;
	}
	return `${version === "v0" ? "" : " if"} {\n${lines}}`;
}

// --- bodies -----------------------------------------------------------------------------------

function body(b: Body, style: Style): string {
	return b.map((e) => literal(e, style)).join("; ");
}

function literal(e: Expr, style: Style): string {
	let out = e.negated ? negation(e, style) : what(e, style);
	for (const w of e.with) out += ` with ${term(w.target, style)} as ${element(w.value, style)}`;
	return out;
}

function negation(e: Expr, style: Style): string {
	if (e.what.kind !== "block") return `not ${what(e, style)}`;
	const inner = e.what.body;
	const only = inner.length === 1 ? inner[0] : undefined;
	if (e.what.braces || only === undefined)
		return style === "opa" ? `not {${body(inner, style)}}` : `not ${braces(inner, style)}`;
	const bare = only.with.length === 0 && !only.negated && only.what.kind === "term-expr" && !opensBrace(only.what.term);
	return bare ? `not ${literal(only, style)}` : `not ${grouped(only, style)}`;
}

function what(e: Expr, style: Style): string {
	const w = e.what;
	switch (w.kind) {
		case "term-expr":
			return topTerm(w.term, style);
		case "some":
			return someText(w, style);
		case "every": {
			const key = w.key === undefined ? "" : `${term(w.key, style)}, `;
			return `every ${key}${term(w.value, style)} in ${infixArgument(w.domain, 2, style)} { ${body(w.body, style)} }`;
		}
		case "block":
			return `{ ${body(w.body, style)} }`;
		default: {
			const left = w.leftBraces ? braces(w.left, style) : operand(w.left, w.op, false, style);
			const right = w.rightBraces ? braces(w.right, style) : operand(w.right, w.op, true, style);
			return `${left} ${w.op} ${right}`;
		}
	}
}

/** A whole expression: the only place for `:=`, `=` and an unparenthesised `k, v in xs`. */
function topTerm(t: Term, style: Style): string {
	if (t.kind !== "call") return term(t, style);
	const name = operatorName(t);
	const [a, b] = t.args;
	const assignment = a !== undefined && b !== undefined && t.args.length === 2;
	if (style === "opa") return name === "eq" && assignment ? `${term(a, style)} = ${term(b, style)}` : term(t, style);
	if (t.infix && assignment && (name === "assign" || name === "eq")) {
		return `${element(a, style)} ${name === "eq" ? "=" : ":="} ${element(b, style)}`;
	}
	return term(t, style);
}

function someText(w: SomeDecl, style: Style): string {
	const first = w.symbols[0];
	if (first?.kind !== "call") return `some ${list(w.symbols, style)}`;
	const domain = at(first.args, first.args.length - 1);
	const names = first.args.slice(0, -1).map((t) => infixArgument(t, 2, style));
	return `some ${names.join(", ")} in ${infixArgument(domain, 2, style)}`;
}

function operand(b: Body, op: "and" | "or", right: boolean, style: Style): string {
	const only = b.length === 1 ? b[0] : undefined;
	if (only === undefined) return braces(b, style);
	if (only.with.length > 0) return grouped(only, style);
	switch (only.what.kind) {
		case "term-expr":
			return opensBrace(only.what.term) ? grouped(only, style) : literal(only, style);
		case "block":
			return literal(only, style);
		case "logical": {
			const loose = only.what.op === "or" ? op === "and" || right : op === "and" && right;
			return loose ? `(${literal(only, style)})` : literal(only, style);
		}
		default:
			return braces(b, style);
	}
}

/** In parentheses; they cannot hold an assignment, so of one that begins with a brace the left side gets them. */
function grouped(e: Expr, style: Style): string {
	const t = e.what.kind === "term-expr" ? e.what.term : undefined;
	const name = t?.kind === "call" && t.infix ? operatorName(t) : undefined;
	if (style === "opa" || t?.kind !== "call" || e.with.length > 0 || (name !== "assign" && name !== "eq")) {
		return `(${literal(e, style)})`;
	}
	const [a, b] = t.args as readonly [Term, Term];
	return `(${term(a, style)}) ${name === "eq" ? "=" : ":="} ${element(b, style)}`;
}

function braces(b: Body, style: Style): string {
	return `{ ${body(b, style)} }`;
}

/** Whether the text of a term begins with `{`. */
function opensBrace(t: Term): boolean {
	switch (t.kind) {
		case "object":
		case "set-comprehension":
		case "object-comprehension":
			return true;
		case "set":
			return t.items.length > 0;
		case "ref":
			return opensBrace(at(t.terms, 0));
		case "call":
			return opensBrace((t.infix ? t.args[0] : t.operator) ?? t.operator);
		default:
			return false;
	}
}

// --- terms ------------------------------------------------------------------------------------

function term(t: Term, style: Style): string {
	switch (t.kind) {
		case "scalar":
			return scalarText(t.value as null | boolean | string | NumberValue, style);
		case "var":
			return isWildcard(t.name) ? "_" : t.name;
		case "ref":
			return refText(t, style);
		case "call":
			return callText(t, style);
		case "array":
			return `[${list(t.items, style)}]`;
		case "set":
			if (t.items.length === 0) return "set()";
			return `{${list(style === "opa" ? ordered(t.items) : t.items, style)}}`;
		case "object":
			return `{${entries(t.entries, style)}}`;
		case "array-comprehension":
			return `[${head(t.term, style)} | ${body(t.body, style)}]`;
		case "set-comprehension":
			return `{${head(t.term, style)} | ${body(t.body, style)}}`;
		case "object-comprehension":
			return `{${head(t.key, style)}: ${head(t.value, style)} | ${body(t.body, style)}}`;
		default:
			return templateText(t, style);
	}
}

function scalarText(v: null | boolean | string | NumberValue, style: Style): string {
	if (typeof v === "string") return style === "opa" ? quoteGo(v) : quoted(v);
	return v === null || typeof v === "boolean" ? String(v) : numberText(v);
}

/** As JSON, but for the byte order mark, which may not stand inside a source text. */
function quoted(text: string): string {
	return JSON.stringify(text).replaceAll("\ufeff", "\\ufeff");
}

function list(terms: readonly Term[], style: Style): string {
	return terms.map((t) => element(t, style)).join(", ");
}

/** A term where `k, v in xs` would not read back without parentheses. */
function element(t: Term, style: Style): string {
	const keyed = style === "rego" && t.kind === "call" && t.infix && operatorName(t) === "internal.member_3";
	return keyed ? `(${term(t, style)})` : term(t, style);
}

function entries(pairs: readonly (readonly [Term, Term])[], style: Style): string {
	const all = style === "opa" ? [...pairs].sort((a, b) => compareTerms(a[0], b[0])) : pairs;
	return all.map(([k, v]) => `${element(k, style)}: ${element(v, style)}`).join(", ");
}

/** The part of a comprehension before `|`: operators in parentheses, also in OPA's messages. */
function head(t: Term, style: Style): string {
	if (t.kind !== "call") return term(t, style);
	if (style === "rego") return t.infix && operatorName(t) !== "or" ? `(${term(t, style)})` : term(t, style);
	const op = infixOf.get(operatorName(t) ?? "");
	if (op === undefined || t.args.length !== 2) return term(t, style);
	return `(${head(at(t.args, 0), style)} ${op.text} ${head(at(t.args, 1), style)})`;
}

const infixOf: ReadonlyMap<string, { readonly text: string; readonly power: number }> = new Map(
	[...operatorSymbols]
		.map(([name, text]) => [name, { text, power: byteAt(bindingPower, operatorNames.indexOf(name)) }] as const)
		.filter(([, { power }]) => power > 0),
);

function operatorName(c: Call): string | undefined {
	let out = "";
	for (const [i, t] of c.operator.terms.entries()) {
		if (i === 0 && t.kind === "var") out = t.name;
		else if (t.kind === "scalar" && typeof t.value === "string") out += `.${t.value}`;
		else return undefined;
	}
	return out;
}

function callText(c: Call, style: Style): string {
	if (style === "rego" && c.infix) {
		const name = operatorName(c);
		if (name === "internal.member_2" || name === "internal.member_3") {
			const names = c.args.slice(0, -1).map((t, i) => infixArgument(t, i === 0 && c.args.length === 2 ? 1 : 2, style));
			return `${names.join(", ")} in ${infixArgument(at(c.args, c.args.length - 1), 2, style)}`;
		}
		const op = infixOf.get(name ?? "");
		if (op !== undefined && c.args.length === 2) {
			const left = infixArgument(at(c.args, 0), op.power, style);
			const text = `${left} ${op.text} ${infixArgument(at(c.args, 1), op.power + 1, style)}`;
			// A bare union early in braces or brackets would make a comprehension of them.
			return name === "or" ? `(${text})` : text;
		}
	}
	return `${refText(c.operator, style)}(${list(c.args, style)})`;
}

/** An operand, in parentheses when it binds weaker than `power`. */
function infixArgument(t: Term, power: number, style: Style): string {
	if (style === "opa" || t.kind !== "call" || !t.infix) return term(t, style);
	const name = operatorName(t) ?? "";
	const binds = infixOf.get(name)?.power ?? (name === "internal.member_2" ? 1 : 0);
	if (name === "or") return term(t, style);
	return binds < power ? `(${term(t, style)})` : term(t, style);
}

function refText(r: Ref, style: Style): string {
	const [first, ...rest] = r.terms;
	if (first === undefined) return "";
	const start = first.kind === "scalar" && typeof first.value === "string" ? first.value : term(first, style);
	return start + rest.map((t) => accessor(t, style)).join("");
}

function accessor(t: Term, style: Style): string {
	if (t.kind !== "scalar" || typeof t.value !== "string") return `[${element(t, style)}]`;
	const name = t.value;
	if (/^[A-Za-z_]\w*$/.test(name) && !isReservedWord(name, "v1")) return `.${name}`;
	if (style === "rego") return `[${quoted(name)}]`;
	return /[\\\p{Cc}]/u.test(name) ? `[${quoteGo(name)}]` : `["${name}"]`;
}

function templateText(t: TemplateString, style: Style): string {
	const quote = t.raw && style === "rego" ? "`" : '"';
	const parts = t.parts.map((part) => {
		if (typeof part === "string") {
			const text = quote === "`" ? part : (style === "opa" ? quoteGo(part) : quoted(part)).slice(1, -1);
			return text.replaceAll("{", "\\{");
		}
		const only = part.what.kind === "term-expr" && part.with.length === 0 ? part.what.term : undefined;
		// OPA keeps constants in holes as part of the text.
		if (style === "opa" && only?.kind === "scalar") return term(only, style);
		return `{${literal(part, style)}}`;
	});
	return `$${quote}${parts.join("")}${quote}`;
}

// --- OPA's order --------------------------------------------------------------------------------

function ordered(items: readonly Term[]): readonly Term[] {
	return [...items].sort(compareTerms);
}

const compareTerms: TermOrder = termOrder(printTerm);
