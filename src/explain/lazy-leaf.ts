/** Causes of which what is told is worked out when it is asked for: most never are. */
import type { PlanLocation } from "../plan/plan.ts";
import type { Value } from "../value/value.ts";
import { type Iteration, type Leaf, type Operand, type Remedy, told } from "./blame.ts";
import { type Place, step, unique } from "./source.ts";

/** What is told of a cause. */
export interface LeafParts {
	readonly kind: Leaf["kind"];
	/** Weight; 1 unless given. */
	readonly base?: number;
	readonly inputs?: readonly Place[];
	readonly subject?: Leaf["subject"];
	readonly policies?: readonly Place[];
	readonly actual?: Value | undefined;
	readonly expected?: Value | undefined;
	readonly call?: Leaf["call"];
	readonly note?: string | undefined;
	readonly remedies?: Leaf["remedies"];
	/** The actual value was made of its places. */
	readonly made?: boolean | undefined;
	readonly parts?: Leaf["parts"];
	readonly near?: string | undefined;
	/** What goes on. */
	readonly value?: Operand;
}

export class LazyLeaf implements Leaf {
	readonly kind: Leaf["kind"];
	readonly cost: number;
	readonly loc: PlanLocation;
	readonly chain: readonly number[];
	readonly iteration: Iteration | undefined;
	readonly #details: () => LeafParts;
	#known: LeafParts | undefined;

	constructor(of: Pick<Leaf, "kind" | "cost" | "loc" | "chain" | "iteration">, details: () => LeafParts) {
		this.kind = of.kind;
		this.cost = of.cost;
		this.loc = of.loc;
		this.chain = of.chain;
		this.iteration = of.iteration;
		this.#details = details;
	}

	get #told(): LeafParts {
		if (this.#known === undefined) {
			const known = this.#details();
			const { inputs = [], policies = [] } = known;
			this.#known = { ...known, inputs: unique(inputs), policies: unique(policies) };
		}
		return this.#known;
	}

	get parts(): Leaf["parts"] {
		return this.#told.parts;
	}

	get near(): string | undefined {
		return this.#told.near;
	}

	get inputs(): readonly Place[] {
		return this.#told.inputs ?? [];
	}

	get subject(): Leaf["subject"] {
		return this.#told.subject;
	}

	get policies(): readonly Place[] {
		return this.#told.policies ?? [];
	}

	get actual(): Value | undefined {
		return this.#told.actual;
	}

	get expected(): Value | undefined {
		return this.#told.expected;
	}

	get call(): Leaf["call"] {
		return this.#told.call;
	}

	get note(): string | undefined {
		return this.#told.note;
	}

	get made(): boolean | undefined {
		return this.#told.made;
	}

	get remedies(): readonly Remedy[] {
		return this.#told.remedies ?? [];
	}
}

/** A cause that is told with the collection it was looked for in. */
export function withCollection(leaf: Leaf, of: Place): Leaf {
	return new LazyLeaf(leaf, () => {
		const all = told(leaf);
		const { inputs, expected, remedies } = all;
		const end = step(of, "-");
		return {
			...all,
			inputs: inputs.length === 0 || inputs.includes(of) ? inputs : [...inputs, of],
			// What is wanted may be there besides.
			remedies:
				expected === undefined || end.kind !== "place"
					? remedies
					: [...remedies, { op: "add", place: end, value: expected }],
		};
	});
}

/** A cause that is told with how a collection was gone through, if no other within that is. */
export function withIteration(leaf: Leaf, iteration: Iteration): Leaf {
	if (leaf.iteration !== undefined) return leaf;
	const { kind, cost, loc, chain } = leaf;
	return new LazyLeaf({ kind, cost, loc, chain, iteration }, () => told(leaf));
}
