/** Every builtin over operands that grow: what `npm run bench:builtins` compares with a real `opa` (builtins-run.ts). */
import type { Value } from "../../src/index.ts";
import { list, table } from "./cliff.ts";

/** A builtin: the body of a rule that ends in a small value, and the input it reads at size n. */
export interface BuiltinRow {
	readonly name: string;
	readonly value: string;
	readonly input: (n: number) => { readonly [name: string]: Value };
	/** As Rego v0, which alone has it. */
	readonly isV0?: boolean;
	/** Sizes other than 100, 1,000 and 10,000. */
	readonly sizes?: readonly [number, number, number];
}

const text = (n: number): string => "Abc déf 0123, ".repeat(n);
const ascii = (n: number): string => "The quick brown fox. ".repeat(n);
const numbers = (n: number): number[] => list(n, (i) => (i * 7919) % n);
const names = (n: number): string[] => list(n, (i) => `name-${(i * 7919) % n}`);
const people = (n: number): Value[] =>
	list(n, (i) => ({ id: i, name: `n${i}`, tags: ["a", "b"], at: { x: i, y: [i, { z: `${i}` }] } }));
const deep = (n: number): Value => list(n, () => 0).reduce<Value>((v) => ({ a: v, b: [1] }), 1);

const onText = (name: string, call: string): BuiltinRow => ({ name, value: call, input: (n) => ({ s: text(n) }) });
const onAscii = (name: string, call: string): BuiltinRow => ({ name, value: call, input: (n) => ({ s: ascii(n) }) });
const onNumbers = (name: string, call: string): BuiltinRow => ({
	name,
	value: call,
	input: (n) => ({ xs: numbers(n) }),
});
const onNames = (name: string, call: string): BuiltinRow => ({ name, value: call, input: (n) => ({ xs: names(n) }) });
const onTable = (name: string, call: string): BuiltinRow => ({
	name,
	value: call,
	input: (n) => ({ o: table(n, (i) => [`k${i}`, { id: i, xs: [i, `${i}`] }]), ks: list(n / 2, (i) => `k${i * 2}`) }),
});
const inLoop = (name: string, call: string): BuiltinRow => onNumbers(name, `count([1 | some x in input.xs; ${call}])`);
const onEach = (name: string, call: string): BuiltinRow => onNames(name, `count([1 | some x in input.xs; ${call}])`);
const v0 = (row: BuiltinRow): BuiltinRow => ({ ...row, isV0: true });

