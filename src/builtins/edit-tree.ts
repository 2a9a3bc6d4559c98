/**
 * The document json.patch works on: a value and, beside it, what patches did to it. The original is
 * never copied until the result is asked for. It follows OPA's edit tree in what can be observed:
 * objects remember which keys were deleted, members of sets are paths of their own, and stepping
 * into an array element that no patch put there looks at the *original* array, whatever was removed
 * or inserted before it (`remove /0` then `test /0` still sees the first element).
 *
 * A step that cannot be taken throws a PatchError with OPA's message; json.patch reports it.
 */

import { at, last } from "../at.ts";
import { machineInt64 } from "../go/int.ts";
import { ObjectBuilder, objectEntries, objectGet, RegoSet } from "../value/collections.ts";
import { equal } from "../value/compare.ts";
import { canonicalKey } from "../value/key.ts";
import { RegoNumber } from "../value/number.ts";
import { termText } from "../value/term-text.ts";
import { type ArrayValue, isArray, isNumber, isObject, isSet, type ObjectValue, type Value } from "../value/value.ts";
import { machineInt } from "./operands.ts";

export class PatchError extends Error {}

export type Path = readonly Value[];

/** What a patch put at a key: a subtree, or nothing (deleted). */
interface Child {
	readonly key: Value;
	readonly node: EditTree | undefined;
	/** Whether what is or was there is an object, array or set. */
	readonly composite: boolean;
}

/** An element in its original place, or one put there by a patch. */
type Element = { readonly original: number } | { readonly node: EditTree };

function isComposite(v: Value): boolean {
	return isObject(v) || isSet(v) || isArray(v);
}

export class EditTree {
	/** The original; undefined once the whole document is deleted. */
	#value: Value | undefined;
	readonly #children: Map<unknown, Child> = new Map();
	#elements: Element[] = [];

	constructor(value: Value) {
		this.#reset(value);
	}

