/**
 * Modules, queries, terms: text in, syntax tree and errors out. A module is a list of statements;
 * each is tried as package, import, rule and expression, in that order, as OPA does. After an error
 * we go on at the next line that begins a statement, so that one run reports every mistake; the
 * errors up to there are OPA's, in its order.
 *
 * Nothing here throws on any text: sizes and nesting are limited, and beyond the limits a located
 * error is the result.
 */

import { byteAt, numberAt } from "../at.ts";
import { type ErrorDetails, formatErrors, RegoError } from "../errors.ts";
import type { Location, Source } from "../location.ts";
import { Source as SourceText } from "../location.ts";
import { isOverflow } from "../stack.ts";
import {
	type AnnotatedStatement,
	type AnnotationReader,
	attachAnnotations,
	type MetadataBlock,
} from "./annotation-targets.ts";
import type { Body, Comment, Expr, Import, Module, Package, Ref, RegoVersion, Rule, Term } from "./ast.ts";
import { isRegoV1Import, ref, variable } from "./ast.ts";
import { checkModule } from "./checks.ts";
import { parseImport, parsePackage } from "./imports.ts";
import * as Kind from "./kinds.ts";
import { type LanguageFeatures, languageOf } from "./language.ts";
import { tokenize } from "./lexer.ts";
import { parseLiterals } from "./literals.ts";
import type { LogicalReader } from "./logical.ts";
import { printBody } from "./print.ts";
import { parseRules, type RuleForms, ruleFromBody } from "./rules.ts";
import { type ParseProblem, ParserState, plainHeight } from "./state.ts";
import { parseTerm as readTerm } from "./terms.ts";
import { futureKeywordsV0, keywordKinds, operatorNames } from "./token.ts";
import { releaseTokens, type Tokens, TooManyTokens } from "./token-store.ts";

/** Bounds on a text that is parsed. */
export interface ParseLimits {
	/** UTF-16 units of source. Default 32 Mi. */
	readonly maxSourceLength?: number;
	/** Tokens. Default 8 Mi. */
	readonly maxTokens?: number;
	/** Nesting, and so the depth of the tree. Default 100,000, as OPA; calls and comprehensions count double or more. */
	readonly maxDepth?: number;
	/** Errors reported; all that are found unless given. */
	readonly maxErrors?: number;
}

/** How to read a text. */
export interface ParseOptions {
	/** Default "v1"; "auto" is v1, or v0 where only that parses. */
	readonly regoVersion?: RegoVersion | "auto";
	/** What v0 parses must also be v1, as if the module imported `rego.v1`. */
	readonly bothVersions?: boolean;
	/** What of the language may be used; default all of it. */
	readonly language?: LanguageFeatures | undefined;
	/** Future keywords in force without an import. */
	readonly futureKeywords?: readonly string[];
	/** Names a bodiless call may not define; operators always count. */
	readonly isBuiltin?: (name: string) => boolean;
	readonly limits?: ParseLimits;
	/** Nothing is read behind a statement that could not be, as OPA has it. Default: all that can be is told at once. */
	readonly stopsAtMistake?: boolean;
	/** Read `# METADATA` comments. */
	readonly annotations?: boolean;
}

/** The same, with what reads annotations (without it they are comments as others), and what else can be left out. */
export interface ParserOptions extends Omit<ParseOptions, "annotations"> {
	readonly annotations?: AnnotationReader | undefined;
	/** Reads `and`, `or` and `not` before braces: without it a text that has them is refused. */
	readonly logical?: LogicalReader | undefined;
}

/** What parsing gives: a tree, errors, or both. */
export interface ParseResult<T> {
	/** Undefined exactly when there are errors. */
	readonly value: T | undefined;
	readonly errors: readonly RegoError[];
}

const defaultLimits: Required<ParseLimits> = {
	maxSourceLength: 32 * 1024 * 1024,
	maxTokens: 8 * 1024 * 1024,
	maxDepth: 100_000,
	maxErrors: Number.POSITIVE_INFINITY,
};

/** Reads the text of a module: its syntax tree, and every error. */
export function parseModule(source: Source, options: ParserOptions = {}): ParseResult<Module> {
	if (options.regoVersion !== "auto") return parseModuleAs(source, options.regoVersion ?? "v1", options);
	const v1 = parseModuleAs(source, "v1", options);
	if (v1.value !== undefined) return v1;
	const v0 = parseModuleAs(source, "v0", options);
	return v0.value === undefined ? v1 : v0;
}

