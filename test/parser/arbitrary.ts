/**
 * Random syntax trees of Rego v1 for property tests: everything the parser can produce, built from
 * the factories. Trees are kept to what can be written down: `not` as a block exactly where the
 * module imports it, no assignment inside terms, no two texts in a row in a template string.
 */
import fc from "fast-check";
import { Source } from "../../src/location.ts";
import {
	arrayTerm,
	type Body,
	call,
	type Expr,
	type ExprKind,
	expr,
	type Module,
	objectTerm,
	type Ref,
	type Rule,
	ref,
	scalar,
	setTerm,
	type Term,
	termExpr,
	variable,
	type With,
} from "../../src/parser/ast.ts";
import { formatBody, printTerm } from "../../src/parser/print.ts";
import { parseNumber } from "../../src/value/number.ts";
import type { Value } from "../../src/value/value.ts";

const none = [0, 0] as const;
const at = { start: 0, end: 0 };
const v = (name: string) => variable(name, ...none);
const s = (value: Value) => scalar(value, ...none);
const named = (...names: string[]): Ref => {
	const [head, ...rest] = names as [string, ...string[]];
	return ref([v(head), ...rest.map(s)], ...none);
};

const names = fc.constantFrom("x", "y", "foo", "a_1", "$0");
const texts = fc.oneof(
	fc.constantFrom("", "a", "if", "b-c", "{", "}", '"', "\\", "`", "\n", "\0", "é😀", "__proto__", "\u2028", "\x7f"),
	fc.string({ unit: "binary" }),
);
const numbers = fc.oneof(
	fc.integer().map(String),
	fc.constantFrom("-1", "0.5", "1.0", "1e10", "12345678901234567890", "-0.10", "1E-3"),
);
const scalars = fc
	.oneof(
		fc.constantFrom<Value>(null, true, false),
		texts,
		numbers.map((n) => parseNumber(n) as Value),
	)
	.map((x): Term => s(x));

const operators = [
	"plus",
	"minus",
	"mul",
	"div",
	"rem",
	"and",
	"or",
	"equal",
	"neq",
	"lt",
	"gt",
	"lte",
	"gte",
] as const;

interface Grammar {
	readonly term: Term;
	readonly ref: Term;
	readonly call: Term;
	readonly body: Body;
	readonly literal: Expr;
}

type Arbitraries = { [K in keyof Grammar]: fc.Arbitrary<Grammar[K]> };

function grammar(logical: boolean): Arbitraries {
	return fc.letrec((tie: fc.LetrecTypedTie<Grammar>): Arbitraries => {
		const term: fc.Arbitrary<Term> = tie("term");
		const body: fc.Arbitrary<Body> = tie("body");
		const calls: fc.Arbitrary<Term> = tie("call");
		return {
			term: terms(term, body, tie("ref"), calls, logical),
			ref: refs(term, body, calls),
			call: fc.oneof(
				{ depthIdentifier: "tree" },
				fc
					.tuple(fc.constantFrom(named("f"), named("json", "patch"), named("plus")), fc.array(term, few))
					.map(([op, args]): Term => call(op, args, false, ...none)),
				fc
					.tuple(fc.constantFrom(...operators), term, term)
					.map(([op, a, b]): Term => call(named(op), [a, b], true, ...none)),
				members(term),
			),
			body: fc.array<Expr>(tie("literal"), { minLength: 1, maxLength: 3, depthIdentifier: "tree" }),
			literal: literals(term, body, logical),
		};
	});
}

/** Beside `and` and `or`, OPA takes some literals that begin with a brace (`{x | { y } and z}`) for bodies. */
function opensBrace(what: ExprKind): boolean {
	return formatBody([expr(what, false, [], ...none)]).startsWith("{");
}

const few = { maxLength: 3, depthIdentifier: "tree" } as const;
const bare: fc.Arbitrary<Term> = names.map((n) => v(n));

