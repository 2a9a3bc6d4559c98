/**
 * Source text -> tokens: the character at hand tells the pattern that reads a token (patterns.ts), and the pattern
 * where the next one begins. Every character begins something, if only what is illegal.
 *
 * Rego's grammar depends on what was imported so far, on line ends, on blanks before brackets, and on trying one
 * reading of `{` after another; and OPA's error messages follow from the exact order of those tries. So the grammar
 * is recursive descent (parser.ts and its neighbours) over the arrays that the patterns fill (token-store.ts): an
 * object and a text for each of the ten thousand tokens of a long policy would be slow.
 */
import { closeCodes, codes } from "./codes.ts";
import { mendOddCharacters } from "./odd-characters.ts";
import {
	blanks,
	closeBrace,
	comment,
	illegal,
	number,
	openBrace,
	openText,
	type Pattern,
	quoted,
	raw,
	sign,
	signStarts,
	template,
	word,
} from "./patterns.ts";
import { closeStore, openStore, type Tokens } from "./token-store.ts";

/** Throws TooManyTokens. Who is done with the tokens may release them. */
export function tokenize(text: string, maxTokens: number): Tokens {
	openText(text);
	openStore(text.length, maxTokens);
	try {
		const all = codes;
		for (let at = 0; at < text.length; ) at = (starts[all[at] as number] as Pattern)(text, at);
	} finally {
		closeCodes();
	}
	return mendOddCharacters(closeStore(text));
}

/** What reads the token that a character begins, by its code. */
const starts: Pattern[] = new Array<Pattern>(256).fill(illegal);
const letters = "abcdefghijklmnopqrstuvwxyz";
for (const [pattern, first] of [
	[blanks, " \t\r\n"],
	[word, `_${letters}${letters.toUpperCase()}`],
	[quoted, '"'],
	[sign, signStarts],
	[openBrace, "{"],
	[closeBrace, "}"],
	[number, "0123456789"],
	[comment, "#"],
	[raw, "`"],
	[template, "$"],
] as const) {
	for (const c of first) starts[c.charCodeAt(0)] = pattern;
}
