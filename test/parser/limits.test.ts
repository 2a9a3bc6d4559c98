import { describe, expect, test } from "vitest";
import { Source } from "../../src/location.ts";
import { defaultLimits, type ParseLimits, parseModule, parseQuery } from "../../src/parser/parser.ts";
import { formatBody, printBody } from "../../src/parser/print.ts";
import { startCost } from "../cost.ts";

const tooDeep = "max parsing recursion depth exceeded";
const query = (text: string, limits: ParseLimits = {}) =>
	parseQuery(new Source("", text), { limits, futureKeywords: ["and", "or", "not"] });
const reasons = (text: string, limits: ParseLimits = {}): readonly string[] =>
	query(text, limits).errors.map((e) => e.reason);

/** Constructs nested or chained n deep. */
const nested: Readonly<Record<string, (n: number) => string>> = {
	arrays: (n) => "[".repeat(n) + "]".repeat(n),
	objects: (n) => `${'{"a":'.repeat(n)}1${"}".repeat(n)}`,
	sets: (n) => `${"{".repeat(n)}1${"}".repeat(n)}`,
	parentheses: (n) => `${"(".repeat(n)}1${")".repeat(n)}`,
	calls: (n) => `${"f(".repeat(n)}1${")".repeat(n)}`,
	brackets: (n) => `${"x[".repeat(n)}1${"]".repeat(n)}`,
	"array comprehensions": (n) => `${"[x|".repeat(n)}1${"]".repeat(n)}`,
	"object comprehensions": (n) => `${"{x:y|".repeat(n)}1${"}".repeat(n)}`,
	every: (n) => `${"every x in y { ".repeat(n)}1${"}".repeat(n)}`,
	"template strings": (n) => `${'$"{'.repeat(n)}1${'}"'.repeat(n)}`,
	"negated groups": (n) => `${"not (".repeat(n)}1${")".repeat(n)}`,
	"negated bodies": (n) => `${"not {".repeat(n)}1${"}".repeat(n)}`,
	groups: (n) => `${"(1 and ".repeat(n)}1${")".repeat(n)}`,
	sums: (n) => `1${"+1".repeat(n)}`,
	memberships: (n) => `1${" in x".repeat(n)}`,
	conjunctions: (n) => `1${" and 1".repeat(n)}`,
	"calls on results": (n) => `f${"(1).a".repeat(n)}`,
	"unions that might be comprehensions": (n) => `${"[a|b,".repeat(n)}c${"]".repeat(n)}`,
	"open brackets": (n) => "[".repeat(n),
	"open braces": (n) => "{".repeat(n),
	"open comprehensions": (n) => "[x|{y:".repeat(n),
};

