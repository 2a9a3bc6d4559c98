import type { Builtin } from "./define.ts";

export const aws: readonly Builtin[] = [];
