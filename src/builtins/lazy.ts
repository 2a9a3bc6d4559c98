/**
 * Builtins that are loaded when first called, in the build for Node (scripts/build/late.js). Their
 * declarations are data, made by the build from the categories themselves.
 */

import { at, got } from "../at.ts";
import type { Builtin, BuiltinBody } from "./define.ts";

/** A builtin without its body. */
export type Declaration = Omit<Builtin, "eval" | "unchecked">;

/** What must be known of a builtin at once: its name, and how many operands it takes; -1 for any number. */
export type Named = readonly [name: string, arity: number];

/**
 * Builtins of a module that read their declarations when one is asked for anything but its name, load those they
 * stand for when first called, and pass calls on.
 */
export function standIns(
	module: string,
	list: readonly Named[],
	read: () => readonly Declaration[],
	load: () => readonly Builtin[],
): readonly Builtin[] {
	let declarations: readonly Declaration[] | undefined;
	let loaded: ReadonlyMap<string, Builtin> | undefined;
	return list.map(([name, arity], i): Builtin => {
		const declaration = () => {
			declarations ??= read();
			return at(declarations, i);
		};
		const real = (): Builtin => {
			loaded ??= new Map(load().map((b) => [b.name, b]));
			return got(loaded, name);
		};
		// Getters of its own, so that copying a builtin copies what they give; written out, since defining them one by
		// one takes the start of a process three times as long.
		return {
			name,
			module,
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
			get resultName() {
				return declaration().resultName;
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
			get pure() {
				return declaration().pure;
			},
			get reads() {
				return declaration().reads;
			},
			get total() {
				return declaration().total;
			},
			get keep() {
				return declaration().keep;
			},
			get shortcut() {
				return declaration().shortcut;
			},
			get needs() {
				return declaration().needs;
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
			return (ctx, a) => (f ?? known())(ctx, a);
		case 2:
			return (ctx, a, b) => (f ?? known())(ctx, a, b);
		case 3:
			return (ctx, a, b, c) => (f ?? known())(ctx, a, b, c);
		default:
			return (ctx, ...operands) => (f ?? known())(ctx, ...operands);
	}
}
