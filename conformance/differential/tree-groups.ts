/**
 * Groups of definitions below one name, at keys of every type, which read each other, have defaults and
 * functions among them. Whether they recurse, or conflict, is left to OPA's checker to say.
 */
import { randomName } from "./documents.ts";
import type { RuleGroup } from "./rules.ts";
import { Scope, type Surroundings, step } from "./scope.ts";
import { anyTerm, literal } from "./terms.ts";
import { list, type Node, node, type Part } from "./tree.ts";

const keyTexts: readonly string[] = [
	".a",
	".b",
	".c",
	"[0]",
	"[1]",
	"[2]",
	"[1.5]",
	"[true]",
	"[false]",
	"[null]",
	'["1"]',
];

/** A key of a head: written out, or a variable that takes some of these. */
interface Key {
	readonly text: string;
	readonly variable: string | undefined;
	/** The keys it stands for. */
	readonly values: readonly string[];
}

/** First keys of functions, which are below no variable. */
const beside: readonly string[] = [".f", "[3]", "[-1]"];

interface Head {
	readonly keys: readonly Key[];
	readonly isFunction: boolean;
}

export function treeGroup(at: Surroundings, name: string): RuleGroup {
	const d = at.dice;
	const members = d.oneIn(4);
	// Few keys, so that definitions meet.
	const pool = d.shuffled(keyTexts).slice(0, d.between(2, 5));
	const length = d.between(1, 3);
	const heads: Head[] = [];
	for (let i = d.between(2, 6); i > 0; i--) {
		const isFunction = !members && d.oneIn(8) && !heads.some((h) => h.isFunction || h.keys[0]?.variable !== undefined);
		const count = d.oneIn(8) ? d.between(1, 3) : length;
		const keys = Array.from({ length: count }, (_, k) =>
			randomKey(at, k === 0 && isFunction ? beside : pool, isFunction),
		);
		const head: Head = { keys, isFunction };
		const meets = keys[0]?.variable !== undefined && heads.some((h) => h.isFunction);
		// What is below a value conflicts with it.
		if (d.oneIn(60) || !(meets || heads.some((h) => isBelow(h, head) || isBelow(head, h)))) heads.push(head);
	}
	const places: string[] = [];
	const definitions: Node[] = [];
	for (const [i, head] of heads.entries()) {
		// What reads only what earlier heads define does not recurse.
		const later = heads.slice(i).flatMap((h) => h.keys[0]?.text ?? []);
		const readable = d.oneIn(20) ? places : places.filter((p) => !later.some((first) => p.startsWith(first)));
		definitions.push(definition(at, name, head, members, pool, readable));
		if (!head.isFunction) places.push(...instances(at, head));
	}
	for (const [i, head] of heads.entries()) {
		if (heads.findIndex((h) => textOf(h) === textOf(head)) < i) continue;
		if (members || !d.oneIn(5) || head.keys.some((k) => k.variable !== undefined)) continue;
		const args = head.isFunction ? "(_)" : "";
		definitions.push(rule(`default ${name}${textOf(head)}${args} := `, literal(new Scope(at), d.pick(["num", "str"]))));
	}
	return { definitions, known: { package: at.package, name, kind: "mixed", args: undefined, places } };
}

function rule(...parts: readonly Part[]): Node {
	return node("rule", ...parts);
}

function randomKey(at: Surroundings, pool: readonly string[], isFunction: boolean): Key {
	const d = at.dice;
	if (isFunction || !d.oneIn(3)) {
		const text = d.pick(pool);
		return { text, variable: undefined, values: [text] };
	}
	const variable = `v${at.counter++}`;
	return { text: `[${variable}]`, variable, values: d.times(1, 3, () => d.pick(pool)) };
}

function textOf(head: Head): string {
	return head.keys.map((k) => k.text).join("");
}

/** Whether a head is below another that is written out. */
function isBelow(head: Head, of: Head): boolean {
	return (
		head.keys.length > of.keys.length &&
		of.keys.every((k, i) => k.variable === undefined && k.text === head.keys[i]?.text)
	);
}

/** References to what a head may define: with its variables replaced, and parts of them. */
function instances(at: Surroundings, head: Head): string[] {
	const d = at.dice;
	return d.times(1, 2, () => {
		const text = head.keys.map((k) => d.pick(k.values)).join("");
		return d.oneIn(6) ? text.replace(/(?:\.\w+|\[[^\]]*\])$/, "") : text;
	});
}

