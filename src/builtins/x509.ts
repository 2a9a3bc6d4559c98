import type { Builtin } from "./define.ts";

export const x509: readonly Builtin[] = [];
