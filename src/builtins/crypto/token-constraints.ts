/**
 * The constraints operand of io.jwt.decode_verify. Anything unknown is refused, and there must be
 * exactly one kind of key.
 */
import { objectEntries } from "../../value/collections.ts";
import { toDouble } from "../../value/number.ts";
import { isNumber, type ObjectValue, type Value } from "../../value/value.ts";
import { fail } from "../failure.ts";
import { readVerificationKeys, type VerificationKey } from "./token-keys.ts";

export interface TokenConstraints {
	/** Undefined: verify with the secret. */
	readonly keys: readonly VerificationKey[] | undefined;
	readonly secret: string;
	/** Empty strings: unconstrained. */
	readonly alg: string;
	readonly iss: string;
	readonly aud: string;
	/** The time to hold `exp` and `nbf` against. */
	readonly timeSeconds: number;
}

export function parseConstraints(o: ObjectValue, nowNs: bigint): TokenConstraints {
	const text = { secret: "", alg: "", iss: "", aud: "" };
	let keys: readonly VerificationKey[] | undefined;
	let ns = Number(nowNs);
	for (const [k, v] of objectEntries(o)) {
		switch (k) {
			case "cert":
				keys = readVerificationKeys(typeof v === "string" ? v : fail("cert constraint: must be a string"));
				break;
			case "secret":
			case "alg":
			case "iss":
			case "aud":
				text[k] = typeof v === "string" ? v : fail(`${k} constraint: must be a string`);
				break;
			case "time":
				ns = readTime(v);
				break;
			default:
				return fail(`unknown token validation constraint: ${String(k)}`);
		}
	}
	if (keys !== undefined && text.secret !== "") return fail("duplicate key constraints");
	if (keys === undefined && text.secret === "") return fail("no key constraint");
	return { ...text, keys, timeSeconds: ns / 1_000_000_000 };
}

function readTime(v: Value): number {
	if (!isNumber(v)) return fail("token time constraint: must be a number");
	const ns = toDouble(v);
	if (!Number.isFinite(ns)) return fail("token time constraint: unvalid float64");
	return ns < 0 ? fail("token time constraint: must not be negative") : ns;
}
