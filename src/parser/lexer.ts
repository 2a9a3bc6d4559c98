/**
 * Source text -> tokens, with chevrotain's lexer: it finds the pattern that a character may begin
 * and goes on behind what the pattern took (patterns.ts). No definition checks at start, and a
 * catch-all for characters no token starts with. The lexer is built at the first parse.
 *
 * Only tokens come from chevrotain. Rego's grammar depends on what was imported so far, on line
 * ends, on blanks before brackets, and on trying one reading of `{` after another; and OPA's error
 * messages follow from the exact order of those tries. So the grammar is our own recursive descent
 * (parser.ts and its neighbours) over the arrays that the patterns fill (token-store.ts). A token of
 * chevrotain's own would be an object and a text for each; there are ten thousand in a long policy.
 */
import { createToken, Lexer, type TokenType } from "chevrotain";
import { closeCodes } from "./codes.ts";
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

let lexer: Lexer | undefined;

/** Throws TooManyTokens. Who is done with the tokens may release them. */
export function tokenize(text: string, maxTokens: number): Tokens {
	lexer ??= newLexer();
	openText(text);
	openStore(text.length, maxTokens);
	try {
		lexer.tokenize(text);
	} finally {
		closeCodes();
	}
	return mendOddCharacters(closeStore(text));
}

function newLexer(): Lexer {
	const define = (name: string, pattern: Pattern, starts: readonly (string | number)[]): TokenType =>
		createToken({
			name,
			// Our matches have a length only, which is all that chevrotain asks of a skipped token.
			pattern: pattern as unknown as RegExp,
			group: Lexer.SKIPPED,
			line_breaks: false,
			start_chars_hint: [...starts],
		});
	const letters = "abcdefghijklmnopqrstuvwxyz";
	// One character of each of chevrotain's buckets: of its own up to 255, then of 255 characters each.
	const everything = Array.from({ length: 513 }, (_, i) => (i < 256 ? i : Math.min((i - 255) * 255 + 1, 0xffff)));
	const types = [
		define("blank", blanks, [..." \t\r\n"]),
		define("word", word, ["_", ...letters, ...letters.toUpperCase()]),
		define("quoted", quoted, ['"']),
		define("sign", sign, [...signStarts]),
		define("{", openBrace, ["{"]),
		define("}", closeBrace, ["}"]),
		define("number", number, [..."0123456789"]),
		define("comment", comment, ["#"]),
		define("raw", raw, ["`"]),
		define("template", template, ["$"]),
		define("illegal", illegal, everything),
	];
	return new Lexer(types, { positionTracking: "onlyOffset", skipValidations: true, recoveryEnabled: false });
}
