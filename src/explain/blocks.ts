/** Blocks and statements, relaxed. */
import { at } from "../at.ts";
import type { EvalContext } from "../eval/context.ts";
import type { Block, Expression, Stmt } from "../plan/plan.ts";
import { isCollection } from "../value/access.ts";
import { type Blame, giving, isUnknown, joined, noBlame, nobody, plus, type Unknown, unexplored } from "./blame.ts";
import { breakBlock } from "./breaks.ts";
import { type End, success } from "./definitions.ts";
import { resizedBy } from "./equality.ts";
import { relaxEvery } from "./every.ts";
import type { Frame, Via } from "./frame.ts";
import { isDefined, isTrue } from "./goal.ts";
import type { EndStmt } from "./interpreter.ts";
import type { Relaxer } from "./relaxer.ts";
import { relaxEntries } from "./scans.ts";
import { ofLength } from "./sizes.ts";
import { inputsOf, step } from "./source.ts";
import { layer, relationResults, succeeds } from "./statements.ts";

export function relaxBlock(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	block: Block,
	start: number,
	end: End,
	bound: number,
): Blame {
	const { resized } = r;
	try {
		return steps(r, c, f, block, start, end, bound);
	} finally {
		r.resized = resized;
	}
}

function steps(r: Relaxer, c: EvalContext, f: Frame, block: Block, start: number, end: End, bound: number): Blame {
	let total = noBlame;
	for (let i = start; i < block.length; i++) {
		if (c.limited) c.query.step(1);
		const s = at(block, i);
		if (s.op !== "print") r.loc = s.loc;
		switch (s.op) {
			case "print":
				continue;
			case "scan":
			case "relation": {
				const exact = r.holds(c, f.copy(), block, i, end);
				if (exact !== undefined) return joined(total, giving(exact));
				const go = (g: Frame, left: number): Blame => relaxBlock(r, c, g, block, i + 1, end, left);
				return joined(total, entriesOf(r, c, f, s, block, i, go, bound - total.cost));
			}
			case "with": {
				const exact = r.holds(c, f.copy(), block, i, end);
				if (exact !== undefined) return joined(total, giving(exact));
				const inner = r.tried(() => layer(r.p, c, f, s));
				if (inner === undefined) return joined(total, r.leaf({ kind: "shape", note: "a replacement is undefined" }));
				const rest = i + 1;
				const after: End = {
					into: end.into,
					exact: (x, g, e) => (e === undefined ? r.holds(x.outer, g, block, rest, end) : end.exact(x, g, e)),
					blame: (x, g, e, left) =>
						e === undefined ? relaxBlock(r, x.outer, g, block, rest, end, left) : end.blame(x, g, e, left),
				};
				return joined(total, relaxBlock(r, inner, f, s.body, 0, after, bound - total.cost));
			}
			case "return":
				return joined(total, end.blame(c, f, s, bound - total.cost));
			case "yield-member":
			case "yield-entry":
				if (s.into !== end.into) continue;
				return joined(total, end.blame(c, f, s, bound - total.cost));
			case "yield-row":
				return joined(total, end.blame(c, f, undefined, bound - total.cost));
			default: {
				const one = relaxStep(r, c, f, s, bound - total.cost);
				if (s.op === "test" && one.leaves.length > 0) r.resized ??= resizedBy(r, c, f, s.value);
				total = joined(total, one);
			}
		}
		if (total.cost >= bound) return unexplored;
	}
	return joined(total, end.blame(c, f, undefined, bound - total.cost));
}

type Step = Extract<
	Stmt,
	{ readonly op: "let" | "test" | "not" | "every" | "once" | "unpack-array" | "unpack-object" }
>;

