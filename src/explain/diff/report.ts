/** What differs between two policies: a JSON document. */
import type { JsonValue } from "../../face/json-value.ts";
import type { Explanation } from "../explanation.ts";

/** A difference in what is written. */
export interface StructuralChange {
	readonly kind:
		| "rule added"
		| "rule removed"
		| "definition added"
		| "definition removed"
		| "entry added"
		| "entry removed"
		| "value changed"
		| "pattern wider"
		| "pattern narrower"
		| "pattern changed";
	readonly rule: string;
	/** Where in the rule's value, or in `data`. */
	readonly pointer?: string;
	/** Row of a definition. */
	readonly row?: number;
	readonly before?: JsonValue;
	readonly after?: JsonValue;
	/** A text that one of two patterns matches and the other does not. */
	readonly witness?: string;
	/** It lets something be that was not allowed, as far as can be seen from it alone. */
	readonly widens?: boolean;
}

/** An input that the two decide differently. */
export interface DecisionChange {
	readonly document: string;
	readonly input: JsonValue;
	/** What of a given input was changed to get there; absent for one that was given. */
	readonly change?: string;
	readonly before: "allowed" | "denied";
	readonly after: "allowed" | "denied";
	/** Why the side that denies does so. */
	readonly explanation: Explanation;
}

export interface PolicyDiff {
	readonly schema: "regoplan.diff/1";
	readonly structure: readonly StructuralChange[];
	readonly decisions: readonly DecisionChange[];
	/** Inputs that were asked of both, and how many of them differed. */
	readonly tried: number;
	/** Given inputs that there was no time for. */
	readonly untried: number;
	readonly differing: number;
	/** Definitions of either that no input reached: nothing is known of them. */
	readonly unreached: readonly {
		readonly side: "old" | "new";
		readonly rule: string;
		readonly file: string;
		readonly row: number;
	}[];
}
