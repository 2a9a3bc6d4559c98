import type { Builtin } from "./define.ts";

export const semver: readonly Builtin[] = [];
