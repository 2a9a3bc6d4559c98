/**
 * A parsed module as rego.parse_module returns it and `rego parse` prints it: OPA's JSON form of its syntax
 * tree, members in the order in which OPA writes them. Terms are `{type, value}`, expressions have an index
 * and either a term, a call as a list, or a declaration. Sets and objects are in OPA's order; locations are
 * left out, unless asked for, except for comments.
 */

import { encodeBase64 } from "../../go/base64.ts";
import type { Source } from "../../location.ts";
import type {
	Annotations,
	Body,
	Comment,
	Expr,
	Head,
	Import,
	Logical,
	Module,
	Ref,
	Rule,
	Scalar,
	Span,
	TemplateString,
	Term,
} from "../../parser/ast.ts";
import { printRef } from "../../parser/print.ts";
import { ruleSpans } from "../../parser/rule-spans.ts";
import { isGround } from "../../parser/rules.ts";
import { literalSpans } from "../../parser/template-spans.ts";
import { sortedEntries, sortedItems } from "../../parser/term-order.ts";
import { WrittenSpans } from "../../parser/written.ts";
import { assertNever, isNumber, type PlainObject, type Value } from "../../value/value.ts";

function withValueAt(h: Head, span: Span | undefined): Head {
	if (span === undefined || h.value === undefined) return h;
	return { ...h, value: { ...h.value, start: span.start, end: span.end } };
}

export type Json = { [key: string]: Value };

export interface ModuleOptions {
	/** With the place and the text of every node. */
	readonly locations?: boolean;
	/** Default true. */
	readonly comments?: boolean;
	/** The members of a metadata block; without it they are left out. */
	readonly annotations?: ((a: Annotations) => Json) | undefined;
}

/** The value of a parsed module. */
export function moduleValue(m: Module, options: ModuleOptions = {}): PlainObject {
	return new ModuleWriter(m, options).module(m);
}

class ModuleWriter {
	readonly #source: Source;
	readonly #text: string;
	readonly #options: ModuleOptions;
	readonly #written: WrittenSpans;
	readonly #commentsByStart: ReadonlyMap<number, Comment>;
	/** Blocks of metadata, by where they begin. */
	readonly #blocks: ReadonlyMap<number, Annotations>;

	constructor({ source, comments, annotations }: Module, options: ModuleOptions) {
		this.#source = source;
		this.#text = source.text;
		this.#options = options;
		this.#written = new WrittenSpans(source.text, options.locations === true ? comments : []);
		this.#commentsByStart = new Map(comments.map((c) => [c.start, c]));
		this.#blocks = new Map(annotations.map((a) => [a.start, a]));
	}

