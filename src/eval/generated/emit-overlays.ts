/**
 * Which reads may end at an object of which a `with` replaces a part (overlay.ts), and so have to make it
 * whole: those above a place that some `with` of the plan replaces.
 */
import type { Expression, WithStmt } from "../../plan/plan.ts";
import type { Value } from "../../value/value.ts";

export interface ReplacedPaths {
	readonly input: readonly (readonly string[])[];
	readonly data: readonly (readonly string[])[];
}

/** The paths below a root that the `with` statements anywhere in a part of a plan replace. */
export function replacedPaths(part: unknown): ReplacedPaths {
	const input: (readonly string[])[] = [];
	const data: (readonly string[])[] = [];
	const visit = (x: unknown): void => {
		if (typeof x !== "object" || x === null) return;
		if ((x as { readonly op?: unknown }).op === "with") {
			for (const r of (x as WithStmt).replacements) {
				if (r.target === "input") input.push(r.path);
				else if (r.target === "data") data.push(r.path);
			}
		}
		for (const y of Object.values(x)) visit(y);
	};
	visit(part);
	return { input, data };
}

/** Whether a read may end above a replaced place. Steps whose names are not known may be any. */
export function mayBeAbove(
	e: Expression,
	replaced: ReplacedPaths,
	constant: (index: number) => Value | undefined,
): boolean {
	const steps: (Value | undefined)[] = [];
	let root = e;
	for (; root.op === "dot"; root = root.value)
		steps.unshift(root.key.op === "const" ? constant(root.key.index) : undefined);
	if (root.op === "base") steps.unshift(...root.path);
	const paths = root.op === "input" ? replaced.input : root.op === "base" ? replaced.data : [];
	return paths.some((p) => steps.length < p.length && steps.every((s, i) => s === undefined || s === p[i]));
}
