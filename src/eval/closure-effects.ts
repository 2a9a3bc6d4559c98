/** `with` and `print` as closures: the statements that change or observe the world of a body. */
import type { PrintStmt, WithStmt } from "../compiler/plan.ts";
import { RegoSet } from "../value/collections.ts";
import { termText } from "../value/term-text.ts";
import type { PlainObject, Value } from "../value/value.ts";
import type { Ev, Frame, Run, Step } from "./closure-frame.ts";
import type { ClosureProgram } from "./closures.ts";
import { EvalContext, type Mock } from "./context.ts";
import { patched } from "./runtime.ts";

interface Compiled {
	readonly replacement: WithStmt["replacements"][number];
	readonly value: Ev | undefined;
}

/** `body` compiles the statement's block with the continuation it is given. */
export function compileWith(p: ClosureProgram, stmt: WithStmt, body: (end: Run) => Run, next: Run): Run {
	const parts: Compiled[] = stmt.replacements.map((r) => {
		if ("by" in r) return { replacement: r, value: "value" in r.by ? p.expression(r.by.value) : undefined };
		return { replacement: r, value: p.expression(r.value) };
	});
	// What follows the statement runs in the context the statement was met in.
	const run = body((c, f) => next(c.outer, f));
	return (c, f) => {
		const inner = layer(c, f, parts);
		return inner !== undefined && run(inner, f);
	};
}

function layer(c: EvalContext, f: Frame, parts: readonly Compiled[]): EvalContext | undefined {
	let input = c.input;
	let data: PlainObject = c.data;
	let funcMocks = c.funcMocks as Map<number, Mock> | undefined;
	let builtinMocks = c.builtinMocks as Map<number, Mock> | undefined;
	let shadowed = c.shadowed as Set<number> | undefined;
	let targets = c.targets;
	for (const { replacement: r, value } of parts) {
		const v = value?.(c, f);
		if (value !== undefined && v === undefined) return undefined;
		switch (r.target) {
			case "input":
				input = patched(input, r.path, v as Value);
				break;
			case "data":
				data = patched(data, r.path, v as Value) as PlainObject;
				if (r.shadows.length > 0) shadowed = new Set([...(shadowed ?? []), ...r.shadows]);
				targets = [...targets, r.path];
				break;
			case "func":
				funcMocks = new Map(funcMocks ?? []).set(r.index, mockOf(r.by, v));
				break;
			case "builtin":
				builtinMocks = new Map(builtinMocks ?? []).set(r.index, mockOf(r.by, v));
				break;
		}
	}
	return new EvalContext(c.query, input, data, [], c, { funcMocks, builtinMocks, shadowed, targets });
}

function mockOf(
	by: Extract<WithStmt["replacements"][number], { target: "func" | "builtin" }>["by"],
	value: Value | undefined,
): Mock {
	if ("func" in by) return { kind: "func", index: by.func };
	if ("builtin" in by) return { kind: "builtin", index: by.builtin };
	return { kind: "value", value: value as Value };
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
			const texts = values.size === 0 ? ["<undefined>"] : values.sorted().map(printText);
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

function printText(v: Value): string {
	return typeof v === "string" ? v : termText(v);
}
