import type { Builtin } from "./define.ts";

export const rand: readonly Builtin[] = [];
