/**
 * What the checking stages share: the rules as they are being rewritten, the errors so far, names for
 * locals, and lookups of builtins and rules. A stage reads and replaces `head` and `body` of the rule
 * states; syntax nodes themselves are never changed, and a node in which nothing changes is kept, so
 * that a large policy is not copied over and over.
 */
import type { Builtin } from "../builtins/define.ts";
import { type ErrorCode, type ErrorDetails, RegoError } from "../errors.ts";
import type { Source } from "../location.ts";
import type { Body, Call, Expr, Head, Import, Module, Ref, Rule, Term } from "../parser/ast.ts";
import { LocalNames } from "./local-names.ts";
import { relocate } from "./rewrite-terms.ts";
import { RuleNode } from "./rule-tree.ts";

/** Builtins that are rules of thumb for every stage: unification and declaration by name. */
export const eqName = "eq";
export const assignName = "assign";
export const printName = "print";
export const internalPrintName = "internal.print";
export const member2Name = "internal.member_2";
export const member3Name = "internal.member_3";
export const metadataChainName = "rego.metadata.chain";
export const metadataRuleName = "rego.metadata.rule";

export interface CompilationOptions {
	readonly builtins: ReadonlyMap<string, Builtin>;
	readonly strict: boolean;
	readonly prints: boolean;
	/** 0 or less: no limit. */
	readonly maxErrors: number;
	readonly unsafeBuiltins: ReadonlySet<string>;
	readonly dataPaths: ((path: readonly string[]) => boolean) | undefined;
}

/** A rule, or one `else` of it, while it is being checked. */
export class RuleState {
	readonly rule: Rule;
	readonly module: ModuleState;
	readonly isElse: boolean;
	/** Full path: `data`, package, rule ref (as it stands after RewriteLocalVars). */
	path: readonly Term[];
	head: Head;
	body: Body;
	else: RuleState | undefined;
	/** Full path of the ground part, for lookups: fixed from the start. */
	readonly prefixLength: number;
	/** What the resolver saw in it; later stages skip what is not there. */
	readonly has: RuleFeatures = noFeatures();
	/** Set by SetGraph: references to data (calls of rules included) and all calls. */
	refs: readonly Ref[] = [];
	calls: readonly CallSite[] = [];

	constructor(module: ModuleState, rule: Rule, isElse: boolean) {
		this.module = module;
		this.rule = rule;
		this.isElse = isElse;
		this.head = rule.head;
		this.body = isElse && !inBraces(module.source, rule) ? relocate(rule.body, rule.start, rule.end) : rule.body;
		this.path = fullPath(module, rule.head.ref);
		this.prefixLength = groundLength(this.path);
	}

	get isFunction(): boolean {
		return this.head.args !== undefined && this.head.args.length > 0;
	}

	/** Whether the head's ref has no variable part. */
	get isGround(): boolean {
		return this.prefixLength === this.path.length;
	}

	setHead(head: Head): void {
		if (head === this.head) return;
		if (head.ref !== this.head.ref) this.path = fullPath(this.module, head.ref);
		this.head = head;
	}
}

/** OPA gives all of an else branch's body the branch's place unless it is in braces. */
function inBraces(source: Source, rule: Rule): boolean {
	const first = rule.body[0];
	return !rule.hasBody || first === undefined || source.text.slice(rule.head.end, first.start).includes("{");
}

export interface RuleFeatures {
	templates: boolean;
	prints: boolean;
	/** One of the prints is in the head, or in a body within the rule's own. */
	innerPrints: boolean;
	/** One of the prints is inside a term. */
	voidCalls: boolean;
	withs: boolean;
	metadata: boolean;
	/** A variable is named like a builtin. */
	builtinVars: boolean;
	/** `input :=` or `data :=` somewhere. */
	rootAssigned: boolean;
}

export function noFeatures(): RuleFeatures {
	return {
		templates: false,
		prints: false,
		innerPrints: false,
		voidCalls: false,
		withs: false,
		metadata: false,
		builtinVars: false,
		rootAssigned: false,
	};
}

