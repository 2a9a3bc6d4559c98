/**
 * checkModules: syntax trees in, checked modules or errors out (checked.ts tells what holds for them; queries are
 * in check-query.ts). The stages and their names are OPA's, in OPA's order; a stage that reports errors
 * is the last to run. Those of OPA's that only prepare its evaluator have no counterpart here, and
 * those that take expressions apart are done without changing them (expand.ts).
 */

import { at as elementAt, got } from "../at.ts";
import type { Builtin } from "../builtins/define.ts";
import { RegoError } from "../errors.ts";
import type { Module, Ref, Rule } from "../parser/ast.ts";
import { isReservedWord } from "../parser/token.ts";
import { branchesOf } from "../plan/else-chain.ts";
import { type CheckedModuleSet, type CheckedRule, knowledge } from "./checked.ts";
import { Compilation, type CompilationOptions, ErrorLimitReached, type PrintMode } from "./compilation.ts";
import { MadeNames } from "./made-names.ts";
import { unplannedTerm } from "./planner/dry-run.ts";
import type { RuleGraph } from "./rule-dependencies.ts";
import type { ModuleState, RuleState } from "./rule-state.ts";
import { buildRuleTree, publicTree } from "./rule-tree.ts";
import { checkDeprecatedBuiltins, checkUndefinedFunctions, checkUnsafeBuiltins } from "./stages/functions.ts";
import { rewriteLocalVars } from "./stages/local-vars.ts";
import type { AnnotationSet, MetadataStages } from "./stages/metadata.ts";
import { checkTemplateStrings, checkVoidCalls, rewritePrintCalls } from "./stages/prints.ts";
import { checkDuplicateImports, checkKeywordOverrides, resolveRefs } from "./stages/resolve-refs.ts";
import { checkRuleConflicts } from "./stages/rule-conflicts.ts";
import { checkRecursion, collectReferences, ruleGraph } from "./stages/rule-graph.ts";
import { checkBodySafety, checkHeadSafety, hoistArguments } from "./stages/safety.ts";
import { rewriteWithModifiers } from "./stages/with-modifiers.ts";
import type { TypeDetails } from "./typecheck/all-details.ts";
import { checkTypes, type TypeCheckOptions } from "./typecheck/typecheck.ts";

export interface CheckOptions {
	readonly builtins: ReadonlyMap<string, Builtin>;
	/** Makes the details of errors (typeDetails); without it they have none. */
	readonly details?: TypeDetails | undefined;
	/** OPA's strict mode (`opa check --strict`). Default false. */
	readonly strict?: boolean;
	/** Default "erased". */
	readonly prints?: PrintMode;
	/** Nothing but annotations says what type `input` has. Default false. */
	readonly anyInput?: boolean;
	/** Errors reported before giving up. Default 10; 0 for no limit. */
	readonly maxErrors?: number;
	/** Whether base documents have this path, so that no rule may. */
	readonly dataPaths?: ((path: readonly string[]) => boolean) | undefined;
	/** Builtins that must not be called. */
	readonly unsafeBuiltins?: ReadonlySet<string>;
	/** The stages of annotations; without them there are none. */
	readonly metadata?: MetadataStages | undefined;
	/** Types are checked, with these schemas. Default: they are not. */
	readonly types?: TypeCheckOptions | undefined;
}

export interface CheckResult<T> {
	/** Undefined exactly when there are errors. */
	readonly value: T | undefined;
	/** In the order found: stage by stage, file by file. */
	readonly errors: readonly RegoError[];
}

/** What the stages make besides rewritten rules. */
interface Results {
	annotations: AnnotationSet | undefined;
	graph: RuleGraph;
	/** Each rule after those it refers to. */
	order: readonly RuleState[];
	set: CheckedModuleSet | undefined;
}

interface Stage {
	/** OPA's, for the reader. */
	readonly name: string;
	/** What holds once it has run without errors. */
	readonly holds: string;
	readonly run: (c: Compilation, results: Results, options: CheckOptions) => void;
}

