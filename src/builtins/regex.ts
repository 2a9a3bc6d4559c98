import type { Builtin } from "./define.ts";

export const regex: readonly Builtin[] = [];
