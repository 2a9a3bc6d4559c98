import type { Builtin } from "./define.ts";

export const jsonSchema: readonly Builtin[] = [];