describe("nesting", { timeout: 60_000 }, () => {
	test.each(Object.keys(nested))("100,000 %s end in an error", (name) => {
		const { value, errors } = query((nested[name] as (n: number) => string)(100_000));
		expect(value).toBeUndefined();
		expect(errors.length).toBeGreaterThan(0);
	});

	test.each(Object.keys(nested).filter((n) => !n.startsWith("open")))(
		"what the limit admits can be walked: %s",
		(name) => {
			const make = nested[name] as (n: number) => string;
			let depth = defaultLimits.maxDepth;
			while (query(make(depth)).value === undefined) depth--;
			expect(depth).toBeGreaterThan(90);
			expect(reasons(make(depth + 1)).length).toBeGreaterThan(0);
			const body = query(make(depth)).value?.body ?? [];
			expect(printBody(body)).not.toBe("");
			expect(query(formatBody(body)).errors).toEqual([]);
		},
	);

	test("at the limit and one beyond", () => {
		const arrays = (n: number) => `${"[".repeat(n)}1${"]".repeat(n)}`;
		expect(reasons(arrays(49), { maxDepth: 50 })).toEqual([]);
		expect(reasons(arrays(50), { maxDepth: 50 })).toEqual([tooDeep]);
		const sum = (n: number) => `1${"+1".repeat(n)}`;
		expect(reasons(sum(49), { maxDepth: 50 })).toEqual([]);
		expect(reasons(sum(50), { maxDepth: 50 })).toEqual([tooDeep]);
	});

	test("a chain within brackets counts from where it stands", () => {
		const text = (n: number) => `[[[[[${`1${"+1".repeat(n)}`}]]]]]`;
		expect(reasons(text(44), { maxDepth: 50 })).toEqual([]);
		expect(reasons(text(45), { maxDepth: 50 })).toEqual([tooDeep]);
	});

	test("a chain over a deep operand counts both", () => {
		const text = (n: number) => `${"[".repeat(20)}1${"]".repeat(20)}${"+1".repeat(n)}`;
		expect(reasons(text(29), { maxDepth: 50 })).toEqual([]);
		expect(reasons(text(30), { maxDepth: 50 })).toEqual([tooDeep]);
	});

	test("else", () => {
		const module = (n: number) => `package a\np if { x }${" else := 1 if { y }".repeat(n)}\n`;
		const errors = (n: number) => parseModule(new Source("", module(n)), { limits: { maxDepth: 20 } }).errors;
		expect(errors(18)).toEqual([]);
		expect(errors(21)[0]?.reason).toBe(tooDeep);
	});
});

describe("sizes", { timeout: 60_000 }, () => {
	test("source length", () => {
		expect(reasons("1".repeat(10), { maxSourceLength: 10 })).toEqual([]);
		expect(reasons("1".repeat(11), { maxSourceLength: 10 })).toEqual([
			"source too long: 11 characters, at most 10 are allowed",
		]);
	});

	test("50 MB of text is refused at once", () => {
		const { value, errors } = parseModule(new Source("big.rego", "[".repeat(50_000_000)));
		expect(value).toBeUndefined();
		expect(errors[0]?.message).toMatch(/^big.rego:1: rego_parse_error: source too long/);
	});

	test("tokens", () => {
		expect(reasons("[1, 2]", { maxTokens: 5 })).toEqual([]);
		expect(reasons("[1, 2]", { maxTokens: 4 })).toEqual(["source too long: more than 4 tokens"]);
		expect(reasons('$"{x}"', { maxTokens: 2 })).toEqual(["source too long: more than 2 tokens"]);
	});

	test("numbers", () => {
		expect(reasons(`1${"0".repeat(30_000)}`)).toEqual([]);
		expect(reasons(`1${"0".repeat(40_000)}`)).toEqual(["number too big"]);
		expect(reasons("[1e30000, 1e-30000]")).toEqual([]);
		expect(reasons("1e40000")).toEqual(["number too big"]);
		expect(reasons("1e-40000")).toEqual(["number too big"]);
		expect(reasons("1e99999999999")).toEqual(["unexpected number token: invalid float"]);
		expect(reasons("0e999999999")).toEqual([]);
	});

	/** Lengths whose square would take minutes. */
	const long: Readonly<Record<string, string>> = {
		"string of escapes": `x := "${"\\n".repeat(500_000)}"`,
		"unterminated string": `x := "${"a".repeat(1_000_000)}`,
		"unterminated raw string": `x := \`${"\n".repeat(1_000_000)}`,
		"many quotes": '"'.repeat(1_000_000),
		digits: "9".repeat(1_000_000),
		"blanks between literals": `x${" ".repeat(500_000)}y${"\n".repeat(500_000)}z`,
		"many literals": "x;".repeat(100_000).slice(0, -1),
		"many elements": `[${"1,".repeat(200_000)}]`,
		"many holes": `$"${"{x}".repeat(50_000)}"`,
		NULs: "\0".repeat(200_000),
		reference: `x${".a".repeat(200_000)}`,
	};
	test.each(Object.keys(long))("linear time: %s", (name) => {
		const cost = startCost();
		query(long[name] as string);
		expect(cost()).toBeLessThan(20_000);
	});
});
