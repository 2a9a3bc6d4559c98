/**
 * Comprehension index: a scan that keeps only entries of which something equals a value from outside
 * (`[x | some x in xs; x.group == g]`, `[x.a, x.b] == [g.a, g.b]`, `lower(x.name) == n`). Entries grouped
 * by that, each further scan of the same collection looks at its group only. The tests stay where they
 * are: a group only leaves out entries that fail them.
 */
import { at as elementAt } from "../at.ts";
import { assertNever } from "../value/value.ts";
import type { Block, Expression, Local, ScanStmt } from "./plan.ts";

export interface Grouping {
	/** Read from an entry: locals of the scan, constants, and calls of pure builtins. */
	readonly inner: readonly Expression[];
	/** What they are compared with, in the same order: reads, which fail with no error. */
	readonly outer: readonly Expression[];
}

/** The grouping of the scan that stands at `at` in a block; undefined where its next statements give none. */
export function groupingAt(block: Block, at: number, isPure: (builtin: number) => boolean): Grouping | undefined {
	const scan = block[at] as ScanStmt;
	if (scan.value < 0) return undefined;
	const inner: Expression[] = [];
	const outer: Expression[] = [];
	const isEntry = (l: Local): boolean => l === scan.value || l === scan.key;
	// Nothing else may be written before the tests: they read what stood before the scan.
	for (let i = at + 1; i < block.length; i++) {
		const s = elementAt(block, i);
		if (s.op !== "test" || s.value.op !== "equal") break;
		const { left, right } = s.value;
		const pair = pairOf(left, right, isEntry, isPure) ?? pairOf(right, left, isEntry, isPure);
		if (pair === undefined) break;
		inner.push(pair[0]);
		outer.push(pair[1]);
	}
	return inner.length === 0 ? undefined : { inner, outer };
}

function pairOf(
	entry: Expression,
	other: Expression,
	isEntry: (l: Local) => boolean,
	isPure: (builtin: number) => boolean,
): readonly [Expression, Expression] | undefined {
	// Nothing but the entry itself is read for its key (no documents), so that groups serve under replacements, too.
	let reads = 0;
	const local = (l: Local): boolean => {
		reads++;
		return isEntry(l);
	};
	const ofEntry = isMadeOf(entry, { local, documents: false, arrays: true, builtin: isPure });
	const outside = isMadeOf(other, { local: (l) => !isEntry(l), documents: true, arrays: true, builtin: () => false });
	return ofEntry && reads > 0 && outside ? [entry, other] : undefined;
}

export interface Allowed {
	readonly local: (l: Local) => boolean;
	/** The input and base data. */
	readonly documents: boolean;
	/** Arrays of what is allowed. */
	readonly arrays: boolean;
	readonly builtin: (index: number) => boolean;
}

/** Whether an expression is made of constants and what is allowed. */
export function isMadeOf(e: Expression, allowed: Allowed): boolean {
	switch (e.op) {
		case "const":
			return true;
		case "input":
		case "base":
			return allowed.documents;
		case "local":
			return allowed.local(e.local);
		case "dot":
			return isMadeOf(e.value, allowed) && isMadeOf(e.key, allowed);
		case "array":
			return allowed.arrays && e.items.every((x) => isMadeOf(x, allowed));
		case "builtin":
			return allowed.builtin(e.builtin) && e.args.every((x) => isMadeOf(x, allowed));
		case "rule":
		case "rule-at":
		case "document":
		case "document-keys":
		case "document-dot":
		case "call":
		case "equal":
		case "set":
		case "object":
		case "collect":
			return false;
		default:
			return assertNever(e, "expression");
	}
}
