/** `regoplan/runtime`: what modules built ahead of time import. */
export { type AotDecision, type AotModule, type AotOptions, AotProgram } from "./program.ts";
