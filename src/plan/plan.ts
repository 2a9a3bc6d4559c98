/**
 * The decision plan: what a compiled policy is. Structured (no jumps), JSON-serialisable, versioned.
 * Both backends and the ahead-of-time emitter read it; nothing here refers to syntax trees.
 *
 * A body is a list of statements. A statement either fails (ends this path), succeeds once, or
 * succeeds many times (`scan`, `relation`, `with`): what follows it runs for each success. All
 * binding is decided at compile time: every local is written by exactly one statement on a path
 * before anything reads it, so there is no run-time unifier.
 *
 * Expressions yield a value or undefined; a statement whose expression is undefined fails.
 */

import type { PlainObject, Value } from "../value/value.ts";
import type { RuleIndex } from "./index-rules.ts";

export const planVersion = 3;

/** Index of a slot in a function's frame. */
export type Local = number;

/** A decision plan: everything that evaluation needs of a policy, as JSON. */
export interface Plan {
	readonly version: typeof planVersion;
	/** Version of regoplan that made it. */
	readonly regoplan: string;
	/** SHA-256 (hex) over the names and digests of the sources. */
	readonly hash: string;
	readonly sources: readonly PlanSource[];
	/** Referred to by index. In JSON they are tagged where JSON has no form for them: see json.ts. */
	readonly constants: readonly Value[];
	readonly funcs: readonly Func[];
	/** Virtual documents below `data`. */
	readonly tree: TreeNode;
	/** Rules that are planned by their keys, too. */
	readonly keyed: readonly KeyedRule[];
	/** Rules that depend on base data only: no input, no `with`, nothing that may differ from one evaluation to the next. */
	readonly dataOnly: readonly number[];
	/** Names of the builtins called, by index. */
	readonly builtins: readonly string[];
	/** Functions, builtins and rules that some `with` in the plan replaces or shadows: only these look. */
	readonly mockable: {
		readonly funcs: readonly number[];
		readonly builtins: readonly number[];
		readonly shadowed: readonly number[];
	};
	/** Named queries: entry points asked for at compile time, and ad-hoc queries. */
	readonly queries: readonly Query[];
	/** The base documents it was made with: what it decides over unless others are given. Absent where there are none. */
	readonly data?: PlainObject;
}

/** A plan of which the functions, and the constants and builtins they name, are made when they are asked for. */
export interface PlanOnDemand extends Omit<Plan, "sources" | "hash" | "funcs"> {
	readonly funcs: {
		readonly length: number;
		at(index: number): Func | undefined;
		/** The same of many definitions, which are planned one by one; undefined where that is no use. */
		open?(index: number): OpenFunc | undefined;
	};
	/** Grows while functions are planned. */
	readonly keyed: readonly KeyedRule[];
	/** The node of the tree at a path, without those below it, where it can be had before all of the tree is made. */
	node?(path: readonly string[]): TreeNode | undefined;
}

/**
 * A set or object whose value at some keys can be had without the rest: for one key, for two … keys the
 * function that evaluates it there. The keys are its parameters, its value is what is at them.
 */
export interface KeyedRule {
	readonly rule: number;
	readonly by: readonly number[];
	/**
	 * Where many keys are asked for, all of it may be evaluated at once: it does not refer to itself, and
	 * nobody can tell what is evaluated.
	 */
	readonly whole: boolean;
}

/** What remains of a source text in a plan: enough to say where something was. */
export interface PlanSource {
	readonly name: string;
	/** SHA-256 (hex) of the text. */
	readonly sha256: string;
	/** First PlanLocation of this source. */
	readonly base: number;
	/** Offsets of the starts of its lines. */
	readonly lines: readonly number[];
}

/** A place: the `base` of a source plus an offset in its text; -1 for none. */
export type PlanLocation = number;

/**
 * The documents below a path. A node with `rule` answers by itself (its subtree belongs to that
 * rule group); a node with `children` is on the way to one (a package, a rule `a.b[1]`), merged with base data.
 */
export interface TreeNode {
	/** Function index of the rule group here. */
	readonly rule?: number;
	/** In the order of their keys. */
	readonly children?: readonly (readonly [key: NodeKey, node: TreeNode])[];
}

/** A scalar in the form constants have in JSON. */
export type NodeKey = string | number | boolean | null | { readonly $n: string };

/** A rule group or function: every definition of one name. */
export interface Func {
	/** `data.agent_policy.CreateContainerRequest`. */
	readonly path: readonly NodeKey[];
	/**
	 * complete: at most one value. function: as complete, with parameters. set, object: collects.
	 * Object groups of general refs collect into nested objects and sets.
	 */
	readonly kind: "complete" | "function" | "set" | "object";
	/**
	 * Parameters are locals 0 … arity-1 of every definition. Those of a set or object are keys: only what is
	 * at them is collected, and the value there is the function's.
	 */
	readonly arity: number;
	readonly definitions: readonly Definition[];
	/** Gives the value when no definition succeeds: of complete rules and functions only. */
	readonly default: Definition | undefined;
	/**
	 * Every definition (else branches included) yields this same constant: evaluation may stop at the
	 * first success. Absent when values can differ, and then all definitions are evaluated.
	 */
	readonly sameValue?: boolean;
	readonly location: PlanLocation;
}

