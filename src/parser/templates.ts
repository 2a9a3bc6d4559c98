/**
 * Template strings `$"text {expression}"`. The lexer has cut them at their holes; here the parts are
 * put together, each hole holding one expression that is neither negated nor a binding.
 */
import type { Expr, Term } from "./ast.ts";
import * as Kind from "./kinds.ts";
import { parseLiteral } from "./literals.ts";
import { unescapeString } from "./scalars.ts";
import type { ParserState } from "./state.ts";
import { operatorOf } from "./terms.ts";

export function parseTemplateString(p: ParserState): Term | undefined {
	const start = p.start;
	const raw = p.kind === Kind.RawTemplate;
	if (!p.language.templateStrings) {
		p.error(start, "template strings are not supported by current capabilities");
		return undefined;
	}
	const parts: (string | Expr)[] = [];
	let tallest = 0;
	let skip = 2;
	for (;;) {
		const lit = p.lit;
		const last = !lit.endsWith("{");
		const text = templateText(lit.slice(skip, -1), raw);
		if (text === undefined) {
			p.error(p.start, `illegal template-string part: ${lit}`);
			return undefined;
		}
		if (text !== "") parts.push(text);
		if (last) break;
		p.advance();
		p.enterBody();
		const expr = parseHole(p);
		p.leaveBody();
		if (expr === undefined) return undefined;
		tallest = Math.max(tallest, p.height);
		parts.push(expr);
		if (p.kind !== Kind.TemplateRest && p.kind !== Kind.RawTemplateRest) {
			p.error(p.start, "expected } to end template string expression");
			return undefined;
		}
		skip = 1;
	}
	p.grow(tallest, 1);
	return { kind: "template-string", parts, raw, start, end: p.end };
}

function templateText(inner: string, raw: boolean): string | undefined {
	if (inner.indexOf("\\") < 0) return inner;
	if (raw) return inner.replaceAll("\\{", "{");
	return unescapeString(inner.replace(/\\(.)/gs, (all, c: string) => (c === "{" ? c : all)));
}

function parseHole(p: ParserState): Expr | undefined {
	const expr = parseLiteral(p);
	if (expr === undefined) {
		p.errorHere("invalid template-string expression");
		return undefined;
	}
	const reject = (what: string): undefined => {
		p.error(expr.start, `unexpected ${what} in template-string expression`);
		return undefined;
	};
	if (expr.negated && expr.what.kind !== "block") return reject("negation ('not')");
	switch (expr.what.kind) {
		case "every":
			return reject("'every'");
		case "some":
			return reject("'some'");
		case "term-expr": {
			const name = operatorOf(expr.what.term);
			if (name === "eq") return reject("unification ('=')");
			if (name === "assign") return reject("assignment (':=')");
			return expr;
		}
		default:
			return expr;
	}
}
