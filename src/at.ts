/**
 * Elements that are there. TypeScript takes each element of a list for possibly undefined; the callers of these
 * know better: they have compared the index with the length, or counted up to it. The one cast for all of them.
 */

export function at<T>(list: readonly T[], i: number): T {
	return list[i] as T;
}

export function byteAt(bytes: Uint8Array, i: number): number {
	return bytes[i] as number;
}

/**
 * An element of the lists that tokens and programs are kept in. Loops over them that must be fast read them without
 * a call.
 */
export function numberAt(list: Int32Array | Uint32Array | Uint16Array, i: number): number {
	return list[i] as number;
}

/** What an object has under a name that is among its own. */
export function valueAt<V>(object: { readonly [name: string]: V }, name: string): V {
	return object[name] as V;
}

/** The last element of a list that is not empty. */
export function last<T>(list: readonly T[]): T {
	return list[list.length - 1] as T;
}

/** Takes the last element of a list that is not empty. */
export function pop<T>(list: T[]): T {
	return list.pop() as T;
}

/** What a map has for a key that was put into it. */
export function got<K, V>(map: { get(key: K): V | undefined }, key: K): V {
	return map.get(key) as V;
}

/** The code point of a text that has one there. */
export function codePoint(text: string, i = 0): number {
	return text.codePointAt(i) as number;
}
