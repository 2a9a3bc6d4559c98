/**
 * A walk of which only paths of one form are wanted (`walk(input, [["xs", i, "k"], v])`) is made of steps and
 * scans: what is beside the path is never looked at. A walk gives its paths in the order that scans have.
 */
import { at as elementAt } from "../../at.ts";
import { type Counts, countReads } from "../../plan/locals.ts";
import type { Block, Expression, Local, Stmt } from "../../plan/plan.ts";
import type { Value } from "../../value/value.ts";

export interface WalkPlan {
	readonly constants: readonly Value[];
	/** Whether a builtin of the plan is walk. */
	readonly isWalk: (builtin: number) => boolean;
	readonly temp: () => Local;
	/** Whether a variable of the policy is there, which may be read outside of the block, too. */
	readonly isVariable: (local: Local) => boolean;
}

/** The block with such walks taken apart. */
export function withoutWalks(block: Block, plan: WalkPlan): Block {
	const out: Stmt[] = [];
	let reads: Counts | undefined;
	// Where a pair or a path is taken apart it is read once.
	const isRead = (local: Local): boolean => {
		if (reads === undefined) {
			reads = new Map();
			countReads(block, reads);
		}
		return plan.isVariable(local) || (reads.get(local) ?? 0) > 1;
	};
	for (let at = 0; at < block.length; at++) {
		const steps = stepsAt(block, at, plan, isRead);
		if (steps === undefined) out.push(elementAt(block, at));
		else {
			out.push(...steps.made);
			at += steps.replaced - 1;
		}
	}
	return out;
}

function stepsAt(
	block: Block,
	at: number,
	plan: WalkPlan,
	isRead: (local: Local) => boolean,
): { readonly made: Stmt[]; readonly replaced: number } | undefined {
	const [walk, pair, path] = [block[at], block[at + 1], block[at + 2]];
	if (walk?.op !== "relation" || !plan.isWalk(walk.builtin)) return undefined;
	if (pair?.op !== "unpack-array" || !isLocal(pair.value, walk.value) || pair.elements.length !== 2) return undefined;
	const [pathLocal, valueLocal] = pair.elements as readonly [Local, Local];
	if (path?.op !== "unpack-array" || pathLocal < 0 || !isLocal(path.value, pathLocal)) return undefined;
	// Names that elements must be: the tests that follow.
	const names = new Map<Local, Expression>();
	let count = 3;
	for (let s = block[at + count]; s?.op === "test" && s.value.op === "equal"; s = block[at + count]) {
		const { left, right } = s.value;
		if (left.op !== "local" || !path.elements.includes(left.local) || names.has(left.local)) break;
		if (right.op !== "const" || typeof plan.constants[right.index] !== "string") break;
		names.set(left.local, right);
		count++;
	}
	const [wantsPair, wantsPath] = [isRead(walk.value), isRead(pathLocal)];
	const elements = path.elements.map((e) => (e < 0 && (wantsPair || wantsPath) ? plan.temp() : e));
	const first = elementAt(walk.args, 0);
	const made: Stmt[] = [];
	let value = first;
	for (const element of elements) {
		const name = names.get(element);
		const next = plan.temp();
		const { loc } = path;
		if (name === undefined) made.push({ op: "scan", source: value, key: element, value: next, loc });
		else {
			made.push({ op: "let", local: next, value: { op: "dot", value, key: name }, loc });
			made.push({ op: "let", local: element, value: name, loc });
		}
		value = { op: "local", local: next };
	}
	const last = valueLocal < 0 ? plan.temp() : valueLocal;
	made.push({ op: "let", local: last, value, loc: pair.loc });
	const array = (items: readonly Local[]): Expression => ({ op: "array", items: items.map(localAt) });
	if (wantsPair || wantsPath) made.push({ op: "let", local: pathLocal, value: array(elements), loc: pair.loc });
	if (wantsPair) made.push({ op: "let", local: walk.value, value: array([pathLocal, last]), loc: pair.loc });
	return { made, replaced: count };
}

function localAt(local: Local): Expression {
	return { op: "local", local };
}

function isLocal(e: Expression, local: Local): boolean {
	return e.op === "local" && e.local === local;
}
