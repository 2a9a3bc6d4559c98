/** How instances of our classes look in Node's console, where minified code has no names to show. */

type Inspect = (value: unknown, options: object) => string;

/** Has Node show instances as a text; `inspect` shows a value inside. Other hosts never ask. */
export function shownAs<T>(
	type: { readonly prototype: T & object },
	show: (value: T, inspect: (inner: unknown) => string) => string,
): void {
	Object.defineProperty(type.prototype, Symbol.for("nodejs.util.inspect.custom"), {
		value(this: T, _depth: number, options: object, inspect: Inspect): string {
			return show(this, (inner) => inspect(inner, options));
		},
	});
}
