/** The parser with all of the language: parse-with.ts with what some programs leave out. */

import type { RegoError } from "../errors.ts";
import type { Source } from "../location.ts";
import type { Body, Import, Module, Ref, Term } from "./ast.ts";
import {
	type LogicalReader,
	parseBracedOperandFirst,
	parseGroupFirst,
	parseNegatedBraces,
	parseNegatedParens,
	parseOperandTail,
} from "./logical.ts";
import type { ParseResult, ParserOptions } from "./parse-with.ts";
import * as read from "./parse-with.ts";

export type { ParseLimits, ParseOptions, ParseResult, ParserOptions } from "./parse-with.ts";

/** Reads `and`, `or` and `not` before braces. */
export const logicalReader: LogicalReader = {
	bracedOperandFirst: parseBracedOperandFirst,
	groupFirst: parseGroupFirst,
	negatedBraces: parseNegatedBraces,
	negatedParens: parseNegatedParens,
	operandTail: parseOperandTail,
};

const whole = (options: ParserOptions): ParserOptions => ({ ...options, logical: logicalReader });

/** Reads the text of a module: its syntax tree, and every error. */
export function parseModule(source: Source, options: ParserOptions = {}): ParseResult<Module> {
	return read.parseModule(source, whole(options));
}

/** Literals separated by `;` or line ends. An empty text gives an empty body. */
export function parseQuery(source: Source, options: ParserOptions = {}): ParseResult<{ readonly body: Body }> {
	return read.parseQuery(source, whole(options));
}

/** One term, such as a value with sets or a reference. */
export function parseTerm(text: string, options: ParserOptions = {}): ParseResult<Term> {
	return read.parseTerm(text, whole(options));
}

export function parseRef(text: string, options: ParserOptions = {}): ParseResult<Ref> {
	return read.parseRef(text, whole(options));
}

/** Statements that are all imports, and nothing else. */
export function parseImports(source: Source, options: ParserOptions = {}): ParseResult<readonly Import[]> {
	return read.parseImports(source, whole(options));
}

/** One package statement, and nothing else: the path it names. */
export function parsePackageStatement(source: Source, options: ParserOptions = {}): ParseResult<Ref> {
	return read.parsePackageStatement(source, whole(options));
}

/** Whether a text is one body where rules are tried first, as OPA's server reads queries: what is wrong with it if not. */
export function bodyErrors(source: Source, options: ParserOptions = {}): readonly RegoError[] {
	return read.bodyErrors(source, whole(options));
}
