/** `regoplan/runtime`: what modules built ahead of time import. */

export { core } from "../builtins/core.ts";
export { define, t } from "../builtins/define.ts";
export { deepCalls } from "../eval/deep-calls.ts";
export type { CompilePattern, Pattern } from "../eval/generated/emitted-runtime.ts";
export type { JsonValue } from "../face/json-value.ts";
export type { BuiltinFunctions, CountedFunction, OwnBuiltins } from "../face/own-builtins.ts";
export { type AotDecision, type AotModule, type AotOptions, AotProgram, useBuiltins } from "./program.ts";
