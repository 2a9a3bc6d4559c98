/**
 * JSON whose members keep an order of their own, as Go writes structs, around Rego's values, whose keys are
 * sorted. Strings are escaped as Go's encoder does it, numbers keep every digit.
 */
import { toJson } from "../value/json.ts";
import { isArray, isPlainObject, type Value } from "../value/value.ts";

export type Ordered =
	| { readonly members: readonly (readonly [string, Ordered | string | number])[] }
	| { readonly list: readonly (Ordered | string | number)[] }
	| { readonly value: Value };

/** A record; members that are undefined are left out. */
export function ordered(members: readonly (readonly [string, Ordered | string | number | undefined])[]): Ordered {
	return { members: members.flatMap(([k, v]) => (v === undefined ? [] : [[k, v] as const])) };
}

/** In one line. */
export function compact(n: Ordered | string | number): string {
	if (typeof n !== "object") return toJson(n, { escapeHtml: true });
	if ("value" in n) return toJson(n.value, { escapeHtml: true });
	if ("list" in n) return `[${n.list.map(compact).join(",")}]`;
	return `{${n.members.map(([k, x]) => `${toJson(k, { escapeHtml: true })}:${compact(x)}`).join(",")}}`;
}

/** Each member on a line, by two spaces. */
export function indented(n: Ordered | string | number, outer = ""): string {
	if (typeof n !== "object") return toJson(n, { escapeHtml: true });
	if ("value" in n) return toJson(n.value, { escapeHtml: true, indent: "  ", prefix: outer });
	const inner = `${outer}  `;
	if ("list" in n) {
		if (n.list.length === 0) return "[]";
		return `[\n${n.list.map((x) => inner + indented(x, inner)).join(",\n")}\n${outer}]`;
	}
	if (n.members.length === 0) return "{}";
	const lines = n.members.map(([k, x]) => `${inner}${toJson(k, { escapeHtml: true })}: ${indented(x, inner)}`);
	return `{\n${lines.join(",\n")}\n${outer}}`;
}

/** A syntax tree, whose members are in OPA's order already; what its metadata holds is a value. */
export function inOwnOrder(v: Value, key = ""): Ordered {
	if (isArray(v)) return { list: v.map((x) => inOwnOrder(x, key)) };
	if (!isPlainObject(v) || key === "custom" || key === "labels" || key === "definition") return { value: v };
	return { members: Object.entries(v).map(([k, x]): [string, Ordered] => [k, inOwnOrder(x, k)]) };
}
