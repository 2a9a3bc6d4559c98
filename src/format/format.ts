/**
 * `rego fmt`: a module in OPA's canonical form, byte for byte what `opa fmt` writes. In: a parsed module.
 * Out: its text, or the errors that keep it from being written.
 */
import type { RegoError } from "../errors.ts";
import { isRegoV1Import, isWildcard, type Module, type Rule, type Term } from "../parser/ast.ts";
import { reservedWords } from "../parser/token.ts";
import { type Visitor, walkBody, walkTerm, walkTerms } from "../parser/walk.ts";
import { type Comments, placedComments } from "./comments.ts";
import {
	isAllKeywords,
	isFuture,
	keywordOf,
	type PlacedImport,
	withKeyword,
	withRegoV1,
	writeImports,
} from "./imports.ts";
import { memberOperands } from "./operators.ts";
import { comparePlaces, placeOf } from "./places.ts";
import { writeRules } from "./rules.ts";
import { writeRef } from "./terms.ts";
import { type Dialect, Writer } from "./writer.ts";

export interface FormatOptions {
	/** The version to write: v0, v1, or text that is both ("v0-v1", with `import rego.v1`). */
	readonly regoVersion: "v0" | "v1" | "v0-v1";
	/** Leave out `rego.v1` and `future.keywords` imports where v1 makes them needless. */
	readonly dropV0Imports?: boolean;
	/** `p.not` is kept, not written `p["not"]`; default true. */
	readonly keywordsInRefs?: boolean;
}

export interface Formatted {
	/** Undefined exactly when there are errors. */
	readonly text: string | undefined;
	readonly errors: readonly RegoError[];
}

export function formatModule(module: Module, options: FormatOptions): Formatted {
	const w = new Writer(module.source, dialectOf(module, options), module.comments);
	const imports = importsOf(module, options);
	writeModule(w, module, imports, placedComments(module.source, module.comments));
	if (w.errors.length > 0) return { text: undefined, errors: w.errors };
	return { text: w.text.replace(/\n+$/, "\n"), errors: [] };
}

// --- what is needed ---------------------------------------------------------------------------------------

function dialectOf(module: Module, options: FormatOptions): Dialect {
	const v1 = options.regoVersion !== "v0";
	const imports = (test: (i: Module["imports"][number]) => boolean): boolean => module.imports.some(test);
	const all = v1 || imports(isRegoV1Import) || imports(isAllKeywords);
	const keywords = v1 ? reservedWords : reservedWords.slice(0, 11);
	return {
		v1,
		contains: all || imports((i) => keywordOf(i) === "contains"),
		ifs: all || imports((i) => keywordOf(i) === "if"),
		refHeads: module.rules.some((r) => needsRefHeads(r)),
		keywords: new Set([...keywords, ...module.imports.map(keywordOf).filter((k) => k !== undefined)]),
		keywordsInRefs: options.keywordsInRefs ?? true,
	};
}

function needsRefHeads(rule: Rule): boolean {
	const { ref, key, value } = rule.head;
	return ref.terms.length > 2 || (ref.terms.length === 2 && key !== undefined && value === undefined);
}

function importsOf(module: Module, options: FormatOptions): readonly PlacedImport[] {
	const v1 = options.regoVersion !== "v0";
	let imports: readonly PlacedImport[] = module.imports.map((syntax) => ({
		syntax,
		place: placeOf(module.source, syntax),
		added: false,
	}));
	if (options.regoVersion === "v1" && options.dropV0Imports === true)
		imports = imports.filter((i) => !isRegoV1Import(i.syntax));
	else if (options.regoVersion === "v0-v1") imports = withRegoV1(imports);
	const hasRegoV1 = imports.some((i) => isRegoV1Import(i.syntax));
	if ((v1 || hasRegoV1) && (options.dropV0Imports === true || hasRegoV1))
		imports = imports.filter((i) => !isFuture(i.syntax));
	for (const keyword of [...keywordsUsed(module)].sort()) {
		// What v1 has anyway needs no import there.
		if (!(v1 || hasRegoV1) || ["and", "not", "or"].includes(keyword)) imports = withKeyword(imports, keyword);
	}
	return imports;
}

/** Future keywords that the module's text will hold. */
function keywordsUsed(module: Module): ReadonlySet<string> {
	const found = new Set<string>();
	const visitor: Visitor = {
		literal: ({ what, negated }) => {
			if (what.kind === "every") found.add("every");
			if (what.kind === "block") found.add("not");
			if (what.kind === "logical") {
				found.add(what.op);
				if (negated) found.add("not");
			}
			if (what.kind === "term-expr" && what.term.kind === "call" && memberOperands(what.term) !== undefined)
				found.add("in");
			return true;
		},
	};
	for (const rule of module.rules) {
		for (let r: Rule | undefined = rule; r !== undefined; r = r.else) {
			const { ref, args, key, value } = r.head;
			walkTerms([...ref.terms, ...(args ?? [])], visitor);
			if (key !== undefined) walkTerm(key, visitor);
			if (value !== undefined) walkTerm(value, visitor);
			walkBody(r.body, visitor);
		}
	}
	return found;
}

// --- the module -------------------------------------------------------------------------------------------

function writeModule(w: Writer, module: Module, imports: readonly PlacedImport[], comments: Comments): void {
	const rules = module.rules.map((rule) => ({ rule, place: placeOf(module.source, rule) }));
	const firstRule = Math.min(...rules.map((r) => r.place.row));
	// An import that was added stands before all rules, wherever its row would put it.
	const early = imports.some((i) => i.added && i.place.row >= firstRule) ? imports.filter((i) => i.added) : [];
	const rest = [...imports.filter((i) => !early.includes(i)), ...rules].sort((a, b) => comparePlaces(a.place, b.place));

	let left = writePackage(w, module, comments);
	left = writeImports(w, early, left);
	for (let i = 0; i < rest.length; ) {
		const group: PlacedImport[] = [];
		for (let item = rest[i]; item !== undefined && "syntax" in item; item = rest[++i]) group.push(item);
		left = writeImports(w, group, left);
		const run: Rule[] = [];
		for (let item = rest[i]; item !== undefined && "rule" in item; item = rest[++i]) run.push(item.rule);
		left = writeRules(w, run, left);
	}
	for (const c of left) w.writeLine(c.text);
}

function writePackage(w: Writer, module: Module, comments: Comments): Comments {
	const { path } = module.package;
	const rest = w.comments(comments, w.place(module.package).row);
	w.startLine();
	w.write("package ");
	const [, name, ...further] = path.terms;
	if (name?.kind === "scalar" && typeof name.value === "string") {
		// A package called `_` is named as a wildcard is.
		const head: Term = {
			kind: "var",
			name: isWildcard(name.value) ? "_" : name.value,
			start: name.start,
			end: name.end,
		};
		writeRef(w, { ...path, terms: [head, ...further] }, []);
	}
	w.blankLine();
	return rest;
}
