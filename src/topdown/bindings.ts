/**
 * Values of variables. Each query (a rule being evaluated, a function being called) has variables of its own; one
 * may stand for a term in another query's, as an argument does. Binding is undone on the way back.
 */

import { array, object, set, type Term, type Variable } from "./nodes.ts";

export interface Bound {
	readonly term: Term;
	readonly of: Bindings;
}

interface Entry extends Bound {
	/** As it stood where it got its value. */
	readonly variable: Variable;
}

export class Bindings {
	readonly #values = new Map<string, Entry>();

	get(name: string): Bound | undefined {
		return this.#values.get(name);
	}

	bind(v: Variable, term: Term, of: Bindings): void {
		this.#values.set(v.name, { term, of, variable: v });
	}

	undo(v: Variable): void {
		this.#values.delete(v.name);
	}

	/** Variables that have values. */
	variables(): readonly Variable[] {
		return [...this.#values.values()].map((e) => e.variable);
	}

	/** What a term stands for: itself, unless it is a variable that has a value. */
	apply(term: Term): Bound {
		let t = term;
		let of: Bindings = this;
		while (t.kind === "var") {
			const bound = of.get(t.name);
			if (bound === undefined) break;
			t = bound.term;
			of = bound.of;
		}
		return { term: t, of };
	}

	/** The term with values in place of its variables, as far as they have any. */
	plug(t: Term): Term {
		switch (t.kind) {
			case "var": {
				const { term, of } = this.apply(t);
				return term === t ? t : term.kind === "value" ? term : of.plug(term);
			}
			case "array":
				return array(
					t.items.map((x) => this.plug(x)),
					t.place,
				);
			case "set":
				return set(
					t.items.map((x) => this.plug(x)),
					t.place,
				);
			case "object":
				return object(
					t.entries.map(([k, v]) => [this.plug(k), this.plug(v)] as const),
					t.place,
				);
			case "ref":
				return { kind: "ref", terms: t.terms.map((x) => this.plug(x)), place: t.place };
			default:
				return t;
		}
	}
}
