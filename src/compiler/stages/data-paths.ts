/** Which paths base data holds: no rule may answer for one of them. */
import { getOwn } from "../../value/collections.ts";
import { isPlainObject, type PlainObject, type Value } from "../../value/value.ts";

/** Tells of a path below data whether there is something, or something above it that is no object. */
export function pathsOf(data: PlainObject): (path: readonly string[]) => boolean {
	return (path) => {
		let value: Value = data;
		for (const name of path) {
			if (!isPlainObject(value)) return true;
			const next: Value | undefined = getOwn(value, name);
			if (next === undefined) return false;
			value = next;
		}
		return true;
	};
}
