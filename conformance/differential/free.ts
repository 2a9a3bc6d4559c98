/**
 * Programs in the way people write, and some that nobody would: packages that import each other, names that hide
 * others or that JavaScript knows, bodies in bodies, heads of every form, metadata, prints, and v0 as it was
 * written before there was v1.
 */
import type { Dice } from "./dice.ts";
import { type JsonObject, pathsOf, randomJson } from "./documents.ts";
import { finish, freeBody, statements } from "./free-statements.ts";
import {
	anyFree,
	type FreeKind,
	type FreeModule,
	type FreeRule,
	FreeScope,
	free,
	freeNumber,
	randomFreeKind,
	text,
} from "./free-terms.ts";
import type { Program } from "./program.ts";
import { step } from "./scope.ts";
import { list, type Node, node, type Part } from "./tree.ts";

const packageNames = ["a", "a.b", "test", "lib.constructor", "__proto__", 'odd["x y"]', "a.b.c"];
const ruleNames = "allow deny r1 r2 r3 helper violation r4 r5 is_ok".split(" ");
/** Names that hide, or are hidden by, variables, and those that JavaScript knows. */
const oddNames = "__proto__ constructor toString x k valueOf hasOwnProperty".split(" ");
const keys = [".a", ".b", "[1]", '["x y"]', "[true]", "[null]", ".__proto__", "[1.5]", "[-2]", '["1"]', "[0]"];

type Form = "complete" | "set" | "map" | "function" | "sets" | "test";

/** One name of a package. */
interface Plan {
	readonly rule: FreeRule;
	readonly form: Form;
	/** The head up to its key, arguments or value. */
	readonly head: string;
}

export function freeProgram(d: Dice, v0: boolean): Program {
	const document = (): JsonObject => ({
		entries: ["a", "b", "l", "__proto__", "x y", "constructor", "0"]
			.filter(() => !d.oneIn(3))
			.map((k) => [k, randomJson(d, 3)] as const),
	});
	const input = document();
	const base = document();
	const documents = [...paths(d, "input", input), ...paths(d, "data.base", base), "input", "input.l", "data.base.l"];
	const prints = d.oneIn(3);
	const plans = d
		.shuffled(packageNames)
		.slice(0, d.between(1, 3))
		.map((name) => ({ name, plans: plansOf(d, name) }));
	const all = plans.flatMap((p) => p.plans.map((x) => x.rule));
	const counter = { at: 0 };
	const modules = plans.map((p) => moduleOf(d, p, all, documents, v0, prints, counter));
	const module = makeModule(d, "?", documents, v0, false, [], counter);
	const queries = [
		...plans.map((p) => node("query", `data.${p.name} = x`)),
		...d.times(1, 3, () => randomQuery(module, all)),
	];
	return {
		modules: list(modules, "\n"),
		queries: list(queries, "\n", 1),
		input: d.oneIn(20) ? undefined : input,
		data: { entries: [["base", base]] },
		strict: d.oneIn(10),
		prints,
	};
}

function paths(d: Dice, root: string, document: JsonObject): string[] {
	const found = [...pathsOf(document)].map(([path]) => root + path.map(step).join(""));
	return d.shuffled(found).slice(0, 8);
}

function plansOf(d: Dice, name: string): Plan[] {
	const out: Plan[] = [];
	const names = d.shuffled(ruleNames).slice(0, d.between(2, 5));
	for (const rule of names.map((n) => (d.oneIn(8) ? d.pick(oddNames) : n))) {
		const known = (head: string, kind: FreeKind, args?: readonly FreeKind[]): FreeRule => ({
			path: `data.${name}${step(head.split(/[.[]/)[0] as string)}${head.replace(/^\w+/, "")}`,
			name: head,
			package: name,
			kind,
			args,
		});
		const args = (): FreeKind[] => d.times(1, 2, () => d.pick<FreeKind>(["dyn", "dyn", "num", "str"]));
		const add = (form: Form, head: string, kind: FreeKind, parameters?: readonly FreeKind[]): void => {
			out.push({ rule: known(head, kind, parameters), form, head });
		};
		d.choose<void>([
			[4, () => add("complete", rule, randomFreeKind(d))],
			[2, () => add("test", rule, "bool")],
			[3, () => add("set", rule, "set")],
			[3, () => add("map", rule, "mixed")],
			[4, () => add("function", rule, randomFreeKind(d), args())],
			[1, () => add("sets", rule, "mixed")],
			[
				4,
				() => {
					for (const key of d.shuffled(keys).slice(0, d.between(1, 3))) {
						const more = d.oneIn(3) ? d.pick(keys) : "";
						d.choose<void>([
							[3, () => add("complete", rule + key + more, randomFreeKind(d))],
							[1, () => add("set", rule + key + more, "set")],
							[1, () => add("map", rule + key + more, "mixed")],
							[2, () => add("function", rule + key + more, randomFreeKind(d), args())],
						]);
					}
				},
			],
		]);
	}
	return out;
}

