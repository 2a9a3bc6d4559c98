/** Static types as OPA's capabilities write them. */
import type { Type } from "../value/types.ts";
import { type JsonNode, leaf, record } from "./json-output.ts";

export function typeNode(t: Type): JsonNode {
	switch (t.kind) {
		case "array":
			return record([
				["dynamic", t.dynamic && typeNode(t.dynamic)],
				["static", t.items.length === 0 ? undefined : { list: t.items.map(typeNode) }],
				["type", "array"],
			]);
		case "set":
			return record([
				["of", typeNode(t.of)],
				["type", "set"],
			]);
		case "object": {
			const { dynamic, props } = t;
			return record([
				[
					"dynamic",
					dynamic &&
						record([
							["key", typeNode(dynamic.key)],
							["value", typeNode(dynamic.value)],
						]),
				],
				[
					"static",
					props.length === 0
						? undefined
						: {
								list: props.map((p) =>
									record([
										["key", leaf(p.key)],
										["value", typeNode(p.value)],
									]),
								),
							},
				],
				["type", "object"],
			]);
		}
		case "any":
			return record([
				["of", t.of.length === 0 ? undefined : { list: t.of.map(typeNode) }],
				["type", "any"],
			]);
		case "function":
			return record([
				["args", { list: t.args.map(typeNode) }],
				["result", t.result && typeNode(t.result)],
				["variadic", t.variadic && typeNode(t.variadic)],
				["type", "function"],
			]);
		default:
			return record([["type", t.kind]]);
	}
}
