import type { Builtin } from "./define.ts";

export const graphql: readonly Builtin[] = [];
