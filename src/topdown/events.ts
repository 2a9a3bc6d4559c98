/** What an evaluation tells those who watch it. */

import type { Value } from "../value/value.ts";
import type { Body, Expr, Place, Reference, Rule, Term } from "./nodes.ts";

/** OPA's names of what happens. */
export type Op = "Enter" | "Exit" | "Eval" | "Redo" | "Fail" | "Duplicate" | "Note" | "Index" | "Unify" | "TestCase";

export type EventNode =
	| { readonly kind: "rule"; readonly rule: Rule }
	| { readonly kind: "body"; readonly body: Body }
	| { readonly kind: "expr"; readonly expr: Expr }
	| { readonly kind: "unify"; readonly a: Term; readonly b: Term };

export interface Local {
	readonly value: Value;
	/** Where the variable got it. */
	readonly place: Place | undefined;
}

/** Values of variables, by the names they have in the trace. */
export type Locals = ReadonlyMap<string, Local>;

export interface TraceEvent {
	readonly op: Op;
	/** Undefined of notes. */
	readonly node: EventNode | undefined;
	readonly place: Place | undefined;
	readonly queryId: number;
	readonly parentId: number;
	/** What is said besides: a note, how many rules matched, an early exit. */
	readonly message: string;
	/** The rules asked for, in an Index event. */
	readonly ref: Reference | undefined;
	/** Undefined unless asked for. */
	readonly locals: Locals | undefined;
	/** Values, known already, of rules that the node refers to. */
	readonly documents: readonly (readonly [Reference, Value])[];
}

export interface Tracer {
	/** Wants the values of variables. */
	readonly wantsLocals: boolean;
	/** Wants each step of unifications. */
	readonly wantsUnify: boolean;
	event(e: TraceEvent): void;
}
