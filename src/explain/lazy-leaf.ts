/** Causes of which what is told is worked out when it is asked for: most never are. */
import type { PlanLocation } from "../plan/plan.ts";
import type { Value } from "../value/value.ts";
import type { Leaf, Operand, Remedy } from "./blame.ts";
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
	/** What goes on. */
	readonly value?: Operand;
}

export class LazyLeaf implements Leaf {
	readonly kind: Leaf["kind"];
	readonly cost: number;
	readonly loc: PlanLocation;
	readonly chain: readonly number[];
	readonly #details: () => LeafParts;
	#known: LeafParts | undefined;

	constructor(of: Pick<Leaf, "kind" | "cost" | "loc" | "chain">, details: () => LeafParts) {
		this.kind = of.kind;
		this.cost = of.cost;
		this.loc = of.loc;
		this.chain = of.chain;
		this.#details = details;
	}

	get #parts(): LeafParts {
		if (this.#known === undefined) {
			const parts = this.#details();
			const { inputs = [], policies = [] } = parts;
			this.#known = { ...parts, inputs: unique(inputs), policies: unique(policies) };
		}
		return this.#known;
	}

	get inputs(): readonly Place[] {
		return this.#parts.inputs ?? [];
	}

	get subject(): Leaf["subject"] {
		return this.#parts.subject;
	}

	get policies(): readonly Place[] {
		return this.#parts.policies ?? [];
	}

	get actual(): Value | undefined {
		return this.#parts.actual;
	}

	get expected(): Value | undefined {
		return this.#parts.expected;
	}

	get call(): Leaf["call"] {
		return this.#parts.call;
	}

	get note(): string | undefined {
		return this.#parts.note;
	}

	get made(): boolean | undefined {
		return this.#parts.made;
	}

	get remedies(): readonly Remedy[] {
		return this.#parts.remedies ?? [];
	}
}

/** A cause that is told with the collection it was looked for in. */
export function withCollection(leaf: Leaf, of: Place): Leaf {
	return new LazyLeaf(leaf, () => {
		const { kind, subject, policies, actual, expected, call, note, made, inputs, remedies } = leaf;
		const end = step(of, "-");
		return {
			...{ kind, subject, policies, actual, expected, call, note, made },
			inputs: inputs.length === 0 || inputs.includes(of) ? inputs : [...inputs, of],
			// What is wanted may be there besides.
			remedies:
				expected === undefined || end.kind !== "place"
					? remedies
					: [...remedies, { op: "add", place: end, value: expected }],
		};
	});
}
