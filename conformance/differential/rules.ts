/** Random rules of every form. Each may use the rules made before it, so that only groups of tree-groups.ts may recurse. */
import { randomName } from "./documents.ts";
import { type Kind, type KnownRule, Scope, type Surroundings, step } from "./scope.ts";
import { pattern, randomBody } from "./statements.ts";
import { anyTerm, literal, randomKind, term } from "./terms.ts";
import { list, type Node, node, type Part } from "./tree.ts";
import { treeGroup } from "./tree-groups.ts";

/** The definitions of one name, and what later rules may know of it. */
export interface RuleGroup {
	readonly definitions: readonly Node[];
	readonly known: KnownRule;
}

export function randomRules(at: Surroundings): RuleGroup {
	const d = at.dice;
	const name = `r${at.counter++}`;
	return d.choose<RuleGroup>([
		[5, () => complete(at, name)],
		[4, () => partialSet(at, name)],
		[4, () => partialObject(at, name)],
		[4, () => generalRef(at, name)],
		[5, () => functions(at, name)],
		[1, () => boolean(at, name)],
		[5, () => treeGroup(at, name)],
	]);
}

function rule(...parts: readonly Part[]): Node {
	return node("rule", ...parts);
}

function depthOf(at: Surroundings): number {
	return at.dice.between(1, 3);
}

function body(s: Scope): Part[] {
	const d = s.dice;
	return [" if { ", randomBody(s, depthOf(s.at), d.between(1, 4)), " }"];
}

function complete(at: Surroundings, name: string): RuleGroup {
	const d = at.dice;
	const kind = randomKind(new Scope(at));
	const definitions: Node[] = [];
	if (d.oneIn(3)) definitions.push(rule(`default ${name} := `, constant(at, kind)));
	const count = d.between(1, 3);
	// Most groups agree on one value: else they conflict more often than not.
	const shared = count > 1 && d.oneIn(2) ? constant(at, kind) : undefined;
	for (let i = 0; i < count; i++) definitions.push(definition(at, name, kind, shared, new Scope(at)));
	return { definitions, known: { package: at.package, name, kind, args: undefined } };
}

/** `head := value if { … } else := value if { … }` */
function definition(at: Surroundings, head: Part, kind: Kind, shared: Node | undefined, outer: Scope): Node {
	const d = at.dice;
	const s = outer.inner();
	const parts: Part[] = d.oneIn(6) && shared === undefined ? [] : body(s);
	const out: Part[] = [head, " := ", shared ?? term(s, kind, 2), ...parts];
	if (parts.length > 0 && d.oneIn(4)) {
		for (const last of d.times(1, 2, () => d.oneIn(4))) {
			const inner = outer.inner();
			const otherwise = last ? [] : body(inner);
			out.push(" else := ", term(inner, kind, 2), ...otherwise);
			if (last) break;
		}
	}
	return rule(...out);
}

function boolean(at: Surroundings, name: string): RuleGroup {
	const definitions = at.dice.times(1, 2, () => rule(name, ...body(new Scope(at))));
	return { definitions, known: { package: at.package, name, kind: "bool", args: undefined } };
}

function constant(at: Surroundings, kind: Kind): Node {
	if (kind === "num" || kind === "str" || kind === "bool") return literal(new Scope(at), kind);
	return node("term", kind.startsWith("arr") ? '[1, "a"]' : kind.startsWith("set") ? "{1, 2}" : '{"a": 1}');
}

function partialSet(at: Surroundings, name: string): RuleGroup {
	const d = at.dice;
	const element = d.pick(["num", "str", "dyn"] as const);
	const definitions = d.times(1, 3, () => {
		const s = new Scope(at);
		const parts = d.oneIn(5) ? [] : body(s);
		return rule(`${name} contains `, element === "dyn" ? anyTerm(s, 2) : term(s, element, 2), ...parts);
	});
	return { definitions, known: { package: at.package, name, kind: `set:${element}`, args: undefined } };
}

function partialObject(at: Surroundings, name: string): RuleGroup {
	const d = at.dice;
	const definitions = d.times(1, 3, () => {
		const s = new Scope(at);
		const parts = d.oneIn(5) ? [] : body(s);
		const key = d.oneIn(3) || s.variables.length === 0 ? term(s, "str", 1) : anyTerm(s, 1);
		return rule(`${name}[`, key, "] := ", d.oneIn(3) ? constant(at, "num") : anyTerm(s, 2), ...parts);
	});
	return { definitions, known: { package: at.package, name, kind: "mixed", args: undefined } };
}

/** `r.a[x].b := v`, `r[x] contains v`: definitions of one name that overlap here and there. */
function generalRef(at: Surroundings, name: string): RuleGroup {
	const d = at.dice;
	const members = d.oneIn(3);
	const first = d.pick(["a", "b", "o"]);
	// Of different lengths, one is mostly below the value of another.
	const length = d.between(1, 3);
	const definitions = d.times(1, 4, () => {
		const s = new Scope(at);
		const parts = d.oneIn(4) ? [] : body(s);
		const head: Part[] = [name];
		for (const i of d.times(length, d.oneIn(10) ? 3 : length, (n) => n)) {
			head.push(
				d.choose<Part>([
					[4, () => (i === 0 ? `.${first}` : step(d.oneIn(8) ? randomName(d) : d.pick(["a", "b"])))],
					[s.variables.length > 0 ? 5 : 0, () => `[${d.pick(s.variables).name}]`],
					[1, () => node("term", "[", term(s, d.pick<Kind>(["str", "num"]), 1), "]")],
				]),
			);
		}
		const value = anyTerm(s, 1);
		return members ? rule(...head, " contains ", value, ...parts) : rule(...head, " := ", value, ...parts);
	});
	return { definitions, known: { package: at.package, name, kind: "mixed", args: undefined } };
}

function functions(at: Surroundings, name: string): RuleGroup {
	const d = at.dice;
	const kind = randomKind(new Scope(at));
	const args = d.times(1, 3, () => d.pick<Kind>(["num", "str", "dyn", "dyn", "arr:dyn", "obj:dyn"]));
	const definitions: Node[] = [];
	if (d.oneIn(4)) definitions.push(rule(`default ${name}(${args.map(() => "_").join(", ")}) := `, constant(at, kind)));
	const count = d.between(1, 3);
	const shared = count > 1 && d.oneIn(2) ? constant(at, kind) : undefined;
	for (let i = 0; i < count; i++) {
		const s = new Scope(at);
		const params = args.map((k): Node => {
			if (d.oneIn(8)) return node("term", "_");
			if ((k === "num" || k === "str" || k === "dyn") && d.oneIn(5)) return literal(s, k === "dyn" ? "num" : k);
			if (k === "dyn" && d.oneIn(3)) {
				const [p, names] = pattern(new Scope(at), 2, "argument");
				for (const n of names) s.bind(n, "dyn");
				return p;
			}
			const param = s.fresh();
			s.bind(param, k);
			return node("term", param);
		});
		definitions.push(
			definition(at, node("expression", name, "(", list(params, ", ", params.length), ")"), kind, shared, s),
		);
	}
	return { definitions, known: { package: at.package, name, kind, args } };
}