/** Names, and variables of a rule's own. */
const naming: readonly Stage[] = [
	{
		name: "ResolveRefs",
		holds: "names of rules and imports are full references",
		run: resolveRefs,
	},
	{
		name: "CheckKeywordOverrides",
		holds: "no rule or variable of a v1 module is called data or input",
		run: checkKeywordOverrides,
	},
	{
		name: "CheckDuplicateImports",
		holds: "each import of a v1 module introduces a name of its own",
		run: checkDuplicateImports,
	},
	{
		name: "SetRuleTree",
		holds: "rules can be found by their paths",
		run: (c) => {
			c.tree = buildRuleTree(c.modules);
		},
	},
	{
		name: "RewriteLocalVars",
		holds: "declared variables have names of their own; nothing is declared twice or after use",
		run: rewriteLocalVars,
	},
];

const annotating: readonly Stage[] = [
	{
		name: "SetAnnotationSet",
		holds: "annotations can be found by rule, package and path",
		run: (c, results, { metadata }) => {
			results.annotations = metadata?.annotationSet(c);
		},
	},
	{
		name: "RewriteRegoMetadataCalls",
		holds: "rego.metadata.* in rules are constants",
		run: (c, { annotations }, { metadata }) => {
			if (annotations !== undefined) metadata?.rewriteMetadataCalls(c, annotations);
		},
	},
];

/** The stages, in OPA's order. */
export const stages: readonly Stage[] = [
	...naming,
	{
		name: "RewriteTemplateStrings",
		holds: "template strings use declared variables only",
		run: checkTemplateStrings,
	},
	{
		name: "CheckVoidCalls",
		holds: "no print is used as a value",
		run: checkVoidCalls,
	},
	{
		name: "RewritePrintCalls",
		holds: "prints are gone, or are calls of internal.print",
		run: rewritePrintCalls,
	},
	...annotating,
	{
		name: "RewriteRefsInHead",
		holds: "arguments of functions are patterns without references",
		run: hoistArguments,
	},
	{
		name: "RewriteWithValues",
		holds: "every with has a valid target, and functions replacing others are references",
		run: rewriteWithModifiers,
	},
	{
		name: "SetGraph",
		holds: "the calls of each rule, and the rules it refers to, are known",
		run: (c, results) => {
			collectReferences(c);
			results.graph = ruleGraph(c);
		},
	},
	{
		name: "CheckRuleConflicts",
		holds: "definitions of one path agree in kind, and no document is inside another's value",
		run: checkRuleConflicts,
	},
	{
		name: "CheckUndefinedFuncs",
		holds: "every call names a function and has as many operands as it takes, or one more for its result",
		run: checkUndefinedFunctions,
	},
	{
		name: "CheckSafetyRuleHeads",
		holds: "variables in heads occur in bodies",
		run: checkHeadSafety,
	},
	{
		name: "CheckSafetyRuleBodies",
		holds: "bodies are in an order in which every variable is bound before it is needed",
		run: checkBodySafety,
	},
	{
		name: "CheckRecursion",
		holds: "no rule reaches itself",
		run: (c, results) => {
			results.order = checkRecursion(c, results.graph);
		},
	},
	{
		name: "CheckTypes",
		holds: "the type checker has no objection",
		run: (c, results, options) => {
			results.set = checkedSet(c, results);
			if (options.types === undefined) return;
			for (const e of checkTypes(results.set, c.builtins, options.types).errors) c.add(e);
		},
	},
	{
		name: "CheckUnsafeBuiltins",
		holds: "no forbidden builtin is called",
		run: checkUnsafeBuiltins,
	},
	{
		name: "CheckDeprecatedBuiltins",
		holds: "no v1 module calls a deprecated builtin",
		run: checkDeprecatedBuiltins,
	},
];

/** Checks modules together, as one policy. */
export function checkModules(modules: readonly Module[], options: CheckOptions): CheckResult<CheckedModuleSet> {
	const anyInput = options.anyInput === true && modules.every((m) => m.annotations.length === 0);
	const c = new Compilation(modules, compilationOptions({ ...options, anyInput }));
	const results: Results = { annotations: undefined, graph: new Map(), order: [], set: undefined };
	guarded(c, () => {
		for (const stage of stages) {
			stage.run(c, results, options);
			if (c.failed) return;
		}
	});
	if (!c.failed) return { value: results.set, errors: [] };
	// Errors are those of the policy as it is written.
	if (c.erasedPrints) return checkModules(modules, { ...options, prints: "kept" });
	return { value: undefined, errors: c.errors };
}

