/**
 * Builtins that are loaded when first called, in the build for Node (scripts/build/late.js). Their
 * declarations are data, made by the build from the categories themselves.
 */

import { got } from "../at.ts";
import type { Value } from "../value/value.ts";
import type { Builtin, BuiltinBody } from "./define.ts";

/** A builtin without its body. */
export type Declaration = Omit<Builtin, "eval" | "unchecked">;

const declared: Readonly<Record<Exclude<keyof Declaration, "name" | "module">, true>> = {
	category: true,
	doc: true,
	args: true,
	variadic: true,
	result: true,
	resultDoc: true,
	infix: true,
	deprecated: true,
	nondeterministic: true,
	pure: true,
	reads: true,
	total: true,
	keep: true,
	shortcut: true,
	needs: true,
	relation: true,
	since: true,
};
const members = Object.keys(declared) as readonly (keyof typeof declared)[];

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
			return declarations[i] as Declaration;
		};
		const real = (): Builtin => {
			loaded ??= new Map(load().map((b) => [b.name, b]));
			return got(loaded, name);
		};
		// The declaration's members are read from it when they are asked for.
		const standIn = {
			name,
			module,
			eval: passOn(arity, () => real().eval),
			unchecked: passOn(arity, () => real().unchecked),
		};
		for (const member of members) Object.defineProperty(standIn, member, { get: () => declaration()[member] });
		// With these it has all that a builtin has: the compiler checks the list of members.
		return standIn as Builtin;
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
