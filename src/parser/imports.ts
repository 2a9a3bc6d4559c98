/**
 * `package` and `import` statements. Imports from future.keywords and rego.v1 change which words the
 * rest of the module may use as keywords.
 */

import { at, byteAt, got, numberAt } from "../at.ts";
import { type Import, isWildcard, type Package, type Ref, ref, scalar, type Term, variable } from "./ast.ts";
import * as Kind from "./kinds.ts";
import { printRef, printTerm } from "./print.ts";
import type { ParserState } from "./state.ts";
import { parseTerm, termName } from "./terms.ts";
import { futureKeywordsV0, isKeywordKind, isReservedWord, keywordKinds } from "./token.ts";

/** Undefined without an error: the word begins a reference (`package.x`). */
export function parsePackage(p: ParserState): Package | undefined {
	const start = p.start;
	if (!beginsPath(p)) return undefined;
	const term = parseTerm(p);
	if (term === undefined) return undefined;
	const data = variable("data", term.start, term.end);
	if (term.kind === "var") {
		const path = ref([data, scalar(term.name, term.start, term.end)], term.start, term.end);
		return { kind: "package", path, start, end: term.end };
	}
	if (term.kind !== "ref") {
		p.unexpected();
		return undefined;
	}
	const [head, ...rest] = term.terms as [Term, ...Term[]];
	if (head.kind !== "var") {
		p.error(head.start, `unexpected ${termName(head)} token: expecting var`);
		return undefined;
	}
	if (!allStrings(p, rest)) return undefined;
	const path = ref([data, scalar(head.name, head.start, head.end), ...rest], term.start, term.end);
	return { kind: "package", path, start, end: term.end };
}

/** Undefined without an error: the word begins a reference (`import.x`). */
export function parseImport(p: ParserState): Import | undefined {
	const start = p.start;
	if (!beginsPath(p)) return undefined;
	const path = parseImportPath(p);
	if (path === undefined) return undefined;
	const head = at(path.terms, 0);
	const root = head.kind === "var" ? head.name : "";
	if (!["data", "input", "future", "rego"].includes(root)) {
		p.hint("if this is unexpected, try updating OPA");
		p.error(
			path.start,
			`unexpected import path, must begin with one of: {data, future, input, rego}, got: ${root === "" ? printTerm(head) : isWildcard(root) ? "_" : root}`,
		);
		return undefined;
	}
	let alias = "";
	if (p.kind === Kind.As) {
		const read = parseAlias(p);
		if (read === undefined) return undefined;
		alias = read;
	} else checkLastName(p, path, root);
	const statement: Import = { kind: "import", path, alias, start, end: p.lastEnd };
	if (root === "rego") importRego(p, path, alias);
	else if (root === "future") importFuture(p, path, alias);
	return statement;
}

/** Steps past the keyword to the first token of a path. */
function beginsPath(p: ParserState): boolean {
	p.advance();
	if (p.adjoins && (p.kind === Kind.Dot || p.kind === Kind.LBrack)) return false;
	if (isKeywordKind(p.kind) && p.language.keywordsInRefs) p.kind = Kind.Ident;
	if (p.kind === Kind.Ident) return true;
	p.unexpected();
	return false;
}

function allStrings(p: ParserState, terms: readonly Term[]): boolean {
	for (const t of terms) {
		if (t.kind === "scalar" && typeof t.value === "string") continue;
		p.error(t.start, `unexpected ${termName(t)} token: expecting string`);
		return false;
	}
	return true;
}

/** The path, read with no future keyword in force: their names may appear in it. */
function parseImportPath(p: ParserState): Ref | undefined {
	const active = Uint8Array.from(p.active);
	p.active.fill(0);
	const term = parseTerm(p);
	// The token after the path stays as read: OPA lets even a keyword name a rule there, `not` among them.
	p.active.set(active);
	if (p.kind === Kind.Not) p.kind = Kind.Ident;
	if (term?.kind === "ref") return allStrings(p, term.terms.slice(1)) ? term : undefined;
	if (term?.kind === "var") return ref([term], term.start, term.end);
	p.errorHere("expected path");
	return undefined;
}

function parseAlias(p: ParserState): string | undefined {
	p.advance();
	if (p.kind === Kind.Ident) {
		const alias = parseTerm(p);
		if (alias?.kind === "var") return alias.name;
	}
	p.unexpected("expected var");
	return undefined;
}

/** Without an alias the last name of the path names the import, so it must not be a keyword. */
function checkLastName(p: ParserState, path: Ref, root: string): void {
	if (root === "future" && path.terms.length > 1) return;
	const last = at(path.terms, path.terms.length - 1);
	const name = last.kind === "var" ? last.name : last.kind === "scalar" ? String(last.value) : "";
	if (!isReservedWord(name, p.version)) return;
	p.hint("import a different path or use an alias");
	p.error(last.start, `unexpected import path, must not end with a keyword, got: ${name}`);
}

function nameAt(path: Ref, i: number): string | undefined {
	const t = path.terms[i];
	return t?.kind === "scalar" && typeof t.value === "string" ? t.value : undefined;
}

function importRego(p: ParserState, path: Ref, alias: string): void {
	if (!p.language.regoV1Import) {
		p.error(path.start, "invalid import, `rego.v1` is not supported by current capabilities");
		return;
	}
	if (path.terms.length !== 2 || nameAt(path, 1) !== "v1") {
		p.error(path.start, `invalid import \`${printRef(path)}\`, must be \`rego.v1\``);
		return;
	}
	if (p.version === "v1") return;
	if (alias !== "") {
		p.error(path.start, "`rego` imports cannot be aliased");
		return;
	}
	activate(p, futureKeywordsV0);
}

function importFuture(p: ParserState, path: Ref, alias: string): void {
	if (nameAt(path, 1) !== "keywords") {
		p.error(path.start, "invalid import, must be `future.keywords`");
		return;
	}
	if (alias !== "") {
		p.error(path.start, "`future` imports cannot be aliased");
		return;
	}
	const known = p.language.futureKeywords;
	if (path.terms.length !== 3) {
		activate(p, known);
		return;
	}
	const word = nameAt(path, 2) as string;
	if (known.includes(word)) {
		activate(p, [word]);
		return;
	}
	p.error(path.start, `unexpected keyword, must be one of [${known.join(" ")}]`);
	// The rest of the module was written with the import in mind.
	activate(p, known);
}

function activate(p: ParserState, words: readonly string[]): void {
	for (const word of words) {
		const kind = got(keywordKinds, word);
		p.active[kind] = 1;
		if (kind === Kind.Every) p.active[Kind.In] = 1;
		if (kind === Kind.Not) p.notBodies = true;
	}
	if (p.logical === undefined) refuseLogical(p);
}

/** What nothing is there to read is refused at its first word: it must not be taken for anything else. */
function refuseLogical(p: ParserState): void {
	const { kinds, starts, count } = p.tokens;
	for (let i = p.index; i < count; i++) {
		const kind = byteAt(kinds, i);
		const next = kinds[i + 1];
		const isUsed =
			kind === Kind.Not
				? p.notBodies && (next === Kind.LBrace || next === Kind.LParen)
				: (kind === Kind.LogicalAnd || kind === Kind.LogicalOr) && p.active[kind] === 1 && kinds[i - 1] !== Kind.Dot;
		if (!isUsed) continue;
		const used = kind === Kind.Not ? "`not` before a bracket" : kind === Kind.LogicalAnd ? "`and`" : "`or`";
		p.error(numberAt(starts, i), `${used} needs { parts: { logical } }, from regoplan/parts`);
		return;
	}
}
