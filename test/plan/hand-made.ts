/** Plans made by hand, statement by statement, and what is made of them as one line of text. */
import type { Value } from "../../src/index.ts";
import type { Block, Definition, Expression, Func, Plan } from "../../src/plan/plan.ts";
import { planVersion } from "../../src/plan/plan.ts";
import { planText } from "../../src/plan/text.ts";

export const input: Expression = { op: "input" };
export const local = (l: number): Expression => ({ op: "local", local: l });
export const dot = (value: Expression, key: Expression): Expression => ({ op: "dot", value, key });
export const rule = (func: number): Expression => ({ op: "rule", func, loc: -1 });
export const equal = (left: Expression, right: Expression): Expression => ({ op: "equal", left, right });
export const array = (...items: readonly Expression[]): Expression => ({ op: "array", items });

/** Constants and builtins of a plan, which refers to them by number. */
export class Parts {
	readonly constants: Value[] = [];
	readonly builtins: string[] = [];

	constant = (v: Value): Expression => ({ op: "const", index: this.constants.push(v) - 1 });

	builtin(name: string): number {
		const known = this.builtins.indexOf(name);
		return known >= 0 ? known : this.builtins.push(name) - 1;
	}

	call = (name: string, ...args: readonly Expression[]): Expression => ({
		op: "builtin",
		builtin: this.builtin(name),
		args,
		loc: -1,
	});
}

export function definition(body: Block, other?: Definition): Definition {
	return { location: -1, locals: 20, result: 19, body, names: [], else: other };
}

export function func(name: string, definitions: readonly Definition[], more: Partial<Func> = {}): Func {
	return {
		path: ["t", name],
		kind: "complete",
		arity: 0,
		definitions,
		default: undefined,
		location: -1,
		...more,
	};
}

/** A plan of these functions, with nothing else in it. */
export function planOf(parts: Parts, funcs: readonly Func[], more: Partial<Plan> = {}): Plan {
	return {
		version: planVersion,
		regoplan: "",
		hash: "",
		sources: [],
		constants: parts.constants,
		funcs,
		tree: {},
		keyed: [],
		dataOnly: [],
		builtins: parts.builtins,
		mockable: { funcs: [], builtins: [], shadowed: [] },
		queries: [],
		...more,
	};
}

/** The statements of the first function: a `.` before them for each level that they are in. */
export function firstBody(plan: Plan): string {
	const lines = (planText(plan).split("\n\n")[1] ?? "").split("\n").slice(2);
	return lines
		.filter((l) => l !== "")
		.map((l) => l.replace(/^ {4}/, "").replaceAll(/^(?: {2})+/g, (indent) => ".".repeat(indent.length / 2)))
		.join("; ");
}
