/**
 * Text of a policy never becomes code: what builds JavaScript quotes everything but its own text, and
 * hostile names, keys and constants leave nothing but string literals and property names behind.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildModule } from "../../src/aot/build.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { canGenerate } from "../../src/eval/generated/can-generate.ts";
import { Code, join, js, member, name } from "../../src/eval/generated/code.ts";
import { ProgramEmitter } from "../../src/eval/generated/emit.ts";
import { compile, type Plan, type Value } from "../../src/index.ts";
import { termText } from "../../src/value/term-text.ts";
import { evaluateModule, everyWay } from "./backends.ts";
import { hostileText, hostileTexts, pwned } from "./hostile.ts";

describe("building blocks", () => {
	const literals: readonly (readonly [value: string | number | boolean | null, text: string])[] = [
		["a", '"a"'],
		['"', '"\\""'],
		["a\u2028b\u2029", '"a\\u2028b\\u2029"'],
		// biome-ignore lint/suspicious/noTemplateCurlyInString: the text is the point
		["${x}`", '"${x}`"'],
		["\n\\", '"\\n\\\\"'],
		["\u0000", '"\\u0000"'],
		[1, "1"],
		[-1, "(-1)"],
		[-0, "(0)"],
		[1e21, "1e+21"],
		[true, "true"],
		[null, "null"],
	];
	for (const [value, text] of literals) {
		test(`js quotes ${JSON.stringify(value)}`, () => {
			expect(js`${value}`.text).toBe(text);
			expect(new Function(`return ${text}`)()).toBe(Object.is(value, -0) ? 0 : value);
		});
	}
	test("js inserts code as it is", () => expect(js`${new Code("a")} + ${"a"}`.text).toBe('a + "a"'));
	for (const n of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
		test(`js refuses ${n}`, () => expect(() => js`${n}`).toThrow("not a literal"));
	}
	test("name takes known prefixes and whole numbers", () => {
		expect(name("f", 1, 2).text).toBe("f1_2");
		for (const [prefix, number] of [
			["h", 1],
			["f", 0.5],
			["f", Number.NaN],
			["a;b", 1],
			["__proto__", 1],
		] as const) {
			expect(() => name(prefix, number)).toThrow("not a generated name");
		}
		expect(() => name("f", 1, 0.5)).toThrow("not a generated name");
	});
	test("a host is asked whether it takes code at all", () => {
		expect(canGenerate()).toBe(true);
		const own = globalThis.Function;
		try {
			globalThis.Function = (() => {
				throw new EvalError("refused by a policy of the page");
			}) as unknown as FunctionConstructor;
			expect(canGenerate()).toBe(false);
		} finally {
			globalThis.Function = own;
		}
	});
	test("join takes separators only", () => {
		expect(join([js`a`, js`b`], " && ").text).toBe("a && b");
		for (const s of ["x", "//", "+", "(", '"']) expect(() => join([], s)).toThrow("not a separator");
	});
	const members: readonly (readonly [property: string, text: string])[] = [
		["OCI", "o?.OCI"],
		["$a_1", "o?.$a_1"],
		["class", "o?.class"],
		["a-b", 'o?.["a-b"]'],
		["1a", 'o?.["1a"]'],
		["", 'o?.[""]'],
		["a b", 'o?.["a b"]'],
		["é", 'o?.["é"]'],
		["a\n", 'o?.["a\\n"]'],
		['"]', 'o?.["\\"]"]'],
	];
	for (const [property, text] of members) {
		test(`member ${JSON.stringify(property)}`, () => expect(member(js`o`, property).text).toBe(text));
	}
	test("any text survives being a literal", () => {
		fc.assert(
			fc.property(
				fc.oneof(
					hostileText,
					fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((c) => String.fromCharCode(c)) }),
				),
				(s) => {
					expect(new Function(`return ${js`${s}`.text}`)()).toBe(s);
				},
			),
		);
	});
});

/** Words of emitted text that are not ours. Literals and property names are taken out first. */
function foreignWords(text: string): string[] {
	const bare = text.replace(/"(?:[^"\\\n]|\\.)*"/g, '""').replace(/\??\.[A-Za-z_$][\w$]*/g, "");
	expect(bare).toMatch(/^[\w\s.,;:?!=<>&|()[\]{}*+\-"]*$/);
	return [...new Set(bare.match(/[A-Za-z_$][\w$]*/g) ?? [])].filter(
		(w) => !/^[fgdaltLmbkxinsreqyz]\d+(?:_\d+)*$/.test(w) && !ours.has(w),
	);
}

const ours: ReadonlySet<string> = new Set(
	"k const let function return if else for break continue throw new typeof instanceof null true false undefined K B R U C c o d Array Number dot storedDot missing equal same equalNumber compareValues scanKeys scanValue baseValue whole conflict RegoSet ObjectBuilder ObjectCollector insertEntry isObjectOf isCollection MemberSite PartResults LastResults CallSite GroupedScan calls call Groups regexMatch lookup join Q v w rules funcs entries".split(
		" ",
	),
);

function emitted(plan: Plan): string {
	const table = plan.builtins.map((n) => builtins.get(n) as NonNullable<ReturnType<typeof builtins.get>>);
	const emitter = new ProgramEmitter(plan, table);
	for (let i = 0; i < plan.funcs.length; i++) emitter.func(i);
	const rules = plan.funcs.flatMap((f, i) => (f.kind === "function" ? [] : [i]));
	return emitter.program(rules, rules).text;
}

/** A Rego string; only a byte order mark may not stand in one as it is. */
const quoted = (s: string): string => JSON.stringify(s).replaceAll("\ufeff", "\\ufeff");

/** A policy with a text in every place a text can stand in. */
function hostilePolicy([a, b, d]: readonly [string, string, string]): { readonly [file: string]: string } {
	const [k1, k2, k3] = [a, b, d].map(quoted) as [string, string, string];
	return {
		[`${a}.rego`]: `package test[${k1}][${k2}]

const := ${k3}
object := {${k1}: 1, ${k2}: {${k3}: input[${k1}]}}
reads := [x | x := input[${k1}][${k2}]]
base := [x | x := data.base[${k2}][${k1}]]
part[${k1}][k] := v if { some k, v in {${k2}: ${k3}} }
member if ${k2} in {${k1}, ${k2}}
long := [${k1}, ${k2}][i] if some i in [1]
has if input.s == ${k3}
f(${k1}, x) := concat(${k2}, [x, x])
call := f(${k1}, ${k3})
mocked := y if { y := input with input[${k2}] as ${k3} }
pattern if regex.match(${quoted(d.replace(/[^\w]/g, "\\$&"))}, input.s)
formatted := sprintf("%s", [${k2}])
`,
		"entry.rego": `package entry
all := data.test[${k1}][${k2}]
one := data.test[${k1}][${k2}].object
named := data.test[${k1}][x].const if { x := ${k2} }
`,
	};
}

describe("hostile policies", () => {
	const triples: fc.Arbitrary<readonly [string, string, string]> = fc.tuple(hostileText, hostileText, hostileText);
	const input = (a: string, b: string, d: string): Value =>
		JSON.parse(`{${quoted(a)}: {${quoted(b)}: 5}, "s": ${quoted(d)}}`) as Value;
	const data = (a: string, b: string): { readonly [k: string]: Value } =>
		JSON.parse(`{"base": {${quoted(b)}: {${quoted(a)}: 6}}}`) as { readonly [k: string]: Value };

	test("nothing of them is code in emitted text", () => {
		fc.assert(
			fc.property(triples, (t) => {
				const plan = compile(hostilePolicy(t)).plan;
				expect(foreignWords(emitted(plan))).toEqual([]);
			}),
			{ numRuns: 40 },
		);
	});

	test("all backends answer them alike, and none runs them", () => {
		fc.assert(
			fc.property(triples, (t) => {
				const [a, b, d] = t;
				const ran = pwned(() => {
					const answers = everyWay(hostilePolicy(t), "data.entry", { input: input(a, b, d), data: data(a, b) });
					expect(new Set(Object.values(answers)).size, JSON.stringify(answers)).toBe(1);
				});
				expect(ran).toBe(false);
			}),
			{ numRuns: 25 },
		);
	});

	for (const text of hostileTexts) {
		test(`rule, package and entry point named ${JSON.stringify(text)}`, () => {
			const modules = {
				"a.rego": `package p[${quoted(text)}]\n\nv := ${quoted(text)}`,
				"b.rego": `package q\n\nw[${quoted(text)}] := 7`,
			};
			const policy = compile(modules);
			const ran = pwned(() => {
				const built = buildModule({
					plan: policy.plan,
					builtins,
					entrypoints: [
						["p", text, "v"],
						["q", "w", text],
						["q", "w"],
						["p", text],
					],
					file: `${text}.mjs`,
				});
				const { entrypoints } = evaluateModule(built.code) as unknown as {
					readonly entrypoints: { readonly [name: string]: (input?: unknown) => Value | undefined };
				};
				expect(Object.values(entrypoints).map((f) => termText(f() as Value))).toEqual([
					termText(text),
					"7",
					termText(JSON.parse(`{${quoted(text)}: 7}`) as Value),
					`{"v": ${termText(text)}}`,
				]);
				// Declarations hold texts in comments and keys only.
				const bare = built.types.replace(/"(?:[^"\\\n]|\\.)*"/g, '""').replace(/\/\*\*.*?\*\//gs, "");
				expect(bare).toMatch(/^[\w\s;:,{}]*(?:import type \{ AotDecision, AotProgram \} from "";)?[\w\s;:,{}"]*$/);
				expect(() => JSON.parse(built.map)).not.toThrow();
			});
			expect(ran).toBe(false);
		});
	}

	test("entry points never clash with each other or with what the module needs", () => {
		const names = ["core", "program", "hash", "Array", "Number", "class", "c0", "entrypoint1", "x", "entrypoints"];
		const policy = compile({
			"a.rego": `package a\n${names.map((n) => `${n} := ["${n}"]`).join("\n")}`,
			"b.rego": 'package b\n"x y" := 1'.replace('"x y"', 'z["x y"]'),
		});
		const built = buildModule({
			plan: policy.plan,
			builtins,
			entrypoints: [...names.map((n) => ["a", n]), ["b", "z", "x y"], ["a", "x"]],
			file: "m.mjs",
		});
		const { entrypoints } = evaluateModule(built.code) as unknown as {
			readonly entrypoints: { readonly [name: string]: (input?: unknown) => Value | undefined };
		};
		expect(entrypoints["a/core"]?.()).toEqual(["core"]);
		expect(entrypoints["b/z/x y"]?.()).toBe(1);
	});
});
