/**
 * In the place of chevrotain's parser of regular expressions (scripts/chevrotain.js). It is asked for
 * the first characters of patterns that do not name them; ours do.
 */
export class RegExpParser {
	pattern(text) {
		throw new Error(`a token type without start_chars_hint: ${text}`);
	}
}

export class BaseRegExpVisitor {}
