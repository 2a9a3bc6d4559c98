import type { Builtin } from "./define.ts";

export const crypto: readonly Builtin[] = [];
