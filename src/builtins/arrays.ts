/** array.*: joining, cutting and turning arrays around. */
import { isArray, type Value } from "../value/value.ts";
import { type Builtin, define, ofModule, operandTypeError, t } from "./define.ts";
import { intOperand, maxItems, reserve } from "./operands.ts";

const concat: Builtin = define("array.concat", {
	category: "array",
	pure: true,
	since: "0.17.0",
	args: [
		["x", t.array(t.any), "first array"],
		["y", t.array(t.any), "second array"],
	],
	resultName: "z",
	result: t.array(t.any),
	resultDoc: "elements of x, then of y",
	doc: "Joins two arrays.",
	eval: (ctx, x, y) => {
		if (x.length === 0) return y;
		if (y.length === 0) return x;
		reserve(ctx, x.length + y.length, maxItems);
		return x.concat(y);
	},
});

const flatten: Builtin = define("array.flatten", {
	category: "array",
	pure: true,
	since: "1.13.0",
	args: [["arr", t.array(t.any), "array that may contain arrays"]],
	resultName: "flattened",
	result: t.array(t.any),
	resultDoc: "array with the arrays in it replaced by their elements",
	doc: "Unpacks the arrays in an array, one level deep.",
	eval: (ctx, arr) => {
		let size = 0;
		let nested = false;
		for (const v of arr) {
			nested ||= isArray(v);
			size += isArray(v) ? v.length : 1;
		}
		if (!nested) return arr;
		reserve(ctx, size, maxItems);
		const out: Value[] = [];
		for (const v of arr) {
			if (isArray(v)) for (const x of v) out.push(x);
			else out.push(v);
		}
		return out;
	},
});

const reverse: Builtin = define("array.reverse", {
	category: "array",
	pure: true,
	since: "0.36.0",
	args: [["arr", t.array(t.any)]],
	resultName: "rev",
	result: t.array(t.any),
	resultDoc: "elements of arr, last first",
	doc: "Reverses an array.",
	eval: (ctx, arr) => {
		ctx.step(arr.length);
		return [...arr].reverse();
	},
});

const slice: Builtin = define("array.slice", {
	category: "array",
	pure: true,
	since: "0.17.0",
	args: [
		["arr", t.array(t.any), "array to cut from"],
		["start", t.number, "index of the first element taken"],
		["stop", t.number, "index after the last element taken"],
	],
	resultName: "slice",
	result: t.array(t.any),
	resultDoc: "elements of arr from start up to stop",
	doc: "Cuts a piece from an array, with both indices clamped to its bounds.",
	// The numbers are checked one after the other, each fully.
	unchecked: true,
	eval: (ctx, arr, start, stop) => {
		if (!isArray(arr)) return ctx.typeError(operandTypeError(1, arr, ["array"]));
		const from = intOperand(ctx, start, 2);
		if (from === undefined) return undefined;
		const to = intOperand(ctx, stop, 3);
		if (to === undefined) return undefined;
		if (from <= 0 && to >= arr.length) return arr;
		ctx.step(Math.max(0, Math.min(to, arr.length) - from));
		return arr.slice(Math.max(from, 0), Math.max(to, 0));
	},
});

export const arrays: readonly Builtin[] = ofModule("arrays", [concat, flatten, reverse, slice]);
