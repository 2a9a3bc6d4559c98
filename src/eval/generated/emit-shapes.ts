/**
 * Definitions of one group that differ in nothing but scalar constants and places
 * (`allow if { input.key == "k7"; input.n > 7 }`, a thousand times): they share one emitted function,
 * which is given the row of what differs. In the representative that is emitted, a constant index or a
 * place below -1 stands for a slot of the row.
 */

import { at, at as elementAt } from "../../at.ts";
import { branchesOf } from "../../plan/else-chain.ts";
import type { Definition } from "../../plan/plan.ts";
import type { Value } from "../../value/value.ts";

export interface Shape {
	/** What is emitted, with slots. */
	readonly definition: Definition;
	/** Slots that are constants: a value of their kind. */
	readonly kinds: ReadonlyMap<number, string | number | boolean>;
	/** The definitions it stands for, with the rows they fill it from: constants by index, places. */
	readonly members: readonly (readonly [definition: number, row: readonly number[]])[];
}

/** The slot that stands for a constant index or a place. */
export function slotOf(index: number): number | undefined {
	return index < -1 ? -2 - index : undefined;
}

/** Definitions with longer chains of branches are alike in constants only by accident. */
const mostBranches = 100;

/** The shapes that at least `least` definitions have. */
export function shapesOf(
	definitions: readonly Definition[],
	constants: readonly Value[],
	regexMatch: number,
	least: number,
): readonly Shape[] {
	const known = new Map<string, Shape & { readonly members: [number, readonly number[]][] }>();
	definitions.forEach((d, i) => {
		// Copied and compared by recursion, with all of its branches.
		if (branchesOf(d).length > mostBranches) return;
		const walk = new Walk(constants, regexMatch);
		const definition = walk.copy(d, "", undefined) as Definition;
		// A layer's replacements are told apart by their statement.
		if (walk.layered) return;
		const key = JSON.stringify([definition, [...walk.kinds].map(([s, v]) => [s, typeof v])]);
		const same = known.get(key);
		if (same === undefined) known.set(key, { definition, kinds: walk.kinds, members: [[i, walk.row]] });
		else same.members.push([i, walk.row]);
	});
	return [...known.values()].filter((s) => s.members.length >= least).map(withoutCommon);
}

/** Puts back what is the same in all of a shape's definitions. */
function withoutCommon(shape: Shape): Shape {
	const first = shape.members[0]?.[1] ?? [];
	const common = first.map((x, slot) => shape.members.every(([, row]) => row[slot] === x));
	const back = (x: unknown): unknown => {
		if (typeof x === "number") {
			const slot = slotOf(x);
			return slot !== undefined && common[slot] === true ? first[slot] : x;
		}
		if (typeof x !== "object" || x === null) return x;
		if (Array.isArray(x)) return x.map(back);
		return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, back(v)]));
	};
	return { ...shape, definition: back(shape.definition) as Definition };
}

/**
 * What the emitted functions of a group are given, by definition: first the number of the function,
 * then what fills its slots.
 */
export interface RowTable {
	readonly rows: readonly (readonly number[])[];
	/** By function: which positions of its rows are indexes of constants. */
	readonly constants: readonly (readonly number[])[];
}

export function filledRows(table: RowTable, constants: readonly Value[]): readonly (readonly Value[])[] {
	return table.rows.map((row) => {
		const out: Value[] = [...row];
		for (const at of table.constants[elementAt(row, 0)] ?? []) out[at] = elementAt(constants, row[at] as number);
		return out;
	});
}

class Walk {
	readonly row: number[] = [];
	readonly kinds: Map<number, string | number | boolean> = new Map();
	layered = false;
	readonly #constants: readonly Value[];
	readonly #regexMatch: number;

	constructor(constants: readonly Value[], regexMatch: number) {
		this.#constants = constants;
		this.#regexMatch = regexMatch;
	}

	/** A copy with slots. `name`: of the property it stands in; `parent`: the object that has it. */
	copy(x: unknown, name: string, parent: { readonly op?: unknown; readonly builtin?: unknown } | undefined): unknown {
		if (typeof x === "number") {
			if ((name !== "loc" && name !== "location") || x < 0) return x;
			this.row.push(x);
			return -1 - this.row.length;
		}
		if (typeof x !== "object" || x === null) return x;
		if (Array.isArray(x)) return name === "names" ? [] : x.map((y) => this.copy(y, name, parent));
		const o = x as { readonly op?: unknown; readonly index?: number };
		if (o.op === "with") this.layered = true;
		if (o.op === "const") {
			const index = o.index as number;
			const value = at(this.#constants, index);
			const scalar = typeof value === "string" || typeof value === "boolean" || Number.isSafeInteger(value);
			if (!scalar || this.#isRead(name, parent)) return x;
			this.row.push(index);
			this.kinds.set(this.row.length - 1, value as string | number | boolean);
			return { op: "const", index: -1 - this.row.length };
		}
		return Object.fromEntries(Object.entries(o).map(([k, v]) => [k, this.copy(v, k, o)]));
	}

	/** Constants that the text is made for: names of properties, patterns, conditions. */
	#isRead(name: string, parent: { readonly op?: unknown; readonly builtin?: unknown } | undefined): boolean {
		switch (parent?.op) {
			case "dot":
				return name === "key";
			case "unpack-object":
			case "object":
				return name === "entries";
			case "test":
				return true;
			case "builtin":
				return parent.builtin === this.#regexMatch;
			default:
				return false;
		}
	}
}
