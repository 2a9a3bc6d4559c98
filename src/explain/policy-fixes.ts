/**
 * Changes of the policy's own constants and of base data with which the decision is as wanted: each evaluated, by
 * the plan with that constant in place of the old one. They widen what a policy allows, so they are only made when
 * asked for; a regular expression is never widened.
 */
import { RegoError } from "../errors.ts";
import { EvalContext, QueryState } from "../eval/context.ts";
import { jsonValue } from "../face/json-value.ts";
import { constantOf } from "../plan/constant-rule.ts";
import type { Explainable } from "../planned.ts";
import { isArray, isPlainObject, type Value } from "../value/value.ts";
import type { Blame, Leaf } from "./blame.ts";
import { edited, valueAt } from "./edit.ts";
import type { Fix, Operation } from "./explanation.ts";
import { Interpreter } from "./interpreter.ts";
import { isInputPlace, type Place, pathOf, pointerOf } from "./source.ts";

export function policyFixes(
	of: Explainable,
	names: readonly string[],
	input: Value | undefined,
	blame: Blame,
	wanted: (v: Value | undefined) => boolean,
	timely: () => number,
	ruleName: (func: number) => string,
): readonly Fix[] {
	if (blame.leaves.length !== 1) return [];
	const [leaf] = blame.leaves;
	if (leaf === undefined || leaf.actual === undefined) return [];
	if (leaf.call !== undefined && /regex|re_match|glob/.test(leaf.call.name)) return [];
	for (const place of leaf.policies.slice(0, 6)) {
		for (const { op, path, value } of changes(leaf, place, of)) {
			if (timely() <= 0) return [];
			const other = changed(of, place, { op, path, value });
			if (other === undefined || !wanted(decided(other, names, input, timely()))) continue;
			const patch: Operation = { op, path: pointerOf(path), value: jsonValue(value) };
			return [
				{
					target: "policy",
					rule: place.root === "rule" ? ruleName(place.rule) : "data",
					patch: [patch],
					verified: true,
				},
			];
		}
	}
	return [];
}

interface Change {
	readonly op: "add" | "replace";
	readonly path: readonly Value[];
	readonly value: Value;
}

function changes(leaf: Leaf, place: Place, of: Explainable): readonly Change[] {
	const path = pathOf(place);
	const [input] = leaf.inputs;
	const actual = leaf.actual;
	if (actual === undefined || (input !== undefined && !isInputPlace(input))) return [];
	const out: Change[] = [];
	const there = valueAt(documentOf(of, place), path);
	if (there !== undefined && isArray(there) && !isArray(actual))
		out.push({ op: "add", path: [...path, "-"], value: actual });
	const parent = path.slice(0, -1);
	const list = valueAt(documentOf(of, place), parent);
	// Another entry beside those that are allowed is less than another entry in place of one.
	if (path.length > 0 && list !== undefined && isArray(list))
		out.push({ op: "add", path: [...parent, "-"], value: actual });
	out.push({ op: "replace", path, value: actual });
	return out;
}

function documentOf(of: Explainable, place: Place): Value | undefined {
	if (place.root === "data") return of.data;
	const func = place.root === "rule" ? of.plan.funcs.at(place.rule) : undefined;
	const constant = func === undefined ? undefined : constantOf(func);
	return constant === undefined ? undefined : of.plan.constants[constant];
}

/** The policy with another constant or other data. */
function changed(of: Explainable, place: Place, change: Change): Explainable | undefined {
	const doc = edited(documentOf(of, place), change);
	if (doc === undefined) return undefined;
	if (place.root === "data") {
		return isPlainObject(doc) ? { ...of, data: doc } : undefined;
	}
	const func = of.plan.funcs.at(place.rule);
	const constant = func === undefined ? undefined : constantOf(func);
	if (constant === undefined) return undefined;
	// All functions are asked for once, so that no constant is numbered anew.
	for (let i = 0; i < of.plan.funcs.length; i++) of.plan.funcs.at(i);
	const constants = of.plan.constants.with(constant, doc);
	const { funcs } = of.plan;
	return { ...of, plan: { ...of.plan, constants, funcs } };
}

function decided(
	of: Explainable,
	names: readonly string[],
	input: Value | undefined,
	timeMs: number,
): Value | undefined {
	const state = new QueryState({
		host: of.host,
		limits: { timeMs },
		strictBuiltinErrors: false,
		locate: (loc) => of.places.locate(loc),
	});
	try {
		return new Interpreter(of.plan, of.builtins).documents.value(
			new EvalContext(state.options, input, of.data, state),
			names,
		);
	} catch (e) {
		if (e instanceof RegoError) return undefined;
		throw e;
	}
}