function makeModule(
	dice: Dice,
	name: string,
	documents: readonly string[],
	v0: boolean,
	prints: boolean,
	aliases: readonly (readonly [string, string])[],
	counter: { at: number },
): FreeModule {
	const modifiers = name !== "?";
	const not = modifiers && dice.oneIn(3);
	const and = modifiers && dice.oneIn(3);
	return {
		dice,
		package: name,
		rules: [],
		documents,
		v0,
		prints,
		aliases: new Map(aliases),
		not,
		and,
		modifiers,
		counter,
	};
}

function moduleOf(
	d: Dice,
	{ name, plans }: { readonly name: string; readonly plans: readonly Plan[] },
	all: readonly FreeRule[],
	documents: readonly string[],
	v0: boolean,
	prints: boolean,
	counter: { at: number },
): Node {
	const imports: string[] = [];
	const aliases: [string, string][] = [];
	const more: string[] = [];
	for (const other of new Set(all.map((r) => r.package))) {
		if (other === name || !d.oneIn(2)) continue;
		const last = /(\w+)$/.exec(other)?.[1];
		const alias = last === undefined || d.oneIn(2) ? `m${aliases.length}` : last;
		imports.push(`import data.${other}${alias === last ? "" : ` as ${alias}`}`);
		aliases.push([other, alias]);
	}
	if (d.oneIn(4)) {
		imports.push("import input.a as ia");
		more.push("ia", "ia.b");
	}
	if (d.oneIn(6)) {
		imports.push("import data.base");
		more.push("base.l", "base.a");
	}
	const m = makeModule(d, name, [...documents, ...more], v0, prints, aliases, counter);
	if (v0) imports.push("import future.keywords.in", "import future.keywords.every");
	if (m.not) imports.push("import future.keywords.not");
	if (m.and) imports.push("import future.keywords.and", "import future.keywords.or");
	const rules: Node[] = [];
	for (const plan of plans) {
		// What reads only what was there before does not recurse.
		const earlier = all.slice(0, all.indexOf(plan.rule));
		m.rules = d.oneIn(80) ? all : earlier;
		for (let i = d.between(1, 3); i > 0; i--) rules.push(definition(m, plan));
		if ((plan.form === "complete" || plan.form === "test") && d.oneIn(4)) rules.push(defaultRule(m, plan, ""));
		if (plan.form === "function" && d.oneIn(4)) {
			rules.push(defaultRule(m, plan, `(${(plan.rule.args ?? []).map(() => "_").join(", ")})`));
		}
	}
	const scope = d.oneIn(4) ? `${annotation(d, "package")}` : "";
	const head = `${scope}package ${name}\n${imports.map((i) => `${i}\n`).join("")}`;
	return node("module", head, list(d.oneIn(3) ? d.shuffled(rules) : rules, "\n"), "\n");
}

function annotation(d: Dice, scope: string): string {
	const lines = [
		`scope: ${scope}`,
		`title: t${d.below(9)}`,
		`custom: {k: ${d.pick(["1", "[a, 2.0]", "~", "0x1F", "{__proto__: 1}"])}}`,
		"description: d",
		"entrypoint: true",
	];
	const chosen = lines.slice(0, d.between(2, scope === "package" ? 5 : 4));
	return `# METADATA\n${chosen.map((l) => `# ${l}\n`).join("")}`;
}

function defaultRule(m: FreeModule, plan: Plan, args: string): Node {
	const d = m.dice;
	const constants: Readonly<Record<FreeKind, readonly string[]>> = {
		num: [freeNumber(d)],
		str: ['"d"', "`d`"],
		bool: ["false", "true"],
		arr: ["[1, [2]]", "[]"],
		obj: ['{"__proto__": 1}', '{1: {"a": null}}'],
		set: ["{1}", "set()"],
		dyn: ["null", '[{"a": 1}]'],
		mixed: ["1"],
	};
	return node(
		"rule",
		`default ${plan.head}${args} ${m.v0 && d.oneIn(2) ? "=" : ":="} ${d.pick(constants[plan.rule.kind])}`,
	);
}

/** Depth of closures: mostly small, now and then many. */
function depthOf(d: Dice): number {
	return d.oneIn(12) ? 5 : d.between(1, 3);
}

