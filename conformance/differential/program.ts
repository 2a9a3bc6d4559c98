/**
 * A random program: modules, queries, input and base data. As an arbitrary of fast-check: a seed gives
 * it back, and a failing one shrinks by its structure.
 */
import fc from "fast-check";
import { Dice } from "./dice.ts";
import { type JsonObject, jsonText, randomName, randomObject, smallerJson } from "./documents.ts";
import { freeProgram } from "./free.ts";
import { patternDocuments, patternModule, patternQuery } from "./nested-patterns.ts";
import { randomRules } from "./rules.ts";
import { documentPaths, type KnownRule, ruleRef, Scope, type Surroundings, step } from "./scope.ts";
import { pattern, randomBody } from "./statements.ts";
import { term } from "./terms.ts";
import { fewer, type List, list, type Node, node, render, renderUsed, smallerLists, smallerNodes } from "./tree.ts";
import { placeQuery, treeGroup } from "./tree-groups.ts";
import { replacement } from "./with-modifiers.ts";

export interface Program {
	readonly modules: List;
	readonly queries: List;
	readonly input: JsonObject | undefined;
	readonly data: JsonObject;
	readonly strict: boolean;
	/** Compare what is printed, too. */
	readonly prints: boolean;
}

/** Which programs: rules of every form, mostly groups of tree-groups.ts, nested patterns, those of free.ts, or some of each. */
export const programKinds = ["rules", "trees", "patterns", "free", "all"] as const;
export type ProgramKind = (typeof programKinds)[number];

export interface ProgramTexts {
	readonly modules: readonly string[];
	readonly queries: readonly string[];
	readonly input: string | undefined;
	readonly data: string;
	readonly strict: boolean;
	readonly prints: boolean;
}

/** In v0 the keywords of v1 are imported. */
const v0Imports = ["if", "in", "contains", "every"].map((k) => `import future.keywords.${k}\n`).join("");

export function programTexts(p: Program, v0 = false): ProgramTexts {
	const modules = p.modules.items.map(moduleText);
	return {
		modules: v0 ? modules.map((m) => m.replace(/^package .*\n\n/, (head) => head + v0Imports)) : modules,
		queries: p.queries.items.map(renderUsed),
		input: p.input === undefined ? undefined : jsonText(p.input),
		data: jsonText(p.data),
		strict: p.strict,
		prints: p.prints,
	};
}

/** Rule by rule: what is unused is so within a rule. */
function moduleText(m: Node): string {
	return m.parts
		.map((p) => (typeof p === "string" || "sort" in p ? render(p) : p.items.map(renderUsed).join(p.separator)))
		.join("");
}

const packageNames: readonly (readonly string[])[] = [["a"], ["a", "b"], ["lib"], ["a", "b", "c"], ["odd", "x y"]];

function randomProgram(d: Dice, trees: boolean): Program {
	const input = randomObject(d, 3, 2, 6);
	const base = randomObject(d, 3, 2, 5);
	const paths = [...documentPaths("input", input), ...documentPaths("data.base", base)];
	const packages = d.shuffled(packageNames).slice(0, d.below(trees ? 2 : 3));
	packages.push(["test"]);
	const rules: KnownRule[] = [];
	const done: (readonly string[])[] = [];
	const modules: Node[] = [];
	let counter = 0;
	for (const path of packages) {
		const at: Surroundings = {
			dice: d,
			input,
			data: base,
			paths,
			rules,
			packages: done,
			package: path,
			not: d.oneIn(3),
			and: d.oneIn(3),
			counter,
		};
		const definitions: Node[] = [];
		for (let i = trees ? 1 : d.between(1, 4); i > 0; i--) {
			const group = trees && !d.oneIn(5) ? treeGroup(at, `r${at.counter++}`) : randomRules(at);
			definitions.push(...group.definitions);
			rules.push(group.known);
		}
		counter = at.counter;
		done.push(path);
		const imports: string[] = [];
		if (at.not) imports.push("import future.keywords.not");
		if (at.and) imports.push("import future.keywords.and", "import future.keywords.or");
		const head = `package ${packageText(path)}\n\n${imports.map((i) => `${i}\n`).join("")}`;
		const text = d.shuffled(definitions);
		// A package may come in several modules.
		const cut = text.length > 1 && d.oneIn(4) ? d.between(1, text.length - 1) : text.length;
		for (const part of [text.slice(0, cut), text.slice(cut)]) {
			if (part.length > 0) modules.push(node("module", head, list(part, "\n"), "\n"));
		}
	}
	const overlap = d.oneIn(4) ? overlapping(d, packages) : [];
	const data: JsonObject = { entries: [["base", base], ...overlap] };
	const surroundings: Surroundings = {
		dice: d,
		input,
		data,
		paths,
		rules,
		packages: done,
		package: ["?"],
		not: false,
		and: false,
		counter,
	};
	const queries = d.times(2, 4, () => randomQuery(surroundings));
	return {
		modules: list(modules, "\n"),
		queries: list(queries, "\n", 1),
		input: d.oneIn(20) ? undefined : input,
		data,
		strict: d.oneIn(8),
		prints: false,
	};
}