/** Literals separated by `;` or line ends. An empty text gives an empty body. */
export function parseQuery(source: Source, options: ParserOptions = {}): ParseResult<{ readonly body: Body }> {
	if (options.regoVersion === "auto") {
		const v1 = parseQuery(source, { ...options, regoVersion: "v1" });
		return v1.value === undefined ? preferParsed(v1, parseQuery(source, { ...options, regoVersion: "v0" })) : v1;
	}
	const opened = open(source, options.regoVersion ?? "v1", options);
	if (opened instanceof RegoError) return { value: undefined, errors: [opened] };
	const read = within(source, () => readQuery(source, opened.p, options));
	releaseTokens(opened.tokens);
	return read;
}

function readQuery(source: Source, p: ParserState, options: ParserOptions): ParseResult<{ readonly body: Body }> {
	const body: Expr[] = [];
	let other: string | undefined;
	while (p.kind !== Kind.Eof) {
		const start = p.mark();
		const isPackage = p.kind === Kind.Package;
		if (isPackage || p.kind === Kind.Import) {
			if ((isPackage ? parsePackage(p) : parseImport(p)) !== undefined) {
				other ??= isPackage ? "Package" : "Import";
				continue;
			}
			if (p.errors.length > 0) break;
			p.restore(start);
		}
		const literals = p.readDeep(
			() => parseLiterals(p, true, Kind.Eof),
			() => readTerm(p),
		);
		if (literals === undefined) break;
		body.push(...literals);
	}
	// Only of what can be read OPA asks whether it is a query.
	if (p.errors.length === 0 && other !== undefined) {
		return { value: undefined, errors: [new RegoError("rego_parse_error", `expected body but got *ast.${other}`)] };
	}
	const errors = closeErrors(source, p.errors, options);
	return errors.length > 0 ? { value: undefined, errors } : { value: { body }, errors };
}

/** One term, such as a value with sets or a reference. */
export function parseTerm(text: string, options: ParserOptions = {}): ParseResult<Term> {
	const { value, errors } = parseQuery(new SourceText("", text), options);
	if (value === undefined) return { value: undefined, errors };
	const only = value.body[0];
	if (value.body.length !== 1 || only?.what.kind !== "term-expr" || only.negated || only.with.length > 0) {
		return {
			value: undefined,
			errors: [new RegoError("rego_parse_error", `expected exactly one term but got: ${printBody(value.body)}`)],
		};
	}
	return { value: only.what.term, errors };
}

export function parseRef(text: string, options: ParserOptions = {}): ParseResult<Ref> {
	const { value, errors } = parseTerm(text, options);
	if (value === undefined) return { value, errors };
	if (value.kind === "ref") return { value, errors };
	return { value: undefined, errors: [new RegoError("rego_parse_error", "expected ref")] };
}

/** Statements that are all imports, and nothing else. */
export function parseImports(source: Source, options: ParserOptions = {}): ParseResult<readonly Import[]> {
	return parseStatements(source, options, (statements) => {
		const imports: Import[] = [];
		for (const s of statements) {
			if (s.kind !== "import") return `expected import but got ${goType(s)}`;
			imports.push(s);
		}
		return imports;
	});
}

/** One package statement, and nothing else: the path it names. */
export function parsePackageStatement(source: Source, options: ParserOptions = {}): ParseResult<Ref> {
	return parseStatements(source, options, ([first, ...others]) => {
		if (first === undefined || others.length > 0) return "expected exactly one statement";
		return first.kind === "package" ? first.path : `expected package but got ${goType(first)}`;
	});
}

/** `take` gives what is wanted of the statements, or what is wrong with them. */
function parseStatements<T extends object>(
	source: Source,
	options: ParserOptions,
	take: (statements: readonly Statement[]) => T | string,
): ParseResult<T> {
	const version = options.regoVersion === "v0" ? "v0" : "v1";
	const opened = open(source, version, options);
	if (opened instanceof RegoError) return { value: undefined, errors: [opened] };
	const statements = readStatements(opened.p, new Map(), options);
	const errors = closeErrors(source, opened.p.errors, options);
	releaseTokens(opened.tokens);
	if (errors.length > 0) return { value: undefined, errors };
	const result = take(statements);
	if (typeof result !== "string") return { value: result, errors };
	return { value: undefined, errors: [new RegoError("rego_parse_error", result)] };
}

