import type { Builtin } from "./define.ts";

export const debug: readonly Builtin[] = [];
