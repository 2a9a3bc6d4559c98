/** Telling plain objects from all others. */
import { shared } from "./shared.ts";

/** Marks the classes of Rego's own values. No JSON has a key that is a symbol. */
const ours: unique symbol = Symbol.for("regoplan.value");

/** Makes instances of a class values of Rego's. */
export function markValues(type: { readonly prototype: object }): void {
	Object.defineProperty(type.prototype, ours, { value: true });
}

/**
 * Whether an object is none that JSON.parse could have made, nor one of our own classes. Objects of another
 * realm (a frame, a test runner's sandbox) have another `Object.prototype`; like ours it has no prototype.
 */
export function isForeign(o: object): boolean {
	const p: unknown = Object.getPrototypeOf(o);
	if (p === Object.prototype || p === null || Array.isArray(o)) return false;
	return Object.getPrototypeOf(p) !== null && !(ours in o);
}

class ForeignValueClass extends Error {}

export type ForeignValue = ForeignValueClass;
/** Thrown where an evaluation meets a value that Rego has not. Whoever knows the input adds the path. */
export const ForeignValue: typeof ForeignValueClass = shared("ForeignValue", ForeignValueClass);

/** Throws ForeignValue for an object that is none of Rego's. */
export function refuseForeign(o: object): void {
	if (isForeign(o)) throw new ForeignValue("an instance of a class is no value of Rego");
}
