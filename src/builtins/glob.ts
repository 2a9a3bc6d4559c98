import type { Builtin } from "./define.ts";

export const glob: readonly Builtin[] = [];
