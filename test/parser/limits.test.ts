import { describe, expect, test } from "vitest";
import { Source } from "../../src/location.ts";
import { type ParseLimits, parseModule, parseQuery } from "../../src/parser/parser.ts";
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

/** What nests bodies, which all later stages walk by recursion. */
const bodies = [
	"array comprehensions",
	"object comprehensions",
	"every",
	"template strings",
	"negated groups",
	"negated bodies",
	"groups",
	"unions that might be comprehensions",
];

describe("nesting", () => {
	test.each(Object.keys(nested))("200,000 %s end in an error", (name) => {
		const { value, errors } = query((nested[name] as (n: number) => string)(200_000));
		expect(value === undefined).toBe(true);
		expect(errors.length).toBeGreaterThan(0);
		expect(errors[0]?.location?.row).toBe(1);
	});

	test.each(Object.keys(nested).filter((n) => !n.startsWith("open")))("some hundred can be walked: %s", (name) => {
		const make = nested[name] as (n: number) => string;
		const body = query(make(90)).value?.body ?? [];
		expect(printBody(body)).not.toBe("");
		expect(query(formatBody(body)).errors).toEqual([]);
	});

	test.each(Object.keys(nested).filter((n) => !n.startsWith("open") && !bodies.includes(n)))(
		"20,000 are read: %s",
		(name) => {
			// Elsewhere than at the beginning, where braces and parentheses may be operands of `and`.
			const text = `x = ${(nested[name] as (n: number) => string)(20_000)}`;
			const { value, errors } = query(text);
			expect(errors.map((e) => e.reason)).toEqual([]);
			expect([value?.body[0]?.start, value?.body[0]?.end]).toEqual([0, text.length]);
		},
	);

	test.each(bodies)("more bodies than later stages bear: %s", (name) => {
		const make = nested[name] as (n: number) => string;
		expect(reasons(make(90))).toEqual([]);
		expect(reasons(make(400))).toContain(tooDeep);
	});

	test("what is around a deep term is read as if it were not deep", () => {
		const deep = `${"[".repeat(5000)}_${"]".repeat(5000)}`;
		const text = `x = [_, ${deep}, _]; y = {"a": ${deep} | _}; not z with input as ${deep}`;
		const { value, errors } = query(text);
		expect(errors).toEqual([]);
		expect(value?.body.map((e) => [e.start, e.end])).toEqual(
			text.split("; ").map((part) => [text.indexOf(part), text.indexOf(part) + part.length]),
		);
	});

	test("mistakes in deep terms are where they are", () => {
		const text = `x = [1, ${"[".repeat(5000)}1 2${"]".repeat(5000)}]`;
		const { errors } = query(text);
		expect(errors.map((e) => [e.reason, e.location?.col])).toEqual([
			['unexpected number token: expected "," or "]"', text.indexOf("2") === -1 ? 0 : text.lastIndexOf("2") + 1],
		]);
	});

	test("text made to be read again and again is refused", () => {
		const part = `${"[".repeat(700)}${"]".repeat(700)}`;
		const text = `${"[".repeat(400)}${"1,".repeat(200_000)}${`${part},`.repeat(500)}1${"]".repeat(400)}`;
		const cost = startCost();
		query(text);
		expect(cost()).toBeLessThan(60_000);
	});

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
		const text = `package a\np if { x }${" else := 1 if { y }".repeat(20_000)}\n`;
		const { value, errors } = parseModule(new Source("", text));
		expect(errors).toEqual([]);
		let branches = 0;
		for (let r = value?.rules[0]; r !== undefined; r = r.else) branches++;
		expect(branches).toBe(20_001);
	});
});

describe("sizes", () => {
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
