/** A cliff: a workload that is cheap in OPA and whose cost here once grew with something it should not. */
import type { Value } from "../../src/index.ts";

export interface Cliff {
	readonly name: string;
	/** What grows, smallest first. */
	readonly sizes: readonly [number, number, number];
	/**
	 * What is timed: `warm`, decisions of a policy that has made many; `first`, from the policy's text to its
	 * first decision, as in a command that is run once; `queries`, ad-hoc queries of one policy; `after-compile`, the
	 * first decision of a policy that has just been compiled, for which there is a goal and nothing of opa's to compare
	 * with: it makes its index while it compiles.
	 */
	readonly measure: "warm" | "first" | "queries" | "after-compile";
	readonly make: (n: number) => Workload;
}

export interface Workload {
	/** Package `t`. */
	readonly policy: string;
	readonly data?: { readonly [name: string]: Value };
	readonly input?: Value;
	/** Document that is asked for; default `data.t.q`. */
	readonly query?: string;
	/** As Rego v0: for what v1 does not have. */
	readonly isV0?: boolean | undefined;
	/** Its value, as JSON.parse would give it: what both engines must answer. */
	readonly want: Value;
}

/** The list of f(0) … f(n-1). */
export function list<T>(n: number, f: (i: number) => T): T[] {
	return Array.from({ length: n }, (_, i) => f(i));
}

/** The object of the entries f(0) … f(n-1). */
export function table<T>(n: number, f: (i: number) => readonly [string, T]): { [name: string]: T } {
	return Object.fromEntries(list(n, f));
}

/** A module of package `t`: these rules, one a line. */
export function rules(...lines: readonly (string | readonly string[])[]): string {
	return ["package t", ...lines.flat()].join("\n");
}
