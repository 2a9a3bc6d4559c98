/** `regoplan/async`: a policy compiles when what it calls is loaded, and answers as compile() of `regoplan`. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/async.ts";
import { compile as compileNode } from "../../src/async-node.ts";
import { categoryNames } from "../../src/builtins/category-names.ts";
import { core } from "../../src/builtins/core.ts";
import { loadCategory } from "../../src/builtins/late-categories.ts";
import { optional } from "../../src/builtins/optional.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { calledNames } from "../../src/called-names.ts";
import { compile as compileNow } from "../../src/compile.ts";
import { RegoErrors } from "../../src/errors.ts";
import { Source } from "../../src/location.ts";
import { parseModule } from "../../src/parse.ts";

test("every builtin is in the category that the list names", async () => {
	const listed = new Map<string, string>();
	for (const [category, names] of Object.entries(categoryNames)) {
		const loaded = await loadCategory[category]?.();
		expect(loaded?.map((b) => b.name)).toEqual(names.split(" "));
		for (const name of names.split(" ")) listed.set(name, category);
	}
	expect([...listed.keys()].sort()).toEqual([...builtins.keys()].sort());
	expect(core.length + Object.values(optional).flat().length).toBe(listed.size);
});

describe("names that may be called", () => {
	const rows: readonly { readonly note: string; readonly text: string; readonly names: readonly string[] }[] = [
		{ note: "a call", text: 'p := time.parse_rfc3339_ns("x")', names: ["time.parse_rfc3339_ns"] },
		{ note: "in brackets", text: 'p := time["now_ns"]()', names: ["time.now_ns"] },
		{ note: "without a package", text: "p := count([1])", names: ["count"] },
		{ note: "nested in calls", text: 'p := upper(concat("", [lower("a")]))', names: ["concat", "lower", "upper"] },
		{ note: "in else", text: "p := 1 if input.x else := max([1])", names: ["max"] },
		{ note: "in a comprehension", text: "p := {x | x := abs(input.y)}", names: ["abs"] },
		{ note: "in a template string", text: 'p := $"{upper(input.x)}"', names: ["upper"] },
		{ note: "the target of with", text: "p if data.q.x with time.now_ns as 1", names: ["time.now_ns"] },
		{ note: "the value of with", text: "p if data.q.x with data.q.f as count", names: ["count"] },
		{ note: "in a default", text: "default p(x) := 1\np(x) := count(x)", names: ["count"] },
		{ note: "in a head", text: "p[lower(input.x)] := 1", names: ["lower"] },
		{ note: "in every", text: "p if every x in input.a { startswith(x, 1) }", names: ["startswith"] },
		{ note: "in some", text: "p if { some x in split(input.a, 1) }", names: ["split"] },
		{ note: "of data is none", text: "p := data.count", names: [] },
	];
	test.each(rows)("$note", ({ text, names }) => {
		const { value } = parseModule(new Source("p.rego", `package p\n${text}`), { regoVersion: "v1" });
		const found = calledNames(value === undefined ? [] : [value], (n) => builtins.has(n));
		expect([...found].filter((n) => builtins.get(n)?.infix === undefined && !n.startsWith("internal.")).sort()).toEqual(
			names,
		);
	});
});

describe.each([
	["elsewhere", compile],
	["in Node", compileNode],
])("%s", (_, compileAsync) => {
	const rows: readonly { readonly note: string; readonly text: string; readonly value: unknown }[] = [
		{ note: "no builtin", text: "p := 1 + 1", value: 2 },
		{ note: "strings and sets", text: 'p := upper(concat("", {"a"}))', value: "A" },
		{ note: "a large category", text: 'p := graphql.is_valid("{a}", "type Query { a: Int }")', value: true },
		{ note: "regular expressions", text: 'p := regex.match("^a+$", "aaa")', value: true },
		{ note: "annotations", text: "# METADATA\n# title: t\np := rego.metadata.rule().title", value: "t" },
	];
	test.each(rows)("$note", async ({ text, value }) => {
		const policy = await compileAsync({ "p.rego": `package p\n${text}` });
		expect(policy.rule("data.p.p")()).toEqual(value);
	});
	test("and, or and not before a body; queries and prints", async () => {
		const text = 'import future.keywords\np if { input.x == 1 or not { input.y } }\nq if print("x is", input.x)';
		const policy = await compileAsync({ "p.rego": `package p\n${text}` });
		expect([{ x: 1, y: true }, { x: 2 }, { x: 2, y: true }].map((i) => policy.allows("data.p.p", i))).toEqual([
			true,
			true,
			false,
		]);
		expect(policy.query("x := data.p.p", { x: 1 }).rows[0]?.bindings).toEqual({ x: true });
		expect(policy.decide("data.p.q", { x: 1 }).prints()[0]?.text).toBe("x is 1");
	});
	test("errors are those of the whole, with hints", async () => {
		const modules = { "p.rego": "package p\np := cuont([1])" };
		const errorOf = (e: unknown): readonly unknown[] =>
			e instanceof RegoErrors ? e.errors.map((x) => [x.message, x.hint]) : [e];
		let expected: readonly unknown[] = [];
		try {
			compileNow(modules);
		} catch (e) {
			expected = errorOf(e);
		}
		expect(expected).toEqual([[expect.stringContaining("undefined function cuont"), expect.stringContaining("count")]]);
		await expect(compileAsync(modules).catch(errorOf)).resolves.toEqual(expected);
	});
	test("queries call what the modules call, and what is asked for", async () => {
		const modules = { "p.rego": "package p\np := 1" };
		const policy = await compileAsync(modules, { load: ["sprintf"] });
		expect(policy.query('x := sprintf("%d", [data.p.p])').rows[0]?.bindings["x"]).toBe("1");
		const all = await compileAsync(modules, { load: "all" });
		expect(all.query("x := count([1])").rows[0]?.bindings["x"]).toBe(1);
	});
	test("own builtins and options reach it", async () => {
		const modules = { "p.rego": "package p\np := my.twice(2)" };
		const policy = await compileAsync(modules, { builtins: { "my.twice": (x) => (x as number) * 2 } });
		expect(policy.rule("data.p.p")()).toBe(4);
		await expect(compileAsync(modules, { nonsense: 1 } as object)).rejects.toThrow(/nonsense/);
		await expect(compileAsync("package p" as unknown as readonly [])).rejects.toThrow(/texts by file name/);
	});
});
