/**
 * Prints as closures, and evaluation in OPA's order where rules print: what is seen on the way depends on it. Most
 * programs evaluate without, and are handed none of this.
 */
import type { PrintStmt } from "../../plan/plan.ts";
import { RegoSet } from "../../value/collections.ts";
import { equal } from "../../value/compare.ts";
import { termText, termTextUpTo } from "../../value/term-text.ts";
import type { Value } from "../../value/value.ts";
import type { Backend } from "../backend.ts";
import { conflict, type FuncRunner, type Run, type Step } from "../frame.ts";
import { remembering } from "../remember-calls.ts";
import { type ClosureProgram, closureProgram, type PrintRuns, type SingleRule } from "./closures.ts";

/** For plans with prints: a call with operands it had before answers as then and prints nothing, as in OPA. */
export const printing: Backend = {
	name: "closures",
	prepare: (plan, builtins) => closureProgram(plan, builtins, printRuns(true)),
};

/** `ordered` where rules print, not only the query itself. */
export function printRuns(ordered: boolean): PrintRuns {
	return { compile: compilePrint, order: ordered ? { remembering, settling, single } : undefined };
}

/** Each operand is a set of values; the lines printed are their cross product, as in OPA. */
function compilePrint(p: ClosureProgram, stmt: PrintStmt): Step {
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

/** As OPA, which goes on with what called a function when one definition has a value, and then with the others. */
function settling(run: Run): Run {
	return (c, f) => {
		const { later } = c.query;
		const before = later.length;
		const stop = run(c, f);
		while (later.length > before) later.pop()?.();
		return stop;
	};
}

/** A function whose other definitions are tried when what called it has gone on. */
function single({ select, definition, fallback, message, last }: SingleRule): FuncRunner {
	return (c, args) => {
		const rest = [...select(c, args)];
		const evaluate = (): Value | undefined => {
			for (let i = rest.shift(); i !== undefined; i = rest.shift()) {
				const v = definition(i)(c, args);
				if (v !== undefined) return v;
			}
			return undefined;
		};
		const result = evaluate();
		if (result === undefined) return fallback?.(c, args);
		if (rest.length === 0) return result;
		c.query.later.push(() => {
			for (let v = evaluate(); v !== undefined; v = evaluate()) {
				if (!equal(result, v)) throw conflict(c, message, last.location);
			}
		});
		return result;
	};
}
