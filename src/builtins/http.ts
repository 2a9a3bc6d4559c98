import type { Builtin } from "./define.ts";

export const http: readonly Builtin[] = [];
