/** Nodes as OPA writes them in traces: the text of syntax trees made of them. */

import type {
	Term as Syntax,
	Body as SyntaxBody,
	Expr as SyntaxExpr,
	ExprKind as SyntaxKind,
	Var,
} from "../parser/ast.ts";
import * as ast from "../parser/ast.ts";
import { printBody, printExpr, printTerm } from "../parser/print.ts";
import { objectEntries } from "../value/collections.ts";
import { isArray, isNumber, isObject, isSet, type Value } from "../value/value.ts";
import type { Body, Expr, Term } from "./nodes.ts";

/** What to call a variable. */
export type NameOf = (name: string) => string;

const asIs: NameOf = (name) => name;

export function termText(t: Term, nameOf: NameOf = asIs): string {
	return printTerm(syntaxOf(t, nameOf));
}

export function exprText(e: Expr, nameOf: NameOf = asIs): string {
	return printExpr(exprSyntax(e, nameOf));
}

export function bodyText(b: Body, nameOf: NameOf = asIs): string {
	return printBody(bodySyntax(b, nameOf));
}

/** The entries of what is neither a scalar nor a list. */
function entriesOf(v: Value): readonly (readonly [Value, Value])[] {
	return isObject(v) ? objectEntries(v) : [];
}

function valueSyntax(v: Value): Syntax {
	if (typeof v !== "object" || v === null || isNumber(v)) return ast.scalar(v, 0, 0);
	if (isArray(v)) return ast.arrayTerm(v.map(valueSyntax), 0, 0);
	if (isSet(v)) return ast.setTerm(v.sorted().map(valueSyntax), 0, 0);
	const entries = entriesOf(v).map(([k, item]) => [valueSyntax(k), valueSyntax(item)] as const);
	return ast.objectTerm(entries, 0, 0);
}

export function syntaxOf(t: Term, nameOf: NameOf): Syntax {
	const inner = (x: Term): Syntax => syntaxOf(x, nameOf);
	switch (t.kind) {
		case "value":
			return valueSyntax(t.value);
		case "var":
			return ast.variable(nameOf(t.name), 0, 0);
		case "ref":
			return ast.ref(t.terms.map(inner), 0, 0);
		case "array":
			return ast.arrayTerm(t.items.map(inner), 0, 0);
		case "set":
			return ast.setTerm(t.items.map(inner), 0, 0);
		case "object":
			return ast.objectTerm(
				t.entries.map(([k, v]) => [inner(k), inner(v)] as const),
				0,
				0,
			);
		case "comprehension": {
			const body = bodySyntax(t.body, nameOf);
			const span = { start: 0, end: 0 };
			if (t.of === "object") {
				const key = t.key === undefined ? ast.scalar(null, 0, 0) : inner(t.key);
				return { kind: "object-comprehension", key, value: inner(t.term), body, ...span };
			}
			return { kind: `${t.of}-comprehension`, term: inner(t.term), body, ...span };
		}
		case "call":
			return ast.call(ast.ref(t.operator.terms.map(inner), 0, 0), t.args.map(inner), false, 0, 0);
		default:
			return { kind: "template-string", parts: [], raw: false, start: 0, end: 0 };
	}
}

function bodySyntax(b: Body, nameOf: NameOf): SyntaxBody {
	return b.map((e) => exprSyntax(e, nameOf));
}

function exprSyntax(e: Expr, nameOf: NameOf): SyntaxExpr {
	const span = { start: 0, end: 0 };
	const inner = (x: Term): Syntax => syntaxOf(x, nameOf);
	const w = e.what;
	let what: SyntaxKind;
	let negated = e.negated;
	switch (w.kind) {
		case "term":
			what = ast.termExpr(inner(w.term));
			break;
		case "call": {
			const operator = ast.ref(w.operator.terms.map(inner), 0, 0);
			what = ast.termExpr(ast.call(operator, w.args.map(inner), false, 0, 0));
			break;
		}
		case "every": {
			// A key that nobody named is not shown.
			const key = w.key.kind === "var" ? nameOf(w.key.name) : "";
			const shown: Var | undefined = key === "" || key.startsWith("__local") ? undefined : ast.variable(key, 0, 0);
			what = {
				kind: "every",
				key: shown,
				value: inner(w.value),
				domain: inner(w.domain),
				body: bodySyntax(w.body, nameOf),
				...span,
			};
			break;
		}
		case "not":
			negated = true;
			what = { kind: "block", body: bodySyntax(w.body, nameOf), braces: w.explicit, ...span };
			break;
		default:
			what = {
				kind: "logical",
				op: w.kind,
				left: bodySyntax(w.left, nameOf),
				right: bodySyntax(w.right, nameOf),
				leftBraces: w.explicitLeft,
				rightBraces: w.explicitRight,
				...span,
			};
	}
	const withs = e.with.map((x) => ({
		kind: "with" as const,
		target: inner(x.target),
		value: inner(x.value),
		...span,
	}));
	return ast.expr(what, negated, withs, 0, 0);
}
