/** What succeeds and should not: the cheapest way to make it fail. */

import { at } from "../at.ts";
import type { EvalContext } from "../eval/context.ts";
import { scan } from "../eval/runtime.ts";
import { branchesOf } from "../plan/else-chain.ts";
import type { Block, Expression, Func } from "../plan/plan.ts";
import { equal } from "../value/compare.ts";
import type { Value } from "../value/value.ts";
import { type Blame, noBlame, plus, type Remedy, unexplored } from "./blame.ts";
import { comparisonOf, edgeOf } from "./comparisons.ts";
import { type Argument, type End, frameFor, success } from "./definitions.ts";
import { distance } from "./distance.ts";
import type { Frame } from "./frame.ts";
import { mirrored, negated, sizeOf } from "./goal.ts";
import { asGiven, inversions } from "./invert.ts";
import { cheapestSide, makerOf } from "./makers.ts";
import type { Relaxer } from "./relaxer.ts";
import { inputsOf, isInputPlace, isOfInput, literal, policiesOf, step, type Traced } from "./source.ts";
import { bindEntry } from "./statements.ts";

const mostDerivations = 8;
/** What a check costs that only says what a rule is about. */
const guard = 1.6;

/** What it costs that something is in the input: of several things that are so, what is named is rather unwanted. */
const unwanted = 0.95;

/** Every way in which a block succeeds has to fail. */
export function breakBlock(r: Relaxer, c: EvalContext, f: Frame, block: Block, end: End, bound: number): Blame {
	const paths: { readonly c: EvalContext; readonly f: Frame }[] = [];
	const collecting: End = {
		into: end.into,
		exact: (x, g, s) => {
			const v = end.exact(x, g, s);
			if (v !== undefined) paths.push({ c: x, f: g.copy() });
			return paths.length >= mostDerivations ? v : undefined;
		},
		blame: end.blame,
	};
	r.holds(c, f.copy(), block, 0, collecting);
	let total = noBlame;
	for (const p of paths) {
		const one = breakPath(r, p.c, p.f, block, undefined, bound - total.cost);
		// One change may make several ways fail.
		const isKnown = one.leaves.every((x) => total.leaves.some((y) => x.loc === y.loc && x.inputs[0] === y.inputs[0]));
		if (one.leaves.length > 0 && isKnown) continue;
		total = plus(total, one);
		if (total.cost >= bound) return unexplored;
	}
	return total;
}

/** One way in which a block succeeds, on its frame: the statement that is the cheapest to make fail. */
export function breakPath(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	block: Block,
	yielded: Value | undefined,
	bound: number,
): Blame {
	let best = unexplored;
	const consider = (b: Blame): void => {
		// Of two that cost the same the later: what stands first says what the rule is about.
		if (b.cost > 0 && (b.cost < best.cost || (b.cost === best.cost && b.cost < bound))) best = b;
	};
	for (const s of block) {
		if (s.op !== "print") r.loc = s.loc;
		const left = Math.min(bound, best.cost + 0.001);
		switch (s.op) {
			case "test":
				consider(breakExpression(r, c, f, s.value, left));
				break;
			case "let":
				consider(undefinedLeaf(r, c, f, s.value, left));
				break;
			case "not":
				consider(r.relax(c, f.copy(), s.body, 0, success, left));
				break;
			case "scan": {
				const entry = s.value >= 0 ? f.slots[s.value] : undefined;
				if (entry !== undefined && isInputPlace(entry.from)) consider(gone(r, entry, 1.2));
				break;
			}
			case "every": {
				const of = r.exact(c, f, s.source);
				if (of === undefined) break;
				scan(of.value, (key, value) => {
					const g = f.copy();
					bindEntry(g, s, of, key, value);
					consider(breakBlock(r, c, g, s.body, success, left));
					return true;
				});
				break;
			}
			case "return":
			case "yield-member":
			case "yield-entry":
			case "yield-row":
			case "print":
			case "once":
			case "with":
			case "relation":
			case "unpack-array":
			case "unpack-object":
				break;
		}
	}
	if (best.cost === Number.POSITIVE_INFINITY && bound > 3) {
		const inputs = f.slots.flatMap((v) => (v === undefined ? [] : inputsOf(v.from)));
		return r.leaf({ kind: "negation", base: 2, inputs, actual: yielded });
	}
	return best;
}

