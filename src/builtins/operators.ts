import type { Builtin } from "./define.ts";

export const operators: readonly Builtin[] = [];
