/** The errors of the type checker, worded as OPA's. What OPA tells below the message is in details.ts. */
import type { ErrorDetails } from "../../errors.ts";
import { RegoError } from "../../errors.ts";
import type { Location } from "../../location.ts";
import type { Expr, Ref, Term, Var } from "../../parser/ast.ts";
import { termExpr } from "../../parser/ast.ts";
import { printRef } from "../../parser/print.ts";
import { isPartial, type Type } from "../../value/types.ts";
import type { Value } from "../../value/value.ts";
import { assignName, callOf, eqName, isCallOf } from "../syntax/calls.ts";
import { isGenerated } from "../syntax/local-names.ts";
import { replacedCall } from "../syntax/replaced-calls.ts";
import { mapBody, mapExpr, mapTerm } from "../syntax/transform.ts";
import type { TypeDetails } from "./all-details.ts";
import { Generated } from "./scope.ts";
import type { NamedType } from "./signatures.ts";

/** An error, and whether a type that is not known may be what caused it. */
export interface Problem {
	readonly error: RegoError;
	readonly unknown: boolean;
}

function typeError(reason: string, at: Location | undefined, details: ErrorDetails | undefined): RegoError {
	return new RegoError("rego_type_error", reason, at, { details });
}

export class Problems {
	readonly #details: TypeDetails | undefined;

	/** Without what makes details they have none. */
	constructor(details: TypeDetails | undefined) {
		this.#details = details;
	}

	match(left: Type, right: Type, at: Location): RegoError {
		return typeError("match error", at, this.#details?.match(left, right));
	}

	argument(
		operator: string,
		problem: string,
		have: readonly Type[],
		want: readonly NamedType[],
		variadic: Type | undefined,
		at: Location | undefined,
	): Problem {
		const details = this.#details?.argument(have, want, variadic);
		return { error: typeError(`${operator}: ${problem}`, at, details), unknown: have.some(isPartial) };
	}

	undefinedFunction(name: string, at: Location | undefined): Problem {
		return { error: typeError(`undefined function ${name}`, at, undefined), unknown: false };
	}

	/** A reference into something that has no parts, or to a function. */
	unsupported(shown: Ref, position: number, have: Type, at: Location): RegoError {
		const details = this.#details?.unsupported(shown, position, have);
		if (have.kind !== "function") return typeError(`undefined ref: ${printRef(shown)}`, at, details);
		const last = shown.terms.at(-1) as Term;
		// What follows a function's name may be a variable of ours, which says nothing to the reader.
		const name = last.kind === "var" && isGenerated(last.name) ? { ...shown, terms: shown.terms.slice(0, -1) } : shown;
		return typeError(`function ${printRef(name)} used as reference, not called`, at, details);
	}

	/** A reference with an element that cannot be there. */
	invalid(
		shown: Ref,
		position: number,
		have: Type,
		want: Type,
		oneOf: readonly Value[] | undefined,
		at: Location,
	): RegoError {
		const details = this.#details?.invalid(shown, position, have, want, oneOf);
		return typeError(`undefined ref: ${printRef(shown)}`, at, details);
	}
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
