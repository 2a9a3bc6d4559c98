/**
 * Builtins that are declared now and loaded when first called: what the build for Node puts in place
 * of optional.ts. Signatures are data made by the build from the categories themselves.
 */
import { createRequire } from "node:module";
import type { Builtin, BuiltinBody } from "./define.ts";

/** A builtin without its body. */
export type Declaration = Omit<Builtin, "eval" | "unchecked">;

/** Stand-ins for the builtins of each file; `from` is the URL of the module that holds them. */
export function lazyBuiltins(
	declarations: { readonly [file: string]: readonly Declaration[] },
	from: string,
): { readonly [file: string]: readonly Builtin[] } {
	return Object.fromEntries(
		Object.entries(declarations).map(([file, list]) => {
			let loaded: ReadonlyMap<string, Builtin> | undefined;
			const load = (name: string): Builtin => {
				loaded ??= new Map(categoryAt(file, from).map((b) => [b.name, b]));
				return loaded.get(name) as Builtin;
			};
			const standIns = list.map((d): Builtin => {
				const evaluate: BuiltinBody = (ctx, ...operands) => load(d.name).eval(ctx, ...operands);
				const unchecked: BuiltinBody = (ctx, ...operands) => load(d.name).unchecked(ctx, ...operands);
				return { ...d, variadic: d.variadic, eval: evaluate, unchecked };
			});
			return [file, standIns];
		}),
	);
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
