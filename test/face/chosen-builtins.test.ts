/** `regoplan/core` and `regoplan/plan`: only what is chosen can be called. */
import { describe, expect, test } from "vitest";
import { aggregates } from "../../src/builtins/aggregates.ts";
import { debug } from "../../src/builtins/debug.ts";
import { rego } from "../../src/builtins/rego.ts";
import { strings } from "../../src/builtins/strings.ts";
import { compile, define, generated, t } from "../../src/core.ts";
import { RegoErrors } from "../../src/errors.ts";
import * as parts from "../../src/parts.ts";
import { loadPlan } from "../../src/plan-only.ts";

const { annotations, folding, hints, logical, plans, prints, queries } = parts;

const text = 'package a\np if { x := input.n + 1; x > 2; count([y | y := split("a,b", ",")[_]]) == 2 }';
const chosen = [strings, aggregates];

test("a policy calls what is chosen, and operators", () => {
	const policy = compile({ "a.rego": text }, { builtins: chosen });
	expect(policy.rule("data.a.p")({ n: 2 })).toBe(true);
	expect(policy.rule("data.a.p")({ n: 1 })).toBeUndefined();
});

test("anything else is undefined", () => {
	expect(() => compile({ "a.rego": text }, { builtins: [strings] })).toThrow(/undefined function count/);
	expect(() => compile({ "a.rego": 'package a\np := regex.match("a", "b")' })).toThrow(
		/undefined function regex.match/,
	);
});

test("single builtins and your own", () => {
	const twice = define("acme.twice", {
		category: "acme",
		args: [["x", t.string]],
		result: t.string,
		doc: "",
		eval: (_ctx, x) => x + x,
	});
	const upper = strings.find((b) => b.name === "upper");
	expect(upper).toBeDefined();
	const builtins = [upper ?? [], twice];
	const policy = compile({ "a.rego": 'package a\np := acme.twice(upper("a"))' }, { builtins, parts: { plans } });
	expect(policy.rule("data.a.p")()).toBe("AA");
	expect(loadPlan(policy.toJSON(), { builtins }).rule("data.a.p")()).toBe("AA");
});

test("a plan calls what is chosen", () => {
	const plan = compile({ "a.rego": text }, { builtins: chosen, parts: { plans } }).toJSON();
	for (const backend of [undefined, generated]) {
		expect(loadPlan(plan, { builtins: chosen, backend }).rule("data.a.p")({ n: 2 })).toBe(true);
	}
	expect(() => loadPlan(plan).rule("data.a.p")({ n: 2 })).toThrow(/unsupported built-in|no builtin/);
});

test("what is no builtin is refused at once", () => {
	const missing = (strings as unknown as { readonly nothing: typeof strings }).nothing;
	expect(() => compile({ "a.rego": text }, { builtins: [missing] })).toThrow(TypeError);
	expect(() => compile({ "a.rego": text }, { builtins: { f: () => 1 } as unknown as [] })).toThrow(TypeError);
});

const annotated = `package a
# METADATA
# title: the title
p := rego.metadata.rule().title`;

