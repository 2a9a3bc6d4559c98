/** Static types as text (`object<a: number>[string: any]`) and as JSON, as OPA writes them. */
import { toJson } from "./json.ts";
import type { Type } from "./types.ts";
import type { Value } from "./value.ts";

export function showType(t: Type): string {
	switch (t.kind) {
		case "unknown":
			return "???";
		case "recursive":
			return `recursive(${t.name})`;
		case "array": {
			const items = t.items.length === 0 ? "" : `<${t.items.map(showType).join(", ")}>`;
			return `array${items}${t.dynamic === undefined ? "" : `[${showType(t.dynamic)}]`}`;
		}
		case "set":
			return `set[${showType(t.of)}]`;
		case "object": {
			const props = t.props.map((p) => `${showKey(p.key)}: ${showType(p.value)}`);
			const named = props.length === 0 ? "" : `<${props.join(", ")}>`;
			const dynamic = t.dynamic === undefined ? "" : `[${showType(t.dynamic.key)}: ${showType(t.dynamic.value)}]`;
			return `object${named}${dynamic}`;
		}
		case "any":
			return t.of.length === 0 ? "any" : `any<${t.of.map(showType).join(", ")}>`;
		case "function": {
			const args = t.args.map(showType);
			if (t.variadic !== undefined) args.push(`${showType(t.variadic)}...`);
			return `(${args.join(", ")}) => ${t.result === undefined ? "???" : showType(t.result)}`;
		}
		default:
			return t.kind;
	}
}

/** A key as Go's fmt writes it: strings bare, null as <nil>, arrays in brackets without commas. */
function showKey(key: Value): string {
	if (typeof key === "string") return key;
	if (key === null) return "<nil>";
	if (Array.isArray(key)) return `[${key.map(showKey).join(" ")}]`;
	return toJson(key);
}

/** Plain JSON; null for an unknown type. */
export function typeToJson(t: Type): { readonly [key: string]: unknown } | null {
	switch (t.kind) {
		case "unknown":
			return null;
		case "recursive":
			return { name: t.name };
		case "array":
			return {
				...(t.dynamic === undefined ? {} : { dynamic: typeToJson(t.dynamic) }),
				...(t.items.length === 0 ? {} : { static: t.items.map(typeToJson) }),
				type: "array",
			};
		case "set":
			return { ...(t.of.kind === "unknown" ? {} : { of: typeToJson(t.of) }), type: "set" };
		case "object": {
			const { dynamic, props } = t;
			return {
				...(dynamic === undefined
					? {}
					: { dynamic: { key: typeToJson(dynamic.key), value: typeToJson(dynamic.value) } }),
				...(props.length === 0 ? {} : { static: props.map((p) => ({ key: p.key, value: typeToJson(p.value) })) }),
				type: "object",
			};
		}
		case "any":
			return { ...(t.of.length === 0 ? {} : { of: t.of.map(typeToJson) }), type: "any" };
		case "function":
			return {
				...(t.args.length === 0 ? {} : { args: t.args.map(typeToJson) }),
				...(t.result === undefined ? {} : { result: typeToJson(t.result) }),
				type: "function",
				...(t.variadic === undefined ? {} : { variadic: typeToJson(t.variadic) }),
			};
		default:
			return { type: t.kind };
	}
}
