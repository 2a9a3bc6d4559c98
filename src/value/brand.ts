/**
 * Brands: what an instance of one of our classes carries so that other copies of this code know it. A
 * process may hold several: a bundle of its own beside the package, modules built ahead of time, two
 * versions. A set is a set and an error an error to all of them, as `Array.isArray` knows arrays of other
 * realms; each copy keeps its own class.
 */

const brand: unique symbol = Symbol.for("regoplan.brand.1");

/**
 * Marks a class, and has `instanceof` accept what carries its mark. What is tested is nearly always an
 * instance of the class itself or a plain object: neither takes a look at the mark.
 */
export function branded<T extends abstract new (...args: never[]) => object>(type: T, name: string): void {
	Object.defineProperty(type.prototype, brand, { value: name });
	const own = type.prototype as object;
	const plain = Object.prototype;
	Object.defineProperty(type, Symbol.hasInstance, {
		value(v: unknown): boolean {
			if (typeof v !== "object" || v === null) return false;
			const prototype: unknown = Object.getPrototypeOf(v);
			if (prototype === own) return true;
			if (prototype === plain || prototype === null) return false;
			return (v as { readonly [brand]?: unknown })[brand] === name;
		},
	});
}

/** Whether an object is an instance of one of our classes, whichever copy's. */
export function isBranded(o: object): boolean {
	return brand in o;
}
