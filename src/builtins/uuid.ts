import type { Builtin } from "./define.ts";

export const uuid: readonly Builtin[] = [];