	module(m: Module): PlainObject {
		const out: Json = {
			package: { ...this.#at(m.package, m.package.start + "package".length), path: this.#packagePath(m.package.path) },
		};
		if (m.imports.length > 0) out["imports"] = m.imports.map((i) => this.#import(i));
		const annotations = this.#annotations(m.annotations);
		if (annotations.length > 0) out["annotations"] = annotations;
		if (m.rules.length > 0) {
			let head: Head | undefined;
			out["rules"] = m.rules.map((r) => {
				// All of a chained rule's head is where its body is, but for the names.
				if (head === undefined || !this.#isChained(r)) head = r.head;
				const named = { ...r, head: { ...r.head, ref: head.ref } };
				return this.#rule(named, annotationsOf(r, m), this.#pair(r, head));
			});
		}
		if (m.comments.length > 0 && this.#options.comments !== false) {
			out["comments"] = m.comments.map((c) => this.#comment(c));
		}
		return out;
	}

	/** `data`, which nobody wrote, is where the first name is. */
	#packagePath(path: Ref): Value {
		const [data, ...names] = path.terms;
		const first = names[0];
		if (data === undefined || first === undefined) return this.#terms(path.terms);
		return [{ ...this.#at(first), ...this.#bare(data) }, ...names.map((x) => this.#term(x))];
	}

	/** The place of a node, where asked for; `end` of the text that OPA keeps of it. */
	#at(node: Span, end: number = node.end): Json {
		if (this.#options.locations !== true) return {};
		return { location: this.#location(node, end) };
	}

	#location(node: Span, end: number): Json {
		const { file, row, col } = this.#source.location(node.start);
		return { file, row, col, text: this.#encoded(node.start, end) };
	}

	#encoded(start: number, end: number): string {
		return encodeBase64(this.#text.slice(start, end), "standard", true);
	}

	#annotations(all: readonly Annotations[]): Value[] {
		const { annotations } = this.#options;
		if (annotations === undefined) return [];
		return all.map((a) => {
			const members: Json = { ...annotations(a), ...this.#atBlock(a) };
			return Object.fromEntries(Object.entries(members).sort(([x], [y]) => (x < y ? -1 : 1)));
		});
	}

	/** The place of a block of metadata; of its lines OPA keeps what is in them. */
	#atBlock(span: Span): Json {
		if (this.#options.locations !== true) return {};
		const { file, row, col } = this.#source.location(span.start);
		const lines = this.#text.slice(span.start, span.end).replace(/\r(?=\n|$)/g, "");
		return { location: { file, row, col, text: encodeBase64(lines, "standard", true) } };
	}

	#comment(c: Comment): Value {
		const { file, row, col } = this.#source.location(c.start);
		const block = this.#blocks.get(c.start);
		const located = block === undefined ? this.#at(c) : this.#atBlock({ start: c.start, end: block.end });
		const place = located["location"] ?? { file, row, col };
		// Nothing but a carriage return is nothing at all to OPA, not an empty text.
		const nothing = c.text === "" && c.end > c.start + 1;
		return { Text: nothing ? null : encodeBase64(c.text, "standard", true), Location: place };
	}

	#import(i: Import): Value {
		const out: Json = i.alias === "" ? {} : { alias: i.alias };
		return { ...out, ...this.#at(i, i.start + "import".length), path: this.#term(i.path) };
	}

	/** A body behind another is a rule of its own, which begins where the body does. */
	#isChained(r: Rule): boolean {
		return this.#text[r.start] === "{";
	}

	/** Branches of else repeat what the rule's own head says of its name: `pair`. */
	#rule(r: Rule, annotations: readonly Annotations[], pair: Json, isElse = false): Value {
		const out: Json = {};
		const spans = ruleSpans(r, isElse, this.#text);
		const own = this.#annotations(annotations);
		if (own.length > 0) out["annotations"] = own;
		const { value, key, ref } = r.head;
		const isWritten = value !== undefined && value.start >= ref.end;
		const standsFor = isWritten && !isElse && !r.hasBody && !r.default && key === undefined;
		out["body"] = standsFor ? this.#bodyAt(value) : this.#body(spans.body);
		if (r.default) out["default"] = true;
		if (r.else !== undefined) out["else"] = this.#rule(r.else, [], pair, true);
		out["head"] = this.#head(withValueAt(r.head, spans.value), pair, spans.head, {
			withBody: r.hasBody,
			isElse,
		});
		return { ...out, ...this.#at(spans.rule) };
	}

	#head(h: Head, pair: Json, span: Span, { withBody, isElse }: { withBody: boolean; isElse: boolean }): Value {
		const out: Json = {};
		const name = h.ref.terms[0];
		if (h.ref.terms.length === 1 && name?.kind === "var") out["name"] = name.name;
		else if (pair["name"] !== undefined) out["name"] = pair["name"];
		if (h.args !== undefined && h.args.length > 0) out["args"] = this.#terms(h.args);
		if (h.key !== undefined) out["key"] = this.#term(h.key);
		else if (pair["key"] !== undefined) out["key"] = pair["key"];
		// The value that nobody wrote of a rule with a body has no place, unless the rule's name has two parts.
		const unwritten = withBody && h.value !== undefined && h.value.start < h.ref.end;
		if (isElse && h.value?.start === h.start) out["value"] = this.#bare(h.value);
		else if (unwritten) {
			out["value"] = {
				...(this.#isPlaced(h) ? this.#at(h.ref) : {}),
				type: "boolean",
				value: true,
			};
		} else if (h.value !== undefined) out["value"] = this.#term(h.value);
		if (h.assign) out["assign"] = true;
		out["ref"] = this.#terms(h.ref.terms);
		return { ...out, ...this.#at(span) };
	}

	/** Whether OPA gives a place to the value that nobody wrote: `p.q if …`, but not of v0. */
	#isPlaced(h: Head): boolean {
		return h.ref.terms.length === 2 && h.args === undefined && this.#hasIf(h);
	}

	/** Whether `if` stands between a head and its body: v0 does without. */
	#hasIf(h: Head): boolean {
		return /^[\s)]*if\b/.test(this.#text.slice(h.end));
	}

	#terms(terms: readonly Term[]): Value {
		return terms.map((x) => this.#term(x));
	}

	/**
	 * OPA's older fields, name and key, that it still fills for heads such as `p[x]` and `p.q`. `named` is the head as it
	 * was written.
	 */
	#pair(r: Rule, named: Head): Json {
		const h = r.head;
		const [first, second] = h.ref.terms;
		if (h.ref.terms.length !== 2 || first?.kind !== "var" || second === undefined || h.key !== undefined) return {};
		const isFunction = h.args !== undefined && h.args.length > 0;
		// A value nobody wrote begins where the head does.
		const written = named.value !== undefined && named.value.start >= named.ref.end;
		if (!r.hasBody) return isFunction || r.default ? {} : { name: first.name, key: this.#term(second) };
		if (!this.#hasIf(named)) return isFunction ? {} : { name: first.name, key: this.#term(second) };
		const out: Json = written || isFunction ? { name: first.name } : {};
		if (!isFunction && (second.kind === "ref" || !isGround(second))) out["key"] = this.#term(second);
		return out;
	}

	/** The `true` of a rule without a body, which is where its value is. */
	#bodyAt(value: Term): Value {
		const place = this.#atTerm(value);
		return [{ index: 0, ...place, terms: { ...place, type: "boolean", value: true } }];
	}

	#body(body: Body): Value {
		return body.map((e, i) => this.#expr(e, i));
	}

	#expr(e: Expr, index: number): Value {
		const { what } = e;
		// What nobody wrote, of a rule without a body, is where its value is, and its text is the value's.
		const isTerm = what.kind === "term-expr" && what.term.start === e.start && what.term.end === e.end;
		const isText = isTerm && !isNegative(what.term, this.#text);
		const out: Json = { index, ...(isText ? this.#atTerm(what.term) : this.#at(e)) };
		if (e.negated && e.what.kind !== "block") out["negated"] = true;
		out["terms"] = this.#exprTerms(e);
		if (e.with.length > 0) {
			out["with"] = e.with.map((w) => ({ ...this.#at(w), target: this.#term(w.target), value: this.#term(w.value) }));
		}
		return out;
	}

	#exprTerms(e: Expr): Value {
		const what = e.what;
		switch (what.kind) {
			case "term-expr":
				return what.term.kind === "call" ? this.#call(what.term.operator, what.term.args) : this.#term(what.term);
			case "some":
				return { ...this.#at(what, what.start + "some".length), symbols: this.#terms(what.symbols) };
			case "every":
				return {
					body: this.#body(what.body),
					domain: this.#term(what.domain),
					key: what.key === undefined ? null : this.#term(what.key),
					...this.#at(what, what.start + "every".length),
					value: this.#term(what.value),
				};
			case "logical":
				return this.#logical(what);
			case "block":
				return { body: this.#body(what.body), explicit_body: what.braces, type: "not" };
			default:
				return assertNever(what, "expression");
		}
	}

	#logical(l: Logical): Value {
		const out: Json = {};
		// The tree does not keep the braces of operands: they are where the whole begins or ends.
		if (this.#text[l.start] === "{" && (l.left[0]?.start ?? 0) > l.start) out["explicit_lhs"] = true;
		if (this.#text[l.end - 1] === "}" && (l.right.at(-1)?.end ?? l.end) < l.end) out["explicit_rhs"] = true;
		return { ...out, lhs: this.#body(l.left), rhs: this.#body(l.right), type: l.op };
	}

	#template(t: TemplateString): Json {
		const spans = this.#options.locations === true ? literalSpans(t, this.#text, this.#commentsByStart) : undefined;
		const parts = t.parts.map((p, i) => this.#part(p, spans?.get(i)));
		return { type: "templatestring", value: { parts: parts.length === 0 ? null : parts, multi_line: t.raw } };
	}

	/** Literal text and constants are terms, anything else an expression. */
	#part(p: string | Expr, span: Span | undefined): Value {
		if (typeof p === "string") return { ...this.#atLiteral(span), type: "string", value: p };
		const constant = p.what.kind === "term-expr" && p.what.term.kind === "scalar" && p.with.length === 0;
		return constant && p.what.kind === "term-expr" ? this.#term(p.what.term) : this.#expr(p, 0);
	}

	/** OPA is in the next line already when a literal begins with the end of one. */
	#atLiteral(span: Span | undefined): Json {
		if (span === undefined) return {};
		const { file, row, col } = this.#source.location(span.start);
		const place = this.#text[span.start] === "\n" ? { file, row: row + 1, col: 0 } : { file, row, col };
		return { location: { ...place, text: this.#encoded(span.start, span.end) } };
	}

	#call(operator: Ref, args: readonly Term[]): Value {
		const [zero, operand] = args;
		// `-x` is minus(0, x), whose operator nobody wrote.
		const isSign = zero?.start === operator.start && zero.end === operator.end && this.#text[zero.start] === "-";
		if (isSign && zero !== undefined && operand !== undefined) {
			const minus = { type: "ref", value: operator.terms.map((x) => this.#bare(x)) };
			return [minus, { ...this.#atZero(zero), ...this.#bare(zero) }, this.#term(operand)];
		}
		return [this.#term(operator), ...args.map((x) => this.#term(x))];
	}

	/** Of a negative number OPA keeps the sign; of a reference into a composite what is behind that. */
	#textSpan(t: Term): Span {
		const written = this.#written.of(t);
		if (isNegative(t, this.#text) && written.start === t.start) return { start: t.start, end: t.start + 1 };
		const into = t.kind === "ref" ? t.terms[0] : undefined;
		if (into === undefined || into.kind === "var") return written;
		const { end } = this.#written.of(into);
		const isBare = end === into.end && (into.kind === "call" || into.kind === "ref");
		return isBare ? written : { start: end - 1, end: written.end };
	}

	/** OPA has one term for all of these zeros: they are where the last one is. */
	#atZero(zero: Term): Json {
		if (this.#options.locations !== true) return {};
		if (this.#lastZero === undefined) this.#lastZero = { start: zero.start, location: {} };
		if (zero.start >= this.#lastZero.start) {
			this.#lastZero.start = zero.start;
			Object.assign(this.#lastZero.location, this.#location(zero, zero.end));
		}
		return { location: this.#lastZero.location };
	}

	#lastZero: { start: number; readonly location: Json } | undefined;

	#term(t: Term): Value {
		return { ...this.#atTerm(t), ...this.#bare(t) };
	}

	/** Where a term is, with the text it was written as: parentheses around it are no part of its place. */
	#atTerm(t: Term): Json {
		if (this.#options.locations !== true) return {};
		const { file, row, col } = this.#source.location(t.start);
		const { start, end } = this.#textSpan(t);
		return { location: { file, row, col, text: this.#encoded(start, end) } };
	}

	#bare(t: Term): Json {
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
				return { type: "object", value: sortedEntries(t, true).map(([k, v]) => [this.#term(k), this.#term(v)]) };
			case "array-comprehension":
				return { type: "arraycomprehension", value: { term: this.#term(t.term), body: this.#body(t.body) } };
			case "set-comprehension":
				return { type: "setcomprehension", value: { term: this.#term(t.term), body: this.#body(t.body) } };
			case "object-comprehension":
				return {
					type: "objectcomprehension",
					value: { key: this.#term(t.key), value: this.#term(t.value), body: this.#body(t.body) },
				};
			case "template-string":
				return this.#template(t);
			default:
				return assertNever(t, "term");
		}
	}
}

function isNegative(t: Term, text: string): boolean {
	return t.kind === "scalar" && isNumber(t.value) && text[t.start] === "-";
}

function scalarValue(t: Scalar): Json {
	const v = t.value;
	// OPA's null is a structure without members.
	if (v === null) return { type: "null", value: {} };
	if (typeof v === "string") return { type: "string", value: v };
	if (typeof v === "boolean") return { type: "boolean", value: v };
	return { type: isNumber(v) ? "number" : "string", value: v };
}

/** A rule's own annotations, and those of the document that it defines. */
function annotationsOf(r: Rule, m: Module): readonly Annotations[] {
	return m.annotations.filter(({ scope, target }) => {
		if (scope === "rule") return target === r.start;
		if (scope !== "document") return false;
		const annotated = m.rules.find((x) => x.start === target);
		return annotated !== undefined && groundPrefix(annotated) === groundPrefix(r);
	});
}

/** The reference of a rule up to its first variable. */
function groundPrefix({ head: { ref } }: Rule): string {
	const open = ref.terms.findIndex((t, i) => i > 0 && !isGround(t));
	return printRef(open < 0 ? ref : { ...ref, terms: ref.terms.slice(0, open) });
}
