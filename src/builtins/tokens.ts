import type { Builtin } from "./define.ts";

export const tokens: readonly Builtin[] = [];
