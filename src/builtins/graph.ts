import type { Builtin } from "./define.ts";

export const graph: readonly Builtin[] = [];
