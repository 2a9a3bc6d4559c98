/** Imports: which a module needs in the form it is written in, and how they are written: in groups, each in order. */

import { at, last } from "../at.ts";
import { type Import, isRegoV1Import, type Ref, ref, scalar, type Term, variable } from "../parser/ast.ts";
import { compareTerms } from "../parser/term-order.ts";
import type { Comments, PlacedComment } from "./comments.ts";
import type { Place } from "./places.ts";
import { writeRef } from "./terms.ts";
import { givingUp, type Writer } from "./writer.ts";

export interface PlacedImport {
	readonly syntax: Import;
	readonly place: Place;
	/** Not in the source. */
	readonly added: boolean;
}

/** Names of an import's path, where all of it is names. */
function namesOf(i: Import): readonly string[] {
	const terms = i.path.kind === "ref" ? i.path.terms : [i.path];
	return terms.map((t) => (t.kind === "var" ? t.name : t.kind === "scalar" ? String(t.value) : ""));
}

/** `import future.keywords`. */
export function isAllKeywords(i: Import): boolean {
	const names = namesOf(i);
	return names.length === 2 && names[0] === "future" && names[1] === "keywords";
}

/** The keyword of `import future.keywords.x`. */
export function keywordOf(i: Import): string | undefined {
	const names = namesOf(i);
	return names.length === 3 && names[0] === "future" && names[1] === "keywords" ? names[2] : undefined;
}

export function isFuture(i: Import): boolean {
	return namesOf(i)[0] === "future";
}

/** The imports, and one of a keyword unless it is among them; `every` brings `in`. */
export function withKeyword(imports: readonly PlacedImport[], keyword: string): readonly PlacedImport[] {
	const has = imports.some(({ syntax }) => {
		const k = keywordOf(syntax);
		return isAllKeywords(syntax) || k === keyword || (k === "every" && keyword === "in");
	});
	return has ? imports : withPath(imports, ["future", "keywords", keyword]);
}

export function withRegoV1(imports: readonly PlacedImport[]): readonly PlacedImport[] {
	return imports.some(({ syntax }) => isRegoV1Import(syntax)) ? imports : withPath(imports, ["rego", "v1"]);
}

/** An import more, in the row below the last of its kind. */
function withPath(imports: readonly PlacedImport[], path: readonly [string, ...string[]]): readonly PlacedImport[] {
	const rows = imports.filter(({ syntax }) => isFuture(syntax) || isRegoV1Import(syntax)).map(({ place }) => place.row);
	const row = rows.length === 0 ? 1 : Math.max(...rows) + 1;
	const text = `import ${path.join(".")}`;
	const [root, ...rest] = path;
	const terms: Term[] = [variable(root, 0, 0), ...rest.map((name) => scalar(name, 0, 0))];
	const syntax: Import = { kind: "import", path: ref(terms, 0, 0), alias: "", start: 0, end: 0 };
	return [...imports, { syntax, place: { row, col: 1, start: 0, text }, added: true }];
}

export function writeImports(w: Writer, imports: readonly PlacedImport[], comments: Comments): Comments {
	const beside = new Map<PlacedImport, PlacedComment>();
	const byRow = new Map([...imports].reverse().map((i) => [i.place.row, i]));
	let rest: Comments = comments.filter((c) => {
		const same = byRow.get(c.place.row);
		if (same !== undefined) beside.set(same, c);
		return same === undefined;
	});
	for (const group of groups(imports)) {
		rest = givingUp(() => w.comments(rest, at(group, 0).place.row));
		for (const i of [...group].sort((a, b) => compareImports(a.syntax, b.syntax))) {
			w.startLine();
			writeImport(w, i.syntax);
			const comment = beside.get(i);
			if (comment !== undefined) w.write(` ${comment.text}`);
			w.endLine();
		}
		w.blankLine();
	}
	return rest;
}

/** Imports without an empty line between them. */
function groups(imports: readonly PlacedImport[]): readonly (readonly PlacedImport[])[] {
	const out: PlacedImport[][] = [];
	let row = Number.NEGATIVE_INFINITY;
	for (const i of imports) {
		if (i.place.row - row > 1) out.push([]);
		last(out).push(i);
		row = i.place.row;
	}
	return out;
}

function compareImports(a: Import, b: Import): number {
	return compareTerms(a.path, b.path) || (a.alias < b.alias ? -1 : a.alias > b.alias ? 1 : 0);
}

function writeImport(w: Writer, i: Import): void {
	w.write("import ");
	const path: Ref = i.path.kind === "ref" ? i.path : ref([i.path], i.path.start, i.path.end);
	if (keywordOf(i) === undefined) writeRef(w, path, []);
	else w.write(namesOf(i).join("."));
	if (i.alias !== "") w.write(` as ${i.alias}`);
}
