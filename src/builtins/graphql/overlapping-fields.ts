/**
 * The rule that fields with one response name must agree: same field, same arguments, compatible
 * types, and so on below them, through fragments. Each selection set is compared within itself and
 * with the fragments it spreads; pairs of fragments are compared once. The comparison can be
 * quadratic and, through fragments, worse: every pair of fields counts as a step.
 */
import type { Argument, Field, FragmentSpread, Schema, Selection, TypeRef } from "./ast.ts";
import { typeText } from "./ast.ts";
import type { Position } from "./error.ts";
import type { Rule, Walker } from "./walk.ts";

interface Conflict {
	readonly responseName: string;
	readonly message: string;
	readonly below: readonly Conflict[];
	readonly pos: Position | undefined;
}

export function overlappingFieldsCanBeMerged(step: (amount: number) => void): Rule {
	return (on, report) => {
		const finder = new Finder(step);
		const check = (w: Walker, selections: readonly Selection[]): void => {
			finder.schema = w.schema;
			for (const c of finder.within(selections)) {
				report(
					`Fields "${c.responseName}" conflict because ${reason(c)}. Use different aliases on the fields to fetch both if this was intentional.`,
					c.pos,
				);
			}
		};
		on.operation.push((w, op) => check(w, op.SelectionSet));
		on.field.push((w, f) => {
			// Fields of fragments are checked where the fragment is spread in an operation.
			if (w.operation !== undefined) check(w, f.SelectionSet);
		});
		on.inlineFragment.push((w, f) => check(w, f.SelectionSet));
		on.fragment.push((w, f) => check(w, f.SelectionSet));
	};
}

function reason(c: Conflict): string {
	if (c.below.length === 0) return c.message;
	return c.below.map((b) => `subfields "${b.responseName}" conflict because ${reason(b)}`).join(" and ");
}

interface Collected {
	/** Fields by response name, in order of appearance. */
	readonly fields: ReadonlyMap<string, readonly Field[]>;
	readonly spreads: readonly FragmentSpread[];
}

class Finder {
	schema: Schema | undefined;
	readonly #step: (amount: number) => void;
	/** Pairs of fragment names compared so far, and whether as mutually exclusive. */
	readonly #pairs: Map<string, boolean> = new Map();
	/** Fragments compared with the current set of fields. */
	#compared: Set<string> = new Set();
	readonly #collected: WeakMap<readonly Selection[], Collected> = new WeakMap();

	constructor(step: (amount: number) => void) {
		this.#step = step;
	}

	within(selections: readonly Selection[]): Conflict[] {
		if (selections.length === 0) return [];
		const { fields, spreads } = this.#collect(selections);
		const conflicts: Conflict[] = [];
		for (const group of fields.values()) {
			for (const [i, a] of group.entries()) {
				for (const b of group.slice(i + 1)) {
					const c = this.#compare(false, a, b);
					if (c !== undefined) conflicts.push(c);
				}
			}
		}
		this.#compared = new Set();
		for (const [i, a] of spreads.entries()) {
			this.#fieldsAndFragment(conflicts, false, fields, a);
			for (const b of spreads.slice(i + 1)) this.#fragments(conflicts, false, a, b);
		}
		return conflicts;
	}

