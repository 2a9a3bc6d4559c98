import type { Builtin } from "./define.ts";

export const net: readonly Builtin[] = [];
