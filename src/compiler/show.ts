/** Terms as OPA spells them inside error messages. */
import type { Body, Expr, Import, Ref, Term } from "../parser/ast.ts";
import { numberText } from "../value/number.ts";
import { assertNever, isNumber, type Value } from "../value/value.ts";
import { shownVar } from "./local-names.ts";

/** How a variable is to be written: renamed locals by their source name, or left alone. */
export type ShowVar = (name: string) => string;

const asIs: ShowVar = shownVar;

export function showRef(r: Ref, name: ShowVar = asIs): string {
	return showPath(r.terms, name);
}

/** `data.a.b[x]["c-d"]`; a first string is written bare. */
export function showPath(terms: readonly Term[], name: ShowVar = asIs): string {
	let out = "";
	for (let i = 0; i < terms.length; i++) {
		const t = terms[i] as Term;
		if (i === 0) out += t.kind === "scalar" && typeof t.value === "string" ? t.value : showTerm(t, name);
		else if (t.kind === "scalar" && typeof t.value === "string" && /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(t.value)) {
			out += `.${t.value}`;
		} else out += `[${showTerm(t, name)}]`;
	}
	return out;
}

export function showTerm(t: Term, name: ShowVar = asIs): string {
	const list = (items: readonly Term[]): string => items.map((x) => showTerm(x, name)).join(", ");
	switch (t.kind) {
		case "scalar":
			return showScalar(t.value);
		case "var":
			return name(t.name);
		case "ref":
			return showRef(t, name);
		case "call":
			return `${showRef(t.operator, name)}(${list(t.args)})`;
		case "array":
			return `[${list(t.items)}]`;
		case "set":
			return t.items.length === 0 ? "set()" : `{${list(t.items)}}`;
		case "object":
			return `{${t.entries.map(([k, v]) => `${showTerm(k, name)}: ${showTerm(v, name)}`).join(", ")}}`;
		case "array-comprehension":
			return `[${showTerm(t.term, name)} | ${showBody(t.body, name)}]`;
		case "set-comprehension":
			return `{${showTerm(t.term, name)} | ${showBody(t.body, name)}}`;
		case "object-comprehension":
			return `{${showTerm(t.key, name)}: ${showTerm(t.value, name)} | ${showBody(t.body, name)}}`;
		case "template-string":
			return `$"${t.parts.map((p) => (typeof p === "string" ? p : `{${showExpr(p, name)}}`)).join("")}"`;
		default:
			return assertNever(t, "term");
	}
}

function showScalar(v: Value): string {
	if (v === null) return "null";
	if (typeof v === "string") return JSON.stringify(v);
	if (typeof v === "boolean") return String(v);
	return isNumber(v) ? numberText(v) : String(v);
}

function showBody(b: Body, name: ShowVar): string {
	return b.map((e) => showExpr(e, name)).join("; ");
}

function showExpr(e: Expr, name: ShowVar): string {
	const w = e.what;
	let out: string;
	switch (w.kind) {
		case "term-expr":
			out = showTerm(w.term, name);
			break;
		case "some":
			out = `some ${w.symbols.map((s) => showTerm(s, name)).join(", ")}`;
			break;
		case "every": {
			const key = w.key === undefined ? "" : `${showTerm(w.key, name)}, `;
			out = `every ${key}${showTerm(w.value, name)} in ${showTerm(w.domain, name)} { ${showBody(w.body, name)} }`;
			break;
		}
		case "logical":
			out = `${showBody(w.left, name)} ${w.op} ${showBody(w.right, name)}`;
			break;
		case "block":
			out = w.braces ? `{ ${showBody(w.body, name)} }` : showBody(w.body, name);
			break;
		default:
			return assertNever(w, "expression");
	}
	if (e.negated) out = `not ${out}`;
	for (const x of e.with) out += ` with ${showTerm(x.target, name)} as ${showTerm(x.value, name)}`;
	return out;
}

export function showImport(i: Import): string {
	return `import ${showTerm(i.path)}${i.alias === "" ? "" : ` as ${i.alias}`}`;
}

/** What OPA calls the kind of a term, e.g. in `cannot assign to ref`. */
export function kindName(t: Term): string {
	switch (t.kind) {
		case "scalar":
			if (t.value === null) return "null";
			return typeof t.value === "string" ? "string" : typeof t.value === "boolean" ? "boolean" : "number";
		case "var":
			// A root document by itself is a reference to OPA.
			return t.name === "data" || t.name === "input" ? "ref" : "var";
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
