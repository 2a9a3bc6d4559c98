import type { Builtin } from "./define.ts";

export const sets: readonly Builtin[] = [];
