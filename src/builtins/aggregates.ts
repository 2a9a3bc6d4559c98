/**
 * Builtins that reduce a collection to one value. Sums and products are exact while every member is
 * an integer; otherwise they run through floats of the precision OPA uses, member by member.
 */

import { codePointLength } from "../value/code-points.ts";
import { objectSize } from "../value/collections.ts";
import { compare, sortValues } from "../value/compare.ts";
import { addFloats, type BigFloat, fromFloat, multiplyFloats } from "../value/decimal.ts";
import { add, exactInteger, floatOf, fromBigInt } from "../value/number.ts";
import { isArray, isNumber, isObject, isSet, type NumberValue, type Value } from "../value/value.ts";
import {
	type Builtin,
	define,
	ofModule,
	operandElementError,
	operandTypeError,
	type PureContext,
	t,
} from "./define.ts";

const anyList = t.union(t.array(t.any), t.set(t.any));
const numberList = t.union(t.array(t.number), t.set(t.number));

/** Members in OPA's order, or undefined after reporting. */
function members(ctx: PureContext, v: Value, order: readonly string[]): readonly Value[] | undefined {
	const items = isArray(v) ? v : isSet(v) ? v.sorted() : undefined;
	if (items === undefined) return ctx.typeError(operandTypeError(1, v, order));
	ctx.step(items.length);
	return items;
}

const count: Builtin = define("count", {
	category: "aggregates",
	pure: true,
	shortcut: { kind: "length" },
	since: "0.17.0",
	args: [["collection", t.union(t.string, t.array(t.any), t.map(t.any, t.any), t.set(t.any))]],
	resultName: "n",
	result: t.number,
	resultDoc: "number of members, entries or characters",
	doc: "Counts the members of a collection or the characters of a string.",
	unchecked: true,
	eval: (ctx, c) => {
		if (typeof c === "string") return codePointLength(c);
		if (isArray(c)) return c.length;
		if (isSet(c)) return c.size;
		if (isObject(c)) return objectSize(c);
		return ctx.typeError(operandTypeError(1, c, ["array", "object", "set", "string"]));
	},
});

/** The first member that is not a number, reported as OPA does. */
function notNumber(ctx: PureContext, list: Value, items: readonly Value[]): undefined {
	const odd = items.find((v) => !isNumber(v)) as Value;
	return ctx.typeError(operandElementError(1, list, odd, ["number"]));
}

/** Runs the members through floats; undefined when one is not a number. */
function foldFloats(
	ctx: PureContext,
	items: readonly Value[],
	initial: BigFloat,
	combine: (acc: BigFloat, x: BigFloat) => BigFloat,
): NumberValue | undefined {
	let acc = initial;
	try {
		for (const v of items) {
			if (!isNumber(v)) return undefined;
			acc = combine(acc, floatOf(v));
		}
	} catch (e) {
		if (e instanceof RangeError) return ctx.halt(e.message);
		throw e;
	}
	return fromFloat(acc);
}

const sum: Builtin = define("sum", {
	category: "aggregates",
	pure: true,
	since: "0.17.0",
	args: [["collection", numberList]],
	resultName: "n",
	result: t.number,
	resultDoc: "sum of all members",
	doc: "Adds up the numbers of an array or set.",
	unchecked: true,
	eval: (ctx, list) => {
		const items = members(ctx, list, ["set", "array"]);
		if (items === undefined) return undefined;
		let acc: NumberValue = 0;
		let exact = true;
		for (const v of items) {
			exact = typeof v === "number" ? Number.isInteger(v) : isNumber(v) && exactInteger(v) !== undefined;
			if (!exact) break;
			acc = add(acc, v as NumberValue);
		}
		if (exact) return acc;
		const zero: BigFloat = { mant: 0n, exp: 0, prec: 0, negativeZero: false };
		return foldFloats(ctx, items, zero, (a, x) => addFloats(a, x)) ?? notNumber(ctx, list, items);
	},
});

