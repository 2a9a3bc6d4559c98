/**
 * Infix operators: arithmetic, comparison, set algebra and membership. Compiled policies evaluate
 * `==`, `=` and `:=` without coming here; the entries exist for signatures and for calls by name.
 */
import { membersIn, objectEntries, objectGet, type RegoSet, united } from "../value/collections.ts";
import { compare, equal } from "../value/compare.ts";
import { add, compareNumbers, divide, exactInteger, fromBigInt, multiply, subtract } from "../value/number.ts";
import { isArray, isNumber, isObject, isSet, type NumberValue, type Value } from "../value/value.ts";
import { type Builtin, define, ofModule, operandTypeError, type PureContext, type Shortcut, t } from "./define.ts";
import { machineInt, maxBits } from "./operands.ts";

const numberOrSet = t.union(t.number, t.set(t.any));

/** Exponents past any use make the number layer refuse (RangeError); that ends the query. */
function arithmetic(ctx: PureContext, compute: () => NumberValue): NumberValue {
	try {
		return compute();
	} catch (e) {
		if (e instanceof RangeError) return ctx.halt(e.message);
		throw e;
	}
}

/** Made when first needed: it takes two megabytes. */
let huge: bigint | undefined;

function isHuge(n: NumberValue): boolean {
	if (typeof n !== "bigint") return false;
	huge ??= 1n << BigInt(maxBits);
	return n > huge || n < -huge;
}

const plus: Builtin = define("plus", {
	category: "numbers",
	pure: true,
	shortcut: { kind: "arithmetic", operator: "+" },
	infix: "+",
	since: "0.17.0",
	args: [
		["x", t.number],
		["y", t.number],
	],
	resultName: "z",
	result: t.number,
	resultDoc: "sum of x and y",
	doc: "Adds two numbers.",
	eval: (ctx, x, y) => {
		if (typeof x === "number" && typeof y === "number") return add(x, y);
		return arithmetic(ctx, () => add(x, y));
	},
});

const minus: Builtin = define("minus", {
	category: "numbers",
	pure: true,
	shortcut: { kind: "arithmetic", operator: "-" },
	infix: "-",
	since: "0.17.0",
	args: [
		["x", numberOrSet],
		["y", numberOrSet],
	],
	resultName: "z",
	result: numberOrSet,
	resultDoc: "difference of x and y",
	doc: "Subtracts numbers, or takes the members of one set that are not in another.",
	unchecked: true,
	eval: (ctx, x, y) => {
		if (typeof x === "number" && typeof y === "number") return subtract(x, y);
		if (isNumber(x)) {
			if (!isNumber(y)) return ctx.typeError(operandTypeError(2, y, ["number"]));
			return arithmetic(ctx, () => subtract(x, y));
		}
		if (isSet(x) && isSet(y)) return difference(ctx, x, y);
		if (!isSet(x)) return ctx.typeError(operandTypeError(1, x, ["number", "set"]));
		// OPA asks for a set only where it got a number, and otherwise, oddly, for a number.
		return ctx.typeError(operandTypeError(2, y, [isNumber(y) ? "set" : "number"]));
	},
});

const mul: Builtin = define("mul", {
	category: "numbers",
	pure: true,
	infix: "*",
	since: "0.17.0",
	args: [
		["x", t.number],
		["y", t.number],
	],
	resultName: "z",
	result: t.number,
	resultDoc: "product of x and y",
	doc: "Multiplies two numbers.",
	eval: (ctx, x, y) => {
		if (typeof x === "number" && typeof y === "number") return multiply(x, y);
		// Squares of squares would soon fill the memory.
		if (isHuge(x) || isHuge(y)) return ctx.halt(`factor exceeds ${maxBits} bits`);
		return arithmetic(ctx, () => multiply(x, y));
	},
});

const div: Builtin = define("div", {
	category: "numbers",
	pure: true,
	infix: "/",
	since: "0.17.0",
	args: [
		["x", t.number],
		["y", t.number],
	],
	resultName: "z",
	result: t.number,
	resultDoc: "quotient of x and y",
	doc: "Divides one number by another.",
	eval: (ctx, x, y) => {
		if (y === 0 || (typeof y === "object" && compareNumbers(y, 0) === 0)) return ctx.error("divide by zero");
		return arithmetic(ctx, () => divide(x, y));
	},
});

const rem: Builtin = define("rem", {
	category: "numbers",
	pure: true,
	infix: "%",
	since: "0.17.0",
	args: [
		["x", t.number],
		["y", t.number],
	],
	resultName: "z",
	result: t.number,
	resultDoc: "remainder of x divided by y, with the sign of x",
	doc: "Takes the remainder of an integer division.",
	eval: (ctx, x, y) => {
		if (typeof x === "number" && typeof y === "number" && Number.isSafeInteger(x) && Number.isSafeInteger(y)) {
			if (y === 0) return ctx.error("modulo by zero");
			return (x % y) + 0;
		}
		const a = exactInteger(x);
		const b = exactInteger(y);
		if (a === undefined || b === undefined) return ctx.error("modulo on floating-point number");
		return b === 0n ? ctx.error("modulo by zero") : fromBigInt(a % b);
	},
});

const binarySetArgs = [
	["x", t.set(t.any)],
	["y", t.set(t.any)],
] as const;

