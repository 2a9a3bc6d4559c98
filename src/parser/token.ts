/**
 * Token kinds and keywords. A kind is a small integer so that the parser compares numbers; its name,
 * in OPA's words, is what error messages show. Words that are keywords only in some modules (`if`,
 * `in`, `every` …) have kinds of their own from the lexer on; the parser decides, import by import,
 * whether they count as keywords or as identifiers.
 */

import { byteAt } from "../at.ts";
import * as Kind from "./kinds.ts";

/** What messages call a token of each kind; operators go by the builtin they stand for. */
export const kindNames: readonly string[] = [
	"illegal",
	"eof",
	"whitespace",
	"identifier",
	"package",
	"import",
	"as",
	"default",
	"else",
	"not",
	"some",
	"with",
	"null",
	"true",
	"false",
	"in",
	"every",
	"contains",
	"if",
	"and",
	"or",
	"number",
	"string",
	"template-string-part",
	"raw-template-string-part",
	"}",
	"}",
	"[",
	"]",
	"{",
	"}",
	"(",
	")",
	",",
	":",
	"plus",
	"minus",
	"mul",
	"div",
	"rem",
	"and",
	"or",
	"eq",
	"equal",
	"assign",
	"neq",
	"gt",
	"lt",
	"gte",
	"lte",
	".",
	";",
];

/** Words that are keywords in every module, then the ones that versions and imports add. */
export const keywordKinds: ReadonlyMap<string, number> = new Map<string, number>([
	["package", Kind.Package],
	["import", Kind.Import],
	["as", Kind.As],
	["default", Kind.Default],
	["else", Kind.Else],
	["not", Kind.Not],
	["some", Kind.Some],
	["with", Kind.With],
	["null", Kind.Null],
	["true", Kind.True],
	["false", Kind.False],
	["in", Kind.In],
	["every", Kind.Every],
	["contains", Kind.Contains],
	["if", Kind.If],
	["and", Kind.LogicalAnd],
	["or", Kind.LogicalOr],
]);

/** One character into the hash of a word. */
export function hashStep(hash: number, c: number): number {
	return (Math.imul(hash, 31) + c) | 0;
}

const keywords: readonly { readonly word: string; readonly kind: number; readonly hash: number }[] = Array.from(
	keywordKinds,
	([word, kind]) => {
		let hash = 0;
		for (let i = 0; i < word.length; i++) hash = hashStep(hash, word.charCodeAt(i));
		return { word, kind, hash };
	},
);
/** By the low bits of its hash the place of a keyword, plus one: no two share theirs. */
const keywordSlots = new Uint8Array(256);
for (const [i, k] of keywords.entries()) keywordSlots[k.hash & 255] = i + 1;

/** Kind of the word of this hash at an offset: of a keyword, or Ident. */
export function keywordAt(text: string, offset: number, length: number, hash: number): number {
	const slot = byteAt(keywordSlots, hash & 255);
	if (slot === 0) return Kind.Ident;
	const keyword = keywords[slot - 1];
	if (keyword === undefined || keyword.hash !== hash || keyword.word.length !== length) return Kind.Ident;
	return text.startsWith(keyword.word, offset) ? keyword.kind : Kind.Ident;
}

export function isKeywordKind(kind: number): boolean {
	return kind >= Kind.Package && kind <= Kind.LogicalOr;
}

/** Future keywords of v0, all of them part of v1. */
export const futureKeywordsV0: readonly string[] = ["contains", "every", "if", "in"];

/** Future keywords of v1. */
export const futureKeywordsV1: readonly string[] = ["and", "not", "or"];

/** Names that cannot name a rule or an import in v1; v0 lacks the last four. */
export const reservedWords: readonly string[] = [
	"not",
	"package",
	"import",
	"as",
	"default",
	"else",
	"with",
	"null",
	"true",
	"false",
	"some",
	"if",
	"contains",
	"in",
	"every",
];

export function isReservedWord(word: string, version: "v0" | "v1"): boolean {
	const i = reservedWords.indexOf(word);
	return i >= 0 && (version === "v1" || i < 11);
}

/** Binding power of an infix operator (0: not one); all associate to the left. */
export const bindingPower: Uint8Array = new Uint8Array(64);
/** Builtin that an infix operator calls. */
export const operatorNames: string[] = new Array<string>(64).fill("");

for (const [kind, power, name] of [
	[Kind.Equal, 2, "equal"],
	[Kind.Neq, 2, "neq"],
	[Kind.Lt, 2, "lt"],
	[Kind.Gt, 2, "gt"],
	[Kind.Lte, 2, "lte"],
	[Kind.Gte, 2, "gte"],
	[Kind.Or, 3, "or"],
	[Kind.And, 4, "and"],
	[Kind.Add, 5, "plus"],
	[Kind.Sub, 5, "minus"],
	[Kind.Mul, 6, "mul"],
	[Kind.Quo, 6, "div"],
	[Kind.Rem, 6, "rem"],
	[Kind.Assign, 0, "assign"],
	[Kind.Unify, 0, "eq"],
] as const satisfies readonly (readonly [number, number, string])[]) {
	bindingPower[kind] = power;
	operatorNames[kind] = name;
}

/** How operators are written, by the builtin they call; `:=` and `=` do not bind like the others. */
export const operatorSymbols: ReadonlyMap<string, string> = new Map([
	["assign", ":="],
	["eq", "="],
	["equal", "=="],
	["neq", "!="],
	["lt", "<"],
	["gt", ">"],
	["lte", "<="],
	["gte", ">="],
	["or", "|"],
	["and", "&"],
	["plus", "+"],
	["minus", "-"],
	["mul", "*"],
	["div", "/"],
	["rem", "%"],
]);