/** Whether a text is one body where rules are tried first, as OPA's server reads queries: what is wrong with it if not. */
export function bodyErrors(source: Source, options: ParserOptions = {}): readonly RegoError[] {
	const { errors } = parseStatements(source, options, (statements) => {
		const other = statements.map(goType).find((t) => t !== "ast.Body");
		return other === undefined ? {} : `expected body but got ${other}`;
	});
	return errors;
}

/** What OPA's messages call a statement: what could be a query is one until a module is made of it. */
function goType(s: Statement): string {
	if (s.kind === "package") return "*ast.Package";
	if (s.kind === "import") return "*ast.Import";
	return s.kind === "rule" && s.hasBody ? "*ast.Rule" : "ast.Body";
}

// --- modules ----------------------------------------------------------------------------------

type Statement = Package | Import | Rule | { readonly kind: "body"; readonly body: Body; readonly start: number };

function parseModuleAs(source: Source, version: RegoVersion, options: ParserOptions): ParseResult<Module> {
	const opened = open(source, version, options);
	if (opened instanceof RegoError) return { value: undefined, errors: [opened] };
	const read = within(source, () => readModule(source, version, opened.p, options));
	releaseTokens(opened.tokens);
	return read;
}

/** What is read, if the stack bears what is not read statement by statement: terms in annotations, texts of terms. */
function within<T>(source: Source, read: () => ParseResult<T>): ParseResult<T> {
	try {
		return read();
	} catch (e) {
		if (!isOverflow(e)) throw e;
		const start: Location = { file: source.name, row: 1, col: 1 };
		const error = new RegoError("rego_parse_error", "max parsing recursion depth exceeded", start);
		return { value: undefined, errors: [error] };
	}
}

/** Statements up to the end, errors among them left in the state. */
function readStatements(p: ParserState, forms: RuleForms, options: ParserOptions): readonly Statement[] {
	const { tokens } = p;
	const maxErrors = options.limits?.maxErrors ?? defaultLimits.maxErrors;
	const statements: Statement[] = [];
	p.earlierErrors = 0;
	while (p.kind !== Kind.Eof) {
		const index = p.index;
		p.beginStatement();
		const reported = p.kind === Kind.Illegal && (tokens.problems.get(index)?.length ?? 0) > 0;
		const read = reported
			? undefined
			: p.readDeep(
					() => parseStatement(p, forms),
					() => readTerm(p),
				);
		if (read !== undefined) {
			// Even with a mistake in it: what follows is read as if there were none.
			for (const s of read) statements.push(s);
			continue;
		}
		if (p.errors.length === p.earlierErrors && !reported) p.unexpected();
		if (p.errors.length >= maxErrors) break;
		if (options.stopsAtMistake === true && !isUnknownKeyword(p.errors.at(-1)?.message)) break;
		resynchronise(p, index);
		p.earlierErrors = p.errors.length;
	}
	return statements;
}

/** Of an import that can be read, and means nothing: what follows is read. */
function isUnknownKeyword(message: string | undefined): boolean {
	return message?.startsWith("unexpected keyword, must be one of") === true;
}

function readModule(source: Source, version: RegoVersion, p: ParserState, options: ParserOptions): ParseResult<Module> {
	const { tokens } = p;
	const forms: RuleForms = new Map();
	const statements = readStatements(p, forms, options);
	let blocks: readonly MetadataBlock[] = [];
	if (options.annotations !== undefined) {
		const found = options.annotations(source, tokens.comments, (text) => readAnnotationTerm(text));
		blocks = found.blocks;
		p.errors.push(...found.errors);
	}
	if (p.errors.length > 0) return { value: undefined, errors: closeErrors(source, p.errors, options) };
	if (statements.length === 0 && blocks.length === 0) {
		const nowhere: Location = { file: source.name, row: 0, col: 0 };
		return { value: undefined, errors: [new RegoError("rego_parse_error", "empty module", nowhere)] };
	}
	return assemble(source, version, p, statements, tokens, blocks, forms, options);
}

