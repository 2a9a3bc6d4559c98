/**
 * A query against a policy, evaluated as OPA does, for those who watch: what `opa eval` answers, and all that
 * happens on the way.
 */

import { namedModules } from "../compiler/check.ts";
import { namedQuery, type QueryCheckOptions } from "../compiler/check-query.ts";
import type { Compilation } from "../compiler/compilation.ts";
import { metadataStages } from "../compiler/stages/metadata.ts";
import { LocalNames } from "../compiler/syntax/local-names.ts";
import { RegoError } from "../errors.ts";
import { type Host, type Limits, type PrintLine, QueryState } from "../eval/context.ts";
import type { Source } from "../location.ts";
import type * as ast from "../parser/ast.ts";
import { isWildcard } from "../parser/ast.ts";
import { isOverflow } from "../stack.ts";
import type { PlainObject, Value } from "../value/value.ts";
import { run } from "./evaluate.ts";
import type { Tracer } from "./events.ts";
import { FromSyntax } from "./from-syntax.ts";
import { type Body, builtinName, Expr, type Place, sides, type Term, variable } from "./nodes.ts";
import { Program, type ProgramOptions } from "./program.ts";
import { Machine, Query } from "./state.ts";
import { bodyVars, resultPrefix } from "./vars.ts";

export interface TracedPolicy {
	readonly program: Program;
	readonly compilation: Compilation;
}

/** Modules that have been checked, made ready for watched evaluations. */
export function tracedPolicy(modules: readonly ast.Module[], options: ProgramOptions): TracedPolicy {
	const { builtins, prints = "kept" } = options;
	const compilation = namedModules(modules, { builtins, prints, maxErrors: 0, metadata: metadataStages });
	return { program: new Program(compilation, options), compilation };
}

export interface WatchOptions {
	readonly tracers: readonly Tracer[];
	readonly host: Host;
	readonly data: PlainObject;
	readonly limits?: Limits | undefined;
	readonly strictBuiltinErrors?: boolean;
	readonly indexing?: boolean;
	readonly earlyExit?: boolean;
	readonly query?: QueryCheckOptions;
	/** What exhausts the stack is thrown: the caller has a larger one. Otherwise it is an error of the evaluation. */
	readonly throwsOverflow?: boolean;
}

export interface WatchedRow {
	/** The values of the expressions, as they are written. */
	readonly values: readonly Value[];
	readonly bindings: readonly (readonly [string, Value])[];
}

export interface Watched {
	readonly rows: readonly WatchedRow[];
	readonly prints: readonly PrintLine[];
	readonly builtinErrors: readonly RegoError[];
	/** Set where the evaluation ended so; what was met before is in the trace. */
	readonly error: unknown;
	/** The source's name of a variable in the trace. */
	readonly sourceName: (name: string) => string | undefined;
}

/** A parsed query that has been checked; `source` is its text. */
export function watchQuery(
	policy: TracedPolicy,
	body: ast.Body,
	source: Source,
	input: Value | undefined,
	options: WatchOptions,
): Watched {
	const { program, compilation } = policy;
	/** The place of the call that a builtin runs for: a builtin asks for no other place. */
	let called: Place | undefined;
	const state = new QueryState({
		host: options.host,
		limits: options.limits,
		// OPA goes on, and reports the first error at the end.
		strictBuiltinErrors: false,
		locate: () => called?.source.location(called.start),
	});
	const named = namedQuery(compilation, body, source, options.query ?? {});
	const { names } = named.compilation;
	const convert = new FromSyntax(source, { hidden: (node) => named.compilation.made?.key(node) ?? names.fresh() });
	const converted = named.body.map((e) => convert.expr(e));
	const captured = capture(program, converted);
	const used = bodyVars(captured.body, new Set());
	const query = program.query(captured.body, () => {
		const fresh = new LocalNames("__localq");
		for (const n of used) fresh.avoid(n);
		return () => {
			const name = fresh.fresh();
			used.add(name);
			return name;
		};
	});
	const machine = new Machine({
		program,
		data: options.data,
		state,
		tracers: options.tracers,
		...(options.indexing === undefined ? {} : { indexing: options.indexing }),
		...(options.earlyExit === undefined ? {} : { earlyExit: options.earlyExit }),
		placeId: (place) => {
			called = place;
			return 0;
		},
		queryNames: names.sourceNames,
	});
	const q = new Query(machine, query, undefined);
	q.input = input;
	const rows: WatchedRow[] = [];
	let error: unknown;
	try {
		run(q, () => {
			rows.push(rowOf(q, captured.expressions, names.sourceNames));
			return undefined;
		});
	} catch (e) {
		if (isOverflow(e) && options.throwsOverflow === true) throw e;
		error = isOverflow(e) ? new RegoError("eval_cancel_error", "the evaluation is nested too deeply to be watched") : e;
	}
	const { prints, builtinErrors } = state;
	if (options.strictBuiltinErrors === true) error ??= builtinErrors[0];
	return { rows, prints, builtinErrors, error, sourceName: (name) => machine.sourceName(name) };
}

