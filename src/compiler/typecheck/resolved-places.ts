/**
 * Where OPA reports wrong references to documents. The references that a module's short names stand
 * for (`q` for `data.p.q`) share one `data` node there, a node for the rules of the module's package and
 * one for each import, and its place is that of whichever name was resolved last. A reference written
 * out has its own.
 */

import { at, at as elementAt } from "../../at.ts";
import type { Source } from "../../location.ts";
import type { Module, Ref, Rule, Term } from "../../parser/ast.ts";
import { type Visitor, walkLiteral, walkTerm } from "../../parser/walk.ts";
import { isReserved } from "../syntax/calls.ts";

export class ResolvedPlaces {
	readonly #modules: ReadonlyMap<Source, Module>;
	readonly #last: Map<Module, ReadonlyMap<string, number>> = new Map();

	constructor(modules: readonly Module[]) {
		this.#modules = new Map(modules.map((m) => [m.source, m]));
	}

	/** Offset of the place to report. */
	offset(source: Source, ref: Ref): number {
		const head = at(ref.terms, 0);
		const module = this.#modules.get(source);
		const name = module === undefined ? undefined : shortName(module, ref);
		if (module === undefined || name === undefined) return head.start;
		let last = this.#last.get(module);
		if (last === undefined) {
			last = lastOccurrences(module);
			this.#last.set(module, last);
		}
		return last.get(name) ?? head.start;
	}
}

/** The import a reference was written with, "" for a rule of the package; undefined if it was written out. */
function shortName(module: Module, ref: Ref): string | undefined {
	const head = at(ref.terms, 0);
	if (head.kind !== "var" || !isReserved(head.name)) return undefined;
	const written = /[A-Za-z_]\w*/y;
	written.lastIndex = head.start;
	const name = written.exec(module.source.text)?.[0];
	if (name === undefined || name === head.name) return undefined;
	const path = module.package.path.terms;
	const own =
		path.every((t, i) => i === 0 || scalarOf(t) === scalarOf(ref.terms[i])) &&
		scalarOf(ref.terms[path.length]) === name;
	return own ? "" : name;
}

function scalarOf(t: Term | undefined): unknown {
	return t?.kind === "scalar" ? t.value : undefined;
}

function lastOccurrences(module: Module): ReadonlyMap<string, number> {
	const out = new Map<string, number>();
	for (const first of module.rules) {
		for (let r: Rule | undefined = first; r !== undefined; r = r.else) {
			const { ref, key, value } = r.head;
			const heads = [...ref.terms.slice(1), key, value].filter((t) => t !== undefined);
			// Bodies may have been reordered: the last is the one furthest on in the text.
			for (const part of [...heads.map((t) => [t]), r.body]) {
				const found = new Map<string, number>();
				const visit = (x: Ref): void => {
					const name = shortName(module, x);
					const at = elementAt(x.terms, 0).start;
					if (name !== undefined && at >= (found.get(name) ?? 0)) found.set(name, at);
				};
				for (const x of part) {
					if (x.kind === "expr") walkLiteral(x, references(visit));
					else walkTerm(x, references(visit));
				}
				for (const [name, at] of found) out.set(name, at);
			}
		}
	}
	return out;
}

function references(visit: (r: Ref) => void): Visitor {
	return {
		term: (t) => {
			if (t.kind === "ref") visit(t);
			else if (t.kind === "call") visit(t.operator);
			return true;
		},
	};
}
