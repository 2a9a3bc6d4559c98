/** Numbers as Go's int64, by their spelling. */

import { at } from "../at.ts";
import type { RegoNumber } from "../value/number.ts";

export const minInt64: bigint = -(2n ** 63n);
export const maxInt64: bigint = 2n ** 63n - 1n;

/** The number as Go's int64, if its text is one (`10` and `10.0`, not `1e1`). */
export function machineInt64(n: RegoNumber): bigint | undefined {
	const m = /^([+-]?)([0-9]*)(\.0*)?$/.exec(n.text);
	if (m === null || n.text.length - at(m, 1).length > 19 || n.text.length === at(m, 1).length) {
		return undefined;
	}
	const i = BigInt(m[2] === "" ? "0" : at(m, 2)) * (m[1] === "-" ? -1n : 1n);
	return i > maxInt64 || i < minInt64 ? undefined : i;
}
