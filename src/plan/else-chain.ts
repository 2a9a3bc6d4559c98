/** Definitions and their `else` branches as lists: such a chain may be longer than a stack is deep. */
import { at } from "../at.ts";
import type { Definition } from "./plan.ts";

/** A definition and its branches, in order, as a list of the caller's own: of a plan, or of a rule on the way there. */
export function branchesOf<T extends { readonly else?: T | undefined }>(first: T): T[] {
	const out: T[] = [];
	for (let d: T | undefined = first; d !== undefined; d = d.else) out.push(d);
	return out;
}

/** Each of them without those that follow it: for walks that go through all of a node. */
export function apart(definitions: readonly (Definition | undefined)[]): readonly Definition[] {
	return definitions.flatMap((d) =>
		d === undefined ? [] : d.else === undefined ? [d] : branchesOf(d).map((b) => ({ ...b, else: undefined })),
	);
}

/** The definition that such branches are. */
export function chained(branches: readonly Definition[]): Definition | undefined {
	let out: Definition | undefined;
	for (let i = branches.length - 1; i >= 0; i--) {
		const d = at(branches, i);
		out = d.else === out ? d : { ...d, else: out };
	}
	return out;
}
