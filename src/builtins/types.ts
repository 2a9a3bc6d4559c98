/** Type checks: is_* and type_name. */
import { isArray, isNumber, isObject, isSet, typeName, type Value } from "../value/value.ts";
import { type Builtin, define, ofModule, type Shortcut, t } from "./define.ts";

/** Types whose tests emitted text makes itself. */
type WrittenOut = Extract<Shortcut, { kind: "type-test" }>["type"];

function check(kind: string, article: string, holds: (v: Value) => boolean, written?: WrittenOut): Builtin {
	return define(`is_${kind}`, {
		category: "types",
		pure: true,
		shortcut: written === undefined ? undefined : { kind: "type-test", type: written },
		since: "0.17.0",
		args: [["x", t.any]],
		resultName: "result",
		result: t.boolean,
		resultDoc: `true if x is ${article} ${kind}`,
		doc: `Tells whether a value is ${article} ${kind}.`,
		eval: (_ctx, v) => holds(v),
	});
}

const typeNameOf: Builtin = define("type_name", {
	category: "types",
	pure: true,
	since: "0.17.0",
	args: [["x", t.any]],
	resultName: "type",
	result: t.string,
	resultDoc: "null, boolean, number, string, array, object or set",
	doc: "Names the type of a value.",
	eval: (_ctx, v) => typeName(v),
});

export const types: readonly Builtin[] = ofModule("types", [
	check("array", "an", isArray, "array"),
	check("boolean", "a", (v) => typeof v === "boolean", "boolean"),
	check("null", "a", (v) => v === null, "null"),
	check("number", "a", isNumber),
	check("object", "an", isObject),
	check("set", "a", isSet),
	check("string", "a", (v) => typeof v === "string", "string"),
	typeNameOf,
]);