/** The statements at the current token: several when a v0 rule chains bodies. */
function parseStatement(p: ParserState, forms: RuleForms): readonly Statement[] | undefined {
	const errors = p.earlierErrors;
	const start = p.mark();
	if (p.kind === Kind.Package || p.kind === Kind.Import) {
		const read = p.kind === Kind.Package ? parsePackage(p) : parseImport(p);
		if (read !== undefined) return [read];
		if (p.errors.length > errors) return undefined;
		p.restore(start);
	}
	const rules = parseRules(p, forms);
	if (rules !== undefined || p.errors.length > errors) return rules;
	p.restore(start);
	const offset = p.start;
	const body = parseLiterals(p, true, Kind.Eof);
	return body === undefined ? undefined : [{ kind: "body", body, start: offset }];
}

/** Goes to the next token that begins a line and could begin a statement. */
function resynchronise(p: ParserState, failed: number): void {
	const { kinds, starts, count } = p.tokens;
	for (let i = Math.max(failed + 1, p.index); i < count - 1; i++) {
		const start = numberAt(starts, i);
		const kind = byteAt(kinds, i);
		if (start > 0 && p.text.charCodeAt(start - 1) !== 10) continue;
		if (kind >= Kind.Ident && kind <= Kind.LogicalOr) {
			p.goTo(i);
			return;
		}
	}
	p.goTo(count - 1);
}

function assemble(
	source: Source,
	version: RegoVersion,
	p: ParserState,
	statements: readonly Statement[],
	tokens: Tokens,
	blocks: readonly MetadataBlock[],
	forms: RuleForms,
	options: ParserOptions,
): ParseResult<Module> {
	const problems: ParseProblem[] = [];
	const imports: Import[] = [];
	const rules: Rule[] = [];
	let effective = options.bothVersions === true ? "v1" : version;
	const first = statements[0];
	const annotated: AnnotatedStatement[] = first === undefined || first.kind === "body" ? [] : [first];
	const report = (offset: number, message: string): void => {
		problems.push({ offset, message, showLine: false });
	};
	if (first?.kind !== "package") report(first?.start ?? 0, "package expected");
	for (const s of statements.slice(1)) {
		if (s.kind !== "body") annotated.push(s);
		switch (s.kind) {
			case "package":
				report(s.start, "unexpected package");
				break;
			case "import":
				imports.push(s);
				if (isRegoV1Import(s)) effective = "v1";
				break;
			case "rule":
				rules.push(s);
				break;
			default: {
				const rule = ruleFromBody(p, s.body, forms);
				if (typeof rule === "string") report(s.start, rule);
				else {
					rules.push(rule);
					annotated.push(rule);
				}
			}
		}
	}
	const syntax: Module = {
		kind: "module",
		source,
		package: first?.kind === "package" ? first : noPackage,
		imports,
		rules,
		annotations: [],
		...(p.tallest > plainHeight && { deep: true }),
		comments: tokens.comments.map(
			({ start, end }): Comment => ({ kind: "comment", text: commentText(source.text, start, end), start, end }),
		),
		regoVersion: effective,
	};
	problems.push(...checkModule(syntax, forms));
	if (problems.length > 0) return { value: undefined, errors: closeErrors(source, problems, options) };
	const { annotations, errors } = attachAnnotations(source, blocks, annotated);
	if (errors.length > 0) return { value: undefined, errors: closeErrors(source, errors, options) };
	return { value: { ...syntax, annotations }, errors: [] };
}

/** A term inside metadata, with OPA's wording of what is wrong with it. */
function readAnnotationTerm(text: string): { readonly term: Term } | { readonly failure: string } {
	const { value, errors } = parseTerm(text);
	if (value !== undefined) return { term: value };
	return {
		failure:
			errors[0]?.location === undefined ? String(errors[0]?.reason) : `failed to parse term: ${formatErrors(errors)}`,
	};
}

const noPackage: Package = { kind: "package", path: ref([variable("data", 0, 0)], 0, 0), start: 0, end: 0 };

function commentText(text: string, start: number, end: number): string {
	const body = text.slice(start + 1, end);
	return body.endsWith("\r") ? body.replace(/\r+$/, "") : body;
}

