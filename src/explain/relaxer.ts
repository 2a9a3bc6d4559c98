/**
 * Relaxed evaluation: it goes on behind what fails, and adds up what that costs. Of alternatives (definitions,
 * entries of a collection) the cheapest is taken: the order of checks is not nearness, the least that would have
 * to change is. What holds is evaluated as ever, and costs nothing.
 */
import { RegoError } from "../errors.ts";
import type { EvalContext } from "../eval/context.ts";
import type { Block, Expression, PlanLocation } from "../plan/plan.ts";
import type { Value } from "../value/value.ts";
import { again, type Blame, giving, type Leaf, type Operand, samePlace, unexplored } from "./blame.ts";
import { relaxBlock } from "./blocks.ts";
import type { Argument, End } from "./definitions.ts";
import { evaluate } from "./expressions.ts";
import { Frame } from "./frame.ts";
import { relaxFunc } from "./functions.ts";
import { type Goal, meets } from "./goal.ts";
import type { EndStmt, Interpreter } from "./interpreter.ts";
import { LazyLeaf, type LeafParts } from "./lazy-leaf.ts";
import { reasonOf } from "./reasons.ts";
import { noSiblings, type Siblings } from "./siblings.ts";
import { inputsOf, isInputPlace, isOfInput, type Place, placeKey, type Source, type Traced, unique } from "./source.ts";

/** Weights that are looked for, one after the other. */
const deepening: readonly number[] = [2.6, 5.2, 12, 40, Number.POSITIVE_INFINITY];

/** Functions within functions that are looked into. */
const deepest = 100;

export class Relaxer {
	readonly p: Interpreter;
	/** The functions that are being explained, outermost first. */
	readonly chain: number[] = [];
	/** The statement that is being explained. */
	loc: PlanLocation = -1;
	/** Where the siblings of the element that is being explained found theirs. */
	siblings: Siblings = noSiblings;
	/** A list of another size than is wanted: what its elements are not follows from that. */
	resized: Place | undefined;
	/** Collections being gone through, within each other. */
	scans = 0;
	/** How often something was asked. */
	steps = 0;
	/** Ways that were not taken: other definitions of the rule that is asked for, other entries of its first choice. */
	readonly alternatives: OtherWay[] = [];
	/** What was met deepest in the policy so far: said where there is no time for more. */
	furthest: Leaf | undefined;
	readonly #numbers: WeakMap<object, number> = new WeakMap();
	#next = 0;
	readonly #known: Map<string, Known> = new Map();

	constructor(p: Interpreter) {
		this.p = p;
	}

	/** An expression's value as it is. What ends an evaluation with an error has none. */
	exact(c: EvalContext, f: Frame, e: Expression): Traced | undefined {
		return this.tried(() => evaluate(this.p, c, f, e));
	}

	/** What something gives; nothing, where it ends with an error of the evaluation. */
	tried<T>(f: () => T): T | undefined {
		try {
			return f();
		} catch (error) {
			if (error instanceof RegoError && error.code !== "eval_cancel_error") return undefined;
			throw error;
		}
	}

	/** Whether the rest of a block succeeds with an end as wanted; the value that goes on. */
	holds(c: EvalContext, f: Frame, block: Block, at: number, end: End): Traced | undefined {
		let found: Traced | undefined;
		const ends = (x: EvalContext, s: EndStmt | undefined): boolean => {
			found = end.exact(x, f, s);
			return found !== undefined;
		};
		const target = { into: end.into, ends };
		const done = this.tried(() => this.p.block(c, f, block, at, (x) => ends(x, undefined), target));
		if (done === undefined) return undefined;
		return found;
	}

	/** Why an expression is not as wanted. */
	blame(c: EvalContext, f: Frame, e: Expression, goal: Goal, bound: number): Blame {
		this.steps++;
		if (c.limited) c.query.step(1);
		const v = this.exact(c, f, e);
		if (v !== undefined && meets(v.value, goal)) return giving(v);
		return reasonOf(this, c, f, e, goal, v, bound);
	}

	/**
	 * Why an expression is not as wanted, by the cheapest way: first what costs little is looked for, so that what
	 * is far off is soon given up.
	 */
	cheapest(c: EvalContext, e: Expression, goal: Goal): Blame {
		for (const bound of deepening) {
			this.alternatives.length = 0;
			this.scans = 0;
			const blame = this.blame(c, new Frame(0), e, goal, bound);
			if (blame.cost !== Number.POSITIVE_INFINITY) return blame;
		}
		return unexplored;
	}

	/** The rest of a block, whatever of it fails. */
	relax(c: EvalContext, f: Frame, block: Block, at: number, end: End, bound: number): Blame {
		return relaxBlock(this, c, f, block, at, end, bound);
	}

