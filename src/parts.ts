/**
 * What most policies go without, and a program that counts bytes can leave out: embedders of `regoplan/core` hand in
 * what they want. `regoplan` has all of it.
 */
import { type MetadataStages, metadataStages } from "./compiler/stages/metadata.ts";
import { type SchemaTypes, schemaTypes } from "./compiler/typecheck/schemas.ts";
import type { RegoError } from "./errors.ts";
import { addHints } from "./face/hint-rules.ts";
import type { HintSources } from "./face/hints.ts";
import type { AnnotationReader } from "./parser/annotation-targets.ts";
import { parseAnnotations } from "./parser/annotations.ts";
import { foldPlan } from "./plan/fold.ts";
import { hashOf, sourcesOf } from "./plan/hash.ts";
import { planToJson } from "./plan/json.ts";

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

/** What adds hints to errors. */
export interface HintPart {
	readonly part: "hints";
	/** @internal */
	readonly add: (errors: readonly RegoError[], known: HintSources) => void;
}

/** What computes the constants of a plan. */
export interface FoldingPart {
	readonly part: "folding";
	/** @internal */
	readonly fold: typeof foldPlan;
}

/** Parts by name. */
export interface Parts {
	/** Without it `# METADATA` comments are comments as others, and rego.metadata.* is undefined. */
	readonly annotations?: AnnotationPart | undefined;
	/** Without it errors have OPA's message only. */
	readonly hints?: HintPart | undefined;
	/** Without it constants are computed at every decision. */
	readonly folding?: FoldingPart | undefined;
	/** Without it a policy's plan, toJSON() and hash throw. */
	readonly plans?: PlanPart | undefined;
}

/** Reads annotations and schemas. */
export const annotations: AnnotationPart = {
	part: "annotations",
	read: parseAnnotations,
	stages: metadataStages,
	schemaTypes,
};

/** Says what was probably meant, beside OPA's messages. */
export const hints: HintPart = { part: "hints", add: addHints };

/** Computes what is constant in a policy once. */
export const folding: FoldingPart = { part: "folding", fold: foldPlan };

/** Gives a policy's plan, its JSON and its hash. */
export const plans: PlanPart = { part: "plans", sourcesOf, hashOf, toJson: planToJson };
