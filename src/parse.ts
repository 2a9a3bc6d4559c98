/** Text to syntax trees, as embedders ask for it: with annotations or without. */
import type { Source } from "./location.ts";
import { parseAnnotations } from "./parser/annotations.ts";
import type { Body, Module } from "./parser/ast.ts";
import { type ParseOptions, type ParseResult, parseModule as parse, parseQuery as query } from "./parser/parser.ts";

/** Reads the text of a module: its syntax tree, and every error. */
export function parseModule(source: Source, options: ParseOptions = {}): ParseResult<Module> {
	return parse(source, { ...options, annotations: options.annotations === true ? parseAnnotations : undefined });
}

/** Literals separated by `;` or line ends. An empty text gives an empty body. */
export function parseQuery(source: Source, options: ParseOptions = {}): ParseResult<{ readonly body: Body }> {
	return query(source, { ...options, annotations: undefined });
}
