import type { Builtin } from "./define.ts";

export const opa: readonly Builtin[] = [];
