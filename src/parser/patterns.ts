/**
 * The patterns of the lexer, as functions that chevrotain calls where their first characters stand.
 * Each reads one token by its character codes, puts it into the store, and gives chevrotain the
 * length to go past: of the token and the blanks behind it, which saves a match of their own.
 *
 * Chevrotain makes nothing of a match, since every pattern is of the group it skips; it only asks
 * for the length of `match[0]`. So one match serves all tokens, with a length instead of a text.
 */
import { hashStep, Kind, keywordAt } from "./token.ts";
import { addComment, addToken, blameNext } from "./token-store.ts";

const taken = { length: 0 };
export type Match = readonly [{ readonly length: number }];
const match: Match = [taken];

/** Reads the token at an offset. */
export type Pattern = (text: string, offset: number) => Match;

function take(kind: number, text: string, start: number, end: number, note: number): Match {
	addToken(kind, start, end, note);
	taken.length = blanksEnd(text, end) - start;
	return match;
}

function takeIllegal(text: string, start: number, end: number, problems: readonly string[]): Match {
	blameNext(problems);
	return take(Kind.Illegal, text, start, end, 0);
}

function blanksEnd(text: string, from: number): number {
	let i = from;
	while (i < text.length) {
		const c = text.charCodeAt(i);
		if (c !== 32 && c !== 10 && c !== 9 && c !== 13) break;
		i++;
	}
	return i;
}

// --- words and numbers ------------------------------------------------------------------------

const isWordCharacter = new Uint8Array(128);
for (const c of "_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
	isWordCharacter[c.charCodeAt(0)] = 1;
}

/** Letters, ASCII digits and the underscore. */
export function isWord(c: number): boolean {
	return c < 128 && isWordCharacter[c] === 1;
}

function isDigit(c: number): boolean {
	return c >= 48 && c <= 57;
}

export const word: Pattern = (text, offset) => {
	let hash = 0;
	let i = offset;
	while (i < text.length) {
		const c = text.charCodeAt(i);
		if (!isWord(c)) break;
		hash = hashStep(hash, c);
		i++;
	}
	return take(keywordAt(text, offset, i - offset, hash), text, offset, i, hash);
};

function digitsEnd(text: string, from: number): number {
	let i = from;
	while (i < text.length && isDigit(text.charCodeAt(i))) i++;
	return i;
}

/** A number and whatever of a word is stuck to it. */
export const number: Pattern = (text, offset) => {
	let problems: string[] | undefined;
	let i = digitsEnd(text, offset);
	if (text.charCodeAt(i) === 46) {
		const end = digitsEnd(text, i + 1);
		if (end === i + 1) problems = ["expected fraction"];
		i = end;
	}
	let c = text.charCodeAt(i);
	if (c === 101 || c === 69) {
		c = text.charCodeAt(i + 1);
		const from = c === 43 || c === 45 ? i + 2 : i + 1;
		i = digitsEnd(text, from);
		if (i === from) problems = [...(problems ?? []), "expected exponent"];
	}
	const end = i;
	while (i < text.length && isWord(text.charCodeAt(i))) i++;
	if (i > end) problems = [...(problems ?? []), "illegal number format"];
	return problems === undefined ? take(Kind.Number, text, offset, i, 0) : takeIllegal(text, offset, i, problems);
};

// --- signs and comments -----------------------------------------------------------------------

/** Kinds of the signs of one character. */
const signKinds = new Uint8Array(128);
/** Kinds of the signs that this character begins and `=` ends; ":=", "==" and so on. */
const equalsKinds = new Uint8Array(128);
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
	const c = text.charCodeAt(offset);
	const longer = equalsKinds[c] as number;
	if (longer !== 0 && text.charCodeAt(offset + 1) === 61) return take(longer, text, offset, offset + 2, 0);
	const kind = signKinds[c] as number;
	return kind === 0 ? illegal(text, offset) : take(kind, text, offset, offset + 1, 0);
};

/** Any character that begins nothing. */
export const illegal: Pattern = (text, offset) => {
	const c = text[offset];
	return takeIllegal(text, offset, offset + 1, c === "!" || c === "$" ? [`illegal ${c} character`] : []);
};

export const comment: Pattern = (text, offset) => {
	const lineEnd = text.indexOf("\n", offset);
	const end = lineEnd < 0 ? text.length : lineEnd;
	addComment(offset, end);
	taken.length = blanksEnd(text, end) - offset;
	return match;
};

// --- strings ----------------------------------------------------------------------------------

export const quoted: Pattern = (text, offset) => {
	for (let i = offset + 1; i < text.length; i++) {
		const c = text.charCodeAt(i);
		if (c === 34) return take(Kind.String, text, offset, i + 1, 0);
		if (c === 92 || c === 10) break;
	}
	// With escapes, or one that never ends.
	const problems: string[] = [];
	const end = scanQuoted(text, offset + 1, false, problems);
	return problems.length > 0 ? takeIllegal(text, offset, end, problems) : take(Kind.String, text, offset, end, 1);
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
		? takeIllegal(text, offset, text.length, ["non-terminated string"])
		: take(Kind.String, text, offset, end + 1, 0);
};

// --- template strings -------------------------------------------------------------------------

/** Holes being read, innermost last: how many braces are open inside, and the kind of string. */
let holes: { depth: number; readonly raw: boolean }[] = [];

export function resetHoles(): void {
	if (holes.length > 0) holes = [];
}

export const template: Pattern = (text, offset) => {
	const c = text.charCodeAt(offset + 1);
	if (c === 34) return templatePart(Kind.Template, text, offset, offset + 2);
	return c === 96 ? rawTemplatePart(Kind.RawTemplate, text, offset, offset + 2) : illegal(text, offset);
};

function templatePart(kind: number, text: string, start: number, from: number): Match {
	const problems: string[] = [];
	const end = scanQuoted(text, from, true, problems);
	if (text[end - 1] === "{" && end > from && !problems.includes("non-terminated string"))
		holes.push({ depth: 0, raw: false });
	return problems.length > 0 ? takeIllegal(text, start, end, problems) : take(kind, text, start, end, 0);
}

function rawTemplatePart(kind: number, text: string, start: number, from: number): Match {
	for (let i = from; i < text.length; i++) {
		const c = text.charCodeAt(i);
		if (c === 96) return take(kind, text, start, i + 1, 0);
		if (c === 123) {
			holes.push({ depth: 0, raw: true });
			return take(kind, text, start, i + 1, 0);
		}
		if (c === 92 && text.charCodeAt(i + 1) === 123) i++;
	}
	return takeIllegal(text, start, text.length, ["non-terminated string"]);
}

export const openBrace: Pattern = (text, offset) => {
	const hole = holes[holes.length - 1];
	if (hole !== undefined) hole.depth++;
	return take(Kind.LBrace, text, offset, offset + 1, 0);
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
	return take(Kind.RBrace, text, offset, offset + 1, 0);
};
