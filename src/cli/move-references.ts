/** Renaming packages and references: what `rego refactor move` does to a module. */
import { at } from "../at.ts";
import { mapBody, mapExpr, mapTerm } from "../compiler/syntax/transform.ts";
import type { Source } from "../location.ts";
import type { Body, Expr, Head, Module, Ref, Rule, Term } from "../parser/ast.ts";
import { printRef } from "../parser/print.ts";
import { compareLists } from "../parser/term-order.ts";

/** From a path to another one. */
export type Mapping = readonly [from: Ref, to: Ref];

export function moveReferences(module: Module, mappings: readonly Mapping[]): Module {
	const term = (t: Term): Term => {
		const inner = mapTerm(t, term, body, expr);
		return inner.kind === "ref" ? moveRef(inner, mappings, module.source) : inner;
	};
	const body = (b: Body): Body => mapBody(b, expr);
	const expr = (e: Expr): Expr => mapExpr(e, term, body);
	const head = (h: Head): Head => ({
		...h,
		ref: { ...h.ref, terms: [at(h.ref.terms, 0), ...h.ref.terms.slice(1).map(term)] },
		args: h.args?.map(term),
		key: h.key && term(h.key),
		value: h.value && term(h.value),
	});
	const rule = (r: Rule): Rule => ({ ...r, head: head(r.head), body: body(r.body), else: r.else && rule(r.else) });
	return {
		...module,
		package: { ...module.package, path: moveRef(module.package.path, mappings, module.source, module.package.start) },
		imports: module.imports.map((i) => ({
			...i,
			path: i.path.kind === "ref" ? moveRef(i.path, mappings, module.source) : i.path,
		})),
		rules: module.rules.map(rule),
	};
}

/** The head and what follows it up to the first part that is not known. */
function constantPrefix(ref: Ref): readonly Term[] {
	const variable = ref.terms.findIndex((t, i) => i > 0 && t.kind !== "scalar");
	return variable < 0 ? ref.terms : ref.terms.slice(0, variable);
}

/** The first mapping that fits is the one. */
function moveRef(ref: Ref, mappings: readonly Mapping[], source: Source, where = ref.start): Ref {
	const constant = constantPrefix(ref);
	for (const [from, to] of mappings) {
		const length = from.terms.length;
		if (constant.length < length && compareLists(constant, from.terms.slice(0, constant.length)) === 0) {
			// It may mean what is moved, and something beside it.
			const prefix = printRef({ ...ref, terms: constant });
			const row = source.row(where);
			throw new Error(
				`${source.name}:${row}: cannot rewrite \`${printRef(ref)}\`: constant prefix \`${prefix}\` of \`${printRef(ref)}\` is too short`,
			);
		}
		if (ref.terms.length < length || compareLists(ref.terms.slice(0, length), from.terms) !== 0) continue;
		// Where the new terms come from is the place of the old ones: comments stay beside what they are about.
		const place = { start: ref.start, end: at(ref.terms, length - 1).end };
		return { ...ref, terms: [...to.terms.map((t) => ({ ...t, ...place })), ...ref.terms.slice(length)] };
	}
	return ref;
}