const and: Builtin = define("and", {
	category: "sets",
	pure: true,
	infix: "&",
	since: "0.17.0",
	args: binarySetArgs,
	resultName: "z",
	result: t.set(t.any),
	resultDoc: "members common to x and y",
	doc: "Intersects two sets.",
	eval: (ctx, x, y) => intersect(ctx, x, y),
});

const or: Builtin = define("or", {
	category: "sets",
	pure: true,
	infix: "|",
	since: "0.17.0",
	args: binarySetArgs,
	resultName: "z",
	result: t.set(t.any),
	resultDoc: "members of x, y or both",
	doc: "Unites two sets.",
	eval: (ctx, x, y) => {
		if (x.size === 0) return y;
		if (y.size === 0) return x;
		ctx.step(x.size + y.size);
		return united([x, y]);
	},
});

/** Members of x that y has too. */
export function intersect(ctx: PureContext, x: RegoSet, y: RegoSet): RegoSet {
	// OPA keeps the spelling of the smaller set's members (1 or 1.0).
	const [small, large] = x.size <= y.size ? [x, y] : [y, x];
	ctx.step(small.size);
	return membersIn(small, large, true);
}

/** Members of x that y has not. */
export function difference(ctx: PureContext, x: RegoSet, y: RegoSet): RegoSet {
	ctx.step(x.size);
	return membersIn(x, y, false);
}

function comparison(
	name: string,
	infix: string,
	doc: string,
	holds: (x: Value, y: Value) => boolean,
	shortcut?: Shortcut,
): Builtin {
	return define(name, {
		category: "comparison",
		pure: true,
		total: true,
		shortcut,
		infix,
		since: "0.17.0",
		args: [
			["x", t.any],
			["y", t.any],
		],
		resultName: "result",
		result: t.boolean,
		resultDoc: `true if x ${infix} y`,
		doc,
		eval: (_ctx, x, y) => holds(x, y),
	});
}

function equality(name: string, infix: string, doc: string): Builtin {
	return define(name, {
		category: "comparison",
		pure: true,
		total: true,
		infix,
		since: "0.17.0",
		args: [
			["", t.any],
			["", t.any],
		],
		result: t.boolean,
		doc,
		eval: (_ctx, x, y) => equal(x, y),
	});
}

const member2: Builtin = define("internal.member_2", {
	category: "internal",
	pure: true,
	total: true,
	shortcut: { kind: "member" },
	infix: "in",
	since: "0.34.0",
	args: [
		["", t.any],
		["", t.any],
	],
	result: t.boolean,
	doc: "Tells whether a value is in a collection: `x in xs`.",
	eval: (ctx, x, xs) => {
		if (isSet(xs)) return xs.has(x);
		if (isArray(xs)) {
			ctx.step(xs.length);
			for (const v of xs) if (equal(x, v)) return true;
			return false;
		}
		if (!isObject(xs)) return false;
		const entries = objectEntries(xs);
		ctx.step(entries.length);
		for (const [, v] of entries) if (equal(x, v)) return true;
		return false;
	},
});

const member3: Builtin = define("internal.member_3", {
	category: "internal",
	pure: true,
	total: true,
	infix: "in",
	since: "0.34.0",
	args: [
		["", t.any],
		["", t.any],
		["", t.any],
	],
	result: t.boolean,
	doc: "Tells whether a value is in a collection under a key: `k, v in xs`.",
	eval: (_ctx, key, value, xs) => {
		if (isSet(xs)) return xs.has(key) && equal(key, value);
		const found = isArray(xs) ? element(xs, key) : isObject(xs) ? objectGet(xs, key) : undefined;
		return found !== undefined && equal(value, found);
	},
});

/** `xs[key]`: an index is a machine integer of any spelling. */
export function element(xs: readonly Value[], key: Value): Value | undefined {
	if (typeof key === "number") return xs[key];
	const i = isNumber(key) ? machineInt(key) : undefined;
	return i === undefined ? undefined : xs[i];
}

export const operators: readonly Builtin[] = ofModule("operators", [
	plus,
	minus,
	mul,
	div,
	rem,
	and,
	or,
	equality("eq", "=", "Unifies two values; by name, compares them."),
	equality("assign", ":=", "Assigns a value to a new variable; by name, compares."),
	comparison("equal", "==", "Tells whether two values are equal.", equal),
	comparison("neq", "!=", "Tells whether two values differ.", (x, y) => !equal(x, y), { kind: "unequal" }),
	comparison("lt", "<", "Tells whether x comes before y in the order of values.", (x, y) => compare(x, y) < 0, {
		kind: "comparison",
		operator: "<",
	}),
	comparison("lte", "<=", "Tells whether x comes before y or equals it.", (x, y) => compare(x, y) <= 0, {
		kind: "comparison",
		operator: "<=",
	}),
	comparison("gt", ">", "Tells whether x comes after y in the order of values.", (x, y) => compare(x, y) > 0, {
		kind: "comparison",
		operator: ">",
	}),
	comparison("gte", ">=", "Tells whether x comes after y or equals it.", (x, y) => compare(x, y) >= 0, {
		kind: "comparison",
		operator: ">=",
	}),
	member2,
	member3,
]);
