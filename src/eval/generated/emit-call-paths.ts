/** How many calls a call of a function may come to: whether counting its calls is worth it. */

import { at } from "../../at.ts";
import { apart } from "../../plan/else-chain.ts";
import type { Func } from "../../plan/plan.ts";

export class CallPaths {
	readonly #funcs: readonly Func[];
	readonly #pathsBelow: Map<number, number> = new Map();

	constructor(funcs: readonly Func[]) {
		this.#funcs = funcs;
	}

	/** How many paths of calls begin at a function: functions do not call themselves. */
	from(index: number, depth = 0): number {
		const known = this.#pathsBelow.get(index);
		if (known !== undefined) return known;
		// A chain that is as long as that is worth it.
		if (depth > 300) return 1e9;
		// Should a plan from elsewhere have calls in a circle, it ends here.
		this.#pathsBelow.set(index, 1);
		const func = at(this.#funcs, index);
		let paths = 1;
		for (const called of callsIn(apart([...func.definitions, func.default]), [])) {
			paths = Math.min(1e9, paths + (this.#funcs[called] === undefined ? 0 : this.from(called, depth + 1)));
		}
		this.#pathsBelow.set(index, paths);
		return paths;
	}
}

/** The functions that a part of a plan calls, as often as it names them. */
function callsIn(part: unknown, found: number[]): readonly number[] {
	if (typeof part !== "object" || part === null) return found;
	const { op, func } = part as { readonly op?: unknown; readonly func?: unknown };
	if (op === "call" && typeof func === "number") found.push(func);
	for (const x of Object.values(part)) callsIn(x, found);
	return found;
}