function terms(
	term: fc.Arbitrary<Term>,
	body: fc.Arbitrary<Body>,
	refs: fc.Arbitrary<Term>,
	calls: fc.Arbitrary<Term>,
	logical: boolean,
): fc.Arbitrary<Term> {
	const inputWith: With = { kind: "with", target: named("input"), value: s(1), ...at };
	const holes = fc
		.tuple(
			logical ? term.filter((t) => !opensBrace(termExpr(t))) : term,
			fc.constantFrom<readonly With[]>([], [inputWith]),
		)
		.map(([t, withs]) => expr(termExpr(t), false, withs, ...none));
	return fc.oneof(
		{ depthIdentifier: "tree", maxDepth: 4 },
		scalars,
		bare,
		fc.constantFrom<Term>(named("input"), named("data"), named("data", "a", "not-a-name")),
		refs,
		calls,
		fc.array(term, few).map((items): Term => arrayTerm(items, ...none)),
		fc.array(term, few).map((items): Term => setTerm(items, ...none)),
		// Of equal keys the parser keeps one.
		fc
			.uniqueArray(fc.tuple(term, term), { ...few, selector: ([key]) => printTerm(key) })
			.map((entries): Term => objectTerm(entries, ...none)),
		fc.tuple(term, body).map(([t, b]): Term => ({ kind: "array-comprehension", term: t, body: b, ...at })),
		fc.tuple(term, body).map(([t, b]): Term => ({ kind: "set-comprehension", term: t, body: b, ...at })),
		fc
			.tuple(term, term, body)
			.map(([key, value, b]): Term => ({ kind: "object-comprehension", key, value, body: b, ...at })),
		fc.tuple(fc.array(fc.tuple(texts, holes), { maxLength: 2 }), texts).map(
			([pairs, last]): Term => ({
				kind: "template-string",
				parts: [...pairs.flat(), last].filter((p) => p !== ""),
				raw: false,
				...at,
			}),
		),
	);
}

function refs(term: fc.Arbitrary<Term>, body: fc.Arbitrary<Body>, calls: fc.Arbitrary<Term>): fc.Arbitrary<Term> {
	const heads = fc.oneof(
		bare,
		fc.constantFrom<Term>(v("input"), v("data")),
		calls.filter((c) => c.kind === "call" && !c.infix),
		fc.array(term, few).map((items): Term => setTerm(items, ...none)),
		body.map((b): Term => ({ kind: "array-comprehension", term: s(1), body: b, ...at })),
	);
	const rest = fc.array(
		fc.oneof(
			texts.map((t): Term => s(t)),
			term,
		),
		{ minLength: 1, maxLength: 3 },
	);
	return fc.tuple(heads, rest).map(([head, more]): Term => ref([head, ...more], ...none));
}

function members(term: fc.Arbitrary<Term>): fc.Arbitrary<Term> {
	const member = (args: readonly Term[]): Term => call(named("internal", `member_${args.length}`), args, true, ...none);
	return fc.oneof(fc.tuple(term, term).map(member), fc.tuple(term, term, term).map(member));
}

