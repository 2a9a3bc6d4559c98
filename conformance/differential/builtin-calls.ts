/** Calls of builtins with operands drawn by their declared types: every deterministic one of the registry. */
import type { Builtin } from "../../src/builtins/define.ts";
import { builtins } from "../../src/builtins/registry.ts";
import type { Type } from "../../src/value/types.ts";

/** Not a function of its operands, or of no use without a special operand. */
const left =
	/^(?:internal\.|http\.|rand\.|uuid\.rfc4122|time\.now_ns|opa\.|net\.lookup|trace|print|rego\.|io\.jwt\.encode|crypto\.x509|assign|eq$|providers\.|graphql\.|walk$|numbers\.range|net\.cidr_expand|bits\.lsh|test\.|strings\.render_template)/;

export const callable: readonly Builtin[] = [...builtins.values()]
	.filter((b) => !left.test(b.name) && !b.deprecated && b.infix === undefined && b.result !== undefined && !b.relation)
	.sort((a, b) => (a.name < b.name ? -1 : 1));

export type Wanted = "num" | "str" | "bool" | "arr" | "set" | "obj" | "null" | "any" | "deep";

/** One of the kinds that a declared type admits, for the dice to pick from. */
export function admitted(type: Type): readonly { readonly wanted: Wanted; readonly of: Wanted }[] {
	switch (type.kind) {
		case "null":
			return [{ wanted: "null", of: "any" }];
		case "boolean":
			return [{ wanted: "bool", of: "any" }];
		case "number":
			return [{ wanted: "num", of: "any" }];
		case "string":
			return [{ wanted: "str", of: "any" }];
		case "array":
			return [{ wanted: "arr", of: type.items.length > 0 ? "deep" : elementOf(type.dynamic) }];
		case "set":
			return [{ wanted: "set", of: elementOf(type.of) }];
		case "object":
			return [{ wanted: "obj", of: elementOf(type.dynamic?.value) }];
		case "any":
			return type.of.length === 0 ? [{ wanted: "any", of: "any" }] : type.of.flatMap(admitted);
		default:
			return [{ wanted: "any", of: "any" }];
	}
}

function elementOf(type: Type | undefined): Wanted {
	if (type?.kind === "number") return "num";
	if (type?.kind === "string") return "str";
	return type === undefined || (type.kind === "any" && type.of.length === 0) ? "any" : "deep";
}