/** Something in the input has to go. */
function gone(r: Relaxer, v: Traced, base: number): Blame {
	const place = isInputPlace(v.from) ? v.from : undefined;
	// The more there is, the less likely it is that all of it should go.
	const size = typeof v.value === "object" && v.value !== null ? Math.min(1.5, 0.2 + (sizeOf(v.value) ?? 0) / 10) : 0;
	return r.leaf({
		kind: "negation",
		base: base + size,
		inputs: inputsOf(v.from),
		policies: policiesOf(v.from),
		actual: v.value,
		remedies: place === undefined ? [] : [{ op: "remove", place, value: undefined }],
	});
}

/** An expression that has a value and should not. */
function undefinedLeaf(r: Relaxer, c: EvalContext, f: Frame, e: Expression, bound: number): Blame {
	const v = r.exact(c, f, e);
	if (v === undefined || bound <= 1) return unexplored;
	const made = makerOf(c, f, e);
	if (made.e.op === "call" || made.e.op === "rule") return breakCall(r, made.c, made.f, made.e, bound);
	if (!isInputPlace(v.from)) return unexplored;
	return gone(r, v, 1.7);
}

/** An expression that is true and should not be. */
function breakExpression(r: Relaxer, c: EvalContext, f: Frame, e: Expression, bound: number): Blame {
	if (bound <= 0) return unexplored;
	const v = r.exact(c, f, e);
	if (v === undefined || v.value === false) return noBlame;
	const made = makerOf(c, f, e);
	switch (made.e.op) {
		case "equal":
			return breakEqual(r, made.c, made.f, made.e, bound);
		case "builtin":
			return breakBuiltin(r, made.c, made.f, made.e, bound);
		case "call":
		case "rule":
			return breakCall(r, made.c, made.f, made.e, bound);
		default: {
			const blame = gone(r, v, 1);
			if (v.value !== true || !isInputPlace(v.from)) return blame;
			const place = v.from;
			return r.leaf({
				kind: "negation",
				inputs: [place],
				actual: v.value,
				expected: false,
				remedies: [
					{ op: "replace", place, value: false },
					{ op: "remove", place, value: undefined },
				],
			});
		}
	}
}

function breakCall(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Extract<Expression, { op: "call" | "rule" }>,
	bound: number,
): Blame {
	const func = r.p.func(e.func);
	if (func.kind === "set" || func.kind === "object") return unexplored;
	if (r.chain.length > 60 || c.funcMocks?.has(e.func) === true) return unexplored;
	const args: Argument[] = [];
	for (const a of e.op === "call" ? e.args : []) {
		const value = r.exact(c, f, a);
		if (value === undefined) return noBlame;
		args.push({ value, via: makerOf(c, f, a) });
	}
	r.chain.push(e.func);
	try {
		if (func.default !== undefined) {
			// Its default may be what is wanted, or what is not.
			const otherwise = r.func(c, e.func, args, { is: "equal", to: { value: false, from: literal } }, bound);
			if (otherwise.cost < bound) return otherwise;
		}
		return breakFunc(r, c, func, args, bound);
	} finally {
		r.chain.pop();
	}
}

function breakEqual(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Extract<Expression, { op: "equal" }>,
	bound: number,
): Blame {
	const left = r.exact(c, f, e.left);
	const right = r.exact(c, f, e.right);
	if (left === undefined || right === undefined) return noBlame;
	const best = cheapestSide(r, c, f, [e.left, e.right], [left, right], "!=", bound);
	const inputs = [...inputsOf(left.from), ...inputsOf(right.from)];
	const remedies: Remedy[] = [left, right].flatMap((v): Remedy[] => {
		if (!isInputPlace(v.from)) return [];
		const place = v.from;
		const remove: Remedy = { op: "remove", place, value: undefined };
		return typeof v.value === "boolean" ? [{ op: "replace", place, value: !v.value }, remove] : [remove];
	});
	// Checks that only say what a rule is about come first, and are seldom what is wrong.
	const isGuard = typeof left.value === "string" && typeof right.value === "string";
	const leaf = r.leaf({
		kind: "negation",
		base: isGuard ? guard : 1,
		made: !isInputPlace(left.from) && !isInputPlace(right.from),
		inputs,
		policies: [...policiesOf(left.from), ...policiesOf(right.from)],
		actual: left.value,
		expected: typeof left.value === "boolean" ? !left.value : undefined,
		remedies,
	});
	return leaf.cost <= best.cost ? leaf : best;
}

