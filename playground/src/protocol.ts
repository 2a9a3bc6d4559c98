/** What the page asks its worker, and what that answers. */

/** All that a link holds. */
export interface Problem {
	readonly policy: string;
	/** JSON text; empty is no input. */
	readonly input: string;
	readonly data: string;
	readonly query: string;
	readonly version: "v0" | "v1";
}

export interface Question extends Problem {
	readonly id: number;
}

export type Pane = "policy" | "input" | "data" | "query";

export interface Complaint {
	readonly pane: Pane;
	readonly message: string;
	readonly hint: string | undefined;
	/** From 1; 0 where there is no place. */
	readonly row: number;
	readonly col: number;
}

/**
 * First the answer; what explains it follows in a message of its own, and the policy's plan when nobody has typed for a
 * while: from then on the page answers itself (near.ts).
 */
export type Reply =
	| {
			readonly id: number;
			readonly kind: "answer";
			/** JSON text of the value or the bindings; undefined where there is none. */
			readonly result: string | undefined;
			readonly verdict: "true" | "false" | "undefined" | "value" | "error";
			readonly complaints: readonly Complaint[];
			readonly milliseconds: number;
	  }
	| {
			readonly id: number;
			readonly kind: "explanation";
			readonly prints: readonly string[];
			readonly decided: readonly { readonly row: number; readonly text: string }[];
	  }
	| (Planned & { readonly id: number; readonly kind: "plan" });

/** A plan, and what it was made of. */
export interface Planned extends Pick<Problem, "policy" | "data" | "version"> {
	readonly plan: string;
}
