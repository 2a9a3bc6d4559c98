import type { Builtin } from "./define.ts";

export const types: readonly Builtin[] = [];
