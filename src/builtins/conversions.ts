import type { Builtin } from "./define.ts";

export const conversions: readonly Builtin[] = [];
