/**
 * Names of large plain objects: JavaScript lists all of them to tell how many there are or to find the
 * first. Listed once, they are kept: those of base data and of constants, which never change, as long as
 * the object lives; others, such as inputs, until the evaluation ends.
 */
import { plainKeys, RegoObject, RegoSet } from "../value/collections.ts";
import { refuseForeign } from "../value/foreign.ts";
import { RegoNumber } from "../value/number.ts";
import type { PlainObject, Value } from "../value/value.ts";

interface Listing {
	/** As the object has them. */
	readonly names: readonly string[];
	/** In OPA's order, made when first needed. */
	sorted: readonly string[] | undefined;
	/** The evaluation it is good for; 0: any. */
	readonly evaluation: number;
}

/** Lists of fewer names are made again. */
const large = 64;

const listings = new WeakMap<PlainObject, Listing>();
/**
 * Whether there are any (most programs never have), and which evaluation runs, of all in this process. One object,
 * read in place: a call here would keep small decisions from being compiled without an allocation.
 */
export const listed: { used: boolean; evaluation: number } = { used: false, evaluation: 1 };

/** `stable`: the object is part of base data or of a constant. */
export function namesOf(o: PlainObject, ordered: boolean, stable: boolean): readonly string[] {
	const known = listed.used ? listings.get(o) : undefined;
	if (known !== undefined && (known.evaluation === 0 || known.evaluation === listed.evaluation)) {
		if (!ordered) return known.names;
		known.sorted ??= plainKeys(o);
		return known.sorted;
	}
	refuseForeign(o);
	const all = Object.keys(o);
	if (all.length < large) return ordered ? plainKeys(o) : all;
	const names = all.filter((k) => o[k] !== undefined);
	const sorted = ordered ? plainKeys(o) : undefined;
	listed.used = true;
	listings.set(o, { names, sorted, evaluation: stable ? 0 : listed.evaluation });
	return sorted ?? names;
}

/** The number of entries of a plain object; undefined for anything else. */
export function sizeOfPlain(v: Value, stable: boolean): number | undefined {
	if (!isPlain(v)) return undefined;
	const names = namesOf(v, false, stable);
	if (names.length >= large) return names.length;
	let n = 0;
	for (const k of names) if (v[k] !== undefined) n++;
	return n;
}

/** Whether v is the object that has nothing. */
export function isEmptyObject(v: Value, stable: boolean): boolean {
	return sizeOfPlain(v, stable) === 0;
}

function isPlain(v: Value): v is PlainObject {
	if (typeof v !== "object" || v === null || Array.isArray(v)) return false;
	return !(v instanceof RegoSet || v instanceof RegoObject || v instanceof RegoNumber);
}