	#collect(selections: readonly Selection[]): Collected {
		const known = this.#collected.get(selections);
		if (known !== undefined) return known;
		const fields = new Map<string, Field[]>();
		const spreads: FragmentSpread[] = [];
		const visit = (set: readonly Selection[]): void => {
			for (const s of set) {
				if (s.kind === "inline") visit(s.SelectionSet);
				else if (s.kind === "spread") spreads.push(s);
				else {
					const name = s.Alias === "" ? s.Name : s.Alias;
					const group = fields.get(name);
					if (group === undefined) fields.set(name, [s]);
					else group.push(s);
				}
			}
		};
		visit(selections);
		const out = { fields, spreads };
		this.#collected.set(selections, out);
		return out;
	}

	#fieldsAndFragment(
		conflicts: Conflict[],
		exclusive: boolean,
		fields: Collected["fields"],
		spread: FragmentSpread,
	): void {
		if (this.#compared.has(spread.Name)) return;
		this.#compared.add(spread.Name);
		if (spread.definition === undefined) return;
		const other = this.#collect(spread.definition.SelectionSet);
		if (sameFields(fields, other.fields)) return;
		this.#between(conflicts, exclusive, fields, other.fields);
		for (const s of other.spreads) {
			if (s.Name !== spread.Name) this.#fieldsAndFragment(conflicts, exclusive, fields, s);
		}
	}

	#fragments(conflicts: Conflict[], exclusive: boolean, a: FragmentSpread, b: FragmentSpread): void {
		if (a.Name === b.Name) return;
		const key = a.Name < b.Name ? `${a.Name} ${b.Name}` : `${b.Name} ${a.Name}`;
		const known = this.#pairs.get(key);
		// Compared as not exclusive covers compared as exclusive, not the other way round.
		if (known !== undefined && (exclusive || !known)) return;
		this.#pairs.set(key, exclusive);
		if (a.definition === undefined || b.definition === undefined) return;
		const x = this.#collect(a.definition.SelectionSet);
		const y = this.#collect(b.definition.SelectionSet);
		this.#between(conflicts, exclusive, x.fields, y.fields);
		for (const s of y.spreads) this.#fragments(conflicts, exclusive, a, s);
		for (const s of x.spreads) this.#fragments(conflicts, exclusive, s, b);
	}

	#between(conflicts: Conflict[], exclusive: boolean, a: Collected["fields"], b: Collected["fields"]): void {
		for (const [name, group] of a) {
			const others = b.get(name);
			if (others === undefined) continue;
			for (const x of group) {
				for (const y of others) {
					const c = this.#compare(exclusive, x, y);
					if (c !== undefined) conflicts.push(c);
				}
			}
		}
	}

	#compare(parentsExclusive: boolean, a: Field, b: Field): Conflict | undefined {
		this.#step(1);
		const typeA = a.objectDefinition;
		const typeB = b.objectDefinition;
		if (typeA === undefined || typeB === undefined) return undefined;
		const exclusive =
			parentsExclusive ||
			(typeA.Name !== typeB.Name &&
				typeA.Kind === "OBJECT" &&
				typeB.Kind === "OBJECT" &&
				a.definition !== undefined &&
				b.definition !== undefined);
		const responseName = a.Alias === "" ? a.Name : a.Alias;
		const conflict = (message: string, below: readonly Conflict[] = []): Conflict => ({
			responseName,
			message,
			below,
			pos: b.pos,
		});
		if (!exclusive) {
			if (a.Name !== b.Name) return conflict(`"${a.Name}" and "${b.Name}" are different fields`);
			if (!sameArguments(a.Arguments, b.Arguments)) return conflict("they have differing arguments");
		}
		const x = a.definition?.Type;
		const y = b.definition?.Type;
		if (x !== undefined && y !== undefined && this.#typesConflict(x, y)) {
			return conflict(`they return conflicting types "${typeText(x)}" and "${typeText(y)}"`);
		}
		const below = this.#below(exclusive, a.SelectionSet, b.SelectionSet);
		return below.length > 0 ? conflict("", below) : undefined;
	}

	#below(exclusive: boolean, a: readonly Selection[], b: readonly Selection[]): Conflict[] {
		const conflicts: Conflict[] = [];
		const x = this.#collect(a);
		const y = this.#collect(b);
		this.#between(conflicts, exclusive, x.fields, y.fields);
		for (const s of y.spreads) {
			this.#compared = new Set();
			this.#fieldsAndFragment(conflicts, exclusive, x.fields, s);
		}
		for (const s of x.spreads) {
			this.#compared = new Set();
			this.#fieldsAndFragment(conflicts, exclusive, y.fields, s);
		}
		for (const s of x.spreads) for (const t of y.spreads) this.#fragments(conflicts, exclusive, s, t);
		return conflicts;
	}

	#typesConflict(a: TypeRef, b: TypeRef): boolean {
		if (a.Elem !== undefined || b.Elem !== undefined) {
			return a.Elem === undefined || b.Elem === undefined || this.#typesConflict(a.Elem, b.Elem);
		}
		if (a.NonNull !== b.NonNull) return true;
		const leaf = (t: TypeRef): boolean => {
			const kind = this.schema?.types.get(t.NamedType)?.Kind;
			return kind === "SCALAR" || kind === "ENUM";
		};
		return leaf(a) && leaf(b) && a.NamedType !== b.NamedType;
	}
}

/** Whether two collections are of the very same nodes: a fragment is not compared with itself. */
function sameFields(a: Collected["fields"], b: Collected["fields"]): boolean {
	if (a === b) return true;
	if (a.size !== b.size) return false;
	for (const [name, group] of a) {
		const other = b.get(name);
		if (other === undefined || other.length !== group.length) return false;
		if (!group.every((f, i) => f === other[i])) return false;
	}
	return true;
}

function sameArguments(a: readonly Argument[], b: readonly Argument[]): boolean {
	if (a.length !== b.length) return false;
	return a.every((x) =>
		b.some((y) => x.Name === y.Name && x.Value.Kind === y.Value.Kind && x.Value.Raw === y.Value.Raw),
	);
}
