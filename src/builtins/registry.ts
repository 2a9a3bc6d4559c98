/** Every builtin by name: the core categories and the optional ones. */
import { core } from "./core.ts";
import type { Builtin } from "./define.ts";
import { optional } from "./optional.ts";

for (const b of core) b.module = "core";
for (const [file, list] of Object.entries(optional)) for (const b of list) b.module = file;

export const builtins: ReadonlyMap<string, Builtin> = new Map(
	[...core, ...Object.values(optional).flat()].map((b) => [b.name, b]),
);
