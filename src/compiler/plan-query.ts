/**
 * A checked query to a plan body: one row per solution, holding the value of each expression (as
 * `opa eval` shows them) and the variable bindings.
 */
import type { Expr } from "../parser/ast.ts";
import { dottedName } from "../parser/ast.ts";
import type { CheckedQuery } from "./checked.ts";
import type { Expression, Local, Query } from "./plan.ts";
import { BodyPlanner } from "./plan-body.ts";
import { dataPath, type PlanContext } from "./plan-context.ts";
import { isGenerated } from "./plan-names.ts";

export function planQuery(
	context: PlanContext,
	name: string,
	query: CheckedQuery,
	arityOf: (func: number) => number,
): Query {
	const p = new BodyPlanner(context, context.base(query.source));
	p.arityOf = arityOf;
	const values: { readonly start: number; readonly end: number; readonly value: Expression }[] = [];
	const body = p.block(() => {
		for (const e of query.body) {
			if (capturable(context, e, arityOf) && e.what.kind === "term-expr") {
				const local = p.valueOf(e, e.what.term);
				// A lone false is shown; among others it fails the query.
				if (query.body.length > 1) p.emit({ op: "test", value: { op: "local", local }, loc: p.loc(e) });
				values.push({ start: e.start, end: e.end, value: { op: "local", local } });
			} else {
				p.expr(e);
				values.push({ start: e.start, end: e.end, value: context.constant(true) });
			}
		}
		// Values in the order the expressions were written, whatever order they run in.
		values.sort((a, b) => a.start - b.start);
		const bindings: [string, Local][] = [];
		for (const [local, slot] of p.slots) {
			const shown = query.localNames.get(local) ?? local;
			if (p.isBound(local) && !isGenerated(shown)) bindings.push([shown, slot]);
		}
		bindings.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
		p.emit({ op: "yield-row", values: values.map((v) => v.value), bindings, loc: -1 });
	});
	return { name, locals: p.locals, body, spans: values.map((v) => [v.start, v.end] as const) };
}

/**
 * Expressions whose value is shown rather than tested: everything but negations, assignments,
 * unifications, `some … in`, and calls whose last argument takes the output.
 */
function capturable(context: PlanContext, e: Expr, arityOf: (func: number) => number): boolean {
	if (e.negated || e.what.kind !== "term-expr") return false;
	const t = e.what.term;
	if (t.kind !== "call") return true;
	const name = dottedName(t.operator);
	if (name === "eq" || name === "assign" || name === "internal.print") return false;
	const b = name === undefined ? undefined : context.builtins.get(name);
	if (b === undefined) {
		const func = context.node(dataPath(t.operator) ?? [])?.func;
		return func === undefined || t.args.length === arityOf(func);
	}
	return t.args.length === b.args.length && b.result !== undefined;
}
