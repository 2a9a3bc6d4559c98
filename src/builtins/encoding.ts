import type { Builtin } from "./define.ts";

export const encoding: readonly Builtin[] = [];