/**
 * Modules that have passed all checks, again, as they are once variables have names of their own: where those
 * begin who go on as OPA's compiler does (src/topdown).
 */
export function namedModules(modules: readonly Module[], options: CheckOptions): Compilation {
	const c = new Compilation(modules, compilationOptions(options));
	c.made = new MadeNames();
	const results: Results = { annotations: undefined, graph: new Map(), order: [], set: undefined };
	for (const stage of [...naming, ...annotating]) stage.run(c, results, options);
	return c;
}

/** What v1 asks of a single module beyond its syntax: no shadowed roots, no import twice, no deprecated builtin. */
export function checkAsV1(module: Module, builtins: ReadonlyMap<string, Builtin>): readonly RegoError[] {
	const c = new Compilation([{ ...module, regoVersion: "v1" }], compilationOptions({ builtins, maxErrors: 0 }));
	guarded(c, () => {
		resolveRefs(c);
		// Names that cannot be resolved are told when the module is compiled.
		const shadowed = c.errors.filter((e) => e.reason.startsWith("args must not shadow"));
		c.errors.splice(0, c.errors.length, ...reservedNames(module), ...shadowed);
		checkDuplicateImports(c);
		checkKeywordOverrides(c);
		collectReferences(c);
		checkDeprecatedBuiltins(c);
	});
	return c.errors;
}

/** Rules named as v1's keywords are. */
function reservedNames(module: Module): readonly RegoError[] {
	return module.rules.flatMap(({ head, start }) => {
		const name = head.ref.terms.length === 1 ? head.ref.terms[0] : undefined;
		if (name?.kind !== "var" || !isReservedWord(name.name, "v1")) return [];
		const message = `${name.name} keyword cannot be used for rule name`;
		return [new RegoError("rego_parse_error", message, module.source.location(start))];
	});
}

function compilationOptions(options: CheckOptions): CompilationOptions {
	return {
		builtins: options.builtins,
		details: options.details,
		strict: options.strict ?? false,
		prints: options.prints ?? "erased",
		anyInput: options.anyInput ?? false,
		maxErrors: options.maxErrors ?? 10,
		unsafeBuiltins: options.unsafeBuiltins ?? new Set(),
		dataPaths: options.dataPaths,
		unplanned: (body, heads, c, isBound) =>
			unplannedTerm(body, heads, { builtins: c.builtins, arity: (operator) => c.arity(operator), isBound }),
	};
}

/** Runs stages until errors are enough; nesting too deep for them is an error as well. */
export function guarded(c: Compilation, run: () => void): void {
	try {
		run();
	} catch (e) {
		if (e instanceof ErrorLimitReached) return;
		if (!(e instanceof RangeError)) throw e;
		c.errors.push(new RegoError("rego_compile_error", "nesting is too deep to check"));
	}
}

function checkedSet(c: Compilation, { graph, order }: Results): CheckedModuleSet {
	const rules = new Map<RuleState, CheckedRule>();
	const modules = c.modules.map((m) => checkedModule(m, rules));
	const checked = (r: RuleState): CheckedRule => got(rules, r);
	return {
		modules,
		tree: publicTree(c.modules, checked),
		localNames: c.names.sourceNames,
		prints: c.options.prints !== "erased" && !c.erasedPrints,
		[knowledge]: { compilation: c, graph, rules, order: order.map(checked), types: undefined },
	};
}

function checkedModule(m: ModuleState, checked: Map<RuleState, CheckedRule>): Module {
	const rules = m.rules.map(rebuild);
	const module: Module = { ...m.module, imports: [], rules };
	m.rules.forEach((r, i) => {
		const at = r.head.ref;
		const ref: Ref = { kind: "ref", terms: r.path, start: at.start, end: at.end };
		checked.set(r, { rule: elementAt(rules, i), module, ref });
	});
	return module;
}

function rebuild(first: RuleState): Rule {
	let out: Rule | undefined;
	for (const r of branchesOf(first).reverse()) {
		const same = r.head === r.rule.head && r.body === r.rule.body && out === r.rule.else;
		out = same ? r.rule : { ...r.rule, head: r.head, body: r.body, else: out };
	}
	return out as Rule;
}