export const builtinRows: readonly BuiltinRow[] = [
	// Strings.
	onText("contains", 'contains(input.s, "zz")'),
	onText("startswith", "startswith(input.s, input.s)"),
	onText("endswith", "endswith(input.s, input.s)"),
	onText("indexof", 'indexof(input.s, "zz")'),
	onText("indexof_n", 'count(indexof_n(input.s, "d"))'),
	onText("lower", "count(lower(input.s))"),
	onText("upper", "count(upper(input.s))"),
	onText("replace", 'count(replace(input.s, "c d", "x"))'),
	onText("strings.replace_n", 'count(strings.replace_n({"bc": "BC", "é": "e"}, input.s))'),
	onText("strings.reverse", "count(strings.reverse(input.s))"),
	onText("strings.count", 'strings.count(input.s, "d")'),
	onText("split", 'count(split(input.s, ","))'),
	onText("split of nothing", 'count(split(input.s, ""))'),
	onNames("concat", 'count(concat(",", input.xs))'),
	onText("substring", "count(substring(input.s, 5, 1000000))"),
	onText("trim", 'count(trim(input.s, "A "))'),
	onText("trim_left", 'count(trim_left(input.s, "A "))'),
	onText("trim_right", 'count(trim_right(input.s, ", "))'),
	onText("trim_prefix", 'count(trim_prefix(input.s, "Abc"))'),
	onText("trim_suffix", 'count(trim_suffix(input.s, ", "))'),
	onText("trim_space", "count(trim_space(input.s))"),
	onText("format_int", "count(format_int(count(input.s), 16))"),
	onNames("sprintf %v", 'count(sprintf("%v", [input.xs]))'),
	onNames("sprintf of many", 'count(sprintf(concat("", ["%s" | some _ in input.xs]), input.xs))'),
	onEach("sprintf in a loop", 'sprintf("%s-%d", [x, 1]) != ""'),
	onNames("strings.any_prefix_match", 'strings.any_prefix_match(input.xs, ["q", "z", "namx"])'),
	onNames("strings.any_suffix_match", 'strings.any_suffix_match(input.xs, ["q", "z", "namx"])'),
	onNames(
		"strings.any_prefix_match of many",
		'strings.any_prefix_match(input.xs, [sprintf("z%s", [x]) | some x in input.xs])',
	),
	onNames("strings.render_template", 'count(strings.render_template("{{range .xs}}{{.}},{{end}}", {"xs": input.xs}))'),
	// Regular expressions and globs.
	onAscii("regex.match", 'regex.match("(quick|slow) .* hound", input.s)'),
	onAscii("regex.match of a class", 'regex.match("[0-9]{3}-[0-9]{4}", input.s)'),
	onText("regex.match of letters", 'regex.match("^[\\\\p{L}0-9, ]*$", input.s)'),
	onAscii("regex.find_n", 'count(regex.find_n("q[a-z]+", input.s, -1))'),
	onAscii("regex.find_all_string_submatch_n", 'count(regex.find_all_string_submatch_n("(q)([a-z]+)", input.s, -1))'),
	onAscii("regex.replace", 'count(regex.replace(input.s, "q[a-z]+", "x"))'),
	onAscii("regex.split", 'count(regex.split("[.] ", input.s))'),
	onEach("regex.is_valid", "regex.is_valid(x)"),
	onEach("regex.match of new patterns", 'regex.match(concat("", ["^", x, "$"]), "name-7")'),
	onAscii("regex.template_match", 'regex.template_match("a{.*}", input.s, "{", "}")'),
	onEach("regex.globs_match", 'regex.globs_match("name-[0-9]+", "name-.*")'),
	onAscii("glob.match", 'glob.match("*hound*", [], input.s)'),
	onEach("glob.match of new patterns", 'glob.match(concat("", [x, "*"]), [], "name-7")'),
	onEach("glob.quote_meta", 'glob.quote_meta(x) != ""'),
	// Encodings.
	onText("base64.encode", "count(base64.encode(input.s))"),
	onText("base64.decode", "count(base64.decode(base64.encode(input.s)))"),
	onText("base64.is_valid", "base64.is_valid(base64.encode(input.s))"),
	onText("base64url.encode", "count(base64url.encode(input.s))"),
	onText("base64url.encode_no_pad", "count(base64url.encode_no_pad(input.s))"),
	onText("base64url.decode", "count(base64url.decode(base64url.encode(input.s)))"),
	onText("hex.encode", "count(hex.encode(input.s))"),
	onText("hex.decode", "count(hex.decode(hex.encode(input.s)))"),
	onText("urlquery.encode", "count(urlquery.encode(input.s))"),
	onText("urlquery.decode", "count(urlquery.decode(urlquery.encode(input.s)))"),
	onNames("urlquery.encode_object", 'count(urlquery.encode_object({"a": input.xs}))'),
	onNames("urlquery.decode_object", 'count(urlquery.decode_object(urlquery.encode_object({"a": input.xs})).a)'),
	{ name: "json.marshal", value: "count(json.marshal(input.xs))", input: (n) => ({ xs: people(n) }) },
	{
		name: "json.marshal_with_options",
		value: 'count(json.marshal_with_options(input.xs, {"pretty": true}))',
		input: (n) => ({ xs: people(n) }),
	},
	{ name: "json.unmarshal", value: "count(json.unmarshal(input.s))", input: (n) => ({ s: JSON.stringify(people(n)) }) },
	{ name: "json.is_valid", value: "json.is_valid(input.s)", input: (n) => ({ s: JSON.stringify(people(n)) }) },
	{ name: "yaml.marshal", value: "count(yaml.marshal(input.xs))", input: (n) => ({ xs: people(n) }) },
	{ name: "yaml.unmarshal", value: "count(yaml.unmarshal(yaml.marshal(input.xs)))", input: (n) => ({ xs: people(n) }) },
	{ name: "yaml.is_valid", value: "yaml.is_valid(yaml.marshal(input.xs))", input: (n) => ({ xs: people(n) }) },
	// Digests.
	onText("crypto.md5", "crypto.md5(input.s)"),
	onText("crypto.sha1", "crypto.sha1(input.s)"),
	onText("crypto.sha256", "crypto.sha256(input.s)"),
	onText("crypto.hmac.sha256", 'crypto.hmac.sha256(input.s, "key")'),
	onText("crypto.hmac.sha512", 'crypto.hmac.sha512(input.s, "key")'),
	onText("crypto.hmac.md5", 'crypto.hmac.md5(input.s, "key")'),
	onText("crypto.hmac.sha1", 'crypto.hmac.sha1(input.s, "key")'),
	onEach("crypto.sha256 in a loop", 'crypto.sha256(x) != ""'),
	onEach("crypto.hmac.sha256 in a loop", 'crypto.hmac.sha256(x, "key") != ""'),
	onEach("crypto.hmac.equal", "crypto.hmac.equal(x, x)"),
	// Numbers and aggregates.
	onNumbers("count", "count(input.xs)"),
	onNumbers("sum", "sum(input.xs)"),
	onNumbers("product", "product([1 | some _ in input.xs])"),
	onNumbers("max", "max(input.xs)"),
	onNumbers("min", "min(input.xs)"),
	onNumbers("sort", "count(sort(input.xs))"),
	onNames("sort of strings", "count(sort(input.xs))"),
	{ name: "sort of objects", value: "count(sort(input.xs))", input: (n) => ({ xs: people(n).reverse() }) },
	v0(onNumbers("all", "all([y | some x in input.xs; y := x >= 0])")),
	v0(onNumbers("any", "any([y | some x in input.xs; y := x < 0])")),
	onNumbers("numbers.range", "count(numbers.range(1, count(input.xs)))"),
	onNumbers("numbers.range_step", "count(numbers.range_step(1, count(input.xs), 2))"),
	inLoop("arithmetic", "((x + 3) * 2 - 1) / 2 > x % 7"),
	inLoop("abs, ceil, floor, round", "abs(x) + ceil(x) + floor(x) + round(x) >= 0"),
	inLoop("bits", "bits.and(bits.or(x, 5), bits.xor(bits.lsh(x, 2), bits.rsh(x, 1))) >= bits.negate(7)"),
	inLoop("to_number", 'to_number(sprintf("%d", [x])) == x'),
	inLoop("format_int in a loop", 'format_int(x, 2) != ""'),
	inLoop("rand.intn", 'rand.intn(sprintf("%d", [x]), 1000) >= 0'),
	inLoop("comparisons", "x >= 0; x < 100000; x != -1"),
	// Arrays, sets, objects.
	onNumbers("array.concat", "count(array.concat(input.xs, input.xs))"),
	onNumbers("array.slice", "count(array.slice(input.xs, 1, count(input.xs) - 1))"),
	onNumbers("array.reverse", "count(array.reverse(input.xs))"),
	{ name: "array.flatten", value: "count(array.flatten(input.xs))", input: (n) => ({ xs: list(n, (i) => [i, [i]]) }) },
	onNumbers("set of an array", "count({x | some x in input.xs})"),
	onNumbers("and", "count({x | some x in input.xs; x % 2 == 0} & {x | some x in input.xs})"),
	onNumbers("or", "count({x | some x in input.xs} | {y | some x in input.xs; y := x + 5})"),
	onNumbers("minus of sets", "count({x | some x in input.xs} - {y | some x in input.xs; y := x + 5})"),
	onNumbers("union", "count(union({{x, x + 1} | some x in input.xs}))"),
	onNumbers("intersection", "count(intersection({{x | some x in input.xs}, {y | some x in input.xs; y := x + 5}}))"),
	onTable("object.get", "count([1 | some k in input.ks; object.get(input.o, k, null) != null])"),
	onTable("object.get of a path", 'count([1 | some k in input.ks; object.get(input.o, [k, "xs", 1], null) != null])'),
	onTable("object.keys", "count(object.keys(input.o))"),
	onTable("object.filter", "count(object.filter(input.o, input.ks))"),
	onTable("object.remove", "count(object.remove(input.o, input.ks))"),
	onTable("object.subset", "object.subset(input.o, input.o)"),
	onNumbers(
		"object.subset of arrays",
		"object.subset(input.xs, array.slice(input.xs, count(input.xs) - 5, count(input.xs)))",
	),
	onTable("object.union", 'count(object.union(input.o, {k: {"more": 1} | some k in input.ks}))'),
	{
		name: "object.union_n",
		value: "count(object.union_n(input.xs))",
		input: (n) => ({ xs: list(n, (i) => ({ [`k${i % 50}`]: { [`v${i}`]: i } })) }),
	},
	onTable("walk", "count([1 | walk(input.o, [_, _])])"),
	onTable("walk for values", "count([1 | walk(input.o, [_, v]); is_string(v)])"),
	{
		name: "walk of depth",
		value: "count([1 | walk(input.v, [_, _])])",
		input: (n) => ({ v: deep(n) }),
		sizes: [40, 400, 4000],
	},
	onTable("equality", "input.o == object.union(input.o, {})"),
	onTable("json.filter", 'count(json.filter(input.o, {concat("/", [k, "xs/1"]) | some k in input.ks}))'),
	onTable("json.remove", 'count(json.remove(input.o, {concat("/", [k, "xs/1"]) | some k in input.ks}))'),
	onTable(
		"json.patch",
		'count(json.patch(input.o, [{"op": "replace", "path": concat("/", ["", k, "id"]), "value": 0} | some k in input.ks]))',
	),
	onNumbers(
		"json.patch of an array",
		'count(json.patch(input.xs, [{"op": "add", "path": "/0", "value": x} | some x in array.slice(input.xs, 0, 100)]))',
	),
	onTable(
		"json.match_schema",
		'json.match_schema(input.o, {"type": "object", "additionalProperties": {"type": "object", "required": ["id"]}})[0]',
	),
	{
		name: "json.verify_schema",
		value: "json.verify_schema(input.v)[0]",
		input: (n) => ({ v: { properties: table(n, (i) => [`p${i}`, { type: "string" }]) } }),
	},
	{
		name: "graph.reachable",
		value: 'count(graph.reachable(input.g, {"k0"}))',
		input: (n) => ({ g: table(n, (i) => [`k${i}`, [`k${(i * 2 + 1) % n}`, `k${(i * 2 + 2) % n}`]]) }),
	},
	{
		name: "graph.reachable_paths",
		value: 'count(graph.reachable_paths(input.g, {"k0"}))',
		input: (n) => ({ g: table(n, (i) => [`k${i}`, 2 * i + 2 < n ? [`k${2 * i + 1}`, `k${2 * i + 2}`] : []]) }),
	},
	// Types.
	inLoop("type_name", 'type_name(x) == "number"; is_number(x); not is_string(x)'),
	v0(inLoop("casts", 'cast_string(sprintf("%d", [x])) != ""')),
	// Times.
	inLoop("time.parse_rfc3339_ns", 'time.parse_rfc3339_ns("2024-05-06T07:08:09Z") > x'),
	inLoop("time.parse_ns", 'time.parse_ns("2006-01-02", sprintf("2024-05-%02d", [1 + x % 28])) > 0'),
	inLoop("time.format", 'time.format(x * 1000000000) != ""'),
	inLoop("time.format in a zone", 'time.format([x * 1000000000, "Europe/Berlin", "RFC1123"]) != ""'),
	inLoop("time.date", "time.date(x * 86400000000000)[0] >= 1970"),
	inLoop("time.clock", 'time.clock([x * 86400000000000, "America/New_York"])[0] >= 0'),
	inLoop("time.weekday", 'time.weekday(x * 86400000000000) != ""'),
	inLoop("time.add_date", "time.add_date(x * 1000000000, 1, 2, 3) > 0"),
	inLoop("time.diff", "time.diff(x * 86400000000000, 0)[0] >= 0"),
	inLoop("time.parse_duration_ns", 'time.parse_duration_ns(sprintf("%dms", [x])) >= 0'),
	// Units, versions, identifiers.
	inLoop("units.parse", 'units.parse(sprintf("%dK", [x])) >= 0'),
	inLoop("units.parse_bytes", 'units.parse_bytes(sprintf("%dKi", [x])) >= 0'),
	inLoop("semver.compare", 'semver.compare(sprintf("1.%d.0", [x]), "1.5.0") >= -1'),
	inLoop("semver.is_valid", 'semver.is_valid(sprintf("1.%d.0", [x]))'),
	inLoop("uuid.rfc4122", 'uuid.rfc4122(sprintf("%d", [x])) != ""'),
	inLoop("uuid.parse", 'uuid.parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8").version == 1; x >= 0'),
	// Networks.
	inLoop(
		"net.cidr_contains",
		'net.cidr_contains("10.0.0.0/8", sprintf("10.%d.%d.1", [floor(x / 256) % 256, x % 256]))',
	),
	inLoop(
		"net.cidr_intersects",
		'net.cidr_intersects("10.0.0.0/8", sprintf("10.%d.%d.0/24", [floor(x / 256) % 256, x % 256]))',
	),
	{
		name: "net.cidr_contains_matches",
		value: "count(net.cidr_contains_matches(input.cs, input.ips))",
		input: (n) => ({ cs: list(20, (i) => `10.${i}.0.0/16`), ips: list(n, (i) => `10.${i % 30}.1.${i % 256}`) }),
	},
	{
		name: "net.cidr_merge",
		value: "count(net.cidr_merge(input.cs))",
		input: (n) => ({ cs: list(n, (i) => `10.${Math.floor(i / 256) % 256}.${i % 256}.0/24`) }),
	},
	{
		name: "net.cidr_expand",
		value: "count(net.cidr_expand(input.c))",
		input: (n) => ({ c: `10.0.0.0/${32 - Math.round(Math.log2(n))}` }),
	},
	inLoop("net.cidr_is_valid", 'net.cidr_is_valid(sprintf("10.0.%d.0/24", [x % 256]))'),
	// Tokens and certificates.
	{
		name: "io.jwt.decode",
		value:
			'count([1 | some x in input.xs; io.jwt.decode(concat("", [input.t, ".", base64url.encode_no_pad(x)]))[1].a == 1])',
		input: (n) => ({ xs: names(n), t: "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ" }),
	},
	{
		name: "io.jwt.verify_hs256",
		value:
			'count([1 | some x in input.xs; not io.jwt.verify_hs256(concat("", [input.t, ".", base64url.encode_no_pad(x)]), "secret")])',
		input: (n) => ({ xs: names(n), t: "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ" }),
	},
	// Others.
	{
		name: "graphql.parse_query",
		value: "count(graphql.parse_query(input.s))",
		input: (n) => ({ s: `{ ${list(n, (i) => `f${i}(x: ${i}) { a b }`).join(" ")} }` }),
		sizes: [10, 100, 1000],
	},
	{
		name: "graphql.is_valid",
		value: "graphql.is_valid(input.s, input.schema)",
		input: (n) => ({
			s: `{ ${list(n, (i) => `f${i} { a }`).join(" ")} }`,
			schema: `type T { a: String } type Query { ${list(n, (i) => `f${i}: T`).join(" ")} }`,
		}),
		sizes: [10, 100, 1000],
	},
	{
		name: "rego.parse_module",
		value: 'count(rego.parse_module("x.rego", input.s).rules)',
		input: (n) => ({ s: `package x\n${list(n, (i) => `r${i} := ${i} if input.x == ${i}`).join("\n")}` }),
		sizes: [10, 100, 1000],
	},
	onNames("template strings", 'count([$"<{x}:{x}>" | some x in input.xs])'),
	onNames("member of an array", "count([1 | some x in array.slice(input.xs, 0, 50); x in input.xs])"),
	onNames("objectcomprehension", "count({x: i | some i, x in input.xs})"),
	onNames("every", 'count([1 | every x in input.xs { startswith(x, "name") }])'),
];
