/** The errors of the type checker, worded and detailed as OPA's: message, extra lines, JSON. */
import { at as elementAt } from "../../at.ts";
import { type ErrorDetails, RegoError } from "../../errors.ts";
import type { Location } from "../../location.ts";
import type { Expr, Ref, Term, Var } from "../../parser/ast.ts";
import { termExpr } from "../../parser/ast.ts";
import { printRef, printTerm } from "../../parser/print.ts";
import { toJson } from "../../value/json.ts";
import { showType, typeToJson } from "../../value/show-type.ts";
import { isPartial, type Type, unknownType } from "../../value/types.ts";
import type { Value } from "../../value/value.ts";
import { assignName, callOf, eqName, isCallOf } from "../syntax/calls.ts";
import { valueTerm } from "../syntax/constant-value.ts";
import { isGenerated } from "../syntax/local-names.ts";
import { replacedCall } from "../syntax/replaced-calls.ts";
import { mapBody, mapExpr, mapTerm } from "../syntax/transform.ts";
import { Generated } from "./scope.ts";
import { type NamedType, namedToJson, showNamed } from "./signatures.ts";

/** An error, and whether a type that is not known may be what caused it. */
export interface Problem {
	readonly error: RegoError;
	readonly unknown: boolean;
}

function typeError(reason: string, at: Location | undefined, details: ErrorDetails, unknown = false): Problem {
	return { error: new RegoError("rego_type_error", reason, at, { details }), unknown };
}

export function matchError(left: Type, right: Type, at: Location): Problem {
	const lines = [`left  : ${showType(left)}`, `right : ${showType(right)}`];
	const json = { a: typeToJson(left), b: typeToJson(right) };
	return typeError("match error", at, { lines, json }, isPartial(left) || isPartial(right));
}

export function argumentError(
	operator: string,
	problem: string,
	have: readonly Type[],
	want: readonly NamedType[],
	variadic: Type | undefined,
	at: Location | undefined,
): Problem {
	return typeError(`${operator}: ${problem}`, at, argumentDetails(have, want, variadic), have.some(isPartial));
}

export function undefinedFunction(name: string, at: Location | undefined): Problem {
	return { error: new RegoError("rego_type_error", `undefined function ${name}`, at), unknown: false };
}

export function argumentDetails(have: readonly Type[], want: readonly NamedType[], variadic?: Type): ErrorDetails {
	const lines = [`have: (${have.map(showType).join(", ")})`, `want: ${showNamed(want, variadic)}`];
	return { lines, json: { have: have.map(typeToJson), want: namedToJson(want, variadic) } };
}

/** A reference into something that has no parts, or to a function. */
export function unsupportedReference(shown: Ref, position: number, have: Type, at: Location): RegoError {
	const text = printRef(shown);
	const head = printRef({ ...shown, terms: shown.terms.slice(0, position + 1) });
	const lines = [text, "^".repeat(utf8Length(head)), `have: ${have === unknownType ? "<nil>" : showType(have)}`];
	const json = { ref: shown.terms.map(termToJson), pos: position, have: typeToJson(have) };
	if (have.kind !== "function") return typeError(`undefined ref: ${text}`, at, { lines, json }).error;
	const last = shown.terms.at(-1) as Term;
	// What follows a function's name may be a variable of ours, which says nothing to the reader.
	const name = last.kind === "var" && isGenerated(last.name) ? { ...shown, terms: shown.terms.slice(0, -1) } : shown;
	return typeError(`function ${printRef(name)} used as reference, not called`, at, { lines, json }).error;
}

/** A reference with an element that cannot be there. */
export function invalidReference(
	shown: Ref,
	position: number,
	have: Type,
	want: Type,
	oneOf: readonly Value[] | undefined,
	at: Location,
): RegoError {
	const text = printRef(shown);
	const before = printRef({ ...shown, terms: shown.terms.slice(0, position) });
	const pad = " ".repeat(utf8Length(before) + 1);
	const element = (): string => printTerm(elementAt(shown.terms, position));
	const lines = [
		text,
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
	return typeError(`undefined ref: ${text}`, at, { lines, json }).error;
}

function utf8Length(s: string): number {
	return new TextEncoder().encode(s).length;
}

/** A term with the names and nested terms of the source again. */
export function asWritten<T extends Term>(t: T, names: ReadonlyMap<string, string>): T {
	const term = (x: Term): Term => {
		if (x.kind === "var" && x.subject !== undefined) return term(x.subject);
		if (x instanceof Generated) return x;
		const call = replacedCall(x);
		if (call !== undefined) return call;
		if (x.kind !== "var") return mapTerm(x, term, body, part);
		const name = names.get(x.name);
		return name === undefined ? x : { ...x, name };
	};
	// Declarations are equations by then.
	const part = (e: Expr): Expr => {
		const what = mapExpr(e, term, body);
		const t = callOf(what);
		if (t === undefined || !isCallOf(t, assignName)) return what;
		const operator = { ...t.operator, terms: [{ ...(t.operator.terms[0] as Var), name: eqName }] };
		return { ...what, what: termExpr({ ...t, operator }) };
	};
	const body = (b: readonly Expr[]): readonly Expr[] => mapBody(b, part);
	// Only variables change their kind, and T is that of a reference here.
	return term(t) as T;
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
