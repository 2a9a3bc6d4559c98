import type { Builtin } from "./define.ts";

export const rego: readonly Builtin[] = [];