/** A function of many definitions, each of which is planned when it is first tried. */
export interface OpenFunc extends Omit<Func, "definitions"> {
	readonly definitions: { readonly length: number; at(index: number): Definition | undefined };
	/** Which of them to try. */
	readonly index: RuleIndex;
}

export interface Definition {
	readonly location: PlanLocation;
	/** Frame size, parameters and result included. */
	readonly locals: number;
	/** complete, function: where `return` puts the value. set, object: the collector. */
	readonly result: Local;
	readonly body: Block;
	/** Names of locals from the source, for explanations: [local, name]. */
	readonly names: readonly (readonly [Local, string])[];
	/** Evaluated only when this definition has no success. */
	readonly else: Definition | undefined;
}

/**
 * Statements. The last statement on a definition's path is `return` (complete, function) or
 * `yield-member` / `yield-entry` (partial rules, comprehensions) or `yield-row` (queries).
 */
export type Stmt =
	| LetStmt
	| TestStmt
	| NotStmt
	| ScanStmt
	| RelationStmt
	| EveryStmt
	| WithStmt
	| OnceStmt
	| UnpackArrayStmt
	| UnpackObjectStmt
	| PrintStmt
	| ReturnStmt
	| YieldMemberStmt
	| YieldEntryStmt
	| YieldRowStmt;

export type Block = readonly Stmt[];

/** local := value; fails when undefined. */
export interface LetStmt {
	readonly op: "let";
	readonly local: Local;
	readonly value: Expression;
	readonly loc: PlanLocation;
}

/** Fails when value is undefined or false. */
export interface TestStmt {
	readonly op: "test";
	readonly value: Expression;
	readonly loc: PlanLocation;
}

/** Succeeds when body has no success. */
export interface NotStmt {
	readonly op: "not";
	readonly body: Block;
	readonly loc: PlanLocation;
}

/**
 * For each entry of source (array: index and element; object: key and value; set: member and
 * member), in OPA's order. Fails at once for anything else. key and value are -1 when unused.
 */
export interface ScanStmt {
	readonly op: "scan";
	readonly source: Expression;
	readonly key: Local;
	readonly value: Local;
	readonly loc: PlanLocation;
}

/**
 * For each result of a relation builtin (`walk`). An argument more than the builtin has, `true`, says that the
 * first part of each result is not read (`walk(x, [_, v])`), so that no paths have to be made.
 */
export interface RelationStmt {
	readonly op: "relation";
	readonly builtin: number;
	readonly args: readonly Expression[];
	readonly value: Local;
	readonly loc: PlanLocation;
}

/** Succeeds when body succeeds for every entry of source; a source that is not a collection fails. */
export interface EveryStmt {
	readonly op: "every";
	readonly source: Expression;
	readonly key: Local;
	readonly value: Local;
	readonly body: Block;
	readonly loc: PlanLocation;
}

/**
 * Evaluates body under replacements; locals it writes stay visible, and what follows the statement
 * runs outside of them. An undefined replacement value fails.
 */
export interface WithStmt {
	readonly op: "with";
	readonly replacements: readonly Replacement[];
	readonly body: Block;
	readonly loc: PlanLocation;
}

export type Replacement =
	/** `with input.a.b as value` ([] is all of input), `with data.a.b as value`. */
	| {
			readonly target: "input" | "data";
			readonly path: readonly string[];
			readonly value: Expression;
			/** Rules at or below the path, which the replacement hides. */
			readonly shadows: readonly number[];
			/** `with data.a.b as f`, where f is a function: there is no document while that stands. */
			readonly absent?: true;
	  }
	/** `with input[0] as value`: there is no such place, which is a conflict when it is met. */
	| { readonly target: "nowhere"; readonly value: Expression; readonly loc: PlanLocation }
	/** `with f as g`: calls of target go to `by`; or to a constant value. */
	| {
			readonly target: "func" | "builtin";
			readonly index: number;
			readonly by: { readonly func: number } | { readonly builtin: number } | { readonly value: Expression };
	  };

/** A rule that replaces a function may be undefined: then calls are, and not the statement (as in OPA). */
export function isLazyMock(r: Replacement): boolean {
	return "by" in r && "value" in r.by && r.by.value.op === "rule";
}

/** Succeeds at most once: on the first success of the first block that succeeds (`and`, `or` operands). */
export interface OnceStmt {
	readonly op: "once";
	readonly blocks: readonly Block[];
	readonly loc: PlanLocation;
}

