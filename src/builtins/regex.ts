/**
 * regex.*: RE2 patterns on strings. The engine is in src/regex; here operands and results take
 * Rego's shape and syntax errors become builtin errors with Go's text.
 */

import { codePoint, numberAt } from "../at.ts";
import { joined } from "../go/byte-string.ts";
import { GlobsSyntaxError, globsIntersect } from "../regex/globs-intersect.ts";
import { compileRegex, type Regex, RegexSyntaxError } from "../regex/regex.ts";
import { findAll, replaceAll, splitBy } from "../regex/search.ts";
import { parseRegex } from "../regex/syntax.ts";
import { templatePattern } from "../regex/template.ts";
import { quoteGo } from "../value/term-text.ts";
import type { Value } from "../value/value.ts";
import { type Builtin, define, ofModule, type PureContext, t } from "./define.ts";
import { intOperand } from "./operands.ts";

const category = "regex";

const pattern = ["pattern", t.string, "RE2 regular expression"] as const;
const value = ["value", t.string, "string to search"] as const;

/** Runs f on the compiled pattern; a syntax error is the builtin's error. */
function withRegex<T extends Value>(ctx: PureContext, source: string, f: (regex: Regex) => T): T | undefined {
	try {
		return f(compileRegex(source));
	} catch (e) {
		if (e instanceof RegexSyntaxError) return ctx.error(e.message);
		throw e;
	}
}

function match(ctx: PureContext, source: string, s: string): boolean | undefined {
	ctx.step(1 + (s.length >> 6));
	return withRegex(ctx, source, (regex) => regex.test(s));
}

function isValid(source: string): boolean {
	try {
		// Not cached: validity says nothing about use.
		parseRegex(source);
		return true;
	} catch (e) {
		if (e instanceof RegexSyntaxError) return false;
		throw e;
	}
}

function templateMatch(ctx: PureContext, template: string, s: string, start: string, end: string): boolean | undefined {
	const startLength = utf8Length(start);
	if (startLength !== 1) {
		return ctx.error(`start delimiter has to be exactly one character long but is ${startLength} long`);
	}
	// OPA reports the length of the other delimiter here, which is 1.
	if (utf8Length(end) !== 1) return ctx.error("end delimiter has to be exactly one character long but is 1 long");
	let source: string | undefined;
	try {
		source = templatePattern(template, start, end);
	} catch (e) {
		if (e instanceof RegexSyntaxError) return ctx.error(e.message);
		throw e;
	}
	if (source === undefined) return ctx.error(`unbalanced braces in ${quoteGo(template)}`);
	return match(ctx, source, s);
}

function utf8Length(s: string): number {
	let n = 0;
	for (const c of s) {
		const r = codePoint(c);
		n += r < 0x80 ? 1 : r < 0x800 ? 2 : r < 0x10000 ? 3 : 4;
	}
	return n;
}

/** OPA lets at most this much work go into the intersection of two globs before we refuse. */
const maxIntersectionWork = 20_000_000;

function globsMatch(ctx: PureContext, a: string, b: string): boolean | undefined {
	let work = 0;
	try {
		const found = globsIntersect(a, b, (amount) => {
			work += amount;
			if (work > maxIntersectionWork) ctx.halt("regex.globs_match: patterns are too large");
			if ((work & 0x3ff) === 0) ctx.step(0x400);
		});
		if (found === undefined) ctx.halt("regex.globs_match: patterns are too large");
		return found;
	} catch (e) {
		if (e instanceof GlobsSyntaxError) return ctx.error(e.message);
		throw e;
	}
}

/** The text of group i of a match; a group that took no part is empty. */
function groupText(s: string, m: Int32Array, i: number): string {
	const start = numberAt(m, 2 * i);
	return start < 0 ? "" : s.slice(start, m[2 * i + 1]);
}

/** For modules built ahead of time, whose emitted code matches patterns itself. */
export function compilePattern(text: string): { readonly source: string; test(s: string): boolean } {
	return compileRegex(text);
}

