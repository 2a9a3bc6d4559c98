/** The entries of a collection, relaxed: the one that needs the least is taken. */
import { at } from "../at.ts";
import type { EvalContext } from "../eval/context.ts";
import { scan } from "../eval/runtime.ts";
import type { Block, ScanStmt } from "../plan/plan.ts";
import type { Value } from "../value/value.ts";
import { type Blame, type Iteration, plus, type Unknown, unexplored } from "./blame.ts";
import type { Frame } from "./frame.ts";
import { withCollection as leafWithCollection, withIteration } from "./lazy-leaf.ts";
import type { Relaxer } from "./relaxer.ts";
import { expectedIn, isStrange, isTaken, oddOnes } from "./siblings.ts";
import { isInputPlace, type Place, step, type Traced } from "./source.ts";
import { bindEntry } from "./statements.ts";

export interface Scanned {
	readonly s: ScanStmt;
	readonly source: Traced;
	readonly block: Block;
	readonly at: number;
	/** The rest of the block on a frame. */
	readonly go: (g: Frame, bound: number) => Blame;
	/** A frame whose entry is not known. */
	readonly blank: (from: Unknown["from"]) => Frame;
}

/** Entries that are looked into. */
const mostEntries = 64;
/** Entries that are looked at to find those. */
const mostLookedAt = 4096;
/** What an entry costs more that a sibling needs. */
const sibling = 0.6;
/** What it costs to look where siblings do not look. */
const elsewhere = 0.3;
/** What an entry costs less that is where its neighbours say. */
const likely = 0.4;
/** What one costs less that is unlike the others. */
const oddity = 0.15;
/** What an entry costs that is not there. */
const absent = 1.4;

interface Candidate {
	readonly key: Value;
	readonly value: Value;
	readonly isTaken: boolean;
	/** How many of the checks that follow fail. */
	readonly failures: number;
}

export function relaxEntries(r: Relaxer, c: EvalContext, f: Frame, of: Scanned, bound: number): Blame {
	const { s, source } = of;
	const { loc } = r;
	const candidates = candidatesOf(r, c, f, of);
	// In what is empty no sibling can have looked.
	const strange = candidates.length > 0 && isStrange(r.siblings, source.from);
	const expected = expectedIn(r.siblings, source.from);
	const isOuter = r.scans === 0;
	const oddly = oddOnes(candidates);
	let best = unexplored;
	let chosen: Candidate | undefined;
	const costs: { readonly candidate: Candidate; readonly cost: number; readonly blame: Blame }[] = [];
	r.scans++;
	try {
		for (const [i, candidate] of candidates.entries()) {
			const isLikely = !candidate.isTaken && expected?.index === candidate.key && !expected.isGap;
			const extra =
				(candidate.isTaken ? sibling : 0) + (strange ? elsewhere : 0) - (isLikely ? likely : oddly.has(i) ? oddity : 0);
			const g = f.copy();
			bindEntry(g, s, source, candidate.key, candidate.value);
			r.loc = loc;
			// The runners-up of the outermost choice are told, too.
			const slack = isOuter && candidates.length <= 16 ? best.cost + 1 : 0;
			const one = of.go(g, Math.min(bound, Math.max(best.cost, slack)) - extra);
			const cost = one.cost + extra;
			if (cost !== Number.POSITIVE_INFINITY) costs.push({ candidate, cost, blame: one });
			if (cost < best.cost) {
				best = extra === 0 ? one : { ...one, cost };
				chosen = candidate;
			}
			if (best.cost === 0) break;
		}
	} finally {
		r.scans--;
	}
	r.loc = loc;
	const { from } = source;
	const ofInput = isInputPlace(from) ? from : undefined;
	const isInput = ofInput !== undefined;
	const left = candidates.some((x) => !x.isTaken);
	const isGap = expected?.isGap === true;
	const lacking = isGap ? absent - likely : absent;
	if ((!left || isGap) && !strange && lacking < Math.min(bound, best.cost)) {
		const place = isInput ? step(from, isGap ? expected.index : "-") : undefined;
		const leaf = r.leaf({
			kind: candidates.length === 0 ? "empty" : "element",
			base: isInput ? lacking : 1,
			inputs: ofInput !== undefined ? [ofInput] : [],
			policies: isInput || from.kind !== "place" ? [] : [from],
			actual: candidates.length === 0 ? source.value : undefined,
			...(place?.kind === "place" ? { remedies: [{ op: "add", place, value: undefined }] } : {}),
		});
		const other = plus(leaf, of.go(of.blank(place), Math.min(bound, best.cost) - leaf.cost));
		if (other.cost < best.cost) return other;
	}
	if (best.cost === Number.POSITIVE_INFINITY || chosen === undefined) return unexplored;
	const told = ofInput !== undefined ? withCollection(best, ofInput) : best;
	if (from.kind !== "place") return told;
	if (isOuter) {
		for (const x of costs) {
			if (x.candidate === chosen || x.blame.leaves.length === 0) continue;
			const other = { of: from, index: x.candidate.key };
			r.alternatives.push({ rule: r.chain.at(-1) ?? -1, loc, chosen: other, blame: x.blame });
		}
	}
	const iteration = iterationOf(from, chosen, costs, candidates.length);
	const leaves = told.leaves.map((l) => withIteration(l, iteration));
	return { ...told, leaves, iterations: [iteration, ...told.iterations] };
}

/** An element may have been taken away, or changed beyond recognition: its collection is named, too. */
function withCollection(b: Blame, of: Place): Blame {
	const [first, ...others] = b.leaves;
	return first === undefined ? b : { ...b, leaves: [leafWithCollection(first, of), ...others] };
}

function iterationOf(
	of: Place,
	chosen: Candidate,
	costs: readonly { readonly candidate: Candidate; readonly cost: number }[],
	tried: number,
): Iteration {
	let next: { readonly candidate: Candidate; readonly cost: number } | undefined;
	for (const x of costs) {
		if (x.candidate !== chosen && (next === undefined || x.cost < next.cost)) next = x;
	}
	return { of, tried, chosen: chosen.key, nextBest: next?.cost, next: next?.candidate.key };
}

/** The entries worth looking into, the most promising first. */
function candidatesOf(r: Relaxer, c: EvalContext, f: Frame, of: Scanned): readonly Candidate[] {
	const { s, source, block } = of;
	const out: Candidate[] = [];
	let looked = 0;
	scan(source.value, (key, value) => {
		if (c.limited) c.query.step(1);
		const from = step(source.from, key);
		const g = f.copy();
		bindEntry(g, s, source, key, value);
		out.push({ key, value, isTaken: isTaken(r.siblings, from), failures: failuresBehind(r, c, g, block, of.at + 1) });
		return ++looked >= mostLookedAt;
	});
	out.sort((a, b) => a.failures - b.failures || Number(a.isTaken) - Number(b.isTaken));
	return out.length > mostEntries ? out.slice(0, mostEntries) : out;
}

/** How many of the simple checks that follow fail. */
function failuresBehind(r: Relaxer, c: EvalContext, f: Frame, block: Block, start: number): number {
	let n = 0;
	for (let i = start; i < block.length; i++) {
		const s = at(block, i);
		if (s.op === "let") {
			const v = r.exact(c, f, s.value);
			if (v === undefined) n++;
			f.slots[s.local] = v;
		} else if (s.op === "test") {
			const v = r.exact(c, f, s.value);
			if (v === undefined || v.value === false) n++;
		} else if (s.op === "scan" || s.op === "relation" || s.op === "with") break;
	}
	return n;
}
