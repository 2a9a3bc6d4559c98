/**
 * The patterns of the lexer, as functions that chevrotain calls where their first characters stand.
 * Each reads one token, puts it into the store, and gives chevrotain the length to go past: of the
 * token and the blanks behind it, which saves these a match of their own.
 *
 * Chevrotain makes nothing of a match, since every pattern is of the group it skips; it only asks
 * for the length of `match[0]`. So one match serves all tokens, with a length instead of a text.
 */
import { codes, openCodes } from "./codes.ts";
import * as Kind from "./kinds.ts";
import { hashStep, keywordAt } from "./token.ts";
import { addComment, addToken, blameNext } from "./token-store.ts";

// --- characters -------------------------------------------------------------------------------

const blank = 1;
const letter = 2;
const digit = 4;

/** Which of these each code of a text is. */
const characters = new Uint8Array(256);
for (const [all, what] of [
	[" \t\r\n", blank],
	["_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", letter],
	["0123456789", digit],
] as const) {
	for (const c of all) characters[c.charCodeAt(0)] = what;
}

function is(c: number, what: number): boolean {
	return ((characters[c] as number) & what) !== 0;
}

/** Where something is found, or the end of the text. */
function indexFrom(text: string, what: string, offset: number): number {
	const at = text.indexOf(what, offset);
	return at < 0 ? text.length : at;
}

// --- matches ----------------------------------------------------------------------------------

const matched = { length: 0 };
export type Match = readonly [{ readonly length: number }];
const match: Match = [matched];

/** Reads the token at an offset. */
export type Pattern = (text: string, offset: number) => Match;

function take(kind: number, start: number, end: number, note: number): Match {
	addToken(kind, start, end, note);
	return goPast(start, end);
}

/** Blanks before the first token. */
export const blanks: Pattern = (_text, offset) => goPast(offset, offset);

/** What is taken, and the blanks behind it. */
function goPast(start: number, end: number): Match {
	const all = codes;
	let i = end;
	while (is(all[i] as number, blank)) i++;
	matched.length = i - start;
	return match;
}

function takeIllegal(start: number, end: number, problems: readonly string[]): Match {
	blameNext(problems);
	return take(Kind.Illegal, start, end, 0);
}

/** Forgets the text before. */
export function openText(text: string): void {
	openCodes(text);
	nextLineEnd = -1;
	nextEscape = -1;
	if (holes.length > 0) holes = [];
}

// --- words and numbers ------------------------------------------------------------------------

export const word: Pattern = (text, offset) => {
	const all = codes;
	let hash = 0;
	let i = offset;
	for (let c = all[i] as number; is(c, letter | digit); c = all[++i] as number) hash = hashStep(hash, c);
	// OPA's scanner takes the first byte of a longer character that is stuck to a word for a part of it.
	const kind = (all[i] as number) < 128 ? keywordAt(text, offset, i - offset, hash) : Kind.Ident;
	return take(kind, offset, i, hash);
};

function digitsEnd(from: number): number {
	let i = from;
	while (is(codes[i] as number, digit)) i++;
	return i;
}

/** A number and whatever of a word is stuck to it. */
export const number: Pattern = (_, offset) => {
	let problems: string[] | undefined;
	let i = digitsEnd(offset);
	if (codes[i] === 46) {
		const end = digitsEnd(i + 1);
		if (end === i + 1) problems = ["expected fraction"];
		i = end;
	}
	if (codes[i] === 101 || codes[i] === 69) {
		const next = codes[i + 1];
		const from = next === 43 || next === 45 ? i + 2 : i + 1;
		i = digitsEnd(from);
		if (i === from) problems = [...(problems ?? []), "expected exponent"];
	}
	const end = i;
	while (is(codes[i] as number, letter | digit)) i++;
	if (i > end) problems = [...(problems ?? []), "illegal number format"];
	return problems === undefined ? take(Kind.NumberLiteral, offset, i, 0) : takeIllegal(offset, i, problems);
};

// --- signs and comments -----------------------------------------------------------------------

/** Kinds of the signs of one character. */
const signKinds = new Uint8Array(256);
/** Kinds of the signs that this character begins and `=` ends; ":=", "==" and so on. */
const equalsKinds = new Uint8Array(256);
for (const [kind, image] of [
	[Kind.Comma, ","],
	[Kind.Dot, "."],
	[Kind.LBrack, "["],
	[Kind.RBrack, "]"],
	[Kind.LParen, "("],
	[Kind.RParen, ")"],
	[Kind.Assign, ":="],
	[Kind.Colon, ":"],
	[Kind.Equal, "=="],
	[Kind.Unify, "="],
	[Kind.Neq, "!="],
	[Kind.Lte, "<="],
	[Kind.Gte, ">="],
	[Kind.Lt, "<"],
	[Kind.Gt, ">"],
	[Kind.Add, "+"],
	[Kind.Sub, "-"],
	[Kind.Mul, "*"],
	[Kind.Quo, "/"],
	[Kind.Rem, "%"],
	[Kind.And, "&"],
	[Kind.Or, "|"],
	[Kind.Semicolon, ";"],
] as const) {
	(image.length === 1 ? signKinds : equalsKinds)[image.charCodeAt(0)] = kind;
}