export interface CallSite {
	readonly call: Call;
	/** Place OPA reports: the expression's for a call that is one, else the call's own. */
	readonly at: number | undefined;
	/** The call is the whole expression, and so may carry one more argument for its result. */
	readonly top: boolean;
}

export class ModuleState {
	readonly module: Module;
	readonly source: Source;
	/** `data` and string scalars. */
	readonly packagePath: readonly Term[];
	readonly imports: readonly Import[];
	/** Top-level rules; `else` branches hang off them. */
	readonly rules: readonly RuleState[];
	/** Every rule and `else` branch, in source order. */
	readonly all: readonly RuleState[];
	/** Parsed as v1, or a v0 module that imports rego.v1. */
	readonly v1: boolean;

	constructor(module: Module) {
		this.module = module;
		this.source = module.source;
		this.packagePath = module.package.path.terms;
		this.imports = module.imports;
		this.v1 = module.regoVersion === "v1" || module.imports.some(isRegoV1Import);
		const rules: RuleState[] = [];
		const all: RuleState[] = [];
		for (const rule of module.rules) {
			let state = new RuleState(this, rule, false);
			rules.push(state);
			all.push(state);
			for (let next = rule.else; next !== undefined; next = next.else) {
				const branch = new RuleState(this, next, true);
				state.else = branch;
				all.push(branch);
				state = branch;
			}
		}
		this.rules = rules;
		this.all = all;
	}
}

function isRegoV1Import(i: Import): boolean {
	if (i.path.kind !== "ref" || i.path.terms.length !== 2) return false;
	const [root, version] = i.path.terms;
	return root?.kind === "var" && root.name === "rego" && version?.kind === "scalar" && version.value === "v1";
}

function fullPath(module: ModuleState, ref: Ref): readonly Term[] {
	const [name, ...rest] = ref.terms;
	if (name === undefined || name.kind !== "var") return module.packagePath;
	const first: Term = { kind: "scalar", value: name.name, start: name.start, end: name.end };
	return [...module.packagePath, first, ...rest];
}

/** How many leading terms of a head's path are scalars; OPA turns any other kind into a variable. */
function groundLength(path: readonly Term[]): number {
	for (let i = 1; i < path.length; i++) if ((path[i] as Term).kind !== "scalar") return i;
	return path.length;
}

/** The errors stop here: enough were reported. */
export class ErrorLimitReached extends Error {}

function sortedModules(modules: readonly Module[]): readonly ModuleState[] {
	return modules
		.map((m) => new ModuleState(m))
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
	/** Calls with one argument more than their function takes. Filled by CheckUndefinedFuncs. */
	readonly outputCalls: Set<Call> = new Set();

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
		return (rules[0] as RuleState).head.args?.length ?? 0;
	}

	builtin(operator: Ref): Builtin | undefined {
		const name = operatorName(operator);
		return name === undefined ? undefined : this.builtins.get(name);
	}
}

/** Dotted name of a call's operator; only of those that could be a builtin. */
export function operatorName(operator: Ref): string | undefined {
	const terms = operator.terms;
	const head = terms[0];
	if (head === undefined || head.kind !== "var" || head.name === "data") return undefined;
	let name = head.name;
	for (let i = 1; i < terms.length; i++) {
		const t = terms[i] as Term;
		if (t.kind !== "scalar" || typeof t.value !== "string") return undefined;
		name += `.${t.value}`;
	}
	return name;
}

/** The call an expression is, if it is one. */
export function callOf(e: Expr): Call | undefined {
	return e.what.kind === "term-expr" && e.what.term.kind === "call" ? e.what.term : undefined;
}

/** True when a call is of a global builtin of this one-word name. */
export function isCallOf(call: Call, name: string): boolean {
	const terms = call.operator.terms;
	if (terms.length !== 1) return false;
	const head = terms[0] as Term;
	return head.kind === "var" && head.name === name;
}

/** `data` or `input` by itself, which is a reference of one term. */
export function rootName(t: Term): string | undefined {
	const only = t.kind === "ref" && t.terms.length === 1 ? t.terms[0] : t;
	return only?.kind === "var" && isReserved(only.name) ? only.name : undefined;
}

export function isReserved(name: string): boolean {
	return name === "data" || name === "input";
}
