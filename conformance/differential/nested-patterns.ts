/**
 * Programs of nested patterns: composites in composites, references with variables in them, comprehensions
 * and calls, on both sides of `=`, `:=`, `==`, `!=`, `in` and `some … in`, in heads, keys, arguments and
 * brackets. A few variables without declaration run through all of it, so that what names a variable in one
 * place binds it in another, often in an order that has to be found first; many bodies have none. Prints
 * stand anywhere.
 */
import type { Dice } from "./dice.ts";
import { type JsonObject, parsedObject } from "./documents.ts";
import { type List, list, type Node, node, type Part, render } from "./tree.ts";

/** Small documents whose values are keys of one another. */
const documents = {
	input: `{
		"e": {"a": {"a": 1, "b": "a"}, "b": ["b", 1, {"a": 0}], "k": "a"},
		"l": ["a", 1, ["a", "b"], 2],
		"o": {"a": "b", "b": ["a", 1], "k": {"a": 1}, "x": 1},
		"x": 1,
		"s": "a"
	}`,
	data: `{"d": {"xs": [["a", 1], ["b", 2], ["a", "b"]], "m": {"a": {"b": 1}, "b": {"a": "b"}}}}`,
};

export function patternDocuments(): { readonly input: JsonObject; readonly data: JsonObject } {
	return { input: parsedObject(documents.input), data: parsedObject(documents.data) };
}

const names = ["k", "m", "n", "w"];
const scalars = ['"a"', '"b"', '"k"', "0", "1", "2", "true"];
const bases = ["input.e", "input.l", "input.o", "data.d.xs", "data.d.m", "input", "data.d"];

/** What is shared within one program. */
interface Maker {
	readonly dice: Dice;
	/** Programs in which fewer things happen are accepted more often. */
	readonly wild: boolean;
	readonly prints: boolean;
	/** In comprehensions of ad-hoc queries OPA does not resolve modifiers: a fault of its own. */
	readonly modifiers: boolean;
	counter: number;
}

function text(...parts: readonly Part[]): Node {
	return node("term", ...parts);
}

function statement(...parts: readonly Part[]): Node {
	return node("statement", ...parts);
}

function variable(m: Maker): string {
	return m.dice.pick(names);
}

function reference(m: Maker, depth: number): Node {
	const d = m.dice;
	const parts: Part[] = [m.wild && d.oneIn(25) ? variable(m) : d.pick(bases)];
	for (const _ of d.times(1, 2, () => 0)) {
		parts.push(
			d.choose<Part>([
				[6, () => text("[", variable(m), "]")],
				[2, () => "[_]"],
				[2, () => `[${d.pick(scalars)}]`],
				[depth > 0 ? 1 : 0, () => node("expression", "[", term(m, depth - 1), "]")],
			]),
		);
	}
	return text(...parts);
}

function term(m: Maker, depth: number): Node {
	const d = m.dice;
	const composite = depth > 0 ? 1 : 0;
	const items = (low: number): Node[] => d.times(low, 3, () => term(m, depth - 1));
	return d.choose<Node>([
		[6, () => text(variable(m))],
		[1, () => text("_")],
		[3, () => text(d.pick(scalars))],
		[5, () => reference(m, depth)],
		[composite * 5, () => text("[", list(items(1), ", ", 1), "]")],
		[composite * 2, () => text("{", list(items(1), ", ", 1), "}")],
		[composite * 3, () => object(m, depth)],
		[composite * (m.wild ? 2 : 1), () => comprehension(m, depth - 1)],
		[composite, () => text("count(", term(m, depth - 1), ")")],
		[m.wild ? composite : 0, () => text("array.concat([", term(m, depth - 1), "], ", term(m, depth - 1), ")")],
		[m.wild ? composite : 0, () => text('$"{', term(m, 0), '}"')],
	]);
}

function object(m: Maker, depth: number): Node {
	const d = m.dice;
	const entries = d.times(1, 2, (i) => {
		const key = d.oneIn(3) ? term(m, m.wild ? depth - 1 : 0) : text(`"${["a", "b", "k"][i]}"`);
		return node("expression", key, ": ", term(m, depth - 1));
	});
	return text("{", list(entries, ", ", 1), "}");
}

function comprehension(m: Maker, depth: number): Node {
	const d = m.dice;
	const inner = body(m, depth, d.between(1, 2));
	const [open, close] = d.pick([
		["[", "]"],
		["{", "}"],
	] as const);
	return d.oneIn(4)
		? text("{", term(m, 0), ": ", term(m, depth), " | ", inner, "}")
		: text(open, term(m, depth), " | ", inner, close);
}

function body(m: Maker, depth: number, length: number): List {
	const d = m.dice;
	const items: Node[] = [];
	for (let i = 0; i < length; i++) {
		items.push(anyStatement(m, depth));
		if (m.prints && d.oneIn(3)) items.push(print(m));
	}
	return list(items, "; ", 1);
}

/** What binds a variable for sure; bodies without are seldom accepted. */
function binder(m: Maker, name: string): Node {
	const d = m.dice;
	return d.choose<Node>([
		[3, () => statement(`${d.pick(bases)}[${name}]`)],
		[2, () => statement(`data.d.xs[_] = [${d.pick([`${name}, _`, `_, ${name}`])}]`)],
		[1, () => statement(`${name} = ${d.pick(scalars)}`)],
		[1, () => statement(`${name} = `, reference(m, 0))],
		[1, () => statement(`${d.pick(bases)}[_] = ${name}`)],
	]);
}

