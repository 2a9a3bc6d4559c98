/** `with` as closures: the statement that changes the world of a body. */
import { isLazyMock, type WithStmt } from "../../plan/plan.ts";
import type { Ev, Run } from "../frame.ts";
import { makeLayer, type ReplacementValue } from "../layer.ts";
import type { ClosureProgram } from "./closures.ts";

/** `body` compiles the statement's block with the continuation it is given. */
export function compileWith(p: ClosureProgram, stmt: WithStmt, body: (end: Run) => Run, next: Run): Run {
	const parts = stmt.replacements.map((r): Ev | undefined => {
		if ("by" in r) return "value" in r.by ? p.expression(r.by.value) : undefined;
		return p.expression(r.value);
	});
	// What follows the statement runs in the context the statement was met in.
	const run = body((c, f) => next(c.outer, f));
	const optional = stmt.replacements.map(isLazyMock);
	return (c, f) => {
		const values: ReplacementValue[] = [];
		for (const [i, value] of parts.entries()) {
			const v = value?.(c, f);
			if (value !== undefined && v === undefined && optional[i] !== true) return false;
			values.push(v);
		}
		const layer = makeLayer(c, stmt.replacements, values);
		const { deep } = c.options;
		return run(deep === undefined ? layer : deep.layer(stmt, c, values, layer), f);
	};
}
