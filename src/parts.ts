/**
 * What most policies go without, and a program that counts bytes can leave out: embedders of `regoplan/core` hand in
 * what they want. `regoplan` has all of it.
 */
import { planOnDemand } from "./compiler/planner/on-demand.ts";
import { type MetadataStages, metadataStages } from "./compiler/stages/metadata.ts";
import { type TypeDetails, typeDetails } from "./compiler/typecheck/all-details.ts";
import { type SchemaTypes, schemaTypes } from "./compiler/typecheck/schemas.ts";
import type { RegoError } from "./errors.ts";
import type { Backend } from "./eval/backend.ts";
import { printing } from "./eval/closures/prints.ts";
import { addHints } from "./face/hint-rules.ts";
import type { HintSources } from "./face/hints.ts";
import type { AnnotationReader } from "./parser/annotation-targets.ts";
import { parseAnnotations } from "./parser/annotations.ts";
import type { LogicalReader } from "./parser/logical.ts";
import { logicalReader } from "./parser/parser.ts";
import { foldPlan } from "./plan/fold.ts";
import { hashOf, sourcesOf } from "./plan/hash.ts";
import { planToJson } from "./plan/json.ts";
import type { PolicyPlans, PolicySettings } from "./policy-plans.ts";
import { PolicyQueries } from "./policy-queries.ts";

/** What reads `# METADATA` comments, and the JSON schemas that they and the `schemas` option name. */
export interface AnnotationPart {
	readonly part: "annotations";
	/** @internal */
	readonly read: AnnotationReader;
	/** @internal */
	readonly stages: MetadataStages;
	/** @internal */
	readonly schemaTypes: SchemaTypes;
}

/** What writes plans, and the digest of a policy. */
export interface PlanPart {
	readonly part: "plans";
	/** @internal */
	readonly sourcesOf: typeof sourcesOf;
	/** @internal */
	readonly hashOf: typeof hashOf;
	/** @internal */
	readonly toJson: typeof planToJson;
}

/** What says more of errors than their message: hints, and the details that OPA tells of wrong types. */
export interface HintPart {
	readonly part: "hints";
	/** @internal */
	readonly add: (errors: readonly RegoError[], known: HintSources) => void;
	/** @internal */
	readonly details: TypeDetails;
}

/** What computes the constants of a plan. */
export interface FoldingPart {
	readonly part: "folding";
	/** @internal */
	readonly fold: typeof foldPlan;
}

/** What asks queries, and plans no more of a policy than its first decisions need. */
export interface QueryPart {
	readonly part: "queries";
	/** @internal */
	readonly of: (plans: PolicyPlans, settings: PolicySettings) => PolicyQueries;
	/** @internal */
	readonly planOnDemand: typeof planOnDemand;
}

/** What reads `and` and `or` between expressions, and `not` before braces and parentheses (`future.keywords`). */
export interface LogicalPart {
	readonly part: "logical";
	/** @internal */
	readonly reader: LogicalReader;
}

/** What evaluates with prints. */
export interface PrintPart {
	readonly part: "prints";
	/** @internal */
	readonly backend: Backend;
}

/** Parts by name. */
export interface Parts {
	/** Without it `# METADATA` comments are comments as others, and a call of rego.metadata.* does not compile. */
	readonly annotations?: AnnotationPart | undefined;
	/** Without it errors have OPA's message only. */
	readonly hints?: HintPart | undefined;
	/** Without it constants are computed at every decision. */
	readonly folding?: FoldingPart | undefined;
	/** Without it a policy's plan, toJSON() and hash throw. */
	readonly plans?: PlanPart | undefined;
	/** Without it a policy's query() and checkQuery() throw, and all of a policy is planned before its first decision. */
	readonly queries?: QueryPart | undefined;
	/** Without it a policy that has `and` or `or` as keywords, or `not` before a body, is refused. */
	readonly logical?: LogicalPart | undefined;
	/** Without it prints are checked and left out: what asks for them throws. */
	readonly prints?: PrintPart | undefined;
}

/** Reads annotations and schemas. */
export const annotations: AnnotationPart = {
	part: "annotations",
	read: parseAnnotations,
	stages: metadataStages,
	schemaTypes,
};

/** Says what was probably meant, and which types errors are about, beside OPA's messages. */
export const hints: HintPart = { part: "hints", add: addHints, details: typeDetails };

/** Computes what is constant in a policy once. */
export const folding: FoldingPart = { part: "folding", fold: foldPlan };

/** Reads `and` and `or` between expressions, and `not` before braces and parentheses. */
export const logical: LogicalPart = { part: "logical", reader: logicalReader };

/** Evaluates with prints: evaluate() with `{ prints: true }`, and prints() of decisions. */
export const prints: PrintPart = { part: "prints", backend: printing };

/** Asks queries: Policy.query and Policy.checkQuery. */
export const queries: QueryPart = {
	part: "queries",
	of: (plans, settings) => new PolicyQueries(plans, settings),
	planOnDemand,
};

/** Gives a policy's plan, its JSON and its hash. */
export const plans: PlanPart = { part: "plans", sourcesOf, hashOf, toJson: planToJson };
