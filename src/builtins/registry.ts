/** Every builtin by name: the core categories and the optional ones. */
import { core } from "./core.ts";
import type { Builtin } from "./define.ts";
import { optional } from "./optional.ts";

/** Every builtin of OPA, by name. */
export const builtins: ReadonlyMap<string, Builtin> = new Map(
	[...core, ...Object.values(optional).flat()].map((b) => [b.name, b]),
);
