import type { Builtin } from "./define.ts";

export const time: readonly Builtin[] = [];