/** A body of a rule, most of whose variables are bound by a statement of their own somewhere in it. */
function boundBody(m: Maker, depth: number, length: number): List {
	const d = m.dice;
	const plain = body(m, depth, length);
	const items = [...plain.items];
	const used = names.filter((n) => new RegExp(`\\b${n}\\b`).test(render(plain)));
	for (const name of used) if (!d.oneIn(m.wild ? 2 : 6)) items.splice(d.between(0, items.length), 0, binder(m, name));
	return list(items, "; ", 1);
}

/** Two terms of one shape: others seldom pass the type checker as the sides of an equation. */
function alike(m: Maker, depth: number): readonly [Node, Node] {
	const d = m.dice;
	const leaf = (): Node => term(m, 0);
	if (depth <= 0 || d.oneIn(4)) {
		const other = d.oneIn(3) ? term(m, depth) : leaf();
		return d.oneIn(2) ? [d.oneIn(2) ? text(variable(m)) : reference(m, depth), other] : [other, reference(m, depth)];
	}
	const parts = d.times(1, 3, () => alike(m, depth - 1));
	const side = (i: 0 | 1): Node[] => parts.map((p) => p[i]);
	const both = (make: (items: readonly Node[]) => Node): readonly [Node, Node] => [make(side(0)), make(side(1))];
	return d.choose<readonly [Node, Node]>([
		[4, () => both((items) => text("[", list(items, ", ", 1), "]"))],
		[1, () => both((items) => text("{", list(items, ", ", 1), "}"))],
		[
			3,
			() => {
				const keys = parts.map((_, i) => (d.oneIn(4) ? alike(m, 0) : undefined) ?? `"${["a", "b", "k"][i]}"`);
				const key = (i: number, at: 0 | 1): Part => {
					const k = keys[i] as (typeof keys)[number];
					return typeof k === "string" ? k : k[at];
				};
				const object = (at: 0 | 1): Node =>
					text(
						"{",
						list(
							side(at).map((v, i) => node("expression", key(i, at), ": ", v)),
							", ",
							1,
						),
						"}",
					);
				return [object(0), object(1)];
			},
		],
	]);
}

function print(m: Maker): Node {
	const d = m.dice;
	const operands = d.times(1, 2, () => (d.oneIn(3) ? term(m, 1) : text(variable(m))));
	return statement(`print("${m.counter++}", `, list(operands, ", ", 1), ")");
}

function anyStatement(m: Maker, depth: number): Node {
	const d = m.dice;
	const t = (n = depth): Node => term(m, n);
	const equal = (): Node => {
		const [a, b] = alike(m, depth);
		return statement(a, " = ", b);
	};
	const plain = d.choose<Node>([
		[10, equal],
		[2, () => statement(t(), " = ", t())],
		[3, () => statement(`y${m.counter++} := `, t())],
		[2, () => statement(`[y${m.counter++}, _] := `, t())],
		[4, () => statement(t(), " in ", t())],
		[2, () => statement(t(), " != ", t())],
		[2, () => statement(t(), " == ", t())],
		[4, () => statement(reference(m, depth))],
		[2, () => statement(reference(m, 0), " = ", text(variable(m)))],
		[2, () => statement("some [", variable(m), `, z${m.counter}] in `, t(), `; z${m.counter++} = `, t(0))],
		[1, () => statement(`some z${m.counter}, `, t(1), " in ", t(), `; z${m.counter++} = `, t(0))],
		[1, () => statement("not ", t(1), d.pick([" = ", " == "]), t(1))],
		[1, () => statement("not ", reference(m, 1))],
		[1, () => statement(`every z${m.counter} in `, t(1), ` { z${m.counter++} != `, t(1), " }")],
		[1, () => statement("array.concat(", t(1), ", ", t(1), ", ", t(), ")")],
		[1, () => statement("walk(", t(1), ", [", t(1), ", ", t(0), "])")],
		[1, () => statement("f(", t(1), ") = ", t(1))],
	]);
	if (!m.modifiers || !d.oneIn(12)) return plain;
	return statement(plain, ` with ${d.pick(["input.x", "input.o", "data.d.m"])} as `, t(1));
}

function rule(m: Maker, name: string): Node {
	const d = m.dice;
	// What a body binds is seen best where all of it is asked for.
	const inBody = boundBody(m, d.between(1, 3), d.between(1, 4));
	const used = names.filter((n) => new RegExp(`\\b${n}\\b`).test(render(inBody)));
	const all = `[${d
		.shuffled(d.oneIn(20) ? names : used)
		.slice(0, d.between(0, 3))
		.join(", ")}]`;
	const head = d.choose<Part>([
		[8, () => node("expression", `${name} contains `, text(all))],
		[2, () => node("expression", `${name} contains `, term(m, 2))],
		[1, () => node("expression", `${name}[`, text(all), "] := ", term(m, 1))],
		[1, () => node("expression", `${name}[`, term(m, 1), "] := ", text(all))],
	]);
	return node("rule", head, " if { ", inBody, " }");
}

function functionRule(m: Maker): Node {
	const d = m.dice;
	return d.oneIn(3) ? node("rule", "f(", term(m, 2), ") := ", term(m, 1)) : node("rule", "f(x) := [x]");
}

/** The module of such a program. */
export function patternModule(dice: Dice, prints: boolean): Node {
	const m: Maker = { dice, wild: dice.oneIn(3), prints, modifiers: true, counter: 0 };
	const rules = [functionRule(m), ...dice.times(1, 2, (i) => rule(m, `p${i}`))];
	return node("module", "package test\n\n", list(rules, "\n"), "\n");
}

/** A query of such a program. */
export function patternQuery(dice: Dice): Node {
	const m: Maker = { dice, wild: false, prints: false, modifiers: false, counter: 0 };
	return node("query", boundBody(m, 2, dice.between(1, 3)));
}
