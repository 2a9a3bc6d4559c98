/**
 * What the checking stages share: the rules as they are being rewritten, the errors so far, names for
 * locals, and lookups of builtins and rules. A stage reads and replaces `head` and `body` of the rule
 * states; syntax nodes themselves are never changed, and a node in which nothing changes is kept, so
 * that a large policy is not copied over and over.
 */

import { at } from "../at.ts";
import type { Builtin } from "../builtins/define.ts";
import { type ErrorCode, type ErrorDetails, RegoError } from "../errors.ts";
import type { Source } from "../location.ts";
import type { Body, Call, Module, Ref, Term } from "../parser/ast.ts";
import type { MadeNames } from "./made-names.ts";
import { ModuleState, type RuleState } from "./rule-state.ts";
import { RuleNode } from "./rule-tree.ts";
import { operatorName } from "./syntax/calls.ts";
import { LocalNames } from "./syntax/local-names.ts";
import { shallowModule } from "./syntax/shallow.ts";
import type { TypeDetails } from "./typecheck/all-details.ts";

/**
 * What becomes of print calls: all are kept, all are erased unseen, or all are checked and the plain ones, which no
 * later stage could object to, erased: so a policy full of prints is checked for little more than one without.
 */
export type PrintMode = "kept" | "erased" | "checked";

export interface CompilationOptions {
	readonly builtins: ReadonlyMap<string, Builtin>;
	readonly strict: boolean;
	readonly prints: PrintMode;
	/** Nothing says what type `input` has. */
	readonly anyInput: boolean;
	/** 0 or less: no limit. */
	readonly maxErrors: number;
	readonly unsafeBuiltins: ReadonlySet<string>;
	readonly dataPaths: ((path: readonly string[]) => boolean) | undefined;
	/** Makes the details of errors; without it they have none. */
	readonly details: TypeDetails | undefined;
	/** Asks the planner about a body in some order, and the terms evaluated after it: undefined where it can be planned. */
	readonly unplanned: (
		body: Body,
		heads: readonly Term[],
		c: Compilation,
		isBound: (name: string) => boolean,
	) => Unplanned | undefined;
}

/** A variable that has no value where it is needed. */
export interface Unplanned {
	readonly variable: string;
	readonly at: number;
}

/** The errors stop here: enough were reported. */
export class ErrorLimitReached extends Error {}

function sortedModules(modules: readonly Module[]): readonly ModuleState[] {
	return modules
		.map((m) => new ModuleState(shallowModule(m)))
		.sort((a, b) => (a.source.name < b.source.name ? -1 : a.source.name > b.source.name ? 1 : 0));
}

export class Compilation {
	readonly options: CompilationOptions;
	readonly builtins: ReadonlyMap<string, Builtin>;
	/** Sorted by file name, as OPA visits them. */
	readonly modules: readonly ModuleState[];
	readonly errors: RegoError[] = [];
	readonly names: LocalNames;
	/** Set by SetRuleTree. */
	tree: RuleNode = new RuleNode("");
	/** Composite terms of constants only: no stage needs to look inside. Filled by ResolveRefs. */
	readonly constants: Set<Term> = new Set();
	/** Where someone asks for them. Filled by RewriteLocalVars. */
	made: MadeNames | undefined;
	/** Calls with one argument more than their function takes. Filled by CheckUndefinedFuncs. */
	readonly outputCalls: Set<Call> = new Set();
	/** Whether prints were erased that a policy evaluated with prints has. */
	erasedPrints = false;

	constructor(
		modules: readonly Module[],
		options: CompilationOptions,
		names: LocalNames = new LocalNames("__local"),
		states?: readonly ModuleState[],
	) {
		this.options = options;
		this.builtins = options.builtins;
		this.names = names;
		this.modules = states ?? sortedModules(modules);
	}

	/** A compilation for one query: the same rules, errors and names of its own. */
	forQuery(options: CompilationOptions, names: LocalNames): Compilation {
		const c = new Compilation([], options, names, this.modules);
		c.tree = this.tree;
		return c;
	}

	/** A rule without anything to rename, bind or order: `default p := false`, `p := {…}`. */
	isConstant({ head, body, else: branch }: RuleState): boolean {
		const { value } = head;
		if (branch !== undefined || head.ref.terms.length > 1 || head.key !== undefined) return false;
		if (head.args !== undefined && head.args.length > 0) return false;
		if (value !== undefined && value.kind !== "scalar" && !this.constants.has(value)) return false;
		const only = body.length === 1 ? body[0] : undefined;
		return only?.what.kind === "term-expr" && only.what.term.kind === "scalar" && only.with.length === 0;
	}

	get failed(): boolean {
		return this.errors.length > 0;
	}

	/** Reports an error; at is an offset in source, or undefined for none. Throws ErrorLimitReached past the limit. */
	fail(code: ErrorCode, message: string, source?: Source, at?: number, details?: ErrorDetails): void {
		const location = source === undefined || at === undefined ? undefined : source.location(at);
		this.add(new RegoError(code, message, location, { details }));
	}

	add(error: RegoError): void {
		this.errors.push(error);
		const max = this.options.maxErrors;
		if (max > 0 && this.errors.length >= max) {
			this.errors.push(new RegoError("rego_compile_error", "error limit reached"));
			throw new ErrorLimitReached();
		}
	}

	/** How many operands a function takes, or -1 when there is none of that name. */
	arity(operator: Ref): number {
		const name = operatorName(operator);
		if (name !== undefined) {
			const builtin = this.builtins.get(name);
			if (builtin !== undefined) return builtin.args.length;
		}
		const rules = this.tree.find(operator.terms)?.rules;
		if (rules === undefined || rules.length === 0) return -1;
		return at(rules, 0).head.args?.length ?? 0;
	}

	builtin(operator: Ref): Builtin | undefined {
		const name = operatorName(operator);
		return name === undefined ? undefined : this.builtins.get(name);
	}
}
