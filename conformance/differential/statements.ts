/** Random bodies: statements that bind, test, iterate, negate and replace, in an order that is safe. */
import { callable } from "./builtin-calls.ts";
import { randomName } from "./documents.ts";
import { type Kind, type Scope, step } from "./scope.ts";
import {
	anyCall,
	anyTerm,
	collection,
	comparison,
	documentTerm,
	dynamicTerm,
	literal,
	membership,
	randomKind,
	ruleTerm,
	term,
} from "./terms.ts";
import { type List, list, type Node, node, type Part, render } from "./tree.ts";
import { replacement } from "./with-modifiers.ts";

function statement(...parts: readonly Part[]): Node {
	return node("statement", ...parts);
}

/** Statements separated by semicolons. Bindings stay in the scope. */
export function randomBody(s: Scope, depth: number, length: number): List {
	const items: Node[] = [];
	for (let i = 0; i < length; i++) items.push(randomStatement(s, depth));
	// Order does not matter where nothing is declared by `:=` or `some`.
	const free = items.every((n) => !/:=|\bsome\b|\bevery\b/.test(render(n)));
	return list(free && s.dice.oneIn(2) ? s.dice.shuffled(items) : items, "; ", 1);
}

export function randomStatement(s: Scope, depth: number): Node {
	const d = s.dice;
	// Before the statement itself: what it binds is not to be seen in its modifiers.
	// In comprehensions of ad-hoc queries OPA does not resolve them: a fault of its own.
	const modifiers =
		s.at.package[0] !== "?" && d.oneIn(6)
			? d.times(1, 2, () => replacement(s, depth)).filter((m) => m !== undefined)
			: [];
	const plain = d.choose<Node>([
		[5, () => assign(s, depth)],
		[5, () => someIn(s, depth)],
		[3, () => statement(comparison(s, depth))],
		[2, () => statement(membership(s, depth))],
		[3, () => unify(s, depth)],
		[4, () => unboundRef(s)],
		[2, () => statement(dynamicTerm(s))],
		[2, () => statement(anyCall(s, depth))],
		[depth > 0 ? 3 : 0, () => negation(s, depth - 1)],
		[depth > 0 ? 2 : 0, () => every(s, depth - 1)],
		[depth > 0 ? 2 : 0, () => alternatives(s, depth - 1)],
		[1, () => walk(s, depth)],
		[2, () => functionCall(s, depth)],
		// Of a body of `true with …` OPA keeps nothing when the head is computed: a fault of its own.
		[modifiers.length === 0 ? 1 : 0, () => statement("true")],
	]);
	return modified(plain, modifiers);
}

function modified(plain: Node, modifiers: readonly Node[]): Node {
	// `some … in`, `every` and `not` may have a body of their own: the modifier is for all of it.
	if (modifiers.length === 0) return plain;
	return statement(plain, ...modifiers.flatMap((m) => [" ", m]));
}

function assign(s: Scope, depth: number): Node {
	const kind = s.dice.oneIn(4) ? "dyn" : randomKind(s);
	const value = term(s, kind, depth);
	const name = s.fresh();
	s.bind(name, kind);
	return statement(`${name} ${s.dice.oneIn(4) ? "=" : ":="} `, value);
}

function someIn(s: Scope, depth: number): Node {
	const d = s.dice;
	const dynamic = d.oneIn(2);
	const over = dynamic ? dynamicTerm(s) : collection(s, depth - 1);
	const element: Kind = dynamic ? "dyn" : "mixed";
	if (d.oneIn(6)) {
		const [p, names] = pattern(s, 2, "some");
		for (const n of names) s.bind(n, element);
		return statement("some ", p, " in ", over);
	}
	const value = s.fresh();
	if (d.oneIn(2)) {
		const key = s.fresh();
		s.bind(key, element);
		s.bind(value, element);
		return statement(`some ${d.oneIn(8) ? "_" : key}, ${value} in `.replace(/_,/, `${key},`), over);
	}
	s.bind(value, element);
	return statement(`some ${value} in `, over);
}

export type PatternUse = "unify" | "some" | "assign" | "argument";

