/**
 * The place for another linear-time engine beside our own machines. It is asked `test` for patterns
 * whose automaton has too many states for us to keep, when they come again; who then answers faster
 * goes on doing so. It may decline. By default that is re2-wasm, loaded when first needed; a host
 * without WebAssembly may bring another one:
 *
 *     import { RE2JS } from "re2js";
 *     setLinearEngine({
 *       name: "re2js",
 *       test: (pattern, s) => RE2JS.compile(pattern).matcher(s).find(),
 *     });
 *
 * or none at all (`setLinearEngine(undefined)`): our own machines then answer everything, more slowly
 * where they are at their worst but in linear time too.
 */
import { Re2Engine } from "./re2.ts";

/** An engine for regular expressions that takes linear time, which an embedder may hand in. */
export interface LinearEngine {
	readonly name: string;
	/**
	 * Whether s contains a match of a pattern in RE2's syntax, spelled without flags, names or classes
	 * other than explicit ranges. Undefined where the engine cannot or will not say. Must take linear
	 * time, bounded memory, and never throw.
	 */
	test(pattern: string, s: string): boolean | undefined;
}

let engine: LinearEngine | undefined;
let chosen = false;
let preferred = false;

/** Use this engine, or none. With `prefer`, for every pattern that takes a machine at all. */
export function setLinearEngine(e: LinearEngine | undefined, options: { readonly prefer?: boolean } = {}): void {
	engine = e;
	chosen = true;
	preferred = options.prefer === true;
}

/** The engine, when it is to be asked first. */
export function preferredEngine(): LinearEngine | undefined {
	return preferred ? engine : undefined;
}

export function linearEngine(): LinearEngine | undefined {
	if (!chosen) setLinearEngine(new Re2Engine());
	return engine;
}
