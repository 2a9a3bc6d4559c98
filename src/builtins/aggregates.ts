import type { Builtin } from "./define.ts";

export const aggregates: readonly Builtin[] = [];