/** Fails unless value is an array of exactly this length; binds elements not marked -1. */
export interface UnpackArrayStmt {
	readonly op: "unpack-array";
	readonly value: Expression;
	readonly elements: readonly Local[];
	readonly loc: PlanLocation;
}

/** Fails unless value is an object with exactly these keys; binds their values not marked -1. */
export interface UnpackObjectStmt {
	readonly op: "unpack-object";
	readonly value: Expression;
	readonly entries: readonly (readonly [key: Expression, local: Local])[];
	readonly loc: PlanLocation;
}

/** Present only in plans made with prints. Each argument is the list of its values ([] prints `<undefined>`). */
export interface PrintStmt {
	readonly op: "print";
	readonly args: readonly PrintArg[];
	readonly loc: PlanLocation;
}

/** A block yielding the values of one print argument (several when it iterates). */
export interface PrintArg {
	readonly block: Block;
	/** The collector's slot. */
	readonly target: Local;
}

/** Puts the value into the definition's result; a different value already there is a conflict. */
export interface ReturnStmt {
	readonly op: "return";
	readonly value: Expression;
	readonly loc: PlanLocation;
}

/** Member of the set or array being collected in local `into`. */
export interface YieldMemberStmt {
	readonly op: "yield-member";
	readonly into: Local;
	readonly value: Expression;
	readonly loc: PlanLocation;
}

/**
 * Entry of the object being collected. path has one element except for general refs
 * (`a.b[x].c := v`), where inner objects are made as needed. `member`: the leaf is a set and value
 * its new member.
 */
export interface YieldEntryStmt {
	readonly op: "yield-entry";
	readonly into: Local;
	readonly path: readonly Expression[];
	readonly value: Expression;
	readonly member: boolean;
	readonly loc: PlanLocation;
}

/** A row of a query's result: expression values and variable bindings. */
export interface YieldRowStmt {
	readonly op: "yield-row";
	readonly values: readonly Expression[];
	readonly bindings: readonly (readonly [name: string, local: Local])[];
	readonly loc: PlanLocation;
}

export type Expression =
	| { readonly op: "const"; readonly index: number }
	| { readonly op: "local"; readonly local: Local }
	| { readonly op: "input" }
	/** Base data at a path, without rules. */
	| { readonly op: "base"; readonly path: readonly string[] }
	/** One step into a value: object key, array index, set member. Undefined where there is none. */
	| {
			readonly op: "dot";
			readonly value: Expression;
			readonly key: Expression;
			/** A step into base data, where `"1"` is a position and 1 a name. */
			readonly stored?: true;
	  }
	/** Value of a rule (complete, set or object), memoised per query. */
	| { readonly op: "rule"; readonly func: number; readonly loc: PlanLocation }
	/** Value of a set or object at one key, or at several in a row: what `rule` and steps into it give. */
	| { readonly op: "rule-at"; readonly func: number; readonly keys: readonly Expression[]; readonly loc: PlanLocation }
	/** Everything below a node of the tree: rules evaluated and merged into base data. */
	| { readonly op: "document"; readonly path: readonly string[]; readonly loc: PlanLocation }
	/** Names below a document, base data first, as an array: for iterating `data.pkg[x]` and `data.pkg[key][x]`. */
	| {
			readonly op: "document-keys";
			readonly path: readonly string[];
			readonly keys: readonly Expression[];
			readonly loc: PlanLocation;
	  }
	/** `data.pkg[key]` with a computed key: a rule, a package below, or base data. */
	| {
			readonly op: "document-dot";
			readonly path: readonly string[];
			readonly keys: readonly Expression[];
			readonly loc: PlanLocation;
	  }
	| { readonly op: "call"; readonly func: number; readonly args: readonly Expression[]; readonly loc: PlanLocation }
	| {
			readonly op: "builtin";
			readonly builtin: number;
			readonly args: readonly Expression[];
			readonly loc: PlanLocation;
	  }
	/** Value equality: true or false. */
	| { readonly op: "equal"; readonly left: Expression; readonly right: Expression }
	| { readonly op: "array"; readonly items: readonly Expression[] }
	| { readonly op: "set"; readonly items: readonly Expression[] }
	/** The last of equal keys counts. */
	| { readonly op: "object"; readonly entries: readonly (readonly [Expression, Expression])[] }
	/** Array, set or object comprehension: body yields members or entries. Shares the frame. */
	| {
			readonly op: "collect";
			readonly into: "array" | "set" | "object";
			/** The collector's slot. */
			readonly target: Local;
			readonly body: Block;
			readonly loc: PlanLocation;
	  };

/** A query body; rows are collected by yield-row. */
export interface Query {
	/** Offsets in the query's text of the expressions whose values a row holds, in that order. */
	readonly spans: readonly (readonly [start: number, end: number])[];
	readonly name: string;
	readonly locals: number;
	readonly body: Block;
}
