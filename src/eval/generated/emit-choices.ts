/**
 * What the emitter does for speed. None of it changes an answer: the tests turn each of them off, and
 * the closures, which do none of it, must agree.
 */
export interface EmitterChoices {
	/** An indexed group of more functions than this leaves its definitions to closures; default 1000. */
	readonly maxDefinitions?: number;
	/** Definitions that must have one shape to share a function; default 4, infinity: none do. */
	readonly shareFrom?: number;
	/** Whether long chains of calls can be cut (emit-deep.ts): nothing else evaluates what is too deep for the stack. */
	readonly cut?: boolean;
	/** Optimisations that are left out. */
	readonly without?: ReadonlySet<Optimisation>;
}

export const optimisations = [
	/** Rules that are asked for by themselves have entries of their own, which make their context. */
	"entries",
	/** The state of a query is made when first needed. */
	"lazy-context",
	/** Equality with a short constant array compares its elements one by one. */
	"short-lists",
	/** Arrays that never change are searched by a hash of their members. */
	"member-index",
	/** A loop that wants entries of one group finds them by the group. */
	"groups",
	/** A definition that the rule index selected does not test again what selected it. */
	"proven-guards",
	/** A pure call with operands that stay the same is made once in a function. */
	"kept-calls",
	/** What is known of a value, where it comes from, spares tests of its type. */
	"known-types",
	/** A comprehension that is only counted is not collected. */
	"counting",
	/** Reads that are the same in every turn of a loop are made before it. */
	"fixed-reads",
	/** Values as in JSON are compared by themselves (same.ts). */
	"json-equality",
	/** What a function answers is kept where it is called often and takes long (call-site.ts). */
	"call-results",
	/** Strings of known number are joined without an array of them. */
	"joins",
	/** A pure call with a part of the policy's constants is made once for each (policy-parts.ts). */
	"policy-parts",
] as const;

export type Optimisation = (typeof optimisations)[number];