/** A pattern of new variables, and of bound ones and ground terms where its use allows them. */
export function pattern(s: Scope, depth: number, use: PatternUse): [Node, string[]] {
	const d = s.dice;
	const names: string[] = [];
	const make = (n: number): Node => {
		if (n <= 0 || d.oneIn(3)) {
			return d.choose<Node>([
				[
					5,
					() => {
						const name = s.fresh();
						names.push(name);
						return node("term", name);
					},
				],
				[
					use === "assign" ? 0 : 2,
					() => {
						const kind = d.pick<Kind>(["num", "str"]);
						return use === "unify" ? term(s, kind, 0) : literal(s, kind);
					},
				],
				[(use === "unify" || use === "some") && names.length > 0 ? 2 : 0, () => node("term", d.pick(names))],
				[1, () => node("term", "_")],
			]);
		}
		if (d.oneIn(2))
			return node(
				"term",
				"[",
				list(
					d.times(1, 3, () => make(n - 1)),
					", ",
				),
				"]",
			);
		const keys = [...new Set(d.times(1, 2, () => randomName(d)))];
		return node(
			"term",
			"{",
			list(
				keys.map((k) => node("expression", JSON.stringify(k), ": ", make(n - 1))),
				", ",
			),
			"}",
		);
	};
	const keys = d.oneIn(2)
		? node(
				"term",
				"[",
				list(
					d.times(1, 3, () => make(depth - 1)),
					", ",
				),
				"]",
			)
		: node(
				"term",
				"{",
				list(
					[...new Set(d.times(1, 2, () => randomName(d)))].map((k) =>
						node("expression", JSON.stringify(k), ": ", make(depth - 1)),
					),
					", ",
				),
				"}",
			);
	return [keys, [...new Set(names)]];
}

function unify(s: Scope, depth: number): Node {
	const d = s.dice;
	return d.choose<Node>([
		[
			3,
			() => {
				const value = dynamicTerm(s);
				const [p, names] = pattern(s, 2, "unify");
				for (const n of names) s.bind(n, "dyn");
				return d.oneIn(2) ? statement(p, " = ", value) : statement(value, " = ", p);
			},
		],
		[3, () => bothWays(s, depth)],
		[
			1,
			() => {
				const value = dynamicTerm(s);
				const [p, names] = pattern(s, 2, "assign");
				for (const n of names) s.bind(n, "dyn");
				return statement(p, " := ", value);
			},
		],
		[
			1,
			() => {
				const a = dynamicTerm(s);
				return statement(a, " = ", anyTerm(s, depth - 1));
			},
		],
	]);
}

/** One shape on both sides; at each leaf one side may be a new variable. */
function bothWays(s: Scope, depth: number): Node {
	const d = s.dice;
	const names: Variable[] = [];
	const make = (n: number): [Node, Node] => {
		if (n <= 0 || d.oneIn(3)) {
			const kind = d.pick<Kind>(["num", "str", "dyn"]);
			const ground = term(s, kind, Math.max(0, depth - 2));
			if (d.oneIn(5)) return [ground, term(s, kind, 0)];
			const name = names.length > 0 && d.oneIn(5) ? d.pick(names).name : s.fresh();
			names.push({ name, kind: "mixed" });
			const v = node("term", name);
			return d.oneIn(2) ? [v, ground] : [ground, v];
		}
		if (d.oneIn(2)) {
			const pairs = d.times(1, 3, () => make(n - 1));
			return [
				node(
					"term",
					"[",
					list(
						pairs.map((p) => p[0]),
						", ",
					),
					"]",
				),
				node(
					"term",
					"[",
					list(
						pairs.map((p) => p[1]),
						", ",
					),
					"]",
				),
			];
		}
		const pairs = [...new Set(d.times(1, 2, () => randomName(d)))].map((k) => [k, make(n - 1)] as const);
		const side = (i: 0 | 1): Node =>
			node(
				"term",
				"{",
				list(
					pairs.map(([k, p]) => node("expression", JSON.stringify(k), ": ", p[i])),
					", ",
				),
				"}",
			);
		return [side(0), side(1)];
	};
	const [left, right] = make(2);
	for (const v of names) s.bind(v.name, v.kind);
	return statement(left, " = ", right);
}

interface Variable {
	readonly name: string;
	readonly kind: Kind;
}

