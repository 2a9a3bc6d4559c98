import type { Builtin } from "./define.ts";

export const objects: readonly Builtin[] = [];
