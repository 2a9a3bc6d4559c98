/**
 * The texts that OPA keeps of a rule, where nothing but a head is written: of `default p := 1` the word `default`, of
 * `f(1)` its name; and of the `true` that stands for the missing body, the value or the name. Coverage counts by
 * these, and `rego parse` shows them.
 */

import type { Body, Rule, Span } from "./ast.ts";

export interface RuleSpans {
	readonly rule: Span;
	readonly head: Span;
	readonly body: Body;
	/** The place of the head's value, where nobody wrote one. */
	readonly value?: Span;
}

/** `text`: of the module. */
export function ruleSpans(r: Rule, isElse: boolean, text: string): RuleSpans {
	const { head, body } = r;
	if (isElse) {
		// OPA gives all of an else branch's body the branch's place unless it is in braces.
		const first = body[0];
		const inBraces = r.hasBody && first !== undefined && text.slice(head.end, first.start).includes("{");
		return { rule: r, head, body: inBraces || !r.hasBody ? body : moved(body, r) };
	}
	if (r.hasBody) return { rule: r, head, body };
	if (r.default) {
		const word = { start: r.start, end: r.start + "default".length };
		return { rule: word, head, body: moved(body, word) };
	}
	const name = { start: head.start, end: head.ref.terms[0]?.end ?? head.end };
	if (head.key !== undefined) {
		const inBrackets = head.ref.terms.length === 1 && text[name.end] === "[";
		return { rule: r, head, body: moved(body, inBrackets ? { start: name.start, end: head.end } : name) };
	}
	const { value } = head;
	// A value that nobody wrote begins where the head does.
	if (value !== undefined && value.start >= head.ref.end) return { rule: r, head, body: moved(body, value) };
	return { rule: { start: r.start, end: name.end }, head: name, body: moved(body, name), value: name };
}

function moved(b: Body, { start, end }: Span): Body {
	return b.map((e) => {
		const w = e.what;
		const what = w.kind === "term-expr" ? { ...w, term: { ...w.term, start, end } } : w;
		return { ...e, what, start, end };
	});
}