/** `.a` and `["1"]` as terms. */
function termOf(key: string): string {
	return key.startsWith(".") ? JSON.stringify(key.slice(1)) : key.slice(1, -1);
}

function definition(
	at: Surroundings,
	name: string,
	head: Head,
	members: boolean,
	pool: readonly string[],
	places: readonly string[],
): Node {
	const d = at.dice;
	const s = new Scope(at);
	const statements: Node[] = [];
	const add = (...parts: readonly Part[]): void => {
		statements.push(node("statement", ...parts));
	};
	for (const k of head.keys) {
		if (k.variable === undefined) continue;
		s.bind(k.variable, "mixed");
		const values = k.values.map(termOf).join(", ");
		const v = s.fresh();
		d.choose<void>([
			[5, () => add(`some ${k.variable} in [${values}]`)],
			[2, () => add(`some ${k.variable}, _ in {${k.values.map((x) => `${termOf(x)}: 1`).join(", ")}}`)],
			[1, () => add(`${k.variable} = [${values}][_]`)],
			[1, () => add(`${v} := {${values}}; ${v}[${k.variable}]`)],
			[1, () => add(`some ${k.variable} in `, anyTerm(new Scope(at), 1))],
		]);
	}
	const reads: string[] = [];
	// A variable meets every key: nearly all that is read there recurses.
	const readers = (head.keys[0]?.variable === undefined && places.length > 0) || d.oneIn(30);
	const count = readers ? d.between(0, 2) : 0;
	for (const read of Array.from({ length: count }, () => readText(at, name, pool, places))) {
		const v = s.fresh();
		d.choose<void>([
			[
				5,
				() => {
					add(`${v} := ${read}`);
					reads.push(v);
				},
			],
			[2, () => add(`not ${read}`)],
			[1, () => add(read)],
			[1, () => add(`${read} == `, anyTerm(new Scope(at), 1))],
			[
				1,
				() => {
					add(`${v} := [1 | ${read}]`);
					reads.push(v);
				},
			],
			[1, () => add(`${v} := ${read} with input as {"k": 1}`)],
		]);
	}
	const args = head.isFunction ? `(${s.fresh()})` : "";
	const value: Part =
		reads.length > 0 && !d.oneIn(3) ? `[${reads.join(", ")}]` : d.oneIn(2) ? String(d.below(3)) : anyTerm(s, 1);
	const shuffled = d.oneIn(3) ? d.shuffled(statements) : statements;
	const body: Part[] = shuffled.length === 0 ? [] : [" if { ", list(shuffled, "; ", 1), " }"];
	return rule(name, textOf(head), args, members ? " contains " : " := ", value, ...body);
}

/** A reference to another key of the group: one that is there, near it, or computed. */
function readText(at: Surroundings, name: string, pool: readonly string[], places: readonly string[]): string {
	const d = at.dice;
	return d.choose([
		[places.length > 0 ? 60 : 0, () => name + d.pick(places)],
		[places.length > 0 ? 2 : 0, () => name + d.pick(places) + d.pick(pool)],
		[places.length > 0 ? 2 : 0, () => `${name}${d.pick(places)}[_]`],
		[2, () => name + d.pick(pool)],
		[1, () => `${name}${d.pick(pool)}${d.pick(pool)}`],
		[1, () => `${name}[${termOf(d.pick(pool))}]`],
		[1, () => `${name}[input.k]`],
		[1, () => `${name}${step(randomName(d))}`],
	]);
}

/** Queries for single keys of such a group. */
export function placeQuery(at: Surroundings, ref: string, places: readonly string[]): string {
	const d = at.dice;
	const place = d.pick(places);
	return d.choose([
		[6, () => `${ref}${place} = x`],
		[2, () => `x = [${ref}${place}, ${ref}${d.pick(places)}]`],
		[1, () => `${ref}${place}[x] = y`],
		[1, () => `some k in ["a", 1, true, null, 1.5, "1", 0]; x = ${ref}[k]`],
		[1, () => `x = [y | some k in ["a", 1, "b", false, 2]; some l in [1, "a", 0]; y := ${ref}[k][l]]`],
		[1, () => `x = {k: y | y := ${ref}[k]}`],
		[1, () => `not ${ref}${place}`],
	]);
}
