/** The error of a pattern that cannot be parsed, with Go's texts. */

export type SyntaxErrorCode =
	| "invalid character class range"
	| "invalid escape sequence"
	| "invalid UTF-8"
	| "invalid named capture"
	| "invalid or unsupported Perl syntax"
	| "invalid nested repetition operator"
	| "invalid repeat count"
	| "missing closing ]"
	| "missing closing )"
	| "missing argument to repetition operator"
	| "trailing backslash at end of expression"
	| "unexpected )"
	| "expression nests too deeply"
	| "expression too large";

export class RegexSyntaxError extends Error {
	readonly code: SyntaxErrorCode;
	/** The offending part of the pattern. */
	readonly part: string;

	constructor(code: SyntaxErrorCode, part: string) {
		super(`error parsing regexp: ${code}: \`${part}\``);
		this.name = "RegexSyntaxError";
		this.code = code;
		this.part = part;
	}
}
