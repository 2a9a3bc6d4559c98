/**
 * RewriteWithValues: what a `with` may replace, and by what. Functions named as replacements become
 * references (a bare `count` is a variable until here), so that they are never taken for values.
 */

import { at, last } from "../../at.ts";
import type { Builtin } from "../../builtins/define.ts";
import { RegoError } from "../../errors.ts";
import type { Source } from "../../location.ts";
import type { Body, Expr, Ref, Term, With } from "../../parser/ast.ts";
import { dottedName } from "../../parser/ast.ts";
import type { Compilation } from "../compilation.ts";
import { rootOf } from "../syntax/calls.ts";
import { mapExpr, mapTerm, mapTerms } from "../syntax/transform.ts";
import { requiresEval } from "../syntax/vars.ts";
import { headTerms } from "./prints.ts";

export function rewriteWithModifiers(c: Compilation): void {
	for (const m of c.modules) {
		for (const r of m.all) {
			if (!r.has.withs) continue;
			const rewriter = new WithRewriter(c, m.source);
			const head = r.head;
			if (headTerms(r).some(requiresEval)) {
				const name = at(head.ref.terms, 0);
				const rest = head.ref.terms.slice(1);
				const parts = mapTerms(rest, rewriter.term);
				const ref = parts === rest ? head.ref : { ...head.ref, terms: [name, ...parts] };
				const key = head.key === undefined ? undefined : rewriter.term(head.key);
				const value = head.value === undefined ? undefined : rewriter.term(head.value);
				if (ref !== head.ref || key !== head.key || value !== head.value) r.setHead({ ...head, ref, key, value });
			}
			r.body = rewriter.body(r.body);
		}
	}
}

export function rewriteQueryWiths(c: Compilation, body: Body, source: Source): Body {
	return new WithRewriter(c, source).body(body);
}

class WithRewriter {
	readonly #c: Compilation;
	readonly #source: Source;

	constructor(c: Compilation, source: Source) {
		this.#c = c;
		this.#source = source;
	}

	/** Reports at most one error of the body's own; what is inside a wrong body is not looked at. */
	readonly body = (b: Body): Body => {
		const own: Expr[] = [];
		for (const e of b) {
			const withs: With[] = [];
			for (const w of e.with) {
				const normal: With = { ...w, target: functionRef(this.#c, w.target), value: functionRef(this.#c, w.value) };
				const error = withError(this.#c, normal, this.#source);
				if (error !== undefined) {
					this.#c.add(error);
					return b;
				}
				withs.push(normal);
			}
			own.push(withs.length === 0 ? e : { ...e, with: withs });
		}
		let changed = false;
		const out = own.map((e, i) => {
			const next = mapExpr(e, this.term, this.body);
			if (next !== b[i]) changed = true;
			return next;
		});
		return changed ? out : b;
	};

	readonly term = (t: Term): Term => {
		if (this.#c.constants.has(t)) return t;
		return mapTerm(t, this.term, this.body, (e) => at(this.body([e]), 0));
	};
}

/** A bare builtin name as a reference. */
function functionRef(c: Compilation, t: Term): Term {
	if (t.kind !== "var" || !c.builtins.has(t.name)) return t;
	return { kind: "ref", terms: [t], start: t.start, end: t.end };
}

function withError(c: Compilation, w: With, source: Source): RegoError | undefined {
	const { target, value } = w;
	const at = (code: "rego_compile_error" | "rego_type_error", message: string, t: Term): RegoError =>
		new RegoError(code, message, source.location(t.start));
	const unsafe = (t: Term): RegoError | undefined => {
		const name = nameOf(t);
		if (name === undefined || !c.options.unsafeBuiltins.has(name)) return undefined;
		const message = `with keyword replacing built-in function: target must not be unsafe: ${JSON.stringify(name)}`;
		return at("rego_compile_error", message, t);
	};
	const unsafeTarget = unsafe(target);
	if (unsafeTarget !== undefined) return unsafeTarget;
	if (rootOf(target) === "data") {
		const path = target.kind === "ref" ? target.terms : [target];
		let node: typeof c.tree | undefined = c.tree;
		for (const t of path.slice(0, -1)) {
			node = node?.child(t);
			if (node === undefined) break;
			if (node.rules.length > 0) {
				return at("rego_compile_error", "with keyword cannot partially replace virtual document(s)", target);
			}
		}
		if (node?.child(last(path))?.rules.some((r) => r.isFunction) === true) return unsafe(value);
		return undefined;
	}
	if (rootOf(target) === "input") return undefined;
	const builtin = builtinOf(c, target);
	if (builtin === undefined) {
		const message = "with keyword target must reference existing input, data, or a function";
		return at("rego_type_error", message, target);
	}
	const invalid = builtinTargetError(builtin);
	if (invalid !== undefined) {
		return at("rego_compile_error", `with keyword replacing built-in function: ${invalid}`, target);
	}
	return unsafe(value);
}

function builtinTargetError(b: Builtin): string | undefined {
	if (b.name === "eq" || b.name === "rego.metadata.chain" || b.name === "rego.metadata.rule") {
		return `replacement of ${JSON.stringify(b.name)} invalid`;
	}
	if (b.name.startsWith("internal.")) return `replacement of internal function ${JSON.stringify(b.name)} invalid`;
	if (b.relation) return "target must not be a relation";
	if (b.result === undefined) return "target must not be a void function";
	return undefined;
}

function nameOf(t: Term): string | undefined {
	if (t.kind === "var") return t.name;
	return t.kind === "ref" ? dottedName(t) : undefined;
}

function builtinOf(c: Compilation, t: Term): Builtin | undefined {
	const name = nameOf(t);
	return name === undefined ? undefined : c.builtins.get(name);
}

/** The replacement is a function, put in place by name and not evaluated. */
export function replacesByFunction(c: Compilation, w: With): boolean {
	if (w.value.kind !== "ref") return false;
	const found = (r: Ref): boolean => c.tree.find(r.terms) !== undefined;
	if (rootOf(w.target) === "input") return false;
	if (rootOf(w.target) === "data") {
		const target = w.target.kind === "ref" ? c.tree.find(w.target.terms) : undefined;
		if (target?.rules.some((r) => r.isFunction) === true && (found(w.value) || builtinOf(c, w.value) !== undefined)) {
			return true;
		}
		return c.tree.find(w.value.terms)?.rules.some((r) => r.isFunction) === true;
	}
	return found(w.value) || builtinOf(c, w.value) !== undefined;
}
