/**
 * `rand.intn`: a random integer that stays the same for the same operands throughout a query.
 * Uniform: random bytes are drawn until one falls below the largest multiple of n.
 */

import { machineInt64 } from "../go/int.ts";
import { fromBigInt } from "../value/number.ts";
import type { NumberValue } from "../value/value.ts";
import { type Builtin, type ContextWith, define, ofModule, t } from "./define.ts";
import { intOperand } from "./operands.ts";

function uniformBelow(ctx: ContextWith<"randomBytes">, n: bigint): bigint {
	const space = 1n << 64n;
	const limit = space - (space % n);
	for (;;) {
		let x = 0n;
		for (const b of ctx.randomBytes(8)) x = (x << 8n) | BigInt(b);
		if (x < limit) return x % n;
	}
}

function intn(ctx: ContextWith<"randomBytes">, seed: string, bound: NumberValue): NumberValue | undefined {
	if (intOperand(ctx, bound, 2) === undefined) return undefined;
	const i = typeof bound === "object" ? (machineInt64(bound) ?? 0n) : BigInt(bound);
	if (i === 0n) return 0;
	const n = i < 0n ? -i : i;
	const key = `rand.intn\u0000${seed}-${n}`;
	const kept = ctx.queryCache.get(key);
	if (kept !== undefined) return kept as NumberValue;
	const result = fromBigInt(uniformBelow(ctx, n));
	ctx.queryCache.set(key, result);
	return result;
}

export const rand: readonly Builtin[] = ofModule("rand", [
	define("rand.intn", {
		category: "numbers",
		reads: ["randomBytes"],
		args: [
			["str", t.string, "seed: tells one random number of a query from another"],
			["n", t.number, "upper bound, exclusive; its sign is ignored"],
		],
		resultName: "y",
		result: t.number,
		resultDoc: "integer in `[0, abs(n))`",
		doc: "A random integer between 0 and `n`. Within one query the same operands give the same number; `n` of 0 gives 0.",
		nondeterministic: true,
		since: "0.31.0",
		eval: intn,
	}),
]);
