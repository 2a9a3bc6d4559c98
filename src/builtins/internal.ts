import type { Builtin } from "./define.ts";

export const internal: readonly Builtin[] = [];
