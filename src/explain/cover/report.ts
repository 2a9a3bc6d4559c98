/** What a log of requests made of a policy: a JSON document. */
import type { JsonValue } from "../../face/json-value.ts";

export interface Spot {
	readonly rule: string;
	readonly file: string;
	readonly row: number;
}

/** A line of a policy's text. */
export interface LineCount {
	readonly row: number;
	/** How often something on it was tried, and how often it succeeded. */
	readonly tried: number;
	readonly succeeded: number;
}

export interface FileCoverage {
	readonly lines: readonly LineCount[];
	/** Rows that were reached, and that were not: as OPA writes them. */
	readonly covered: readonly RowRange[];
	readonly not_covered: readonly RowRange[];
	/** Percent of the lines. */
	readonly coverage: number;
}

export interface RowRange {
	readonly start: { readonly row: number };
	readonly end: { readonly row: number };
}

/** An entry of the policy's constants, or of base data. */
export interface Entry {
	/** The rule whose value it is in, or `data`. */
	readonly rule: string;
	readonly pointer: string;
	readonly value: JsonValue;
}

export interface CoverageReport {
	readonly schema: "regoplan.coverage/1";
	readonly requests: number;
	readonly allowed: number;
	readonly coverage: number;
	/** What is permitted and was never used: what could be cut. */
	readonly unused: {
		/** Rules that are always true, and were never asked. */
		readonly documents: readonly Spot[];
		/** Entries of lists that were looked through, of which no request that was allowed needed any. */
		readonly entries: readonly Entry[];
		/** Definitions that were tried and never helped to allow anything. */
		readonly definitions: readonly Spot[];
	};
	/** Literals that never said no: nothing shows that they are of use. */
	readonly neverFailed: readonly (Spot & { readonly text: string })[];
	readonly files: { readonly [file: string]: FileCoverage };
}
