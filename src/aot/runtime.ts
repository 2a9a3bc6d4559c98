/** `regoplan/runtime`: what modules built ahead of time import. */

export { core } from "../builtins/core.ts";
export { type AotDecision, type AotModule, type AotOptions, AotProgram } from "./program.ts";
