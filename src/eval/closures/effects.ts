/** `with` and `print` as closures: the statements that change or observe the world of a body. */
import { isLazyMock, type PrintStmt, type WithStmt } from "../../plan/plan.ts";
import { RegoSet } from "../../value/collections.ts";
import { termText, termTextUpTo } from "../../value/term-text.ts";
import type { Value } from "../../value/value.ts";
import type { Ev, Run, Step } from "../frame.ts";
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

/** Each operand is a set of values; the lines printed are their cross product, as in OPA. */
export function compilePrint(p: ClosureProgram, stmt: PrintStmt): Step {
	const args = stmt.args.map((a) => ({ run: p.block(a.block, () => false), target: a.target }));
	return (c, f) => {
		let lines: string[][] = [[]];
		for (const { run, target } of args) {
			const values = new RegoSet();
			f[target] = values;
			run(c, f);
			const most = c.query.printLeft;
			const texts = values.size === 0 ? ["<undefined>"] : values.sorted().map((v) => printText(v, most));
			lines = lines.flatMap((line) => texts.map((t) => [...line, t]));
			if (lines.length > 10_000) {
				c.query.callLoc = stmt.loc;
				c.query.halt("print operands have too many combinations");
			}
		}
		c.query.callLoc = stmt.loc;
		for (const line of lines) c.query.print(line.join(" "));
		return true;
	};
}

/** Where prints are limited, no text is made that is much longer than what may still be printed. */
function printText(v: Value, most: number): string {
	if (most === Number.POSITIVE_INFINITY) return typeof v === "string" ? v : termText(v);
	if (typeof v === "string") return v.length > most ? `${v.slice(0, most)}…` : v;
	return termTextUpTo(v, most);
}
