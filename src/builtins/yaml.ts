import type { Builtin } from "./define.ts";

export const yaml: readonly Builtin[] = [];