export const regex: readonly Builtin[] = ofModule("regex", [
	define("regex.match", {
		category,
		pure: true,
		keep: true,
		shortcut: { kind: "match" },
		args: [pattern, value],
		resultName: "result",
		result: t.boolean,
		resultDoc: "whether `value` contains a match",
		doc: "Whether a string contains a match of a regular expression.",
		since: "0.23.0",
		eval: match,
	}),
	define("re_match", {
		category,
		pure: true,
		keep: true,
		args: [
			["pattern", t.string],
			["value", t.string],
		],
		result: t.boolean,
		doc: "Old name of regex.match.",
		since: "0.17.0",
		deprecated: true,
		eval: match,
	}),
	define("regex.is_valid", {
		category,
		pure: true,
		keep: true,
		args: [pattern],
		resultName: "result",
		result: t.boolean,
		resultDoc: "whether `pattern` can be compiled",
		doc: "Whether a string is a valid RE2 regular expression.",
		since: "0.23.0",
		unchecked: true,
		eval: (_ctx, source) => typeof source === "string" && isValid(source),
	}),
	define("regex.find_n", {
		category,
		pure: true,
		keep: true,
		args: [pattern, value, ["number", t.number, "how many matches to return at most; all when negative"]],
		resultName: "output",
		result: t.array(t.string),
		resultDoc: "the matched texts in order",
		doc: "The first matches of a regular expression in a string.",
		since: "0.17.0",
		eval: (ctx, source, s, number) => {
			const n = intOperand(ctx, number, 3);
			if (n === undefined) return undefined;
			return withRegex(ctx, source, (r) =>
				findAll(r, s, n, 0, (amount) => ctx.step(amount)).map((m) => s.slice(m[0], m[1])),
			);
		},
	}),
	define("regex.find_all_string_submatch_n", {
		category,
		pure: true,
		keep: true,
		args: [pattern, value, ["number", t.number, "how many matches to return at most; all when negative"]],
		resultName: "output",
		result: t.array(t.array(t.string)),
		resultDoc: "for each match its text and those of its groups",
		doc: "The first matches of a regular expression in a string, each with its capturing groups.",
		since: "0.17.0",
		eval: (ctx, source, s, number) => {
			const n = intOperand(ctx, number, 3);
			if (n === undefined) return undefined;
			return withRegex(ctx, source, (r) => {
				const out: string[][] = [];
				for (const m of findAll(r, s, n, r.groupCount, (amount) => ctx.step(amount))) {
					const texts: string[] = [];
					for (let i = 0; i <= r.groupCount; i++) texts.push(groupText(s, m, i));
					out.push(texts);
				}
				return out;
			});
		},
	}),
	define("regex.replace", {
		category,
		pure: true,
		keep: true,
		args: [
			["s", t.string, "string to change"],
			["pattern", t.string, "RE2 regular expression"],
			["value", t.string, "replacement, in which `$1` and `$name` stand for groups"],
		],
		resultName: "output",
		result: t.string,
		resultDoc: "`s` with every match replaced",
		doc: "Replaces every match of a regular expression in a string.",
		since: "0.45.0",
		eval: (ctx, s, source, template) =>
			withRegex(ctx, source, (r) => joined(replaceAll(r, s, template, (amount) => ctx.step(amount)))),
	}),
	define("regex.split", {
		category,
		pure: true,
		keep: true,
		args: [pattern, ["value", t.string, "string to split"]],
		resultName: "output",
		result: t.array(t.string),
		resultDoc: "the parts of `value` between matches",
		doc: "Splits a string at the matches of a regular expression.",
		since: "0.17.0",
		eval: (ctx, source, s) => withRegex(ctx, source, (r) => splitBy(r, s, (amount) => ctx.step(amount))),
	}),
	define("regex.template_match", {
		category,
		pure: true,
		keep: true,
		args: [
			["template", t.string, "text with regular expressions between delimiters"],
			["value", t.string, "string to match as a whole"],
			["delimiter_start", t.string, "one ASCII character that opens an expression"],
			["delimiter_end", t.string, "one ASCII character that closes it"],
		],
		resultName: "result",
		result: t.boolean,
		resultDoc: "whether `value` matches the template",
		doc: "Whether a string matches a template of plain text and delimited regular expressions.",
		since: "0.17.0",
		eval: templateMatch,
	}),
	define("regex.globs_match", {
		category,
		pure: true,
		keep: true,
		args: [
			["glob1", t.string, "pattern of characters, `.`, sets in brackets, `*`, `+` and `\\`"],
			["glob2", t.string, "pattern of the same kind"],
		],
		resultName: "result",
		result: t.boolean,
		resultDoc: "whether some non-empty text matches both",
		doc: "Whether two glob-like patterns have a match in common.",
		since: "0.17.0",
		eval: globsMatch,
	}),
]);
