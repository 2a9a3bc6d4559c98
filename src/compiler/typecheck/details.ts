/** What OPA tells below the messages of the type checker: extra lines, and JSON. The messages are in problems.ts. */
import { at as elementAt } from "../../at.ts";
import type { ErrorDetails } from "../../errors.ts";
import type { Expr, Ref, Term } from "../../parser/ast.ts";
import { printRef, printTerm } from "../../parser/print.ts";
import { toJson } from "../../value/json.ts";
import { showType, typeToJson } from "../../value/show-type.ts";
import { type Type, unknownType } from "../../value/types.ts";
import type { Value } from "../../value/value.ts";
import { valueTerm } from "../syntax/constant-value.ts";
import { type NamedType, namedToJson, showNamed } from "./signatures.ts";

/** Of an equation of different types. */
export function matchDetails(left: Type, right: Type): ErrorDetails {
	const lines = [`left  : ${showType(left)}`, `right : ${showType(right)}`];
	return { lines, json: { a: typeToJson(left), b: typeToJson(right) } };
}

/** Of operands that a function does not take. */
export function argumentDetails(have: readonly Type[], want: readonly NamedType[], variadic?: Type): ErrorDetails {
	const lines = [`have: (${have.map(showType).join(", ")})`, `want: ${showNamed(want, variadic)}`];
	return { lines, json: { have: have.map(typeToJson), want: namedToJson(want, variadic) } };
}

/** Of a reference into something that has no parts, or to a function. */
export function unsupportedDetails(shown: Ref, position: number, have: Type): ErrorDetails {
	const head = printRef({ ...shown, terms: shown.terms.slice(0, position + 1) });
	const lines = [
		printRef(shown),
		"^".repeat(utf8Length(head)),
		`have: ${have === unknownType ? "<nil>" : showType(have)}`,
	];
	return { lines, json: { ref: shown.terms.map(termToJson), pos: position, have: typeToJson(have) } };
}

/** Of a reference with an element that cannot be there. */
export function invalidDetails(
	shown: Ref,
	position: number,
	have: Type,
	want: Type,
	oneOf: readonly Value[] | undefined,
): ErrorDetails {
	const before = printRef({ ...shown, terms: shown.terms.slice(0, position) });
	const pad = " ".repeat(utf8Length(before) + 1);
	const element = (): string => printTerm(elementAt(shown.terms, position));
	const lines = [
		printRef(shown),
		`${pad}^`,
		`${pad}${have === unknownType ? `have: ${element()}` : `have (type): ${showType(have)}`}`,
		oneOf !== undefined && oneOf.length > 0
			? `${pad}want (one of): [${oneOf.map((v) => toJson(v)).join(" ")}]`
			: `${pad}want (type): ${want === unknownType ? "<nil>" : showType(want)}`,
	];
	const json = {
		ref: shown.terms.map(termToJson),
		pos: position,
		...(have === unknownType ? {} : { have: typeToJson(have) }),
		want: typeToJson(want),
		oneOf: oneOf?.map((v) => (termToJson(valueTerm(v, 0, 0)) as { readonly value: unknown }).value) ?? null,
	};
	return { lines, json };
}

function utf8Length(s: string): number {
	return new TextEncoder().encode(s).length;
}

/** OPA's JSON of a term. */
function termToJson(t: Term): unknown {
	switch (t.kind) {
		case "scalar": {
			const v = t.value;
			const type = v === null ? "null" : typeof v === "string" || typeof v === "boolean" ? typeof v : "number";
			// Null is an empty struct there.
			return { type, value: v === null ? {} : v };
		}
		case "var":
			return { type: "var", value: t.name };
		case "ref":
			return { type: "ref", value: t.terms.map(termToJson) };
		case "call":
			return { type: "call", value: [t.operator, ...t.args].map(termToJson) };
		case "array":
		case "set":
			return { type: t.kind, value: t.items.map(termToJson) };
		case "object":
			return { type: "object", value: t.entries.map((e) => e.map(termToJson)) };
		case "array-comprehension":
		case "set-comprehension":
			return {
				type: t.kind.replace("-", ""),
				value: { body: t.body.map(expressionToJson), term: termToJson(t.term) },
			};
		case "object-comprehension":
			return {
				type: "objectcomprehension",
				value: { body: t.body.map(expressionToJson), key: termToJson(t.key), value: termToJson(t.value) },
			};
		default:
			return { type: "templatestring", value: printTerm(t) };
	}
}

function expressionToJson(e: Expr, index: number): unknown {
	const term = e.what.kind === "term-expr" ? e.what.term : undefined;
	const terms = term?.kind === "call" ? [term.operator, ...term.args].map(termToJson) : term && termToJson(term);
	return { index, ...(e.negated ? { negated: true } : {}), terms: terms ?? null };
}
