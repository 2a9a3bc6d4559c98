/** The stages of a query, in OPA's order: asked of modules that have passed theirs (check.ts). */

import { RegoError } from "../errors.ts";
import type { Source } from "../location.ts";
import type { Body, Import, Ref, Term } from "../parser/ast.ts";
import { type CheckResult, guarded } from "./check.ts";
import { type CheckedModuleSet, type CheckedQuery, knowledge } from "./checked.ts";
import type { Compilation, PrintMode } from "./compilation.ts";
import { MadeNames } from "./made-names.ts";
import { noFeatures } from "./rule-state.ts";
import { checkCalls, checkUnsafeCalls } from "./stages/functions.ts";
import { rewriteQueryLocals } from "./stages/local-vars.ts";
import { checkQueryTemplates, rewriteQueryPrints, voidCallsInBody } from "./stages/prints.ts";
import { resolveQuery } from "./stages/resolve-refs.ts";
import { bodyCalls } from "./stages/rule-graph.ts";
import { checkQuerySafety } from "./stages/safety.ts";
import { rewriteQueryWiths } from "./stages/with-modifiers.ts";
import { LocalNames } from "./syntax/local-names.ts";
import { shallowQuery } from "./syntax/shallow.ts";
import { checkQueryTypes, ruleFunctionType } from "./typecheck/typecheck.ts";

export interface QueryCheckOptions {
	/** Package whose rules the query may name; `data.…`. */
	readonly package?: Ref | undefined;
	readonly imports?: readonly Import[];
	readonly unsafeBuiltins?: ReadonlySet<string>;
	/** Report the variables `opa eval` keeps values of expressions in (`_`) as well when those are unsafe. */
	readonly captured?: boolean;
	/** Types are checked; those of the modules must have been. Default false. */
	readonly types?: boolean;
}

/** Checks a query in the context of checked modules. */
export function checkQuery(
	set: CheckedModuleSet,
	body: Body,
	source: Source,
	options: QueryCheckOptions = {},
): CheckResult<CheckedQuery> {
	const base = set[knowledge].compilation;
	const unsafeBuiltins = options.unsafeBuiltins ?? base.options.unsafeBuiltins;
	// Strict mode is for modules: OPA's queries are never checked that way.
	const prints: PrintMode = base.options.prints === "erased" ? "erased" : "kept";
	const lenient = { ...base.options, prints, strict: false, unsafeBuiltins, maxErrors: 0 };
	const c = base.forQuery(lenient, new LocalNames("__localq"));
	const result = (value: CheckedQuery | undefined): CheckResult<CheckedQuery> => {
		const max = base.options.maxErrors;
		if (!c.failed) return { value, errors: [] };
		if (max <= 0 || c.errors.length <= max) return { value: undefined, errors: c.errors };
		const limit = new RegoError("rego_compile_error", "error limit reached");
		return { value: undefined, errors: [...c.errors.slice(0, max), limit] };
	};
	if (body.length === 0) {
		c.fail("rego_compile_error", "empty query cannot be compiled");
		return result(undefined);
	}
	const features = noFeatures();
	const imports = options.imports ?? [];
	const packagePath: readonly Term[] | undefined = options.package?.terms;
	let query = shallowQuery(body);
	let checked: CheckedQuery | undefined;
	const querySteps: readonly (() => void)[] = [
		() => {
			query = resolveQuery(c, query, packagePath, imports, features);
		},
		() => {
			query = rewriteQueryLocals(c, query, source);
		},
		() => {
			if (features.templates) checkQueryTemplates(c, query, source);
		},
		() => {
			if (features.voidCalls) voidCallsInBody(c, query, source);
		},
		() => {
			if (features.prints) query = rewriteQueryPrints(c, query, source);
		},
		() => {
			if (features.withs) query = rewriteQueryWiths(c, query, source);
		},
		() => checkCalls(c, bodyCalls(c, query), source, true, (operator) => ruleFunctionType(set, operator)),
		() => {
			query = checkQuerySafety(c, query, source, options.captured === true);
		},
		() => {
			checked = { source, body: query, localNames: c.names.sourceNames };
			if (options.types !== true) return;
			for (const e of checkQueryTypes(set, checked, c.builtins, options.captured)) c.add(e);
		},
		() => checkUnsafeCalls(c, bodyCalls(c, query), source),
	];
	guarded(c, () => {
		for (const step of querySteps) {
			step();
			if (c.failed) return;
		}
	});
	return result(checked);
}

/** A query as namedModules() has modules, and the names in the source of its variables. */
export function namedQuery(
	base: Compilation,
	body: Body,
	source: Source,
	options: QueryCheckOptions,
): { readonly body: Body; readonly compilation: Compilation } {
	const c = base.forQuery({ ...base.options, strict: false, maxErrors: 0 }, new LocalNames("__localq"));
	c.made = new MadeNames();
	const resolved = resolveQuery(c, body, options.package?.terms, options.imports ?? [], noFeatures());
	return { body: rewriteQueryLocals(c, resolved, source), compilation: c };
}
