/**
 * What the gate and its decider say to each other. The decider is the thread that reads requests and
 * runs the policy; the gate has the connections, the policy's text and the state. Everything here can be
 * cloned from one thread to the other.
 */
import type { Verdict } from "../policy/decision.ts";
import type { PlannedTexts, PrintLine, RegoVersion } from "../policy/engine.ts";
import type { DecisionLimits } from "../policy/limits.ts";

/** What a decider is started with. */
export interface DeciderStart {
	/** As it appears in prints. */
	readonly name: string;
	/** The policy; undefined: deny everything with `denyMessage`. */
	readonly text: string | undefined;
	/** Plans of this text: it decides by these, and never loads what compiles. */
	readonly planned?: PlannedTexts | undefined;
	readonly denyMessage: string;
	readonly regoVersion: RegoVersion;
	/** The data document to begin with, as JSON; undefined: a fresh one. */
	readonly state: string | undefined;
	readonly limits: DecisionLimits | undefined;
	readonly unknownFields: "reject" | "drop";
	/** Give every request's input as a line for the debug log. */
	readonly logRequests: boolean;
	/** Counts what the decider begins: one that stands still is stuck. */
	readonly progress: SharedArrayBuffer;
}

/** A request to decide. */
export interface Question {
	readonly id: number;
	/** A method of the agent's service. */
	readonly method: string;
	readonly payload: Uint8Array;
	/** Whether the prints of a denial are wanted. */
	readonly prints: boolean;
	/** False: decide without changing the state. */
	readonly apply: boolean;
	/** It was denied elsewhere: say why, and decide nothing. */
	readonly why?: WhyQuestion;
}

/** What is wanted of an explanation. */
export interface WhyQuestion {
	/** The whole first line, for the log. */
	readonly log: boolean;
	/** The cause, for the message of the denial: without values at these pointers of the input. Undefined: not wanted. */
	readonly redact: readonly string[] | undefined;
}

export type DeciderAnswer =
	| Ready
	| { readonly kind: "failed"; readonly message: string; readonly errors: readonly string[] }
	| Refused
	| Decided
	| Explained
	/** A while after it is ready: what the policy reads of requests that none has. */
	| { readonly kind: "checked"; readonly warnings: readonly string[] }
	| Why;

/** What of an explanation was wanted, and could be had. */
export interface Why {
	readonly kind: "why";
	readonly id: number;
	readonly text?: string;
	readonly cause?: string;
}

export interface Ready {
	readonly kind: "ready";
	readonly allowsFailing: boolean;
	readonly warnings: readonly string[];
}

/** Nothing to ask a policy about: the message cannot be read. */
export interface Refused {
	readonly kind: "refused";
	readonly id: number;
	readonly code: number;
	readonly message: string;
}

/** Sent as soon as the policy has decided: nothing that happens afterwards changes it. */
export interface Decided {
	readonly kind: "decided";
	readonly id: number;
	/** The rule that decided. */
	readonly name: string;
	readonly allowed: boolean;
	readonly verdict: Verdict;
	readonly reason: string;
	readonly failing: boolean;
	readonly microseconds: number;
	/** The data document after the request's ops, as JSON; undefined where nothing changed. */
	readonly state: string | undefined;
	/** The message as it goes to the agent; undefined where that is what came, byte for byte, or it is denied. */
	readonly encoded: Uint8Array | undefined;
	/** For the debug log. */
	readonly line: string | undefined;
	/** An Explained follows. */
	readonly explaining: boolean;
}

/** What the policy printed on the way to a denial. */
export interface Explained {
	readonly kind: "explained";
	readonly id: number;
	readonly reason: string;
	readonly prints: readonly PrintLine[];
	readonly printsCut: boolean;
}