function literals(term: fc.Arbitrary<Term>, body: fc.Arbitrary<Body>, logical: boolean): fc.Arbitrary<Expr> {
	const targets = fc.constantFrom<Term>(named("input", "a"), named("data"), v("foo"));
	const withs = fc
		.array(fc.tuple(targets, term), { maxLength: 2, depthIdentifier: "tree" })
		.map((all) => all.map(([target, value]): With => ({ kind: "with", target, value, ...at })));
	const assigned = fc
		.tuple(fc.constantFrom("assign", "eq"), term, term)
		.map(([op, a, b]): Term => call(named(op), [a, b], true, ...none));
	const anything: fc.Arbitrary<ExprKind> = fc.oneof(term, assigned).map(termExpr);
	const plain = logical ? anything.filter((what) => !opensBrace(what)) : anything;
	const some = fc
		.array(bare, { minLength: 1, maxLength: 3 })
		.map((symbols) => expr({ kind: "some", symbols, ...at }, false, [], ...none));
	const positive: fc.Arbitrary<ExprKind> = fc.oneof(
		plain,
		members(term).map((m): ExprKind => ({ kind: "some", symbols: [m], ...at })),
		fc
			.tuple(fc.option(bare, { nil: undefined }), bare, term, body)
			.map(([key, value, domain, b]): ExprKind => ({ kind: "every", key, value, domain, body: b, ...at })),
	);
	if (!logical) {
		const negated = fc.tuple(plain, withs).map(([what, w]) => expr(what, true, w, ...none));
		const all = fc.tuple(positive, withs).map(([what, w]) => expr(what, false, w, ...none));
		return fc.oneof({ depthIdentifier: "tree" }, all, negated, some);
	}
	const block = (b: Body, braces: boolean): ExprKind => ({ kind: "block", body: b, braces, ...at });
	const negated: fc.Arbitrary<ExprKind> = fc.oneof(
		plain.map((what) => block([expr(what, false, [], ...none)], false)),
		body.map((b) => block(b, true)),
	);
	// Without braces a side is one term or negation; more needs them.
	const side: fc.Arbitrary<{ readonly body: Body; readonly braces: boolean }> = fc.oneof(
		plain.map((what) => ({ body: [expr(what, false, [], ...none)], braces: false })),
		negated.map((what) => ({ body: [expr(what, true, [], ...none)], braces: false })),
		body.map((b) => ({ body: b, braces: true })),
	);
	const joined = fc.tuple(fc.constantFrom("and" as const, "or" as const), side, side).map(
		([op, left, right]): ExprKind => ({
			kind: "logical",
			op,
			left: left.body,
			right: right.body,
			leftBraces: left.braces,
			rightBraces: right.braces,
			...at,
		}),
	);
	return fc.oneof(
		{ depthIdentifier: "tree" },
		fc.tuple(fc.oneof(positive, joined), withs).map(([what, w]) => expr(what, false, w, ...none)),
		fc.tuple(negated, withs).map(([what, w]) => expr(what, true, w, ...none)),
		some,
	);
}

function rules(logical: boolean): fc.Arbitrary<Rule> {
	const { term, body } = grammar(logical);
	const generated: Body = [expr(termExpr(s(true)), false, [], ...none)];
	const heads = fc.record({
		ref: fc.constantFrom(
			named("p"),
			named("q", "r"),
			named("p", "if", "b c"),
			ref([v("p"), v("x")], ...none),
			ref([v("p"), s("a"), v("x"), s(1)], ...none),
		),
		args: fc.option(fc.array(term, { minLength: 1, maxLength: 2 }), { nil: undefined }),
		key: fc.option(term, { nil: undefined }),
		value: fc.oneof(fc.constant<Term>(s(true)), term),
		assign: fc.boolean(),
		body: fc.option(body, { nil: undefined }),
		else: fc.array(fc.tuple(fc.oneof(fc.constant<Term>(s(true)), term), fc.boolean(), body), { maxLength: 2 }),
	});
	return heads.map((h) => {
		const isSet = h.key !== undefined && h.args === undefined;
		const plain = !isSet && h.ref.terms.every((t) => t.kind !== "var" || t.name === "p" || t.name === "q");
		const make = (
			value: Term | undefined,
			assign: boolean,
			b: Body | undefined,
			otherwise: Rule | undefined,
		): Rule => ({
			kind: "rule",
			default: false,
			head: { kind: "head", ref: h.ref, args: h.args, key: isSet ? h.key : undefined, value, assign, ...at },
			body: b ?? generated,
			else: otherwise,
			hasBody: b !== undefined,
			...at,
		});
		let otherwise: Rule | undefined;
		// OPA reads no `else` after heads with variables, sets, or missing bodies.
		if (plain && h.body !== undefined) {
			for (const [value, assign, b] of h.else) otherwise = make(value, assign, b, otherwise);
		}
		return isSet ? make(undefined, false, h.body, undefined) : make(h.value, h.assign, h.body, otherwise);
	});
}

/** Whole modules; with `logical`, ones that import future.keywords. */
export function modules(logical: boolean): fc.Arbitrary<Module> {
	return fc.array(rules(logical), { minLength: 1, maxLength: 4 }).map((all) => ({
		kind: "module",
		source: new Source("", ""),
		package: { kind: "package", path: named("data", "a", "in", "x y"), ...at },
		imports: [
			{ kind: "import", path: named("data", "lib", "x-y"), alias: "lib", ...at },
			...(logical ? [{ kind: "import", path: named("future", "keywords"), alias: "", ...at } as const] : []),
		],
		rules: all,
		annotations: [],
		comments: [],
		regoVersion: "v1",
	}));
}