function breakBuiltin(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Extract<Expression, { op: "builtin" }>,
	bound: number,
): Blame {
	const known: Traced[] = [];
	for (const a of e.args) {
		const v = r.exact(c, f, a);
		if (v === undefined) return noBlame;
		known.push(v);
	}
	const { name } = r.p.builtin(e.builtin);
	const how = comparisonOf.get(name);
	const remedies: Remedy[] = [];
	let best = unexplored;
	const [left, right] = known;
	if (how !== undefined && left !== undefined && right !== undefined) {
		const wanted = negated[how];
		best = cheapestSide(r, c, f, e.args, [left, right], wanted, bound);
		for (const [v, other, way] of [
			[left, right, wanted],
			[right, left, mirrored[wanted]],
		] as const) {
			const [x, y] = v === left ? [at(e.args, 0), at(e.args, 1)] : [at(e.args, 1), at(e.args, 0)];
			remedies.push(...asGiven(r, c, f, x, y));
			const value = edgeOf(other.value, way);
			if (value === undefined) continue;
			if (isInputPlace(v.from)) remedies.push({ op: "replace", place: v.from, value });
			else remedies.push(...inversions(r, c, f, x, value));
		}
	}
	const inputs = known.flatMap((k) => inputsOf(k.from));
	if (name === "internal.member_2" && right !== undefined && isInputPlace(right.from) && left !== undefined) {
		scan(right.value, (key, value) => {
			if (!equal(value, left.value)) return false;
			const place = step(right.from, key);
			if (isInputPlace(place)) remedies.push({ op: "remove", place, value: undefined });
			return true;
		});
	}
	for (const k of known) {
		if (isInputPlace(k.from)) remedies.push({ op: "remove", place: k.from, value: undefined });
	}
	for (const [i, value] of unlike(name, known)) {
		const v = at(known, i);
		if (isInputPlace(v.from)) remedies.unshift({ op: "replace", place: v.from, value });
	}
	// Checks that only say what a rule is about come first, and are seldom what is wrong.
	const isMember = name === "internal.member_2" && right !== undefined;
	const isGuard = isMember && !isOfInput(right.from);
	const leaf = r.leaf({
		kind: "negation",
		// Of what was made of the input the number alone says little.
		base: isMember
			? isGuard
				? guard
				: unwanted
			: how === "!=" && left !== undefined && right !== undefined
				? 0.9 + distance(left.value, right.value) / 4
				: how !== undefined && !known.some((k) => isInputPlace(k.from))
					? 1.25
					: 1,
		made: !known.some((k) => isInputPlace(k.from)),
		inputs,
		policies: known.flatMap((k) => policiesOf(k.from)),
		actual: (known.find((k) => inputsOf(k.from).length > 0) ?? known[0])?.value,
		call: { name: how ?? name, args: known.map((k) => k.value) },
		remedies,
	});
	return leaf.cost <= best.cost ? leaf : best;
}

/** Operands with which a builtin would say no. */
function unlike(name: string, known: readonly Traced[]): readonly (readonly [at: number, value: Value])[] {
	const [a, b] = known.map((k) => k.value);
	if (typeof a !== "string" || typeof b !== "string" || b === "") return [];
	if (name === "startswith") return [[0, a.slice(b.length)]];
	if (name === "endswith") return [[0, a.slice(0, -b.length)]];
	return name === "contains" ? [[0, a.replaceAll(b, "")]] : [];
}

/** Why none of the definitions of a complete rule or function should have a value. */
export function breakFunc(r: Relaxer, c: EvalContext, func: Func, args: readonly Argument[], bound: number): Blame {
	let total = noBlame;
	for (const first of func.definitions) {
		for (const d of branchesOf(first)) {
			const f = frameFor(d, args);
			if (r.holds(c, f.copy(), d.body, 0, success) === undefined) continue;
			r.loc = d.location;
			total = plus(total, breakBlock(r, c, f, d.body, success, bound - total.cost));
			if (total.cost >= bound) return unexplored;
		}
	}
	return total;
}
