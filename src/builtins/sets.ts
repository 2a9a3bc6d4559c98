/** Unions and intersections of sets of sets, and the deprecated set_diff. */

import { at } from "../at.ts";
import { RegoSet, united } from "../value/collections.ts";
import { isSet, type Value } from "../value/value.ts";
import { type Builtin, define, ofModule, operandTypeError, type PureContext, t } from "./define.ts";
import { maxItems, reserve } from "./operands.ts";
import { difference, intersect } from "./operators.ts";

const setOfSets = t.set(t.set(t.any));

/** The members as sets, or undefined after reporting the first that is none. */
function setsIn(ctx: PureContext, xs: RegoSet): readonly RegoSet[] | undefined {
	const items: readonly Value[] = xs.sorted();
	const odd = items.find((v) => !isSet(v));
	// A member is reported as if it were the operand itself.
	return odd === undefined ? (items as readonly RegoSet[]) : ctx.typeError(operandTypeError(1, odd, ["set"]));
}

const union: Builtin = define("union", {
	category: "sets",
	pure: true,
	since: "0.17.0",
	args: [["xs", setOfSets, "set of sets"]],
	resultName: "y",
	result: t.set(t.any),
	resultDoc: "every member of every set in xs",
	doc: "Unites all sets in a set.",
	eval: (ctx, xs) => {
		const sets = setsIn(ctx, xs);
		if (sets === undefined) return undefined;
		reserve(
			ctx,
			sets.reduce((n, s) => n + s.size, 0),
			maxItems,
		);
		return united(sets);
	},
});

const intersection: Builtin = define("intersection", {
	category: "sets",
	pure: true,
	since: "0.17.0",
	args: [["xs", setOfSets, "set of sets"]],
	resultName: "y",
	result: t.set(t.any),
	resultDoc: "members common to every set in xs",
	doc: "Intersects all sets in a set.",
	eval: (ctx, xs) => {
		const sets = setsIn(ctx, xs);
		if (sets === undefined) return undefined;
		let out = sets[0] ?? new RegoSet();
		for (let i = 1; i < sets.length; i++) out = intersect(ctx, out, at(sets, i));
		return out;
	},
});

const setDiff: Builtin = define("set_diff", {
	category: "sets",
	pure: true,
	since: "0.17.0",
	deprecated: true,
	args: [
		["", t.set(t.any)],
		["", t.set(t.any)],
	],
	result: t.set(t.any),
	doc: "Takes the members of one set that are not in another.",
	eval: (ctx, x, y) => difference(ctx, x, y),
});

export const sets: readonly Builtin[] = ofModule("sets", [union, intersection, setDiff]);
