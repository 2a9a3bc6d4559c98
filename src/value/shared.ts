/**
 * One class per process. A program may load this code more than once: the library, a category of
 * builtins loaded late, modules built ahead of time. All copies use the classes of the first one, so
 * that a set made by one is a set to the others.
 */
const key = Symbol.for("regoplan.classes.1");

export function shared<T>(name: string, own: T): T {
	const holder = globalThis as { [key]?: Map<string, unknown> };
	holder[key] ??= new Map();
	const known = holder[key].get(name);
	// Copies of one version have the same classes under the same names.
	if (known !== undefined) return known as T;
	holder[key].set(name, own);
	return own;
}
