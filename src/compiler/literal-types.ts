/**
 * Types of operands for arity errors, which come before types are inferred: literals have one,
 * references are `any`, variables and results of calls are not known yet (`???`).
 */
import type { Builtin } from "../builtins/define.ts";
import type { Term } from "../parser/ast.ts";
import type { Type } from "../value/types.ts";
import { constantValue } from "./constant-value.ts";
import { showTerm } from "./show.ts";

/** A type some of whose parts may be unknown, as text. */
export type ShownType = string;

const unknown = "???";

export function literalType(t: Term): ShownType {
	switch (t.kind) {
		case "scalar":
			if (t.value === null) return "null";
			return typeof t.value === "string" ? "string" : typeof t.value === "boolean" ? "boolean" : "number";
		case "var":
			return unknown;
		case "ref":
			return literalRef(t.terms[0] as Term);
		case "array":
			return t.items.length === 0 ? "array[any]" : `array<${t.items.map(literalType).join(", ")}>`;
		case "set":
			return `set[${union(t.items.map(literalType))}]`;
		case "object": {
			if (t.entries.length === 0) return "object[any: any]";
			const named: string[] = [];
			let dynamic = "";
			for (const [k, v] of t.entries) {
				const key = constantValue(k);
				if (key === undefined) dynamic = `[${literalType(k)}: ${literalType(v)}]`;
				else named.push(`${typeof key === "string" ? key : showTerm(k)}: ${literalType(v)}`);
			}
			return `object${named.length === 0 ? "" : `<${named.sort().join(", ")}>`}${dynamic}`;
		}
		case "array-comprehension":
			return `array[${literalType(t.term)}]`;
		case "set-comprehension":
			return `set[${literalType(t.term)}]`;
		case "object-comprehension":
			return `object[${literalType(t.key)}: ${literalType(t.value)}]`;
		default:
			return unknown;
	}
}

function literalRef(head: Term): ShownType {
	return head.kind === "var" && (head.name === "data" || head.name === "input") ? "any" : unknown;
}

const ranks = ["any", "null", "boolean", "number", "string", "array", "object", "set"];

function union(types: readonly ShownType[]): ShownType {
	const distinct = [...new Set(types)];
	if (distinct.length === 0) return "any";
	if (distinct.length === 1) return distinct[0] as string;
	const rank = (t: string): number => ranks.findIndex((r) => t.startsWith(r));
	return `any<${distinct.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)).join(", ")}>`;
}

/** A declared type as OPA prints it: `any<string, array[any]>`. */
export function showType(t: Type): string {
	switch (t.kind) {
		case "array": {
			const items = t.items.length === 0 ? "" : `<${t.items.map(showType).join(", ")}>`;
			return `array${items}${t.dynamic === undefined ? "" : `[${showType(t.dynamic)}]`}`;
		}
		case "set":
			return `set[${showType(t.of)}]`;
		case "object": {
			const props = t.props.map((p) => `${String(p.key)}: ${showType(p.value)}`);
			const named = props.length === 0 ? "" : `<${props.join(", ")}>`;
			const dynamic = t.dynamic === undefined ? "" : `[${showType(t.dynamic.key)}: ${showType(t.dynamic.value)}]`;
			return `object${named}${dynamic}`;
		}
		case "any":
			return t.of.length === 0 ? "any" : `any<${t.of.map(showType).join(", ")}>`;
		case "function":
			return `(${t.args.map(showType).join(", ")}) => ${t.result === undefined ? unknown : showType(t.result)}`;
		default:
			return t.kind;
	}
}

export function showNamedArgs(b: Builtin): string {
	return b.args.map(([name, type]) => `${name}: ${showType(type)}`).join(", ");
}
