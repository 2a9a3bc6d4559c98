/** What an explanation says: a JSON document. */
import type { JsonValue } from "../face/json-value.ts";
import type { CauseKind } from "./blame.ts";

/** For one explanation. */
export interface ExplainOptions {
	/** What the decision is wanted to be; by default `true`, or nothing in a set of denials. */
	readonly want?: JsonValue | undefined;
	/** Milliseconds that explaining may take; default 1000. */
	readonly timeMs?: number | undefined;
	/** Steps that explaining may take; default none. */
	readonly steps?: number | undefined;
	/** Causes told at most; default 20. */
	readonly maxCauses?: number | undefined;
	/** JSON pointers whose values are never shown, nor what is below them. */
	readonly redact?: ((pointer: string) => boolean) | undefined;
	/** What may be changed to be allowed; default "input". */
	readonly fixes?: "input" | "policy" | "both" | "none" | undefined;
}

/** Where a literal of the policy stands. */
export interface Spot {
	/** The rule or function, `data.agent_policy.allow_args`. */
	readonly rule: string;
	readonly file: string;
	readonly row: number;
	readonly col: number;
	/** The literal as written, where the policy's text is at hand. */
	readonly text: string;
}

/** A part in which two values differ. */
export interface Difference {
	readonly pointer: string;
	readonly actual?: JsonValue;
	readonly expected?: JsonValue;
}

/** One thing that is not as wanted. */
export interface Cause extends Spot {
	readonly kind: CauseKind;
	/** What it comes to, in a sentence. */
	readonly message: string;
	/** The weight of this cause among the alternatives. */
	readonly cost: number;
	/** JSON pointers into the input, the first place first. */
	readonly input: readonly string[];
	/** Where the policy or its data says what is wanted. */
	readonly policy: readonly { readonly rule: string; readonly pointer: string }[];
	readonly actual?: JsonValue;
	readonly expected?: JsonValue;
	/** The parts in which a value differs from the one that is wanted. */
	readonly diff?: readonly Difference[];
	/** A name that is there, or is allowed, of which this may be a misspelling. */
	readonly didYouMean?: string;
	/** The innermost collection that was gone through, and which of its entries came nearest. */
	readonly iteration?: Tried;
	/** The rules on the way to the literal, innermost first. */
	readonly within: readonly string[];
}

/** How a collection was gone through. */
export interface Tried {
	/** The rule, "data" or "input" that the collection is in, and where. */
	readonly rule: string;
	readonly of: string;
	readonly tried: number;
	readonly chosen: JsonValue;
	/** Weight of the next best entry. */
	readonly nextBest?: number;
}

/** Which entry of a collection came nearest. */
export interface Choice {
	readonly rule: string;
	readonly of: string;
	readonly index: JsonValue;
	readonly tried: number;
	readonly cost: number;
	readonly next?: { readonly index: JsonValue; readonly cost: number };
}

/** Another way to be allowed. */
export interface Alternative {
	readonly rule: string;
	readonly row: number;
	readonly chosen?: { readonly of: string; readonly index: JsonValue };
	readonly cost: number;
	readonly causes: readonly Cause[];
}

/** An RFC 6902 operation. */
export interface Operation {
	readonly op: "add" | "replace" | "remove";
	readonly path: string;
	readonly value?: JsonValue;
}

/** A change with which the decision is as wanted: it has been evaluated. */
export interface Fix {
	readonly target: "input" | "policy";
	/** Where a policy is changed: the rule whose value the patch is for, or "data". */
	readonly rule?: string;
	readonly patch: readonly Operation[];
	readonly verified: true;
}

/** A rule, a definition or a statement, as a node of the tree that whoever shows an explanation may draw. */
export interface Node {
	readonly label: string;
	readonly row: number;
	readonly causes: readonly number[];
	readonly children: readonly Node[];
}

/** Why a decision is as it is, and what would make it another: JSON. */
export interface Explanation {
	readonly schema: "regoplan.explanation/1";
	/** The document that was asked for. */
	readonly path: string;
	/** What the policy answers; absent where that is undefined. */
	readonly decision?: JsonValue;
	/** The error that the evaluation ended with. */
	readonly error?: string;
	/** What was wanted of it, in words. */
	readonly wanted: string;
	/** The decision is as wanted: the causes say what makes it so. */
	readonly asWanted: boolean;
	/** False where the budget ended first: the causes are those of the deepest failure that was met. */
	readonly complete: boolean;
	/** The cheapest way to another decision, the likeliest cause first. */
	readonly causes: readonly Cause[];
	readonly choices: readonly Choice[];
	readonly alternatives: readonly Alternative[];
	readonly fixes: readonly Fix[];
	readonly tree: Node;
	readonly stats: { readonly steps: number; readonly ms: number };
}