function patternProgram(d: Dice): Program {
	const { input, data } = patternDocuments();
	const prints = d.oneIn(3);
	const queries = [node("query", "data.test = x"), ...d.times(0, 2, () => patternQuery(d))];
	return {
		modules: list([patternModule(d, prints)], "\n"),
		queries: list(queries, "\n", 1),
		input,
		data,
		strict: false,
		prints,
	};
}

function packageText([first, ...rest]: readonly string[]): string {
	return `${first}${rest.map(step).join("")}`;
}

/** Base data beside, and now and then in place of, virtual documents. */
function overlapping(d: Dice, packages: readonly (readonly string[])[]): (readonly [string, JsonObject])[] {
	const top = [...new Set(packages.map((p) => p[0] as string))];
	return [[d.pick(top), randomObject(d, 2, 1, 3)] as const];
}

function randomQuery(at: Surroundings): Node {
	const d = at.dice;
	const s = new Scope(at);
	const values = at.rules.filter((r) => r.args === undefined);
	const functions = at.rules.filter((r) => r.args !== undefined);
	const query = (...parts: readonly (string | Node | List)[]): Node => node("query", ...parts);
	const packageRef = (): string => `data${d.pick(at.packages).map(step).join("")}`;
	const trees = values.filter((r) => (r.places ?? []).length > 0);
	const plain = d.choose<Node>([
		[
			trees.length > 0 ? 8 : 0,
			() => {
				const r = d.pick(trees);
				return query(placeQuery(at, ruleRef(r, undefined), r.places ?? []));
			},
		],
		[values.length > 0 ? 6 : 0, () => query(`${ruleRef(d.pick(values), undefined)} = x`)],
		[values.length > 0 ? 2 : 0, () => query(ruleRef(d.pick(values), undefined))],
		[
			functions.length > 0 ? 3 : 0,
			() => {
				const f = d.pick(functions);
				return query(
					ruleRef(f, undefined),
					"(",
					list(
						(f.args ?? []).map((k) => term(s, k, 1)),
						", ",
						f.args?.length ?? 0,
					),
					") = x",
				);
			},
		],
		[3, () => query(`${packageRef()} = x`)],
		[1, () => query("data = x")],
		[1, () => query("data[x] = y")],
		[2, () => query(`${packageRef()}[x] = y`)],
		[1, () => query(`${packageRef()}[x][y] = z`)],
		[1, () => query(`data[x]${step(d.pick(values.length > 0 ? values : at.rules).name)} = y`)],
		[1, () => query(`data.a[x][y]`)],
		[values.length > 0 ? 2 : 0, () => query(`${ruleRef(d.pick(values), undefined)}[x][y] = z`)],
		[values.length > 0 ? 1 : 0, () => query(`${ruleRef(d.pick(values), undefined)} = `, pattern(s, 2, "unify")[0])],
		[3, () => query(randomBody(s, 2, d.between(1, 4)))],
		[1, () => query(`x := ${packageRef()}[${JSON.stringify(randomName(d))}]`)],
	]);
	// Read whole, data shows what `with` replaced together with what was there: a fault of OPA's.
	if (!d.oneIn(6) || /^data(?:\[x\])? = /.test(render(plain))) return plain;
	const r = replacement(new Scope(at), 2);
	return r === undefined ? plain : query(plain, " ", r);
}

class ProgramArbitrary extends fc.Arbitrary<Program> {
	readonly #kind: ProgramKind;
	readonly #v0: boolean;

	constructor(kind: ProgramKind, v0: boolean) {
		super();
		this.#kind = kind;
		this.#v0 = v0;
	}

	override generate(random: fc.Random): fc.Value<Program> {
		const d = new Dice(random);
		const kind = this.#kind === "all" ? d.pick(["rules", "rules", "patterns", "free", "free"] as const) : this.#kind;
		const program =
			kind === "patterns"
				? patternProgram(d)
				: kind === "free"
					? freeProgram(d, this.#v0)
					: randomProgram(d, kind === "trees");
		return new fc.Value(program, undefined);
	}

	override canShrinkWithoutContext(value: unknown): value is Program {
		return typeof value === "object" && value !== null && "modules" in value;
	}

	override shrink(p: Program): fc.Stream<fc.Value<Program>> {
		return new fc.Stream(smallerPrograms(p)).map((q) => new fc.Value(q, undefined));
	}
}

function* smallerPrograms(p: Program): IterableIterator<Program> {
	for (const items of fewer(p.queries.items, 1)) yield { ...p, queries: { ...p.queries, items } };
	for (const items of fewer(p.modules.items)) yield { ...p, modules: { ...p.modules, items } };
	for (const modules of smallerLists(p.modules)) yield { ...p, modules };
	if (p.strict) yield { ...p, strict: false };
	if (p.input !== undefined) yield { ...p, input: undefined };
	if (p.data.entries.length > 0) yield { ...p, data: { entries: [] } };
	for (const [i, q] of p.queries.items.entries()) {
		for (const smaller of smallerNodes(q))
			yield { ...p, queries: { ...p.queries, items: p.queries.items.with(i, smaller) } };
	}
	if (p.input !== undefined) for (const input of smallerJson(p.input, true)) yield { ...p, input: input as JsonObject };
	for (const data of smallerJson(p.data, true)) yield { ...p, data: data as JsonObject };
}

export function programs(kind: ProgramKind, v0: boolean): fc.Arbitrary<Program> {
	return new ProgramArbitrary(kind, v0);
}