	#reset(value: Value | undefined): void {
		this.#value = value;
		this.#children.clear();
		this.#elements = value !== undefined && isArray(value) ? value.map((_, original) => ({ original })) : [];
	}

	insertAt(path: Path, value: Value): void {
		if (path.length === 0) this.#reset(value);
		else this.#descend(path.slice(0, -1)).#insert(last(path), value);
	}

	deleteAt(path: Path): void {
		if (path.length > 0) {
			this.#descend(path.slice(0, -1)).#delete(last(path));
			return;
		}
		if (this.#value === undefined) throw new PatchError("deleted node encountered during delete operation");
		this.#reset(undefined);
	}

	/** The value at a path; undefined where the document itself is gone. */
	renderAt(path: Path): Value | undefined {
		return this.#descend(path).render();
	}

	render(): Value | undefined {
		const v = this.#value;
		if (v === undefined) return undefined;
		if (isArray(v)) return this.#renderArray(v);
		if (this.#children.size === 0) return v;
		return isSet(v) ? this.#renderSet(v) : this.#renderObject(v as ObjectValue);
	}

	#renderArray(v: ArrayValue): Value {
		return this.#elements.map((e) => ("node" in e ? (e.node.render() as Value) : at(v, e.original)));
	}

	#renderSet(v: RegoSet): Value {
		const out = new RegoSet();
		for (const { node } of this.#children.values()) if (node !== undefined) out.add(node.render() as Value);
		for (const member of v.unordered()) if (!this.#children.has(canonicalKey(member))) out.add(member);
		return out;
	}

	#renderObject(v: ObjectValue): Value {
		const out = new ObjectBuilder();
		for (const [k, item] of objectEntries(v)) if (!this.#children.has(canonicalKey(k))) out.set(k, item);
		for (const { key, node } of this.#children.values()) {
			if (node !== undefined) out.set(key, node.render() as Value);
		}
		return out.finish();
	}

	#descend(path: Path): EditTree {
		let node: EditTree = this;
		for (const key of path) node = node.#child(key);
		return node;
	}

	/** The subtree at a key, made from the original where there is none yet. */
	#child(key: Value): EditTree {
		const v = this.#value;
		if (v === undefined) throw new PatchError("nil value encountered where composite value was expected");
		if (isArray(v)) return this.#element(v, key);
		if (isSet(v)) return this.#member(v, key);
		if (!isObject(v)) {
			throw new PatchError(`expected composite type for path ${termText(key)}, found value: ${described(v)}`);
		}
		const child = this.#children.get(canonicalKey(key));
		if (child !== undefined) {
			if (child.node !== undefined) return child.node;
			throw new PatchError(`cannot unfold the already deleted ${kind(child)} node for key ${termText(key)}`);
		}
		const found = objectGet(v, key);
		if (found !== undefined) return this.#put(key, found);
		throw new PatchError(`path ${termText(key)} does not exist in object term ${termText(v)}`);
	}

	#member(v: RegoSet, key: Value): EditTree {
		if (isComposite(key)) this.#collapse();
		else {
			const child = this.#children.get(canonicalKey(key));
			if (child?.node !== undefined) return child.node;
		}
		const base = this.#value as RegoSet;
		if (base.has(key) && (isComposite(key) || !this.#children.has(canonicalKey(key)))) {
			// The key takes the member's place: 1.0 that of 1.
			return this.#put(key, key);
		}
		const shown = typeof key === "string" ? key : termText(key);
		throw new PatchError(`path ${shown} does not exist in set term ${termText(isComposite(key) ? base : v)}`);
	}

	#element(v: ArrayValue, key: Value): EditTree {
		const at = arrayIndex(this.#elements.length, key);
		const element = this.#elements[at];
		if (element !== undefined && "node" in element) return element.node;
		const found = v[at];
		if (found === undefined) throw new PatchError(`path ${at} does not exist in array term ${termText(v)}`);
		this.#delete(at);
		return this.#insert(at, found);
	}

	/** Members of a set are their own paths: before one that is composite changes, the others are settled. */
	#collapse(): void {
		this.#reset(this.render());
	}

	#put(key: Value, value: Value): EditTree {
		const node = new EditTree(value);
		this.#children.set(canonicalKey(key), { key, node, composite: isComposite(value) });
		return node;
	}

	#insert(key: Value, value: Value): EditTree {
		const v = this.#value;
		if (v === undefined) throw new PatchError("deleted node encountered during insert operation");
		if (isArray(v)) {
			const at = arrayIndex(this.#elements.length, key);
			if (at < 0 || at > this.#elements.length) throw new PatchError("index for array insertion out of bounds");
			const node = new EditTree(value);
			this.#elements.splice(at, 0, { node });
			return node;
		}
		if (isSet(v)) {
			if (!equal(key, value)) {
				throw new PatchError(`set key ${termText(key)} does not equal value to be inserted ${termText(value)}`);
			}
			if (isComposite(key)) this.#collapse();
			return this.#put(key, value);
		}
		if (isObject(v)) return this.#put(key, value);
		throw new PatchError(`expected composite type, found value: ${described(v)}`);
	}

	#delete(key: Value): void {
		const v = this.#value;
		if (v === undefined) throw new PatchError("deleted node encountered during delete operation");
		if (isArray(v)) {
			const at = arrayIndex(this.#elements.length, key);
			if (at < 0 || at >= this.#elements.length) throw new PatchError("index for array delete out of bounds");
			this.#elements.splice(at, 1);
			return;
		}
		if (!isSet(v) && !isObject(v)) throw new PatchError(`expected composite type, found value: ${described(v)}`);
		if (isSet(v) && isComposite(key)) this.#collapse();
		const id = canonicalKey(key);
		const child = this.#children.get(id);
		if (child !== undefined) {
			if (child.node === undefined) {
				throw new PatchError(`cannot delete the already deleted ${kind(child)} node for key ${termText(key)}`);
			}
			this.#children.set(id, { ...child, key, node: undefined });
			return;
		}
		const base = this.#value as RegoSet | ObjectValue;
		const found = isSet(base) ? base.get(key) : objectGet(base, key);
		if (found === undefined) throw new PatchError(`cannot delete child key ${termText(key)} that does not exist`);
		this.#children.set(id, { key, node: undefined, composite: isComposite(found) });
	}
}

function kind(child: Child): string {
	return child.composite ? "composite" : "scalar";
}

/** A scalar as Go shows it: value and type. */
function described(v: Value): string {
	const type = v === null ? "Null" : typeof v === "boolean" ? "Boolean" : typeof v === "string" ? "String" : "Number";
	return `${termText(v)} (type: ast.${type})`;
}

/** The index a path segment means; `-` is the place after the last element. */
function arrayIndex(length: number, key: Value): number {
	if (typeof key === "string") {
		if (key === "-") return length;
		const i = machineInt64(new RegoNumber(key));
		if (i === undefined) throw new PatchError("invalid string for indexing");
		if (key !== "0" && key.startsWith("0")) throw new PatchError("leading zeros are not allowed in JSON paths");
		return Number(i);
	}
	if (!isNumber(key)) throw new PatchError("invalid type for indexing");
	const i = machineInt(key);
	if (i === undefined) throw new PatchError("invalid number type for indexing");
	return i;
}