/** Iteration by variables in a reference: into input, base data, rules and whole packages. */
function unboundRef(s: Scope): Node {
	const d = s.dice;
	const packages = s.at.packages;
	const rules = s.at.rules.filter((r) => r.args === undefined && (r.kind === "mixed" || r.kind.includes(":")));
	const [base, kind] = d.choose<[Node, Kind]>([
		[5, () => [documentTerm(s, undefined), "dyn"]],
		[3, () => [node("term", d.pick(["input", "data.base", "input"])), "dyn"]],
		[rules.length > 0 ? 4 : 0, () => [ruleTerm(s, d.pick(rules), 0), "mixed"]],
		[packages.length > 0 ? 2 : 0, () => [node("term", `data${d.pick(packages).map(step).join("")}`), "mixed"]],
	]);
	const parts: Part[] = [base];
	const fresh: string[] = [];
	for (const _ of d.times(1, 2, () => 0)) {
		parts.push(
			d.choose<Part>([
				[
					5,
					() => {
						const name = s.fresh();
						fresh.push(name);
						return `[${name}]`;
					},
				],
				[1, () => "[_]"],
				[1, () => step(randomName(d))],
				[s.variables.length > 0 ? 2 : 0, () => `[${d.pick(s.variables).name}]`],
			]),
		);
	}
	for (const n of fresh) s.bind(n, kind);
	const ref = node("term", ...parts);
	const result = s.fresh();
	return d.choose<Node>([
		[
			3,
			() => {
				s.bind(result, kind);
				return statement(`${result} := `, ref);
			},
		],
		[
			1,
			() => {
				s.bind(result, kind);
				return statement(ref, ` = ${result}`);
			},
		],
		[2, () => statement(ref)],
		[kind === "dyn" ? 2 : 0, () => statement(ref, ` ${d.pick(["==", "!=", "="])} `, anyTerm(s, 0))],
	]);
}

function negation(s: Scope, depth: number): Node {
	const inner = s.inner();
	const d = s.dice;
	if (s.at.not && d.oneIn(2)) return statement("not { ", randomBody(inner, depth, d.between(1, 2)), " }");
	// Variables that are first met inside would be unsafe: only tests.
	return statement(
		"not ",
		d.choose<Node>([
			[2, () => comparison(inner, depth)],
			[2, () => membership(inner, depth)],
			[2, () => dynamicTerm(inner)],
			[1, () => anyCall(inner, depth)],
		]),
	);
}

function every(s: Scope, depth: number): Node {
	const inner = s.inner();
	const over = s.dice.oneIn(2) ? dynamicTerm(s) : collection(s, depth);
	const kind: Kind = "mixed";
	const value = s.fresh();
	const key = s.dice.oneIn(2) ? s.fresh() : undefined;
	if (key !== undefined) inner.bind(key, kind);
	inner.bind(value, kind);
	const head = key === undefined ? value : `${key}, ${value}`;
	return statement(`every ${head} in `, over, " { ", randomBody(inner, depth, s.dice.between(1, 2)), " }");
}

function alternatives(s: Scope, depth: number): Node {
	const d = s.dice;
	if (!s.at.and) return statement(comparison(s, depth));
	const operand = (): Node => {
		const inner = s.inner();
		if (d.oneIn(3)) return node("expression", "{ ", randomBody(inner, depth, d.between(1, 2)), " }");
		const test = d.choose<Node>([
			[2, () => comparison(inner, depth)],
			[2, () => dynamicTerm(inner)],
			[1, () => membership(inner, depth)],
			[1, () => node("term", d.pick(["true", "false"]))],
		]);
		return node("expression", d.oneIn(5) ? "not " : "", test);
	};
	const parts: Part[] = [operand()];
	for (const n of d.times(1, 2, operand)) parts.push(` ${d.pick(["and", "or"])} `, n);
	return statement(...parts);
}

function walk(s: Scope, depth: number): Node {
	const path = s.fresh();
	const value = s.fresh();
	const over = s.dice.oneIn(2) ? dynamicTerm(s) : collection(s, depth - 1);
	s.bind(path, "mixed");
	s.bind(value, "mixed");
	return statement("walk(", over, `, [${path}, ${value}])`);
}

function functionCall(s: Scope, depth: number): Node {
	const functions = s.at.rules.filter((r) => r.args !== undefined && r.args.length > 0);
	if (functions.length === 0) return statement(anyCall(s, depth));
	const f = s.dice.pick(functions);
	const call = ruleTerm(s, f, depth - 1);
	if (s.dice.oneIn(3)) return statement(call);
	const name = s.fresh();
	s.bind(name, f.kind);
	return statement(`${name} := `, call);
}

/** Names of builtins by arity, for `with`. */
export function builtinsOfArity(n: number): readonly string[] {
	return callable.filter((b) => b.args.length === n).map((b) => b.name);
}
