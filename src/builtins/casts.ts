import type { Builtin } from "./define.ts";

export const casts: readonly Builtin[] = [];
