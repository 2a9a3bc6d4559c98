/**
 * Signatures of builtins as the type checker uses and shows them: unions sorted, and the operands
 * named, the result among them.
 */

import { at } from "../../at.ts";
import type { Builtin } from "../../builtins/define.ts";
import { showType, typeToJson } from "../../value/show-type.ts";
import { compareTypes } from "../../value/type-algebra.ts";
import { arrayOf, type FunctionType, functionType, objectOf, setOf, type Type, tuple } from "../../value/types.ts";

export interface Signature {
	readonly type: FunctionType;
	/** Operands and result with their names, for messages. */
	readonly want: readonly NamedType[];
}

export interface NamedType {
	readonly name: string | undefined;
	readonly type: Type;
}

const known: WeakMap<Builtin, Signature> = new WeakMap();

export function signatureOf(b: Builtin): Signature {
	let found = known.get(b);
	if (found === undefined) {
		found = makeSignature(b);
		known.set(b, found);
	}
	return found;
}

/** Builtins that OPA declares without names. */
const unnamed: ReadonlySet<string> = new Set(["net.cidr_overlap", "re_match"]);

function makeSignature(b: Builtin): Signature {
	const args = b.args.map((a) => normalized(a[1]));
	const result = b.result && normalized(b.result);
	const want: NamedType[] = b.args.map(([name], i) => ({
		name: name === "" || unnamed.has(b.name) ? undefined : name,
		type: at(args, i),
	}));
	if (result !== undefined) want.push({ name: b.resultName, type: result });
	return { type: functionType(args, result, b.variadic && normalized(b.variadic)), want };
}

/** With the members of unions in order. */
function normalized(t: Type): Type {
	switch (t.kind) {
		case "any":
			if (t.of.length === 0) return t;
			// A union of one stays one: it is shown.
			return { kind: "any", of: t.of.map(normalized).sort(compareTypes) };
		case "array":
			return t.items.length === 0 && t.dynamic !== undefined
				? arrayOf(normalized(t.dynamic))
				: tuple(t.items.map(normalized), t.dynamic && normalized(t.dynamic));
		case "set":
			return setOf(normalized(t.of));
		case "object": {
			const dynamic = t.dynamic && { key: normalized(t.dynamic.key), value: normalized(t.dynamic.value) };
			return objectOf(
				t.props.map((p) => ({ key: p.key, value: normalized(p.value) })),
				dynamic,
			);
		}
		default:
			return t;
	}
}

export function showNamed(types: readonly NamedType[], variadic?: Type): string {
	const list = types.map(({ name, type }) => (name === undefined ? showType(type) : `${name}: ${showType(type)}`));
	if (variadic !== undefined) list.push(`${showType(variadic)}...`);
	return `(${list.join(", ")})`;
}

export function namedToJson(types: readonly NamedType[], variadic?: Type): unknown {
	const args = types.map(({ name, type }) => {
		const json = typeToJson(type);
		if (name === undefined || json === null) return json;
		return Object.fromEntries(Object.entries({ ...json, name }).sort(([a], [b]) => (a < b ? -1 : 1)));
	});
	return {
		...(args.length === 0 ? {} : { args }),
		...(variadic === undefined ? {} : { variadic: typeToJson(variadic) }),
	};
}
