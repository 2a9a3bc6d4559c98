import type { Builtin } from "./define.ts";

export const uri: readonly Builtin[] = [];
