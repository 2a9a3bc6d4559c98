import type { Builtin } from "./define.ts";

export const bits: readonly Builtin[] = [];
