import type { Builtin } from "./define.ts";

export const jsonEdit: readonly Builtin[] = [];
