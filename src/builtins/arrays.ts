import type { Builtin } from "./define.ts";

export const arrays: readonly Builtin[] = [];