// --- opening and closing ------------------------------------------------------------------------

function open(
	source: Source,
	version: RegoVersion,
	options: ParserOptions,
): { readonly p: ParserState; readonly tokens: Tokens } | RegoError {
	const limits = { ...defaultLimits, ...options.limits };
	const start: Location = { file: source.name, row: 1, col: 1 };
	if (source.text.length > limits.maxSourceLength) {
		return new RegoError(
			"rego_parse_error",
			`source too long: ${source.text.length} characters, at most ${limits.maxSourceLength} are allowed`,
			start,
		);
	}
	let tokens: Tokens;
	try {
		tokens = tokenize(source.text, limits.maxTokens);
	} catch (e) {
		if (!(e instanceof TooManyTokens)) throw e;
		return new RegoError("rego_parse_error", `source too long: more than ${limits.maxTokens} tokens`, start);
	}
	const language = languageOf(version, options.language);
	const active = new Uint8Array(64);
	for (const word of [...(version === "v1" ? futureKeywordsV0 : []), ...(options.futureKeywords ?? [])]) {
		const kind = keywordKinds.get(word);
		if (kind === undefined || !language.futureKeywords.includes(word)) {
			return new RegoError("rego_parse_error", `unknown future keyword: ${word}`);
		}
		active[kind] = 1;
		if (kind === Kind.Every) active[Kind.In] = 1;
	}
	const isBuiltin = options.isBuiltin;
	const p = new ParserState(tokens, {
		version,
		language,
		maxDepth: limits.maxDepth,
		isBuiltin: (name) => name === "in" || operatorNames.includes(name) || isBuiltin?.(name) === true,
		active,
		logical: options.logical,
	});
	p.notBodies = active[Kind.Not] === 1;
	return { p, tokens };
}

function preferParsed<T>(first: ParseResult<T>, second: ParseResult<T>): ParseResult<T> {
	return second.value === undefined ? first : second;
}

function closeErrors(source: Source, problems: readonly ParseProblem[], options: ParserOptions): readonly RegoError[] {
	const max = options.limits?.maxErrors ?? defaultLimits.maxErrors;
	return problems.slice(0, max).map(
		(problem) =>
			new RegoError("rego_parse_error", problem.message, locate(source, problem.offset), {
				details: problem.showLine ? lineDetails(source.text, problem.offset) : undefined,
			}),
	);
}

/** OPA counts a line end to the row it opens, and the end of the text to the column before it. */
function locate(source: Source, offset: number): Location {
	if (offset < source.text.length && source.text.charCodeAt(offset) !== 10) return source.location(offset);
	if (offset < source.text.length) return { file: source.name, row: source.row(offset) + 1, col: 0 };
	const end = source.location(source.text.length);
	return { ...end, col: end.col - 1 };
}

/** The source line of an error and a caret, found as OPA finds them: from the last character that is no blank. */
function lineDetails(text: string, offset: number): ErrorDetails {
	let at = Math.max(0, Math.min(offset, text.length - 1));
	while (at > 0 && /[\t-\r ]/.test(text.charAt(at))) at--;
	const isLineEnd = (i: number): boolean => text.charCodeAt(i) === 10 || text.charCodeAt(i) === 13;
	let begin = at;
	while (begin > 0 && !isLineEnd(begin)) begin--;
	if (isLineEnd(begin)) begin++;
	let end = at;
	while (end < text.length && !isLineEnd(end)) end++;
	if (begin > end) begin = end;
	// A long line is cut around the place.
	const from = Math.max(begin, at - maxShownLine);
	const line = text.slice(from, Math.min(end, at + maxShownLine));
	const idx = utf8Length(text.slice(from, at));
	const shown = line.replace(/^\t+/, "");
	return {
		lines: [shown, `${" ".repeat(Math.max(0, idx - (line.length - shown.length)))}^`],
		json: { line, idx },
	};
}

const maxShownLine = 2000;

function utf8Length(text: string): number {
	let n = 0;
	for (let i = 0; i < text.length; i++) {
		const unit = text.charCodeAt(i);
		n += unit < 0x80 ? 1 : unit < 0x800 ? 2 : unit >= 0xd800 && unit <= 0xdfff ? 2 : 3;
	}
	return n;
}
