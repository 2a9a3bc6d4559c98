/**
 * What a value may be, as far as it is known before any is there: of a request every field and its type. In: kinds.
 * Out: what a step into a value of such kinds gives, and whether two can ever be equal.
 */
import { isArray, isNumber, isSet, type Value } from "../../value/value.ts";

export type Kind =
	/** An object of which every key is known. `name` is for people. */
	| { readonly is: "record"; readonly name: string; readonly fields: ReadonlyMap<string, Shape> }
	/** Any keys, which are texts. */
	| { readonly is: "map"; readonly of: Shape }
	| { readonly is: "list"; readonly of: Shape }
	| { readonly is: "set"; readonly of: Shape }
	| { readonly is: "text" }
	| { readonly is: "number" }
	| { readonly is: "boolean" }
	| { readonly is: "null" };

/** One of these kinds; undefined: anything; of no kind: there is no value. */
export type Shape = readonly Kind[] | undefined;

export const text: Shape = [{ is: "text" }];
export const number: Shape = [{ is: "number" }];
export const boolean: Shape = [{ is: "boolean" }];
export const none: Shape = [];

/** The shape of a constant. What is in a collection is not looked at. */
export function shapeOf(v: Value): Shape {
	if (v === null) return [{ is: "null" }];
	if (typeof v === "string") return text;
	if (typeof v === "boolean") return boolean;
	if (isNumber(v)) return number;
	if (isArray(v)) return [{ is: "list", of: undefined }];
	return isSet(v) ? [{ is: "set", of: undefined }] : [{ is: "map", of: undefined }];
}

/** Names the kinds: equal shapes have equal names. Records are told apart by their own. */
export function shapeKey(shape: Shape): string {
	return shape === undefined ? "?" : shape.map(kindKey).sort().join("|");
}

function kindKey(kind: Kind): string {
	switch (kind.is) {
		case "record":
			return `{${kind.name}}`;
		case "map":
		case "list":
		case "set":
			return `${kind.is}(${shapeKey(kind.of)})`;
		default:
			return kind.is;
	}
}

/** Either of the two. */
export function either(a: Shape, b: Shape): Shape {
	if (a === undefined || b === undefined) return undefined;
	if (a.length === 0) return b;
	const known = new Set(a.map(kindKey));
	const more = b.filter((kind) => !known.has(kindKey(kind)));
	return more.length === 0 ? a : [...a, ...more];
}

export interface Step {
	/** What is there. */
	readonly shape: Shape;
	/** Why nothing can be there, of whatever kind the value is; undefined where something can. */
	readonly missing: string | undefined;
	/** Among which the key could be meant. */
	readonly names: readonly string[];
}

const anything: Step = { shape: undefined, missing: undefined, names: [] };

/** What is at a key; `key` is undefined where it is not known. */
export function step(shape: Shape, key: Value | undefined): Step {
	if (shape === undefined) return anything;
	let there: Shape = none;
	const missing: string[] = [];
	const names: string[] = [];
	for (const kind of shape) {
		// What is absent at times is told from what is there never by the other kinds.
		if (kind.is === "null") continue;
		const found = stepInto(kind, key);
		if (found === "missing") {
			missing.push(kindName(kind));
			if (kind.is === "record") names.push(...kind.fields.keys());
		} else there = either(there, found);
	}
	const some = there === undefined || there.length > 0 || missing.length === 0;
	return { shape: some ? there : undefined, missing: some ? undefined : missing.join(" or "), names };
}

function stepInto(kind: Exclude<Kind, { is: "null" }>, key: Value | undefined): Shape | "missing" {
	switch (kind.is) {
		case "record":
			if (key === undefined) return undefined;
			return typeof key === "string" && kind.fields.has(key) ? kind.fields.get(key) : "missing";
		case "map":
			return key === undefined || typeof key === "string" ? kind.of : "missing";
		case "list":
			return key === undefined || isNumber(key) ? kind.of : "missing";
		case "set":
			return kind.of;
		default:
			return "missing";
	}
}

/** For people. */
function kindName(kind: Kind): string {
	if (kind.is === "record") return kind.name;
	if (kind.is === "boolean") return "true or false";
	return kind.is === "null" ? "null" : `a ${kind.is === "map" ? "map" : kind.is}`;
}

export function shapeName(shape: Shape): string {
	return shape === undefined ? "anything" : [...new Set(shape.map(kindName))].join(" or ");
}

/** What a loop over a value sees: keys and values. */
export function entries(shape: Shape): { readonly key: Shape; readonly value: Shape; readonly never: boolean } {
	if (shape === undefined) return { key: undefined, value: undefined, never: false };
	let key: Shape = none;
	let value: Shape = none;
	let never = shape.length > 0;
	for (const kind of shape) {
		if (kind.is === "list" || kind.is === "set" || kind.is === "map" || kind.is === "record") {
			never = false;
			key = either(key, kind.is === "list" ? number : kind.is === "set" ? kind.of : text);
			value = either(value, kind.is === "record" ? undefined : kind.of);
		} else if (kind.is === "null") never = false;
	}
	return { key, value, never };
}

/** Whether no value of the one is equal to any of the other. */
export function neverEqual(a: Shape, b: Shape): boolean {
	if (a === undefined || b === undefined || a.length === 0 || b.length === 0) return false;
	const rank = (kind: Kind): string => (kind.is === "record" || kind.is === "map" ? "object" : kind.is);
	const there = new Set(a.map(rank));
	return !b.some((kind) => there.has(rank(kind)));
}
