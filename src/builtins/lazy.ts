/**
 * Code that is loaded when first called, for the builds for Node: the optional builtins, whose module
 * this takes the place of, and the parts of the library scripts/lazy.js lists. Signatures are data made
 * by the build from the categories themselves.
 */
import { createRequire } from "node:module";
import type { Value } from "../value/value.ts";
import type { Builtin, BuiltinBody } from "./define.ts";

/** A builtin without its body. */
export type Declaration = Omit<Builtin, "eval" | "unchecked">;

/** What must be known of a builtin at once: its name, and how many operands it takes; -1 for any number. */
export type Named = readonly [name: string, arity: number];

/** Stand-ins for the builtins of each file; `from` is the URL of the module that holds them. */
export function lazyBuiltins(
	names: { readonly [file: string]: readonly Named[] },
	declared: (file: string) => readonly Declaration[],
	from: string,
): { readonly [file: string]: readonly Builtin[] } {
	return Object.fromEntries(
		Object.entries(names).map(([file, list]) => [
			file,
			standIns(
				list,
				() => declared(file),
				() => categoryAt(file, from),
			),
		]),
	);
}

/**
 * Builtins that read their declarations when one is asked for anything but its name, load those they
 * stand for when first called, and pass calls on.
 */
export function standIns(
	list: readonly Named[],
	declared: () => readonly Declaration[],
	load: () => readonly Builtin[],
): readonly Builtin[] {
	let declarations: readonly Declaration[] | undefined;
	let loaded: ReadonlyMap<string, Builtin> | undefined;
	return list.map(([name, arity], i): Builtin => {
		const declaration = () => {
			declarations ??= declared();
			return declarations[i] as Declaration;
		};
		const real = (): Builtin => {
			loaded ??= new Map(load().map((b) => [b.name, b]));
			return loaded.get(name) as Builtin;
		};
		return {
			name,
			module: "",
			get category() {
				return declaration().category;
			},
			get doc() {
				return declaration().doc;
			},
			get args() {
				return declaration().args;
			},
			get variadic() {
				return declaration().variadic;
			},
			get result() {
				return declaration().result;
			},
			get resultDoc() {
				return declaration().resultDoc;
			},
			get infix() {
				return declaration().infix;
			},
			get deprecated() {
				return declaration().deprecated;
			},
			get nondeterministic() {
				return declaration().nondeterministic;
			},
			get relation() {
				return declaration().relation;
			},
			get since() {
				return declaration().since;
			},
			eval: passOn(arity, () => real().eval),
			unchecked: passOn(arity, () => real().unchecked),
		};
	});
}

/** Without rest parameters where the number of operands is known: these calls are in hot loops. */
function passOn(arity: number, load: () => BuiltinBody): BuiltinBody {
	let f: BuiltinBody | undefined;
	const known = () => {
		f ??= load();
		return f;
	};
	switch (arity) {
		case 1:
			return (ctx, a) => (f ?? known())(ctx, a as Value);
		case 2:
			return (ctx, a, b) => (f ?? known())(ctx, a as Value, b as Value);
		case 3:
			return (ctx, a, b, c) => (f ?? known())(ctx, a as Value, b as Value, c as Value);
		default:
			return (ctx, ...operands) => (f ?? known())(ctx, ...operands);
	}
}

/** A module beside the one at a URL, loaded when asked for. */
export function late<T>(file: string, from: string): () => T {
	let loaded: T | undefined;
	return () => {
		loaded ??= createRequire(from)(file) as T;
		return loaded;
	};
}

/** The builtins of a built category file: in dist/builtins, wherever below dist the caller is. */
function categoryAt(file: string, from: string): readonly Builtin[] {
	const require = createRequire(from);
	const above = /\/dist\/(.*)$/.exec(new URL(from).pathname)?.[1]?.split("/").length ?? 1;
	const dist = above === 1 ? "." : "../".repeat(above - 1).slice(0, -1);
	return Object.values(
		require(`${dist}/builtins/${file}.js`) as { readonly [name: string]: readonly Builtin[] },
	).flat();
}
