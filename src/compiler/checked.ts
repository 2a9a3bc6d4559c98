/**
 * What the checking stages hand to the planner. In a CheckedModuleSet
 *   - every name is resolved: a Ref either starts at a local Var, or at the Var `data` or `input`
 *     with the full path (imports and rule names replaced); calls name a builtin or a full
 *     `data.…` path; no import is left to consult;
 *   - every declared local (`:=`, some, every, function arguments) has a name unique in its rule, so
 *     that shadowing is gone; `localNames` gives the name in the source;
 *   - `some x` declarations are gone; `some … in` is still a SomeDecl of one call of internal.member_2
 *     or _3 whose patterns bind (every entry of the collection is a solution), while such a call as a
 *     term only tests; `x := e` is `assign` (left a pattern of fresh vars) and `x = e` is `eq`;
 *   - bodies (rules, comprehensions, every, not, and/or operands, queries) are in evaluation order:
 *     reading left to right, each expression's inputs are bound before it;
 *   - `print` is a call of `internal.print`, which the planner leaves out of plans without prints (or is erased);
 *   - terms of heads and comprehensions, values of `with`, and nested calls of negated expressions bind
 *     nothing: where they would, they have become `eq` with a local in the body before. In a negated
 *     expression (not one under future.keywords.not) nested calls are evaluated outside of the `not`;
 *   - a bare `input` or `data` is a Ref of one term; a function named as a value of `with` is a Ref;
 *   - terms are otherwise as written: nested calls and refs are not split apart. The planner does that.
 *     Where OPA's order needs it, a call stands apart as `f(args, local)`, one argument more than f takes.
 */

import type { Source } from "../location.ts";
import type { Body, Module, Ref, Rule } from "../parser/ast.ts";
import type { Value } from "../value/value.ts";
import type { Compilation } from "./compilation.ts";
import type { RuleGraph } from "./rule-dependencies.ts";
import type { RuleState } from "./rule-state.ts";
import type { TypeEnv } from "./typecheck/typecheck.ts";

/**
 * Where a set holds what the checks found out. A WeakMap beside the sets would do as well but for its
 * cost: young values of an old WeakMap live until the next major collection, and with them everything
 * of every policy ever loaded. Copying that was a quarter of a load's time.
 */
export const knowledge: unique symbol = Symbol("knowledge");

/** For the checks of queries against a set. */
export interface Knowledge {
	readonly compilation: Compilation;
	readonly graph: RuleGraph;
	readonly rules: ReadonlyMap<RuleState, CheckedRule>;
	/** Each rule after those that it or an else branch of it refers to. */
	readonly order: readonly CheckedRule[];
	/** Set by checkTypes. */
	types: TypeEnv | undefined;
}

/** A rule definition under its full path. */
export interface CheckedRule {
	readonly rule: Rule;
	readonly module: Module;
	/** Head ref in full: `data`, package path, rule ref terms (vars and values past the ground prefix). */
	readonly ref: Ref;
}

/** Rules by their ground prefix. */
export interface RuleTree {
	/** The scalar it is at. */
	readonly key: Value;
	/** By nodeKey. */
	readonly children: ReadonlyMap<string, RuleTree>;
	/** Definitions whose ground prefix ends here, in source order (default rules included). */
	readonly rules: readonly CheckedRule[];
}

export interface CheckedModuleSet {
	readonly [knowledge]: Knowledge;
	readonly modules: readonly Module[];
	readonly tree: RuleTree;
	/** Source name of a renamed local. */
	readonly localNames: ReadonlyMap<string, string>;
	/** Whether all internal.print calls were kept. */
	readonly prints: boolean;
}

/** An ad-hoc query, checked against a module set. */
export interface CheckedQuery {
	readonly source: Source;
	readonly body: Body;
	/** Text and place of each expression as written, in the order written: for `opa eval`'s output. */
	readonly localNames: ReadonlyMap<string, string>;
}
