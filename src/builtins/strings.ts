import type { Builtin } from "./define.ts";

export const strings: readonly Builtin[] = [];
