import type { Builtin } from "./define.ts";

export const units: readonly Builtin[] = [];
