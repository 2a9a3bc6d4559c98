/**
 * A large object of which a `with` replaces a few entries: what is replaced, over what is there. Steps into
 * it find either; nothing else ever gets to see it, as every read that ends at one makes it whole. So a
 * `with` costs as much as its path is long, however large the documents on the way are.
 */
import { at } from "../at.ts";
import { dot } from "../value/access.ts";
import { getOwn, ObjectBuilder, RegoObject, setOwn, unorderedKeys } from "../value/collections.ts";
import { isObject, type ObjectValue, type PlainObject, type Value } from "../value/value.ts";

/** What is made for one expression, however many documents it replaces: objects on their ways are made once. */
export type Fresh = Set<Overlay>;

function made(base: ObjectValue, replaced: Map<string, Value | undefined>, fresh: Fresh): Overlay {
	const out = new Overlay(base, replaced);
	fresh.add(out);
	return out;
}

class Overlay extends RegoObject {
	readonly #base: ObjectValue;
	/** Undefined: there is nothing any more. */
	readonly #replaced: Map<string, Value | undefined>;
	#whole: ObjectValue | undefined;

	constructor(base: ObjectValue, replaced: Map<string, Value | undefined>) {
		super();
		this.#base = base;
		this.#replaced = replaced;
	}

	/** By what it has: `instanceof` would ask what is a RegoObject. */
	static is(v: Value | undefined): v is Overlay {
		return typeof v === "object" && v !== null && #base in v;
	}

	/** This one with another entry replaced, too; where it is new, and nobody has seen it, itself. */
	static and(o: Overlay, key: string, value: Value | undefined, fresh: Fresh): Overlay {
		if (fresh.has(o)) {
			o.#replaced.set(key, value);
			return o;
		}
		return made(o.#base, new Map(o.#replaced).set(key, value), fresh);
	}

	/** The same as an object of its own. */
	static whole(o: Overlay): ObjectValue {
		if (o.#whole !== undefined) return o.#whole;
		const out = new ObjectBuilder();
		for (const k of unorderedKeys(o.#base)) {
			if (typeof k !== "string" || !o.#replaced.has(k)) out.set(k, dot(o.#base, k) as Value);
		}
		for (const [k, v] of o.#replaced) if (v !== undefined) out.set(k, whole(v) as Value);
		o.#whole = out.finish();
		return o.#whole;
	}

	override get(key: Value): Value | undefined {
		if (typeof key === "string" && this.#replaced.has(key)) return this.#replaced.get(key);
		return dot(this.#base, key);
	}

	override has(key: Value): boolean {
		return this.get(key) !== undefined;
	}

	override stored(name: string): Value | undefined {
		return this.#base instanceof RegoObject ? undefined : this.get(name);
	}

	override get size(): number {
		return this.#asRegoObject().size;
	}

	override unordered(): IterableIterator<readonly [Value, Value]> {
		return this.#asRegoObject().unordered();
	}

	override sorted(): readonly (readonly [Value, Value])[] {
		return this.#asRegoObject().sorted();
	}

	#asRegoObject(): RegoObject {
		const v = Overlay.whole(this);
		if (v instanceof RegoObject) return v;
		const out = new RegoObject();
		for (const k of Object.keys(v)) out.set(k, v[k] as Value);
		return out;
	}
}

/** A value as others may see it. */
export function whole(v: Value | undefined): Value | undefined {
	return Overlay.is(v) ? Overlay.whole(v) : v;
}

/** A document with another value at path; objects are made on the way, other values give way. */
export function patched(doc: Value | undefined, path: readonly string[], value: Value, fresh: Fresh): Value {
	return patchAt(doc, path, 0, value, fresh) as Value;
}

/** Data that has nothing at the path. */
export function without(data: PlainObject, path: readonly string[], fresh: Fresh): PlainObject {
	if (path.length === 0) return {};
	let v: Value | undefined = data;
	for (const key of path) v = v !== undefined && isObject(v) ? dot(v, key) : undefined;
	return v === undefined ? data : (patchAt(data, path, 0, undefined, fresh) as PlainObject);
}

/** Objects of more entries than this are not copied. */
const largest = 32;
/** Objects known to be larger: counting them would take as long as copying. */
const large = new WeakSet<PlainObject>();

function isLarge(o: PlainObject): boolean {
	if (large.has(o)) return true;
	if (Object.keys(o).length <= largest) return false;
	large.add(o);
	return true;
}

function patchAt(
	doc: Value | undefined,
	path: readonly string[],
	i: number,
	value: Value | undefined,
	fresh: Fresh,
): Value | undefined {
	if (i === path.length) return value;
	const key = at(path, i);
	if (Overlay.is(doc)) return Overlay.and(doc, key, patchAt(doc.get(key), path, i + 1, value, fresh), fresh);
	if (doc instanceof RegoObject) {
		return made(doc, new Map([[key, patchAt(doc.get(key), path, i + 1, value, fresh)]]), fresh);
	}
	if (doc === undefined || !isObject(doc)) {
		const out: { [key: string]: Value } = {};
		setOwn(out, key, patchAt(undefined, path, i + 1, value, fresh) as Value);
		return out;
	}
	const patch = patchAt(getOwn(doc, key), path, i + 1, value, fresh);
	if (isLarge(doc)) return made(doc, new Map([[key, patch]]), fresh);
	const out: { [key: string]: Value } = {};
	for (const k of Object.keys(doc)) if (k !== key) setOwn(out, k, doc[k] as Value);
	if (patch !== undefined) setOwn(out, key, patch);
	return out;
}