function relaxStep(r: Relaxer, c: EvalContext, f: Frame, s: Step, bound: number): Blame {
	switch (s.op) {
		case "let": {
			const v = r.exact(c, f, s.value);
			const via: Via | undefined = tellsMore(s.value) ? { e: s.value, c, f } : viaOf(f, s.value);
			if (v !== undefined) {
				f.bind(s.local, v, via);
				return noBlame;
			}
			const why = r.blame(c, f, s.value, isDefined, bound);
			f.bind(s.local, why.value ?? nobody, via);
			return why;
		}
		case "test":
			return r.blame(c, f, s.value, isTrue, bound);
		case "not": {
			if (r.tried(() => r.p.block(c, f.copy(), s.body, 0, () => true)) !== true) return noBlame;
			return breakBlock(r, c, f, s.body, success, bound);
		}
		case "once": {
			let best = unexplored;
			for (const b of s.blocks) {
				const g = f.copy();
				const one =
					r.holds(c, g, b, 0, success) === undefined
						? r.relax(c, g, b, 0, success, Math.min(bound, best.cost))
						: noBlame;
				if (one.cost < best.cost) best = one;
				if (best.cost === 0) break;
			}
			return best;
		}
		case "every":
			return relaxEvery(r, c, f, s, bound);
		case "unpack-array":
		case "unpack-object": {
			if (r.tried(() => succeeds(r.p, c, f, s)) === true) return noBlame;
			const of = r.blame(c, f, s.value, isDefined, bound);
			const locals = s.op === "unpack-array" ? s.elements : s.entries.map(([, l]) => l);
			const known = of.value !== undefined && !isUnknown(of.value) ? of.value : undefined;
			for (const [i, l] of locals.entries()) {
				const inside = s.op === "unpack-array" && known !== undefined ? step(known.from, i) : undefined;
				f.bind(l, { unknown: true, from: inside }, undefined);
			}
			if (of.cost > 0 || known === undefined) return of;
			const expected = s.op === "unpack-array" ? `an array of ${locals.length}` : `an object of ${locals.length} keys`;
			return r.leaf({
				kind: "shape",
				inputs: inputsOf(known.from),
				actual: known.value,
				note: `${expected} is wanted`,
				remedies: s.op === "unpack-array" ? ofLength(known, locals.length) : [],
			});
		}
	}
}

/** Whether how a value was made tells more than the value and its place. */
function tellsMore(e: Expression): boolean {
	const { op } = e;
	return (
		(op === "dot" && e.key.op !== "const") ||
		op === "rule" ||
		op === "rule-at" ||
		op === "call" ||
		op === "builtin" ||
		op === "collect" ||
		op === "array" ||
		op === "object" ||
		op === "set" ||
		op === "equal"
	);
}

function viaOf(f: Frame, e: { readonly op: string; readonly local?: number }): Via | undefined {
	return e.op === "local" && e.local !== undefined ? f.via?.get(e.local) : undefined;
}

function entriesOf(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	s: Extract<Stmt, { op: "scan" | "relation" }>,
	block: Block,
	i: number,
	go: (g: Frame, bound: number) => Blame,
	bound: number,
): Blame {
	if (s.op === "relation") {
		const results = r.tried(() => relationResults(r.p, c, f, s)) ?? [];
		let best = unexplored;
		for (const v of results.slice(0, 256)) {
			const g = f.copy();
			g.slots[s.value] = v;
			const one = go(g, Math.min(bound, best.cost));
			if (one.cost < best.cost) best = one;
			if (best.cost === 0) break;
		}
		if (results.length > 0) return best;
		const g = f.copy();
		g.bind(s.value, nobody, undefined);
		return plus(r.leaf({ kind: "empty", note: "it has no results" }), go(g, bound));
	}
	const of = r.blame(c, f, s.source, isDefined, bound);
	const blank = (from: Unknown["from"]): Frame => {
		const g = f.copy();
		g.bind(s.key, nobody, undefined);
		g.bind(s.value, { unknown: true, from }, undefined);
		return g;
	};
	if (of.value === undefined || isUnknown(of.value)) {
		if (of.cost >= bound) return unexplored;
		const from = of.value?.from === undefined ? undefined : step(of.value.from, "-");
		return plus(of, go(blank(from), bound - of.cost));
	}
	const source = of.value;
	if (!isCollection(source.value)) {
		const leaf = r.noCollection(source);
		return plus(leaf, go(blank(undefined), bound - leaf.cost));
	}
	return plus(of, relaxEntries(r, c, f, { s, source, block, at: i, go, blank }, bound - of.cost));
}

export type { EndStmt };