/** What a sign may begin with; braces have patterns of their own. */
export const signStarts = ",.[]():=!<>+-*/%&|;";

export const sign: Pattern = (text, offset) => {
	const c = codes[offset] as number;
	const longer = equalsKinds[c] as number;
	if (longer !== 0 && codes[offset + 1] === 61) return take(longer, offset, offset + 2, 0);
	const kind = signKinds[c] as number;
	return kind === 0 ? illegal(text, offset) : take(kind, offset, offset + 1, 0);
};

/** Any character that begins nothing. */
export const illegal: Pattern = (text, offset) => {
	const c = text[offset];
	return takeIllegal(offset, offset + 1, c === "!" || c === "$" ? [`illegal ${c} character`] : []);
};

export const comment: Pattern = (text, offset) => {
	const end = indexFrom(text, "\n", offset);
	addComment(offset, end);
	return goPast(offset, end);
};

// --- strings ----------------------------------------------------------------------------------

/** The next line end and the next backslash, looked for again when a string is behind them. */
let nextLineEnd = -1;
let nextEscape = -1;

export const quoted: Pattern = (text, offset) => {
	// The engine searches faster than we could go through the characters.
	if (nextLineEnd < offset) nextLineEnd = indexFrom(text, "\n", offset);
	if (nextEscape < offset) nextEscape = indexFrom(text, "\\", offset);
	const close = indexFrom(text, '"', offset + 1);
	if (close < nextLineEnd && close < nextEscape) return take(Kind.StringLiteral, offset, close + 1, 0);
	// With escapes, or one that never ends.
	const problems: string[] = [];
	const end = scanQuoted(text, offset + 1, false, problems);
	return problems.length > 0 ? takeIllegal(offset, end, problems) : take(Kind.StringLiteral, offset, end, 1);
};

/** Offset after the closing quote, after the `{` of a hole, or of the line end that cut the string short. */
function scanQuoted(text: string, from: number, holes: boolean, problems: string[]): number {
	let i = from;
	for (;;) {
		const c = i < text.length ? text.charCodeAt(i) : -1;
		if (c === 10 || c === -1) {
			problems.push("non-terminated string");
			return Math.min(i, text.length);
		}
		i++;
		if (c === 34 || (holes && c === 123)) return i;
		if (c !== 92) continue;
		const escaped = i < text.length ? text[i] : undefined;
		// OPA skips three of the four digits unseen; the fourth is looked at like any other character.
		if (escaped === "u") i += 4;
		else if (escaped !== undefined && ('\\"/bfnrt'.includes(escaped) || (holes && escaped === "{"))) i++;
		else problems.push("illegal escape sequence");
	}
}

export const raw: Pattern = (text, offset) => {
	const end = text.indexOf("`", offset + 1);
	return end < 0
		? takeIllegal(offset, text.length, ["non-terminated string"])
		: take(Kind.StringLiteral, offset, end + 1, 0);
};

// --- template strings -------------------------------------------------------------------------

/** Holes being read, innermost last: how many braces are open inside, and the kind of string. */
let holes: { depth: number; readonly raw: boolean }[] = [];

export const template: Pattern = (text, offset) => {
	const c = codes[offset + 1];
	if (c === 34) return templatePart(Kind.Template, text, offset, offset + 2);
	return c === 96 ? rawTemplatePart(Kind.RawTemplate, text, offset, offset + 2) : illegal(text, offset);
};

function templatePart(kind: number, text: string, start: number, from: number): Match {
	const problems: string[] = [];
	const end = scanQuoted(text, from, true, problems);
	if (text[end - 1] === "{" && end > from && !problems.includes("non-terminated string"))
		holes.push({ depth: 0, raw: false });
	return problems.length > 0 ? takeIllegal(start, end, problems) : take(kind, start, end, 0);
}

function rawTemplatePart(kind: number, text: string, start: number, from: number): Match {
	for (let i = from; i < text.length; i++) {
		const c = text.charCodeAt(i);
		if (c === 96) return take(kind, start, i + 1, 0);
		if (c === 123) {
			holes.push({ depth: 0, raw: true });
			return take(kind, start, i + 1, 0);
		}
		if (c === 92 && text.charCodeAt(i + 1) === 123) i++;
	}
	return takeIllegal(start, text.length, ["non-terminated string"]);
}

export const openBrace: Pattern = (_, offset) => {
	const hole = holes[holes.length - 1];
	if (hole !== undefined) hole.depth++;
	return take(Kind.LBrace, offset, offset + 1, 0);
};

/** A brace, or the end of a hole and the text that follows it. */
export const closeBrace: Pattern = (text, offset) => {
	const hole = holes[holes.length - 1];
	if (hole !== undefined) {
		if (hole.depth === 0) {
			holes.pop();
			return hole.raw
				? rawTemplatePart(Kind.RawTemplateRest, text, offset, offset + 1)
				: templatePart(Kind.TemplateRest, text, offset, offset + 1);
		}
		hole.depth--;
	}
	return take(Kind.RBrace, offset, offset + 1, 0);
};
