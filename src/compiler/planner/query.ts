/**
 * A checked query to a plan body: one row per solution, holding the value of each expression (as
 * `opa eval` shows them) and the variable bindings.
 */
import { at as elementAt } from "../../at.ts";
import type { Body, Expr, Term } from "../../parser/ast.ts";
import { dottedName, expr, isWildcard, scalar, termExpr } from "../../parser/ast.ts";
import type { Expression, Local, PlanLocation, Query } from "../../plan/plan.ts";
import type { CheckedQuery } from "../checked.ts";
import { iterates } from "../stages/query-values.ts";
import { isPrintCall } from "../syntax/closures.ts";
import { BodyPlanner } from "./body.ts";
import { dataPath, type PlanContext } from "./context.ts";
import { isGenerated } from "./names.ts";

/** Plans queries, for planPolicy(). */
export function plannedQueries(
	queries: readonly { readonly name: string; readonly query: CheckedQuery }[],
): (context: PlanContext) => readonly Query[] {
	return (context) => queries.map(({ name, query }) => planQuery(context, name, query));
}

export function planQuery(context: PlanContext, name: string, query: CheckedQuery): Query {
	const p = new BodyPlanner(context, context.base(query.source));
	p.isQuery = true;
	const values: { readonly start: number; readonly end: number; readonly value: Expression }[] = [];
	const captured: { readonly local: Local; readonly loc: PlanLocation }[] = [];
	const body = p.block(() => {
		for (const e of withoutErased(context, query.body)) {
			if (capturable(context, e) && e.what.kind === "term-expr") {
				const local = p.valueOf(e, e.what.term);
				captured.push({ local, loc: p.loc(e) });
				values.push({ start: e.start, end: e.end, value: { op: "local", local } });
			} else {
				p.expr(e);
				if (!isMoved(e, query.localNames)) values.push({ start: e.start, end: e.end, value: context.constant(true) });
			}
		}
		// A lone false is shown; among others, or where there is iteration, it fails the query: at its end.
		if (query.body.length > 1 || query.body.some(iterates)) {
			for (const { local, loc } of captured) p.emit({ op: "test", value: { op: "local", local }, loc });
		}
		const bindings: [string, Local][] = [];
		p.eachVariable((local, slot, bound) => {
			const shown = query.localNames.get(local) ?? local;
			if (bound && !isGenerated(shown)) bindings.push([shown, slot]);
		});
		bindings.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
		p.emit({ op: "yield-row", values: values.map((v) => v.value), bindings, loc: -1 });
	});
	return { name, locals: p.locals, body, spans: values.map((v) => [v.start, v.end] as const) };
}

/** The body as it is shown: without prints, where none are wanted; of a body of prints alone, `true` is left. */
function withoutErased(context: PlanContext, body: Body): Body {
	const isPrint = (e: Expr): boolean => e.what.kind === "term-expr" && isPrintCall(e.what.term);
	if (context.prints || !body.some(isPrint)) return body;
	const kept = body.filter((e) => !isPrint(e));
	const at = elementAt(body, 0);
	return kept.length > 0 ? kept : [expr(termExpr(scalar(true, at.start, at.end)), false, [], at.start, at.end)];
}

/**
 * Expressions whose value is shown rather than tested: everything but negations, assignments,
 * unifications, `some … in`, and calls whose last argument takes the output.
 */
function capturable(context: PlanContext, e: Expr): boolean {
	if (e.negated || e.what.kind !== "term-expr") return false;
	const t = e.what.term;
	if (t.kind !== "call") return true;
	const name = dottedName(t.operator);
	if (name === "eq" || name === "assign" || name === "internal.print") return false;
	const b = name === undefined ? undefined : context.builtins.get(name);
	if (b === undefined) {
		const func = context.node(dataPath(t.operator) ?? [])?.func;
		return func === undefined || t.args.length === context.arities[func];
	}
	return t.args.length === b.args.length && b.result !== undefined;
}

/** An operand that the checker took out of an expression into a variable of its own: not shown. */
function isMoved(e: Expr, localNames: ReadonlyMap<string, string>): boolean {
	if (e.negated || e.what.kind !== "term-expr" || e.what.term.kind !== "call") return false;
	const { operator, args } = e.what.term;
	const made = (t: Term | undefined): boolean =>
		t?.kind === "var" && isGenerated(t.name) && !isWildcard(t.name) && !localNames.has(t.name);
	return dottedName(operator) === "eq" ? args.some(made) : made(args.at(-1));
}