interface Captured {
	readonly body: Body;
	/** The variable that has the value of each expression as written; undefined where that is true. */
	readonly expressions: readonly (string | undefined)[];
}

/** Values of expressions get variables, as `opa eval` gives them. */
function capture(program: Program, body: Body): Captured {
	const tested = body.length > 1 || body.some((e) => iterates(program, e));
	const expressions: (string | undefined)[] = [];
	const more: Expr[] = [];
	let n = 0;
	for (const e of body) {
		const w = e.what;
		let name: string | undefined;
		if (!e.negated && sides(e) === undefined) {
			if (w.kind === "term") {
				name = `${resultPrefix}${++n}`;
				const operator: Term = { kind: "ref", terms: [variable("eq")], place: undefined };
				e.what = { kind: "call", operator, args: [w.term, variable(name)] };
			} else if (w.kind === "call" && isFunction(program, w.operator) && program.arity(w.operator) === w.args.length) {
				name = `${resultPrefix}${++n}`;
				w.args.push(variable(name));
			}
		}
		expressions.push(name);
		if (name !== undefined && tested) {
			const test = new Expr({ kind: "term", term: variable(name) }, e.place);
			test.generated = true;
			more.push(test);
		}
	}
	return { body: [...body, ...more], expressions };
}

/** Whether it has a result. */
function isFunction(program: Program, operator: Term & { readonly kind: "ref" }): boolean {
	const name = builtinName(operator);
	if (name === undefined) return true;
	const b = program.builtins.get(name);
	return b !== undefined && b.result !== undefined && b.variadic === undefined;
}

/** Whether an expression may have more than one solution, as far as one can tell from a reference or `walk`. */
function iterates(program: Program, e: Expr): boolean {
	const inTerm = (t: Term): boolean => {
		switch (t.kind) {
			case "ref":
				return t.terms.some((x, i) => (i > 0 && x.kind === "var") || inTerm(x));
			case "array":
			case "set":
				return t.items.some(inTerm);
			case "object":
				return t.entries.some(([k, v]) => inTerm(k) || inTerm(v));
			case "call":
				return program.builtins.get(builtinName(t.operator) ?? "")?.relation === true || t.args.some(inTerm);
			default:
				return false;
		}
	};
	const w = e.what;
	if (w.kind === "term") return inTerm(w.term);
	if (w.kind === "every") return inTerm(w.domain);
	if (w.kind !== "call") return false;
	return program.builtins.get(builtinName(w.operator) ?? "")?.relation === true || w.args.some(inTerm);
}

function rowOf(
	q: Query,
	expressions: readonly (string | undefined)[],
	sourceNames: ReadonlyMap<string, string>,
): WatchedRow {
	const found = (name: string): Value | undefined => {
		const v = q.bindings.plug({ kind: "var", name, place: undefined });
		return v.kind === "value" ? v.value : undefined;
	};
	const values = expressions.map((name) => {
		const v = name === undefined ? undefined : found(name);
		return v === undefined ? true : v;
	});
	const bindings: (readonly [string, Value])[] = [];
	for (const { name } of q.bindings.variables()) {
		const shown = sourceNames.get(name) ?? name;
		if (isWildcard(shown) || shown.startsWith("__local")) continue;
		const v = found(name);
		if (v !== undefined) bindings.push([shown, v]);
	}
	return { values, bindings: bindings.sort((a, b) => (a[0] < b[0] ? -1 : 1)) };
}
