/**
 * Which rules depend on base data only: on no input, on nothing that a `with` replaces, and on nothing
 * that may differ from one evaluation to the next. Their values are the same for every decision over the
 * same data (eval/kept.ts). Rules that cost nothing are left out.
 */

import { at } from "../at.ts";
import type { Builtin } from "../builtins/define.ts";
import { apart } from "./else-chain.ts";
import type { Func, NodeKey, TreeNode } from "./plan.ts";
import { rulesAt } from "./rule-at.ts";

export interface Analysed {
	readonly funcs: readonly Func[];
	readonly tree: TreeNode;
	readonly builtins: readonly string[];
}

/** Indexes of these rules. */
export function dataOnlyRules(plan: Analysed, builtins: ReadonlyMap<string, Builtin>): readonly number[] {
	const pure = plan.builtins.map((name) => {
		const b = builtins.get(name);
		return b?.pure === true;
	});
	const uses = plan.funcs.map((f) => usesOf(f, plan.tree, pure));
	const users: number[][] = plan.funcs.map(() => []);
	uses.forEach((u, i) => {
		for (const used of u.funcs) users[used]?.push(i);
	});
	const others = uses.flatMap((u, i) => (u.others ? [i] : []));
	const isOther = new Set(others);
	for (let i = others.pop(); i !== undefined; i = others.pop()) {
		for (const user of at(users, i)) {
			if (isOther.has(user)) continue;
			isOther.add(user);
			others.push(user);
		}
	}
	return uses.flatMap((u, i) => (u.costs && !isOther.has(i) && plan.funcs[i]?.arity === 0 ? [i] : []));
}

interface Uses {
	readonly funcs: Set<number>;
	/** It depends on something else than data. */
	others: boolean;
	/** Evaluating it may take a while. */
	costs: boolean;
}

/** A statement or expression, seen without its type. */
interface PlanPart {
	readonly op?: string;
	readonly func?: number;
	readonly builtin?: number;
	readonly path?: readonly NodeKey[];
}

function usesOf(f: Func, tree: TreeNode, pure: readonly boolean[]): Uses {
	const uses: Uses = { funcs: new Set(), others: false, costs: f.kind === "set" || f.kind === "object" };
	const walk = (part: object): void => {
		const { op, func, builtin, path } = part as PlanPart;
		if (op !== undefined) {
			if (op === "input" || op === "with" || op === "print") uses.others = true;
			if (func !== undefined) uses.funcs.add(func);
			if (builtin !== undefined && pure[builtin] !== true) uses.others = true;
			if (costly.has(op)) uses.costs = true;
			if (path !== undefined && op.startsWith("document")) for (const r of rulesAt(tree, path)) uses.funcs.add(r);
		}
		for (const key in part) {
			const inner: unknown = (part as { readonly [key: string]: unknown })[key];
			if (typeof inner === "object" && inner !== null && !uses.others) walk(inner);
		}
	};
	for (const d of apart([...f.definitions, f.default])) walk(d);
	return uses;
}

const costly: ReadonlySet<string> = new Set(["scan", "relation", "every", "collect", "call", "builtin"]);