	/** Why a function's value is not as wanted. */
	func(c: EvalContext, index: number, args: readonly Argument[], goal: Goal, bound: number): Blame {
		if (this.chain.length >= deepest) return this.coarse(args, goal);
		const key = `${this.#numberOf(c)}:${this.#numberOf(this.siblings)}:${this.resized === undefined ? "" : placeKey(this.resized)}:${index}:${goalKey(this, goal)}:${args.map((a) => this.operandKey(a.value))}`;
		const known = this.#known.get(key);
		if (known !== undefined && (known.blame.cost !== Number.POSITIVE_INFINITY || known.bound >= bound))
			return known.blame;
		this.chain.push(index);
		const { loc } = this;
		try {
			const blame = relaxFunc(this, c, index, args, goal, bound);
			this.#known.set(key, { blame, bound });
			return blame;
		} finally {
			this.chain.pop();
			this.loc = loc;
		}
	}

	/** What is not looked into. */
	coarse(args: readonly Argument[], goal: Goal): Blame {
		const inputs = args.flatMap((a) => (a.value.from === undefined ? [] : inputsOf(a.value.from)));
		return this.leaf({ kind: "false", base: 2, inputs, expected: goal.is === "equal" ? goal.to.value : undefined });
	}

	/** One cause. What no change of the input can mend costs more. */
	leaf(of: LeafParts): Blame {
		const inputs = unique(of.inputs ?? []);
		const leaf: Leaf = {
			kind: of.kind,
			cost: this.#follows(inputs[0]) ? again : (of.base ?? 1) + (inputs.length === 0 ? policyOnly : 0),
			loc: this.loc,
			chain: [...this.chain],
			inputs,
			policies: unique(of.policies ?? []),
			actual: of.actual,
			expected: of.expected,
			remedies: of.remedies ?? [],
			...(of.call === undefined ? {} : { call: of.call }),
			...(of.note === undefined ? {} : { note: of.note }),
			...(of.made === true ? { made: true } : {}),
			...(of.near === undefined ? {} : { near: of.near }),
			...(of.parts === undefined ? {} : { parts: of.parts }),
		};
		if (this.furthest === undefined || leaf.chain.length > this.furthest.chain.length) this.furthest = leaf;
		return { cost: leaf.cost, leaves: [leaf], hints: [], iterations: [], value: of.value };
	}

	/** What is gone through is none. */
	noCollection(of: Traced): Blame {
		const { from, value: actual } = of;
		// What is to be in it shows when it is there.
		const remedies = isInputPlace(from) ? [{ op: "replace" as const, place: from, value: [] }] : [];
		return this.leaf({ kind: "shape", inputs: inputsOf(from), actual, note: "a collection is wanted", remedies });
	}

	/** The same, where what is told of it is worked out when it is asked for: most causes never are. */
	lazyLeaf(of: Pick<LeafParts, "kind" | "base" | "value">, from: readonly Source[], details: () => LeafParts): Blame {
		const mendable = from.some(isOfInput);
		const isConsequence = this.resized !== undefined && from.some((x) => inputsOf(x).some((p) => this.#follows(p)));
		const cost = isConsequence ? again : (of.base ?? 1) + (mendable ? 0 : policyOnly);
		const leaf = new LazyLeaf({ kind: of.kind, cost, loc: this.loc, chain: [...this.chain] }, details);
		if (this.furthest === undefined || leaf.chain.length > this.furthest.chain.length) this.furthest = leaf;
		return { cost: leaf.cost, leaves: [leaf], hints: [], iterations: [], value: of.value };
	}

	/** Whether a place is in the list that is of another size. */
	#follows(place: Place | undefined): boolean {
		const { resized } = this;
		for (let p = place?.parent; p !== undefined && resized !== undefined; p = p.parent)
			if (samePlace(p, resized)) return true;
		return false;
	}

	/** A number for a value: the same for the same, and for equal scalars. */
	operandKey(v: Operand): string {
		if ("unknown" in v) return v.from?.kind === "place" ? `?${placeKey(v.from)}` : "?";
		const { value } = v;
		// Equal scalars from different places are explained differently.
		const at = v.from.kind === "place" ? placeKey(v.from) : "";
		if (typeof value === "string" && value.length < 256) return `${JSON.stringify(value)}${at}`;
		if (typeof value !== "object" || value === null) return `${typeof value}${String(value)}${at}`;
		return `${this.#numberOf(value)}`;
	}

	#numberOf(v: object): number {
		let n = this.#numbers.get(v);
		if (n === undefined) {
			n = this.#next++;
			this.#numbers.set(v, n);
		}
		return n;
	}
}

export interface OtherWay {
	readonly rule: number;
	readonly loc: PlanLocation;
	readonly chosen: { readonly of: Place; readonly index: Value } | undefined;
	readonly blame: Blame;
}

interface Known {
	readonly blame: Blame;
	readonly bound: number;
}

function goalKey(r: Relaxer, goal: Goal): string {
	switch (goal.is) {
		case "true":
		case "defined":
			return goal.is;
		case "equal":
			return `=${r.operandKey(goal.to)}`;
		case "compared":
			return `${goal.how}${r.operandKey(goal.to)}`;
		case "size":
			return `#${goal.how}${goal.to}`;
		case "with":
			return `[${r.operandKey(goal.key)}]${goalKey(r, goal.goal)}`;
	}
}

/** What a cause costs more that only another policy would mend. */
const policyOnly = 2;
