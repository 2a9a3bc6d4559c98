/** Terms inside error messages: OPA's rendering (parser/print.ts) with variables under other names. */
import type { Import, Ref, Term } from "../../parser/ast.ts";
import { variable } from "../../parser/ast.ts";
import { printRef, printTerm } from "../../parser/print.ts";
import { rootName } from "./calls.ts";
import { renameVars } from "./rewrite-terms.ts";

/** The name to write for a variable. */
export type ShowVar = (name: string) => string;

export function showTerm(t: Term, name?: ShowVar): string {
	return printTerm(name === undefined ? t : renameVars(t, name));
}

export function showRef(r: Ref, name?: ShowVar): string {
	return printRef(name === undefined ? r : (renameVars(r, name) as Ref));
}

/** `data.a.b[x]["c-d"]`; a first string is written bare. */
export function showPath(terms: readonly Term[], name?: ShowVar): string {
	const head = terms[0];
	if (head === undefined) return "";
	const { start, end } = head;
	const first = head.kind === "scalar" && typeof head.value === "string" ? variable(head.value, start, end) : head;
	return showRef({ kind: "ref", terms: [first, ...terms.slice(1)], start, end }, name);
}

export function showImport(i: Import): string {
	return `import ${printTerm(i.path)}${i.alias === "" ? "" : ` as ${i.alias}`}`;
}

/** What OPA calls the kind of a term, e.g. in `cannot assign to ref`. */
export function kindName(t: Term): string {
	switch (t.kind) {
		case "scalar":
			if (t.value === null) return "null";
			return typeof t.value === "string" ? "string" : typeof t.value === "boolean" ? "boolean" : "number";
		case "var":
			return rootName(t) === undefined ? "var" : "ref";
		case "array-comprehension":
			return "arraycomprehension";
		case "set-comprehension":
			return "setcomprehension";
		case "object-comprehension":
			return "objectcomprehension";
		case "template-string":
			return "templatestring";
		default:
			return t.kind;
	}
}
