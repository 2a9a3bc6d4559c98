/** Telling plain objects from all others. */
import { branded, isBranded } from "./brand.ts";

/**
 * Whether an object is none that JSON.parse could have made, nor one of our own classes. Objects of another
 * realm (a frame, a test runner's sandbox) have another `Object.prototype`; like ours it has no prototype.
 */
export function isForeign(o: object): boolean {
	const p: unknown = Object.getPrototypeOf(o);
	if (p === Object.prototype || p === null || Array.isArray(o)) return false;
	return Object.getPrototypeOf(p) !== null && !isBranded(o);
}

/** Thrown where an evaluation meets a value that Rego has not. Whoever knows the input adds the path. */
export class ForeignValue extends Error {}

branded(ForeignValue, "foreign");

/** Throws ForeignValue for an object that is none of Rego's. */
export function refuseForeign(o: object): void {
	if (isForeign(o)) throw new ForeignValue("an instance of a class is no value of Rego");
}
