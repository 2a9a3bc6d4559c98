/**
 * Where long chains of calls can be cut: functions that, where the host's stack has not sufficed, are evaluated from
 * an empty one (deep-calls.ts). Nothing calls itself, so what a plan calls within each other is known from its text;
 * plans whose chains are short, as nearly all are, need no such places.
 */
import { at } from "../../at.ts";
import { apart } from "../../plan/else-chain.ts";
import type { Plan } from "../../plan/plan.ts";
import { rulesAt } from "../../plan/rule-at.ts";

/** Chains up to this length fit any stack. */
const shortChain = 200;
/** Calls from one place to the next. */
const apartBy = 8;

/** The functions at which chains of calls are cut. */
export function cutsOf(plan: Pick<Plan, "funcs" | "tree" | "keyed">): ReadonlySet<number> {
	const heights = new Map<number, number>();
	const sinceCut = new Map<number, number>();
	const cuts = new Set<number>();
	let highest = 0;
	for (const { func, called } of calledFirst(plan)) {
		let height = 0;
		let since = 0;
		for (const f of called) {
			height = Math.max(height, (heights.get(f) ?? 0) + 1);
			since = Math.max(since, cuts.has(f) ? 1 : (sinceCut.get(f) ?? 0) + 1);
		}
		heights.set(func, height);
		sinceCut.set(func, since);
		if (since >= apartBy) cuts.add(func);
		highest = Math.max(highest, height);
	}
	return highest > shortChain ? cuts : new Set();
}

interface Calls {
	readonly func: number;
	readonly called: readonly number[];
}

/** Every function after those it calls; without recursion, since chains are what this is about. */
function calledFirst(plan: Pick<Plan, "funcs" | "tree" | "keyed">): readonly Calls[] {
	const keyedBy = new Map(plan.keyed.map((k) => [k.rule, k.by]));
	const out: Calls[] = [];
	const seen = new Set<number>();
	for (let root = 0; root < plan.funcs.length; root++) {
		const stack: { readonly calls: Calls; next: number }[] = [];
		const enter = (func: number): void => {
			if (seen.has(func) || plan.funcs[func] === undefined) return;
			seen.add(func);
			const { definitions, default: fallback } = at(plan.funcs, func);
			const called = new Set<number>(keyedBy.get(func));
			calledIn(plan.tree, apart([...definitions, fallback]), called);
			stack.push({ calls: { func, called: [...called] }, next: 0 });
		};
		enter(root);
		for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
			const { called } = top.calls;
			if (top.next < called.length) enter(at(called, top.next++));
			else {
				out.push(top.calls);
				stack.pop();
			}
		}
	}
	return out;
}

/** The functions and rules that a part of a plan names, those of the documents it reads among them. */
function calledIn(tree: Plan["tree"], part: unknown, found: Set<number>): void {
	if (typeof part !== "object" || part === null) return;
	const { func, op, path } = part as { readonly func?: unknown; readonly op?: unknown; readonly path?: unknown };
	if (typeof func === "number") found.add(func);
	if ((op === "document" || op === "document-dot") && isPath(path))
		for (const rule of rulesAt(tree, path)) found.add(rule);
	for (const x of Object.values(part)) calledIn(tree, x, found);
}

function isPath(path: unknown): path is readonly string[] {
	return Array.isArray(path) && path.every((name) => typeof name === "string");
}