const product: Builtin = define("product", {
	category: "aggregates",
	pure: true,
	since: "0.17.0",
	args: [["collection", numberList]],
	resultName: "n",
	result: t.number,
	resultDoc: "product of all members",
	doc: "Multiplies the numbers of an array or set.",
	unchecked: true,
	eval: (ctx, list) => {
		const items = members(ctx, list, ["set", "array"]);
		if (items === undefined) return undefined;
		let acc = 1n;
		let exact = true;
		for (const v of items) {
			const i = isNumber(v) ? exactInteger(v) : undefined;
			exact = i !== undefined;
			if (i === undefined) break;
			acc *= i;
			if (items.length > 64) boundProduct(ctx, acc);
		}
		if (exact) return fromBigInt(acc);
		// OPA's running product has the precision of a double.
		const one: BigFloat = { mant: 1n, exp: 0, prec: 53, negativeZero: false };
		return foldFloats(ctx, items, one, (a, x) => multiplyFloats(a, x, 53)) ?? notNumber(ctx, list, items);
	},
});

/** The time for a product of many factors grows with the square of its length. */
const maxProductBits = 2 ** 20;
/** Made when first needed, for their size. */
let hugeProducts: readonly [least: bigint, most: bigint] | undefined;

function boundProduct(ctx: PureContext, acc: bigint): void {
	hugeProducts ??= [-(1n << BigInt(maxProductBits)), 1n << BigInt(maxProductBits)];
	if (acc > hugeProducts[1] || acc < hugeProducts[0]) ctx.halt(`product exceeds ${maxProductBits} bits`);
}

const max: Builtin = define("max", {
	category: "aggregates",
	pure: true,
	since: "0.17.0",
	args: [["collection", anyList]],
	resultName: "n",
	result: t.any,
	resultDoc: "greatest member",
	doc: "Finds the greatest member of an array or set; undefined when it is empty.",
	unchecked: true,
	eval: (ctx, list) => {
		if (isSet(list)) return list.sorted().at(-1);
		const items = members(ctx, list, ["set", "array"]);
		let best = items?.[0];
		// OPA takes the last of equal members: 1.0 after 1.
		for (const v of items ?? []) if (compare(best as Value, v) <= 0) best = v;
		return best;
	},
});

const min: Builtin = define("min", {
	category: "aggregates",
	pure: true,
	since: "0.17.0",
	args: [["collection", anyList]],
	resultName: "n",
	result: t.any,
	resultDoc: "least member",
	doc: "Finds the least member of an array or set; undefined when it is empty.",
	unchecked: true,
	eval: (ctx, list) => {
		if (isSet(list)) return list.sorted()[0];
		const items = members(ctx, list, ["set", "array"]);
		let best = items?.[0];
		for (const v of items ?? []) if (compare(best as Value, v) >= 0) best = v;
		return best;
	},
});

const sort: Builtin = define("sort", {
	category: "aggregates",
	pure: true,
	since: "0.17.0",
	args: [["collection", anyList]],
	resultName: "n",
	result: t.array(t.any),
	resultDoc: "members in order",
	doc: "Sorts the members of an array or set.",
	unchecked: true,
	eval: (ctx, list) => {
		if (isSet(list)) return list.sorted();
		const items = members(ctx, list, ["set", "array"]);
		return items === undefined ? undefined : sortValues([...items]);
	},
});

const all: Builtin = define("all", {
	category: "aggregates",
	pure: true,
	since: "0.17.0",
	deprecated: true,
	args: [["", anyList]],
	result: t.boolean,
	doc: "Tells whether every member is true.",
	unchecked: true,
	eval: (ctx, list) => {
		if (isSet(list)) return list.size === 0 || (list.size === 1 && list.has(true));
		return members(ctx, list, ["array", "set"])?.every((v) => v === true);
	},
});

const any: Builtin = define("any", {
	category: "aggregates",
	pure: true,
	since: "0.17.0",
	deprecated: true,
	args: [["", anyList]],
	result: t.boolean,
	doc: "Tells whether some member is true.",
	unchecked: true,
	eval: (ctx, list) => {
		if (isSet(list)) return list.has(true);
		return members(ctx, list, ["array", "set"])?.includes(true);
	},
});

export const aggregates: readonly Builtin[] = ofModule("aggregates", [count, sum, product, max, min, sort, all, any]);
