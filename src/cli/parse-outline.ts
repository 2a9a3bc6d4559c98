/** A module as the outline that `opa parse` prints: a line for each node, indented by its depth. */
import type { Body, Expr, Head, Module, Rule, Term } from "../parser/ast.ts";
import { printTerm } from "../parser/print.ts";
import { compareTerms, sortedEntries, sortedItems } from "../parser/term-order.ts";
import { assertNever } from "../value/value.ts";

export function parseOutline(m: Module, comments: boolean): string {
	const out = new Outline();
	out.module(m, comments);
	return out.text;
}

class Outline {
	text = "";

	/** A node of this name, and what is in it. */
	#node(depth: number, name: string): void {
		this.text += `${" ".repeat(depth)}${name}\n`;
	}

	module(m: Module, comments: boolean): void {
		this.#node(0, "module");
		this.#node(1, "package");
		this.#ref(m.package.path.terms, 2);
		for (const i of m.imports) {
			this.#node(1, "import");
			this.#term(i.path, 2);
			this.#node(2, i.alias);
		}
		for (const r of m.rules) this.#rule(r, 1);
		for (const _ of m.annotations) this.#node(1, "annotations");
		if (comments) for (const _ of m.comments) this.#node(1, "comment");
	}

	#rule(r: Rule, depth: number): void {
		this.#node(depth, "rule");
		this.#head(r.head, depth + 1);
		this.#body(r.body, depth + 1);
		if (r.else !== undefined) this.#rule(r.else, depth + 1);
	}

	#head(h: Head, depth: number): void {
		this.#node(depth, "head");
		this.#ref(h.ref.terms, depth + 1);
		if (h.args !== undefined && h.args.length > 0) {
			this.#node(depth + 1, "args");
			for (const a of h.args) this.#term(a, depth + 2);
		}
		if (h.value !== undefined) this.#term(h.value, depth + 1);
	}

	#body(body: Body, depth: number): void {
		this.#node(depth, "body");
		for (const [i, e] of body.entries()) this.#expr(e, i, depth + 1);
	}

	#expr(e: Expr, index: number, depth: number): void {
		const what = e.what;
		this.#node(depth, `expr${e.negated && what.kind !== "block" ? " negated" : ""} index=${index}`);
		const inner = depth + 1;
		switch (what.kind) {
			case "term-expr":
				if (what.term.kind === "call") this.#terms([what.term.operator, ...what.term.args], inner);
				else this.#term(what.term, inner);
				break;
			case "some":
				this.#node(inner, "somedecl");
				this.#terms(what.symbols, inner + 1);
				break;
			case "every":
				this.#node(inner, "every");
				this.#terms([...(what.key === undefined ? [] : [what.key]), what.value, what.domain], inner + 1);
				this.#body(what.body, inner + 1);
				break;
			case "logical":
				this.#node(inner, `logical${what.op}`);
				this.#body(what.left, inner + 1);
				this.#body(what.right, inner + 1);
				break;
			case "block":
				this.#node(inner, "not");
				this.#body(what.body, inner + 1);
				break;
			default:
				assertNever(what, "expression");
		}
		for (const w of e.with) {
			this.#node(inner, "with");
			this.#terms([w.target, w.value], inner + 1);
		}
	}

	#ref(terms: readonly Term[], depth: number): void {
		this.#node(depth, "ref");
		this.#terms(terms, depth + 1);
	}

	#terms(terms: readonly Term[], depth: number): void {
		for (const t of terms) this.#term(t, depth);
	}

	#term(t: Term, depth: number): void {
		const inner = depth + 1;
		switch (t.kind) {
			case "scalar":
				this.#node(depth, printTerm(t));
				return;
			case "var":
				this.#node(depth, t.name.startsWith("$") ? "_" : t.name);
				return;
			case "ref":
				this.#ref(t.terms, depth);
				return;
			case "call":
				this.#node(depth, "call");
				this.#terms([t.operator, ...t.args], inner);
				return;
			case "array":
				this.#node(depth, "array");
				this.#terms(t.items, inner);
				return;
			case "set":
				this.#node(depth, "set");
				this.#terms(sortedItems(t), inner);
				return;
			case "object":
				this.#node(depth, "object");
				// A key that is written twice is shown twice, with the value that counts.
				for (const [k, v] of sortedEntries(t, true)) {
					const last = t.written === undefined ? undefined : t.entries.find(([x]) => compareTerms(x, k) === 0);
					this.#terms([k, last?.[1] ?? v], inner);
				}
				return;
			case "array-comprehension":
			case "set-comprehension":
				this.#node(depth, t.kind.replace("-", ""));
				this.#term(t.term, inner);
				this.#body(t.body, inner);
				return;
			case "object-comprehension":
				this.#node(depth, "objectcomprehension");
				this.#terms([t.key, t.value], inner);
				this.#body(t.body, inner);
				return;
			case "template-string":
				this.#node(depth, "templatestring");
				return;
			default:
				assertNever(t, "term");
		}
	}
}
