import type { Builtin } from "./define.ts";

export const numbers: readonly Builtin[] = [];
