/** What functions answered within one evaluation, where they are called often (call-site.ts). */
import type { Value } from "../value/value.ts";
import type { CallSite } from "./call-site.ts";
import type { EvalContext, UNDEFINED } from "./context.ts";

/** By a key of the operands. */
export type Results = Map<unknown, Value | typeof UNDEFINED>;

/** The results of an evaluation's functions, by the context that they were called in. */
export class CallResults {
	readonly #byContext: WeakMap<EvalContext, Map<CallSite, Results>> = new WeakMap();

	of(c: EvalContext, site: CallSite): Results {
		let sites = this.#byContext.get(c);
		if (sites === undefined) {
			sites = new Map();
			this.#byContext.set(c, sites);
		}
		let results = sites.get(site);
		if (results === undefined) {
			results = new Map();
			sites.set(site, results);
		}
		return results;
	}
}
