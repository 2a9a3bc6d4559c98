/** The deprecated cast_*: they check a value's type, and turn arrays and sets into each other. */
import { RegoSet } from "../value/collections.ts";
import type { Type } from "../value/types.ts";
import { isArray, isObject, isSet, type Value } from "../value/value.ts";
import { type Builtin, define, ofModule, operandTypeError, type PureContext, t } from "./define.ts";

function cast(
	target: string,
	result: Type,
	accepts: readonly string[],
	doc: string,
	convert: (v: Value, ctx: PureContext) => Value | undefined,
): Builtin {
	return define(`cast_${target}`, {
		category: "casts",
		pure: true,
		since: "0.17.0",
		deprecated: true,
		args: [["", t.any]],
		result,
		doc,
		eval: (ctx, v) => {
			const out = convert(v, ctx);
			return out === undefined ? ctx.typeError(operandTypeError(1, v, accepts)) : out;
		},
	});
}

function toArray(v: Value): Value | undefined {
	return isArray(v) ? v : isSet(v) ? v.sorted() : undefined;
}

function toSet(v: Value, ctx: PureContext): Value | undefined {
	if (isSet(v)) return v;
	if (!isArray(v)) return undefined;
	ctx.step(v.length);
	return RegoSet.of(v);
}

const only =
	(accepts: (v: Value) => boolean) =>
	(v: Value): Value | undefined =>
		accepts(v) ? v : undefined;

export const casts: readonly Builtin[] = ofModule("casts", [
	cast("array", t.array(t.any), ["array", "set"], "Makes an array of a set.", toArray),
	cast("set", t.set(t.any), ["array", "set"], "Makes a set of an array.", toSet),
	cast(
		"string",
		t.string,
		["string"],
		"Passes a string on.",
		only((v) => typeof v === "string"),
	),
	cast(
		"boolean",
		t.boolean,
		["boolean"],
		"Passes a boolean on.",
		only((v) => typeof v === "boolean"),
	),
	cast(
		"null",
		t.null,
		["null"],
		"Passes null on.",
		only((v) => v === null),
	),
	cast("object", t.map(t.any, t.any), ["object"], "Passes an object on.", only(isObject)),
]);
