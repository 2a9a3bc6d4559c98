/**
 * Reads a rule's value as an answer: `true`, `false`, undefined, or `{"allowed": bool, "ops": […]}`.
 * Anything else is an error, and an error is a denial.
 */
import { getOwn } from "../../value/collections.ts";
import { parseJson, toJson } from "../../value/json.ts";
import { type ArrayValue, isArray, isObject, isRegoObject, typeName, type Value } from "../../value/value.ts";

export type RuleResult =
	| { readonly kind: "true" }
	| { readonly kind: "false" }
	| { readonly kind: "undefined" }
	| { readonly kind: "ops"; readonly allowed: boolean; readonly ops: ArrayValue }
	| { readonly kind: "error"; readonly why: string };

const yes: RuleResult = { kind: "true" };
const no: RuleResult = { kind: "false" };
const nothing: RuleResult = { kind: "undefined" };

export function readRuleResult(v: Value | undefined): RuleResult {
	if (v === true) return yes;
	if (v === false) return no;
	if (v === undefined) return nothing;
	if (!isObject(v))
		return { kind: "error", why: `the rule's value is of type ${typeName(v)}, not a boolean or an object` };
	if (isRegoObject(v)) return { kind: "error", why: "the rule's object has keys that are not strings" };
	const allowed = getOwn(v, "allowed");
	if (typeof allowed !== "boolean") return { kind: "error", why: "the rule's object has no boolean `allowed`" };
	const ops = getOwn(v, "ops") ?? null;
	if (ops === null) return { kind: "ops", allowed, ops: [] };
	// Through JSON, as Kata does: what is kept as state is JSON, whatever the rule made it from.
	const plain = parseJson(toJson(ops));
	if (!isArray(plain)) return { kind: "error", why: "the rule's `ops` are not an array" };
	return { kind: "ops", allowed, ops: plain };
}
