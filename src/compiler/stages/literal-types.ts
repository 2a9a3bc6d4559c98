/**
 * Types of operands for arity errors, which come before types are inferred: literals have one,
 * references are `any`, variables and results of calls are not known yet (`???`).
 */

import { at } from "../../at.ts";
import type { Term } from "../../parser/ast.ts";
import {
	anyType,
	arrayOf,
	type Dynamic,
	mapOf,
	objectOf,
	type Property,
	setOf,
	type Type,
	tuple,
	unknownType,
} from "../../value/types.ts";
import { isReserved } from "../syntax/calls.ts";
import { constantValue } from "../syntax/constant-value.ts";
import { jsonKey, Literals, scalarType, setOfTypes } from "../typecheck/literals.ts";

export function literalType(t: Term): Type {
	switch (t.kind) {
		case "scalar":
			return scalarType(t.value);
		case "ref": {
			const head = at(t.terms, 0);
			return head.kind === "var" && isReserved(head.name) ? anyType : unknownType;
		}
		case "array":
			return new Literals().type(t) ?? tuple(t.items.map(literalType));
		case "set":
			return new Literals().type(t) ?? setOfTypes(t.items.map(literalType));
		case "object": {
			const known = new Literals().type(t);
			if (known !== undefined) return known;
			const props: Property[] = [];
			let dynamic: Dynamic | undefined;
			for (const [k, v] of t.entries) {
				const key = constantValue(k);
				if (key !== undefined) props.push({ key: jsonKey(key), value: literalType(v) });
				else dynamic = { key: literalType(k), value: literalType(v) };
			}
			return objectOf(props, dynamic);
		}
		case "array-comprehension":
			return arrayOf(literalType(t.term));
		case "set-comprehension":
			return setOf(literalType(t.term));
		case "object-comprehension":
			return mapOf(literalType(t.key), literalType(t.value));
		default:
			return unknownType;
	}
}
