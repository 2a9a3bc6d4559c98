import type { Builtin } from "./define.ts";

export const renderTemplate: readonly Builtin[] = [];