function definition(m: FreeModule, plan: Plan): Node {
	const d = m.dice;
	const outer = new FreeScope(m);
	const equals = d.oneIn(4) || m.v0 ? " = " : " := ";
	const braces = (body: Part): Part[] => (m.v0 ? [" { ", body, " }"] : [" if { ", body, " }"]);
	const about = d.oneIn(12) ? annotation(d, "rule") : "";
	let args: Part[] = [];
	if (plan.form === "function") {
		const parameters = (plan.rule.args ?? []).map((k) => parameter(outer, k));
		args = ["(", list(parameters, ", ", parameters.length), ")"];
	}
	const without = d.oneIn(6) && plan.form !== "test";
	const s = new FreeScope(m, outer);
	for (const name of outer.own) s.own.add(name);
	const items = without ? [] : statements(s, depthOf(d), 3);
	if (about !== "" && !without)
		items.push(node("statement", `${s.declare("dyn")} := rego.metadata.${d.pick(["rule", "chain"])}()`));
	const value = (scope: FreeScope, kind: FreeKind): Node =>
		d.oneIn(3) ? constantOf(scope, kind) : free(scope, kind, 2);
	const start: Part[] = [about, plan.head];
	const end = (): Part[] => (without ? [] : braces(finish(s, items)));
	switch (plan.form) {
		case "test":
			return node("rule", ...start, ...end());
		case "set": {
			const member = anyFree(s, 2);
			if (m.v0) return node("rule", ...start, "[", member, "]", ...(without ? [" { true }"] : end()));
			return node("rule", ...start, " contains ", member, ...end());
		}
		case "map": {
			const key = free(s, d.pick(["dyn", "str", "num"]), 0);
			const at = value(s, randomFreeKind(d));
			return node("rule", ...start, "[", key, "]", equals, at, ...end());
		}
		case "sets": {
			if (m.v0) return node("rule", ...start, "[", free(s, "dyn", 0), "]", equals, anyFree(s, 1), ...end());
			const key = free(s, d.pick(["dyn", "str"]), 0);
			return node("rule", ...start, "[", key, "] contains ", anyFree(s, 1), ...end());
		}
		default: {
			const plain = !m.v0 || !/[.[]/.test(plan.head);
			const chained = plain && m.v0 && !without && d.oneIn(8);
			const first = chained ? constantOf(s, plan.rule.kind) : value(s, plan.rule.kind);
			const parts: Part[] = [...start, ...args, equals, first, ...end()];
			if (without) return node("rule", ...parts);
			if (chained) {
				const [, body] = freeBody(new FreeScope(m, outer), 1);
				return node("rule", ...parts, " { ", body(), " }");
			}
			for (let more = plain && d.oneIn(4) ? d.between(1, 3) : 0; more > 0; more--) {
				const last = more === 1 && d.oneIn(2);
				const [inner, body] = freeBody(new FreeScope(m, outer), d.between(0, 2));
				const other = last ? value(new FreeScope(m, outer), plan.rule.kind) : value(inner, plan.rule.kind);
				parts.push(" else", equals, other, ...(last ? [] : braces(body())));
			}
			return node("rule", ...parts);
		}
	}
}

function parameter(s: FreeScope, kind: FreeKind): Node {
	const d = s.dice;
	if (d.oneIn(10)) return text("_");
	if (d.oneIn(5))
		return text(
			kind === "str" ? d.pick(['"a"', '"b"']) : kind === "num" ? freeNumber(d) : d.pick(["1", '"a"', "null", "[]"]),
		);
	const name = (): string => s.declare(kind);
	if (kind !== "dyn" || !d.oneIn(3)) return text(name());
	return text(
		d.pick([
			() => `[${name()}, _]`,
			() => `{"a": ${name()}}`,
			() => `[${name()}, {"b": ${name()}}]`,
			() => `{"__proto__": ${name()}}`,
		])(),
	);
}

/** The same for most definitions: others conflict. */
function constantOf(s: FreeScope, kind: FreeKind): Node {
	const constants = { num: "1", str: '"a"', bool: "true", arr: '["a"]', obj: '{"a": 1}', set: "{1}" };
	return kind === "dyn" || kind === "mixed" ? free(s, "dyn", 1) : text(constants[kind]);
}

function randomQuery(m: FreeModule, all: readonly FreeRule[]): Node {
	const d = m.dice;
	const s = new FreeScope(m);
	m.rules = all;
	const values = all.filter((r) => r.args === undefined);
	const functions = all.filter((r) => r.args !== undefined);
	return d.choose<Node>([
		[values.length > 0 ? 4 : 0, () => node("query", `${d.pick(values).path} = x`)],
		[values.length > 0 ? 1 : 0, () => node("query", `${d.pick(values).path}[x] = y`)],
		[
			functions.length > 0 ? 4 : 0,
			() => {
				const f = d.pick(functions);
				const args = (f.args ?? []).map((k) => free(s, k, 1));
				return node("query", f.path, "(", list(args, ", ", args.length), ") = x");
			},
		],
		[1, () => node("query", "data[x][y] = z")],
		[1, () => node("query", `data.${d.pick(all).package}[x] = y`)],
		[2, () => node("query", finish(s, statements(s, 2, 3)))],
	]);
}