describe("parts", () => {
	test("annotations are comments without the part that reads them", () => {
		const broken = { "a.rego": "# METADATA\n# title: [\npackage a\np := 1" };
		expect(compile(broken).rule("data.a.p")()).toBe(1);
		expect(() => compile(broken, { parts: { annotations } })).toThrow(/yaml/);
	});
	test("rego.metadata.* is there with them, and never empty without", () => {
		const modules = { "a.rego": annotated };
		const chosen = { builtins: [rego, strings] };
		expect(compile(modules, { ...chosen, parts: { annotations } }).rule("data.a.p")()).toBe("the title");
		expect(() => compile(modules, chosen)).toThrow(/undefined function rego.metadata.rule/);
	});
	test("schemas need them, and are checked", () => {
		const modules = { "a.rego": "package a\np := input.b" };
		const schemas = new Map([["schema", { type: "object", properties: { a: { type: "string" } } }]]);
		expect(() => compile(modules, { schemas })).toThrow(/regoplan\/parts/);
		expect(() => compile(modules, { schemas, parts: { annotations } })).toThrow(/undefined ref: input.b/);
	});
	test("hints", () => {
		const hint = (parts: object): string | undefined => {
			try {
				compile({ "a.rego": "package a\nallowed := true\np if alowed" }, { parts });
			} catch (e) {
				if (e instanceof RegoErrors) return e.errors[0]?.hint;
			}
			return "it compiles";
		};
		expect(hint({})).toBeUndefined();
		expect(hint({ hints })).toContain("allowed");
	});
	test("a plan as JSON, and the hash", () => {
		const policy = compile({ "a.rego": "package a\np := 1" });
		expect(() => policy.toJSON()).toThrow(/parts: { plans }/);
		expect(() => policy.hash).toThrow(/parts: { plans }/);
		expect(() => policy.plan).toThrow(/parts: { plans }/);
		expect(policy.rule("data.a.p")()).toBe(1);
	});
	test("queries", () => {
		const modules = { "a.rego": "package a\np := input.x\nq contains x if some x in [1, 2]" };
		for (const backend of [undefined, generated]) {
			const decides = compile(modules, { backend });
			const ask = (): unknown => decides.query("data.a.p");
			expect(ask).toThrow("query: compile with { parts: { queries } }, from regoplan/parts");
			expect(() => decides.checkQuery("1")).toThrow("checkQuery: compile with { parts: { queries } }");
			expect(decides.rule("data.a.p")({ x: 1 })).toBe(1);
			expect(decides.withData({}).rule("data.a.q")()).toEqual([1, 2]);
			const asks = compile(modules, { backend, parts: { queries } });
			expect(asks.query("data.a.q[x]; data.a.p", { x: 1 }).rows.map((r) => r.bindings.x)).toEqual([1, 2]);
			expect(asks.withData({ y: 3 }).query("data.y").rows[0]?.expressions[0]?.value).toBe(3);
			expect(() => asks.checkQuery("x + 1 == 2")).toThrow(RegoErrors);
		}
	});
	test("prints are checked without the part, and left out", () => {
		const modules = { "a.rego": 'package a\np := x if { x := input.x; print("x is", x) }' };
		for (const backend of [undefined, generated]) {
			const silent = compile(modules, { backend });
			expect(silent.rule("data.a.p")({ x: 1 })).toBe(1);
			const why = "prints: compile with { parts: { prints } }, from regoplan/parts";
			expect(() => silent.evaluate("data.a.p", { x: 1 }, { prints: true })).toThrow(why);
			expect(() => silent.decide("data.a.p", { x: 1 }).prints()).toThrow(why);
			const printing = compile(modules, { backend, parts: { prints } });
			const lines = printing.evaluate("data.a.p", { x: 1 }, { prints: true }).prints.map((l) => l.text);
			expect(lines).toEqual(["x is 1"]);
		}
		for (const [wrong, message] of [
			["print(y)", "var y is undeclared"],
			["print(1 + input.a.b.c, f(1))", "undefined function f"],
			["x := print(1)", "print(1) used as value"],
			['print(1 + "a")', "plus: invalid argument(s)"],
		] as const) {
			expect(() => compile({ "a.rego": `package a\np if { ${wrong} }` }, { builtins: [debug] }), wrong).toThrow(
				message,
			);
		}
	});
	describe("and, or, and not before a bracket", () => {
		const uses = [
			{ note: "and", keywords: ".and", body: "input.x == 1 and input.y == 1", refused: "`and` needs" },
			{ note: "or", keywords: ".or", body: "{ input.x == 1; true } or input.y == 1", refused: "`or` needs" },
			{ note: "not", keywords: ".not", body: "not { input.x == 2 }", refused: "`not` before a bracket needs" },
			{
				note: "parentheses",
				keywords: "",
				body: "not (input.x == 2 and true)",
				refused: "`not` before a bracket needs",
			},
			{ note: "not of a set", keywords: "", body: "not { false }", refused: "`not` before a bracket needs" },
		];
		test.each(uses)("$note", ({ keywords, body, refused }) => {
			const modules = { "a.rego": `package a\nimport future.keywords${keywords}\np if { ${body} }` };
			expect(() => compile(modules)).toThrow(`${refused} { parts: { logical } }, from regoplan/parts`);
			expect(compile(modules, { parts: { logical } }).rule("data.a.p")({ x: 1, y: 1 })).toBe(true);
		});
		const others = [
			{ note: "where nothing is imported", text: "p if { not { input.x } == { 2 } }" },
			{ note: "not of a reference", text: "import future.keywords.not\np if not input.y" },
			{ note: "fields of these names", text: "import future.keywords\np if input.or.and == 1" },
			{ note: "no keyword without its import", text: "import future.keywords.or\np if { and := 1; and == 1 }" },
		];
		test.each(others)("not $note", ({ text }) => {
			const modules = { "a.rego": `package a\n${text}` };
			const answers = [{}, { logical }].map((parts) => {
				return compile(modules, { parts }).rule("data.a.p")({ x: 1, or: { and: 1 } });
			});
			expect(answers).toEqual([true, true]);
		});
	});
	test("what is no part is told, whatever it is that asks for it", () => {
		const modules = { "a.rego": "package a\np := 1" };
		for (const [wrong, message] of [
			["queries", 'option parts must be an object, not "queries"'],
			[true, "not true"],
			[null, "not null"],
			[[queries], "not a list"],
			[queries, "in parts: unknown option part;"],
			[{ querys: queries }, "in parts: unknown option querys; did you mean queries?"],
			[{ zzz: queries }, "known are annotations, folding, hints, logical, plans, prints, queries"],
			[{ annotations: true }, "in parts: option annotations must be the part annotations of regoplan/parts, not true"],
			[{ folding: "x" }, 'not "x"'],
			[{ logical: {} }, "not an object"],
			[{ annotations: { part: "annotations" } }, "must be the part annotations of regoplan/parts, not an object"],
			[{ hints: null }, "not null"],
			[{ queries: prints }, "must be the part queries of regoplan/parts"],
		] as const) {
			expect(() => compile(modules, { parts: wrong as object }), JSON.stringify(wrong)).toThrow(message);
		}
		// As TypeScript makes `import * as parts` for CommonJS.
		const imported = { ...parts, default: parts };
		expect(compile(modules, { parts: imported }).query("data.a.p").rows).toHaveLength(1);
		expect(compile(modules, { parts: { queries: undefined } }).rule("data.a.p")()).toBe(1);
	});
	test("options that ask for a part name it", () => {
		const modules = { "a.rego": "package a\np := 1" };
		const from = ", from regoplan/parts";
		expect(() => compile(modules, { prints: true })).toThrow(
			`option prints: compile with { parts: { prints } }${from}`,
		);
		expect(() => compile(modules, { optimize: { fold: true } })).toThrow(
			`option optimize.fold: compile with { parts: { folding } }${from}`,
		);
		const asked = { prints: true, optimize: { fold: true }, parts: { prints, folding } };
		expect(compile(modules, asked).rule("data.a.p")()).toBe(1);
		expect(compile(modules, { prints: false, optimize: { fold: false } }).rule("data.a.p")()).toBe(1);
	});
	test("options are those of this compile", () => {
		const modules = { "a.rego": "package a\np := 1" };
		for (const [options, message] of [
			[{ part: parts }, "unknown option part; did you mean parts?"],
			[{ annotations: true }, "unknown option annotations"],
			[{ withoutBuiltins: ["http.send"] }, "unknown option withoutBuiltins"],
			[null, "options must be an object, not null"],
			[{ schemas: { schema: {} }, parts }, "option schemas must be a Map"],
		] as const) {
			expect(() => compile(modules, options as object), JSON.stringify(options)).toThrow(message);
		}
		expect(() => loadPlan("{}", null as unknown as object)).toThrow("options must be an object, not null");
	});
	test("a builtin that is not handed in: the hint says where it is", () => {
		const hint = (call: string, builtins: readonly (typeof strings)[]): string | undefined => {
			try {
				compile({ "a.rego": `package a\np := ${call}` }, { parts: { hints }, builtins });
			} catch (e) {
				if (e instanceof RegoErrors) return e.errors[0]?.hint;
			}
			return "it compiles";
		};
		expect(hint('upper("x")', [])).toBe(
			"only chosen builtins can be called: compile with { builtins: [category] }, from regoplan/builtins/category",
		);
		expect(hint('uper("x")', [strings])).toContain("did you mean upper?");
		expect(hint("rego.metadata.rule()", [rego])).toContain("and { parts: { annotations } }");
		expect(hint('upper("x")', [strings])).toBe("it compiles");
	});
	test("details of errors", () => {
		const details = (parts: object): unknown => {
			try {
				compile({ "a.rego": 'package a\np := 1 + "a"' }, { parts });
			} catch (e) {
				if (e instanceof RegoErrors) return [e.errors[0]?.message, e.errors[0]?.details?.lines];
			}
			return "it compiles";
		};
		const message = "a.rego:2: rego_type_error: plus: invalid argument(s)";
		expect(details({})).toEqual([message, undefined]);
		expect(details({ hints })).toEqual([
			message,
			["have: (number, string, ???)", "want: (x: number, y: number, z: number)"],
		]);
	});
	test("all of them at once", () => {
		const policy = compile({ "a.rego": annotated }, { builtins: [rego, strings], parts });
		expect(policy.query("data.a.p").rows[0]?.expressions[0]?.value).toBe("the title");
		expect(policy.toJSON()).toContain('"the title"');
	});
	test("folding changes no answer", () => {
		const modules = { "a.rego": "package a\np := {y | some x in [1, 2, 3]; y := x * 2}" };
		for (const backend of [undefined, generated]) {
			const answers = [{}, { folding }].map((parts) => compile(modules, { parts, backend }).rule("data.a.p")());
			expect(answers).toEqual([
				[2, 4, 6],
				[2, 4, 6],
			]);
		}
	});
});
