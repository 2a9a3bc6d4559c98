/**
 * A parsed module as rego.parse_module returns it: OPA's JSON form of its syntax tree. Terms are
 * `{type, value}`, expressions have an index and either a term, a call as a list, or a declaration.
 * Sets and objects are in OPA's order; locations are left out except for comments.
 */

import { encodeBase64 } from "../../go/base64.ts";
import type { Location } from "../../location.ts";
import type { Body, Comment, Expr, Head, Import, Logical, Module, Ref, Rule, Scalar, Term } from "../../parser/ast.ts";
import { isGround } from "../../parser/rules.ts";
import { sortedEntries, sortedItems } from "../../parser/term-order.ts";
import { assertNever, isNumber, type PlainObject, type Value } from "../../value/value.ts";

type Json = { [key: string]: Value };

/** The value of a parsed module. */
export function moduleValue(m: Module): PlainObject {
	return new ModuleWriter(m.source.text).module(m);
}

class ModuleWriter {
	readonly #text: string;

	constructor(text: string) {
		this.#text = text;
	}

	module(m: Module): PlainObject {
		const out: Json = { package: { path: m.package.path.terms.map((x) => this.#term(x)) } };
		if (m.imports.length > 0) out["imports"] = m.imports.map((i) => this.#import(i));
		if (m.rules.length > 0) out["rules"] = m.rules.map((r) => this.#rule(r));
		if (m.comments.length > 0) out["comments"] = m.comments.map((c) => this.#comment(c, m.source.location(c.start)));
		return out;
	}

	#comment(c: Comment, at: Location): Value {
		return { Text: encodeBase64(c.text, "standard", true), Location: { file: at.file, row: at.row, col: at.col } };
	}

	#import(i: Import): Value {
		const path = this.#term(i.path);
		return i.alias === "" ? { path } : { path, alias: i.alias };
	}

	/** Branches of else repeat what the rule's own head says of its name. */
	#rule(r: Rule, pair: Json = this.#pair(r)): Value {
		const out: Json = { head: this.#head(r.head, pair), body: this.#body(r.body) };
		if (r.default) out["default"] = true;
		if (r.else !== undefined) out["else"] = this.#rule(r.else, pair);
		return out;
	}

	#head(h: Head, pair: Json): Value {
		const out: Json = { ref: h.ref.terms.map((x) => this.#term(x)), ...pair };
		const name = h.ref.terms[0];
		if (h.ref.terms.length === 1 && name?.kind === "var") out["name"] = name.name;
		if (h.args !== undefined && h.args.length > 0) out["args"] = h.args.map((x) => this.#term(x));
		if (h.key !== undefined) out["key"] = this.#term(h.key);
		if (h.value !== undefined) out["value"] = this.#term(h.value);
		if (h.assign) out["assign"] = true;
		return out;
	}

	/** OPA's older fields, name and key, that it still fills for heads such as `p[x]` and `p.q`. */
	#pair(r: Rule): Json {
		const h = r.head;
		const [first, second] = h.ref.terms;
		if (h.ref.terms.length !== 2 || first?.kind !== "var" || second === undefined || h.key !== undefined) return {};
		const isFunction = h.args !== undefined && h.args.length > 0;
		// A value nobody wrote begins where the head does.
		const written = h.value !== undefined && h.value.start >= h.ref.end;
		if (!r.hasBody) return isFunction || r.default ? {} : { name: first.name, key: this.#term(second) };
		const out: Json = written ? { name: first.name } : {};
		if (!isFunction && (second.kind === "ref" || !isGround(second))) out["key"] = this.#term(second);
		return out;
	}

	#body(body: Body): Value {
		return body.map((e, i) => this.#expr(e, i));
	}

	#expr(e: Expr, index: number): Value {
		const out: Json = { index, terms: this.#exprTerms(e) };
		if (e.negated && e.what.kind !== "block") out["negated"] = true;
		if (e.with.length > 0)
			out["with"] = e.with.map((w) => ({ target: this.#term(w.target), value: this.#term(w.value) }));
		return out;
	}

	#exprTerms(e: Expr): Value {
		const what = e.what;
		switch (what.kind) {
			case "term-expr":
				return what.term.kind === "call" ? this.#call(what.term.operator, what.term.args) : this.#term(what.term);
			case "some":
				return { symbols: what.symbols.map((x) => this.#term(x)) };
			case "every":
				return {
					key: what.key === undefined ? null : this.#term(what.key),
					value: this.#term(what.value),
					domain: this.#term(what.domain),
					body: this.#body(what.body),
				};
			case "logical":
				return this.#logical(what);
			case "block":
				return { type: "not", body: this.#body(what.body), explicit_body: what.braces };
			default:
				return assertNever(what, "expression");
		}
	}

	#logical(l: Logical): Value {
		const out: Json = { type: l.op, lhs: this.#body(l.left), rhs: this.#body(l.right) };
		// The tree does not keep the braces of operands: they are where the whole begins or ends.
		if (this.#text[l.start] === "{" && (l.left[0]?.start ?? 0) > l.start) out["explicit_lhs"] = true;
		if (this.#text[l.end - 1] === "}" && (l.right.at(-1)?.end ?? l.end) < l.end) out["explicit_rhs"] = true;
		return out;
	}

	/** Literal text and constants are terms, anything else an expression. */
	#part(p: string | Expr): Value {
		if (typeof p === "string") return { type: "string", value: p };
		const constant = p.what.kind === "term-expr" && p.what.term.kind === "scalar" && p.with.length === 0;
		return constant && p.what.kind === "term-expr" ? this.#term(p.what.term) : this.#expr(p, 0);
	}

	#call(operator: Ref, args: readonly Term[]): Value {
		return [this.#term(operator), ...args.map((x) => this.#term(x))];
	}

	#term(t: Term): Value {
		switch (t.kind) {
			case "scalar":
				return scalarValue(t);
			case "var":
				return { type: "var", value: t.name };
			case "ref":
				return { type: "ref", value: t.terms.map((x) => this.#term(x)) };
			case "call":
				return { type: "call", value: this.#call(t.operator, t.args) };
			case "array":
				return { type: "array", value: t.items.map((x) => this.#term(x)) };
			case "set":
				return { type: "set", value: sortedItems(t).map((x) => this.#term(x)) };
			case "object":
				return { type: "object", value: sortedEntries(t).map(([k, v]) => [this.#term(k), this.#term(v)]) };
			case "array-comprehension":
				return { type: "arraycomprehension", value: { term: this.#term(t.term), body: this.#body(t.body) } };
			case "set-comprehension":
				return { type: "setcomprehension", value: { term: this.#term(t.term), body: this.#body(t.body) } };
			case "object-comprehension":
				return {
					type: "objectcomprehension",
					value: { key: this.#term(t.key), value: this.#term(t.value), body: this.#body(t.body) },
				};
			case "template-string": {
				const parts = t.parts.map((p) => this.#part(p));
				return { type: "templatestring", value: { multi_line: t.raw, parts: parts.length === 0 ? null : parts } };
			}
			default:
				return assertNever(t, "term");
		}
	}
}

function scalarValue(t: Scalar): Value {
	const v = t.value;
	// OPA's null is a structure without members.
	if (v === null) return { type: "null", value: {} };
	if (typeof v === "string") return { type: "string", value: v };
	if (typeof v === "boolean") return { type: "boolean", value: v };
	return { type: isNumber(v) ? "number" : "string", value: v };
}
