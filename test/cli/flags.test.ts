import { describe, expect, test } from "vitest";
import { applyEnvironment, type FlagSpec, parseFlags } from "../../src/cli/flags.ts";

const specs: readonly FlagSpec[] = [
	{ name: "fail", kind: "bool", doc: "" },
	{ name: "count", short: "c", kind: "int", doc: "", default: "1" },
	{ name: "format", short: "f", kind: "enum", values: ["json", "raw"], doc: "", default: "json" },
	{ name: "data", short: "d", kind: "list", doc: "" },
	{ name: "ignore", kind: "words", doc: "" },
	{ name: "stdin-input", short: "I", kind: "bool", doc: "" },
	{ name: "timeout", kind: "duration", doc: "" },
	{ name: "socket", short: "s", kind: "string", bare: "/run/s", doc: "" },
];

describe("values", () => {
	const rows: { note: string; argv: string[]; flag: string; want: unknown }[] = [
		{ note: "long with sign", argv: ["--format=raw"], flag: "format", want: "raw" },
		{ note: "long with space", argv: ["--format", "raw"], flag: "format", want: "raw" },
		{ note: "short attached", argv: ["-fraw"], flag: "format", want: "raw" },
		{ note: "short with sign", argv: ["-f=raw"], flag: "format", want: "raw" },
		{ note: "short with space", argv: ["-f", "raw"], flag: "format", want: "raw" },
		{ note: "cluster ending in a value", argv: ["-Ifraw"], flag: "format", want: "raw" },
		{ note: "cluster, the switch", argv: ["-Ifraw"], flag: "stdin-input", want: true },
		{ note: "switch off", argv: ["--fail=false"], flag: "fail", want: false },
		{ note: "switch by letter", argv: ["--fail=T"], flag: "fail", want: true },
		{ note: "last one wins", argv: ["--format=raw", "--format=json"], flag: "format", want: "json" },
		{ note: "lists grow", argv: ["-d", "a,b", "--data=c"], flag: "data", want: ["a,b", "c"] },
		{ note: "words split", argv: ["--ignore", "a,b", "--ignore=c"], flag: "ignore", want: ["a", "b", "c"] },
		{ note: "a value may look like a flag", argv: ["-d", "-x"], flag: "data", want: ["-x"] },
		{ note: "alone, where it may be", argv: ["--socket", "a"], flag: "socket", want: "/run/s" },
		{ note: "short and alone", argv: ["-s", "a"], flag: "socket", want: "/run/s" },
		{ note: "in a cluster", argv: ["-Is"], flag: "socket", want: "/run/s" },
		{ note: "with a value after all", argv: ["--socket=x"], flag: "socket", want: "x" },
		{ note: "short and with a value", argv: ["-s=x=y"], flag: "socket", want: "x=y" },
		{ note: "hexadecimal", argv: ["-c", "0x10"], flag: "count", want: 16 },
		{ note: "octal", argv: ["-c", "010"], flag: "count", want: 8 },
		{ note: "negative", argv: ["--count=-3"], flag: "count", want: -3 },
		{ note: "duration", argv: ["--timeout", "1m2.5s"], flag: "timeout", want: 62_500_000_000n },
	];
	for (const { note, argv, flag, want } of rows) {
		test(note, () => expect(parseFlags(specs, argv).values.get(flag)).toEqual(want));
	}
	test("defaults", () => {
		const flags = parseFlags(specs, ["x"]);
		expect([flags.int("count"), flags.string("format"), flags.bool("fail"), flags.list("data"), flags.args]).toEqual([
			1,
			"json",
			false,
			[],
			["x"],
		]);
	});
	test("arguments between flags and after --", () => {
		expect(parseFlags(specs, ["a", "--fail", "b", "--", "--fail", "-x"]).args).toEqual(["a", "b", "--fail", "-x"]);
	});
});

describe("errors", () => {
	const rows: { argv: string[]; want: string }[] = [
		{ argv: ["--nope"], want: "unknown flag: --nope" },
		{ argv: ["-x"], want: "unknown shorthand flag: 'x' in -x" },
		{ argv: ["-Ixyz"], want: "unknown shorthand flag: 'x' in -xyz" },
		{ argv: ["--format"], want: "flag needs an argument: --format" },
		{ argv: ["-f"], want: "flag needs an argument: 'f' in -f" },
		{ argv: ["--f"], want: "unknown flag: --f" },
		{
			argv: ["-c", "1.5"],
			want: 'invalid argument "1.5" for "-c, --count" flag: strconv.ParseInt: parsing "1.5": invalid syntax',
		},
		{
			argv: ["--count", "99999999999999999999"],
			want: 'invalid argument "99999999999999999999" for "-c, --count" flag: strconv.ParseInt: parsing "99999999999999999999": value out of range',
		},
		{
			argv: ["--fail=2"],
			want: 'invalid argument "2" for "--fail" flag: strconv.ParseBool: parsing "2": invalid syntax',
		},
		{
			argv: ["--timeout", "1d"],
			want: 'invalid argument "1d" for "--timeout" flag: time: unknown unit "d" in duration "1d"',
		},
		{ argv: ["--__proto__"], want: "unknown flag: --__proto__" },
		{ argv: ["--constructor=1"], want: "unknown flag: --constructor" },
	];
	for (const { argv, want } of rows) test(argv.join(" "), () => expect(() => parseFlags(specs, argv)).toThrow(want));
});

test("environment fills in what was not given", () => {
	const env = { OPA_EVAL_FORMAT: "raw", OPA_EVAL_COUNT: "5", OPA_EVAL_STDIN_INPUT: "true" };
	const flags = applyEnvironment(specs, parseFlags(specs, ["-c", "2"]), "OPA_EVAL", env);
	expect([flags.string("format"), flags.int("count"), flags.bool("stdin-input")]).toEqual(["raw", 2, true]);
});
