/**
 * The command lines, besides those of `eval`, `test`, `fmt` and `parse`, whose results are kept in
 * test/cli/command-goldens. Each is { name, args, files?, stdin?, outputs? }; files are written into an empty folder
 * that is the working directory; outputs are files that the command writes. Read by record-command-goldens.js
 * (which needs the real opa); the tests read only goldens.
 */
const policy = `# METADATA
# title: Roles
# description: who may what
# authors:
# - Ann <ann@example.com>
# - Bob
# organizations:
# - Acme
# related_resources:
# - https://example.com/roles
# - ref: https://example.com/more
#   description: more of it
# scope: package
# custom:
#   severity: 3
#   list: [1, two]
package authz

import data.lib.strings as text

default allow := false

# METADATA
# title: admins
# entrypoint: true
allow if is_admin

allow if {
	some role in input.user.roles
	data.grants[role][_] == input.action
}

# METADATA
# description: has the role
# schemas:
# - input: {type: object}
# - data.acl: schema.acl
is_admin if "admin" in input.user.roles

names contains text.short(n) if some n in data.people

by_name[p.name] := p if some p in data.people

f(x) := y if {
	y := x + input.offset
}

uses_f := f(input.n)

late := time.now_ns() if regex.match(\`^a\`, input.name)
`;
const lib = `package lib.strings

short(s) := substring(s, 0, data.settings.length)

unused := data.settings.other
`;
const data = '{"people": [{"name": "ann"}], "grants": {"dev": ["read"]}, "settings": {"length": 2}}';
const files = { "authz.rego": policy, "lib.rego": lib, "data.json": data };
const broken = { "broken.rego": "package b\n\np :=\n", "unsafe.rego": "package u\n\np if x > 1\n" };
const bundle = Object.fromEntries([
	["b/authz.rego", policy],
	["b/lib/strings.rego", lib],
	["b/data.json", '{"people": [{"name": "ann"}]}'],
	["b/grants/data.json", '{"dev": ["read"]}'],
	["b/settings/data.yaml", "length: 2\n"],
	[
		"b/.manifest",
		'{"revision": "r1", "roots": ["authz", "lib", "people", "grants", "settings"], "metadata": {"k": [1]}}',
	],
]);

const deps = (name, query, more = files, flags = ["-d", "authz.rego", "-d", "lib.rego", "-d", "data.json"]) => [
	{ name: `deps ${name}`, args: ["deps", ...flags, query], files: more },
	{ name: `deps ${name}, json`, args: ["deps", ...flags, "-f", "json", query], files: more },
];
const one = (text) => ({ "p.rego": `package p\n\n${text}\n` });
const depsOf = (name, text, query = "data.p.q") => deps(name, query, one(text), ["-d", "p.rego"]);

const inspected = (name, args, more = { ...files, ...bundle }) => [
	{ name: `inspect ${name}`, args: ["inspect", ...args], files: more },
	{ name: `inspect ${name}, json`, args: ["inspect", ...args, "-f", "json"], files: more },
	{ name: `inspect ${name}, annotations`, args: ["inspect", ...args, "-a"], files: more },
	{ name: `inspect ${name}, annotations, json`, args: ["inspect", ...args, "-a", "-f", "json"], files: more },
];

const inputs = {
	"in/a.json": '{"user": {"roles": ["admin"]}}',
	"in/b.yaml": "user:\n  roles: [dev]\naction: read\n",
	"in/sub/c.json": '{"user": {"roles": []}}',
	"in/notes.txt": "no input",
	"bad.json": "{",
};
const exec = (name, args, more = {}) => ({
	name: `exec ${name}`,
	args: ["exec", ...args],
	files: { ...bundle, ...inputs, ...more.files },
	...(more.stdin === undefined ? {} : { stdin: more.stdin }),
});

const moved = `# a comment
package lib.foo

import data.lib.bar
import data.lib.foo.sub as s

default allow = false

allow = true if {
	input.x == data.lib.foo.limit
	bar.p
	s.q
	data["lib"]["foo"]["y"] # kept
	some i
	data.lib.foo.list[i] == 1
}

limit := 3
`;
const move = (name, args, more = {}) => ({
	name: `refactor move ${name}`,
	args: ["refactor", "move", ...args],
	files: { "m.rego": moved, "n.rego": "package other\n\np := data.lib.foo.limit\n", ...more },
	outputs: ["m.rego", "n.rego"],
});

const check = (name, args, more = {}) => ({
	name: `check ${name}`,
	args: ["check", ...args],
	files: { ...files, ...broken, ...bundle, "v0.rego": "package v\n\np { true }\n", ...more },
});

const signing = { ...bundle, "claims.json": '{"scope": "read", "keyid": "mine"}', "hmac.txt": "secret from a file" };
const sign = (name, args, more = {}) => ({
	name: `sign ${name}`,
	args: ["sign", ...args],
	files: { ...signing, ...more },
	outputs: [".signatures.json", "out/.signatures.json"],
});

const shell = (name, lines, args = [], more = {}) => ({
	name: `run ${name}`,
	args: ["run", "--skip-version-check", "-H", "history", ...args],
	files: {
		"p.rego": "package p\n\nallow if input.x > 1\n\nnames contains n if some n in data.people\n",
		"d.json": '{"people": ["ann", "bob"]}',
		"in.json": '{"x": 2}',
		...more,
	},
	stdin: `${lines.join("\n")}\n`,
});

const shells = [
	shell("expressions", [
		"1+1",
		'"a"',
		"[x | x := [1,2][_]]",
		'{"a": 1, "b": [1, 2]}',
		"false",
		"null",
		"1;2",
		"x = 1; y = 2",
	]),
	shell("rules", ["x := 3", "x", "x = 4", "show", "unset x", "show", "x"]),
	shell("a rule anew", ["p := 1", "p := 2", "p", "q = 4", "q"]),
	shell("sets", ["s contains 1", "s contains 2", "s", "unset s", "s"]),
	shell("files", ["data.p.names", "data.p.allow", "data.people[i]"], ["p.rego", "d.json"]),
	shell("an input", ["data.p.allow", "input", "input.x"], ["p.rego", "repl.input:in.json"]),
	shell("an import", ["import data.p", "p.names[x]"], ["p.rego", "d.json"]),
	shell("packages", ["r := 1", "package q", "r := 2", "r", "show", "data.repl.r", "package repl", "r"]),
	shell("json", ["json", "1+1", "x := [1]", "x[0] = y", "pretty", "1+1"]),
	shell("json from the start", ["1+1"], ["-f", "json"]),
	shell("several lines", ["f(x) := x + 1 if {", "  x > 0", "}", "", "f(2)", "f(0)"]),
	shell("several lines of a query", ["[1,", "2]", "", "3"]),
	shell("what does not parse", ["x >", "", "1"]),
	shell("what is not safe", ["x", "x > 1", "p if x > 1", "show"]),
	shell("an unknown function", ["nope(1)", "p := nope(1)", "p"]),
	shell("unset of nothing", ["unset zz", "unset", "unset 1"]),
	shell("defaults", ["default a := 1", "a", "a := 2 if false", "a"]),
	shell("partial objects", ['o[k] := v if some k, v in {"a": 1}', "o", "o.a"]),
	shell("input of a statement", ['input.x with input as {"x": 5}']),
	shell("empty lines and the end", ["", "", "1", "exit", "2"]),
	shell("a comment", ["# nothing", "", "1"]),
	shell("errors of builtins", ['to_number("a")', "strict-builtin-errors", 'to_number("a")']),
	shell("undefined", ["input", "data.nope", "1 > 2", "[1][3]"]),
	shell("a missing file", ["1"], ["nope.rego"]),
	shell("a file that does not compile", ["1"], ["unsafe.rego"], broken),
	shell("v0", ["p[x] { x := 1 }", "p"], ["--v0-compatible"]),
	shell("a bundle", ["data.authz.names"], ["-b", "b"], bundle),
];

export const invocations = [
	...shells,

	...deps("of a rule", "data.authz.allow"),
	...deps("of a set", "data.authz.names"),
	...deps("of a function's caller", "data.authz.uses_f"),
	...deps("of a package", "data.authz"),
	...deps("of everything", "data"),
	...deps("of a base document", "data.people[0].name"),
	...deps("of input", "input.x[y]; y > 1"),
	...deps("of nothing", "1 + 1"),
	...deps("of a body", "data.authz.is_admin; x := data.grants; x.dev"),
	...deps("of a missing document", "data.nowhere.x"),
	...deps("of a variable in a path", "data.authz.by_name[x].age > input.min"),
	...depsOf("through a local", "q if {\n\tx := input.a\n\tx.b == 1\n}"),
	...depsOf("through two locals", "q if {\n\tx := input.a\n\ty := x.b\n\ty.c > data.k.l\n}"),
	...depsOf("prefixes", "q if {\n\tinput.a.b == 1\n\tinput.a == 2\n\tdata.x.y\n\tdata.x\n}"),
	...depsOf("in comprehensions", "q := {x | some x in input.xs; x > data.min; not data.banned[x]}"),
	...depsOf("in every", "q if every x in input.xs { x.n > data.min[x.k] }"),
	...depsOf("in with", "q if r with input.z as data.w with data.v as 1\n\nr if input.z.y == data.v"),
	...depsOf("in else", "q if input.a\nelse := 2 if input.b\nelse := data.c"),
	...depsOf("of a default", "default q := 1\n\nq := data.d if input.e"),
	...depsOf("of a general head", "q.a[x].b := y if {\n\tx := input.x\n\ty := data.y[x]\n}"),
	...depsOf("of heads", "q[input.k] := data.v"),
	...depsOf("of dynamic keys", "q if data.m[input.k].n[data.o]"),
	...depsOf("of calls", "q if startswith(input.s, data.prefix)\n"),
	...depsOf("of negation", "q if not r\n\nr if not input.n.m"),
	...depsOf("of a ground key", 'q if data["a b"]["c.d"][0].e'),
	...depsOf("of a chain", "q if r\n\nr if s\n\ns contains x if x := input.t[_]"),
	{ name: "deps without a query", args: ["deps"], files },
	{ name: "deps with two queries", args: ["deps", "data.a", "data.b"], files },
	{ name: "deps of a query that does not parse", args: ["deps", "data.a ["], files },
	{ name: "deps of a query that is not safe", args: ["deps", "x > 1"], files },
	{ name: "deps of a missing file", args: ["deps", "-d", "nope.rego", "data.a"], files },
	{ name: "deps of a file that does not parse", args: ["deps", "-d", "broken.rego", "data.a"], files: broken },
	{ name: "deps of a file that does not compile", args: ["deps", "-d", "unsafe.rego", "data.a"], files: broken },
	{ name: "deps of a bundle", args: ["deps", "-b", "b", "data.authz.allow"], files: bundle },
	{ name: "deps with an unknown format", args: ["deps", "-f", "xml", "data.a"], files },

	...inspected("a bundle", ["b"]),
	...inspected("a file", ["authz.rego"]),
	...inspected("a file without annotations", ["lib.rego"]),
	{ name: "inspect nothing", args: ["inspect"], files },
	{ name: "inspect a missing file", args: ["inspect", "nope.rego"], files },
	{ name: "inspect a missing bundle", args: ["inspect", "nope"], files },
	{ name: "inspect a file that does not parse", args: ["inspect", "broken.rego"], files: broken },
	{ name: "inspect data", args: ["inspect", "data.json"], files },
	{
		name: "inspect a folder without a manifest",
		args: ["inspect", "c"],
		files: { "c/a.rego": "package a\n\np := 1\n", "c/x/data.json": "{}" },
	},
	{
		name: "inspect a folder without a manifest, json",
		args: ["inspect", "-f", "json", "c"],
		files: { "c/a.rego": "package a\n\np := 1\n", "c/x/data.json": "{}" },
	},
	{ name: "inspect an empty folder, json", args: ["inspect", "-f", "json", "c"], files: { "c/notes.txt": "" } },
	{
		name: "inspect a bundle with a wrong root",
		args: ["inspect", "c"],
		files: { "c/a.rego": "package a\n", "c/.manifest": '{"roots": ["b"]}' },
	},
	{ name: "inspect v0 as v1", args: ["inspect", "v0.rego"], files: { "v0.rego": "package v\n\np { true }\n" } },
	{
		name: "inspect v0",
		args: ["inspect", "--v0-compatible", "-f", "json", "v0.rego"],
		files: { "v0.rego": "package v\n\np { true }\n" },
	},
	{
		name: "inspect builtins",
		args: ["inspect", "-f", "json", "p.rego"],
		files: {
			"p.rego": `package p

import future.keywords.and

q := count(x) if {
	x := {y | some y in input.l; y > 1}
	startswith(input.s, "a")
	not contains(input.s, "b")
	print(x)
}

r := $"a{q}"

s if input.a and input.b
`,
		},
	},

	exec("a file", ["-b", "b", "--decision", "authz/allow", "in/a.json"]),
	exec("a folder", ["-b", "b", "--decision", "authz/allow", "in"]),
	exec("several paths", ["-b", "b", "--decision", "/authz/is_admin", "in/a.json", "in/b.yaml"]),
	exec("undefined", ["-b", "b", "--decision", "authz/is_admin", "in/sub/c.json"]),
	exec("undefined with --fail", ["-b", "b", "--decision", "authz/is_admin", "--fail", "in/sub/c.json"]),
	exec("defined with --fail", ["-b", "b", "--decision", "authz/is_admin", "--fail", "in/a.json"]),
	exec("defined with --fail-defined", ["-b", "b", "--decision", "authz/is_admin", "--fail-defined", "in/a.json"]),
	exec("undefined with --fail-defined", ["-b", "b", "--decision", "authz/is_admin", "--fail-defined", "in/sub/c.json"]),
	exec("empty with --fail-non-empty", ["-b", "b", "--decision", "authz/names", "--fail-non-empty", "in/a.json"]),
	exec("non-empty with --fail-non-empty", ["-b", "b", "--decision", "authz/allow", "--fail-non-empty", "in/a.json"]),
	exec("two of the fail flags", ["-b", "b", "--decision", "authz/allow", "--fail", "--fail-defined", "in/a.json"]),
	exec("without a path", ["-b", "b", "--decision", "authz/allow"]),
	exec("with no decision", ["-b", "b", "in/a.json"]),
	exec("a system.main", ["-b", "c", "in/a.json"], { files: { "c/m.rego": "package system\n\nmain := input.user\n" } }),
	exec("an input that is no JSON", ["-b", "b", "--decision", "authz/allow", "bad.json"]),
	exec("a missing input", ["-b", "b", "--decision", "authz/allow", "nope.json"]),
	exec("a missing bundle", ["-b", "nope", "--decision", "authz/allow", "in/a.json"]),
	exec("standard input", ["-b", "b", "--decision", "authz/allow", "-I"], { stdin: inputs["in/a.json"] }),
	exec("standard input that is no JSON", ["-b", "b", "--decision", "authz/allow", "-I"], { stdin: "{" }),
	exec("a value", ["-b", "b", "--decision", "authz/by_name", "in/a.json"]),
	exec("a package", ["-b", "b", "--decision", "lib", "in/a.json"]),
	exec("an error of evaluation", ["-b", "c", "--decision", "c/p", "in/a.json"], {
		files: { "c/m.rego": "package c\n\np := 1 if input\n\np := 2 if input\n" },
	}),
	exec("an error of compilation", ["-b", "c", "--decision", "c/p", "in/a.json"], {
		files: { "c/m.rego": "package c\n\np if x > 1\n" },
	}),
	exec("an unknown format", ["-f", "pretty", "in/a.json"]),

	move("to standard output", ["-p", "data.lib.foo:data.baz.bar", "m.rego"]),
	move("two files", ["-p", "data.lib.foo:data.baz.bar", "m.rego", "n.rego"]),
	move("in place", ["-w", "-p", "data.lib.foo:data.baz.bar", "m.rego", "n.rego"]),
	move("two mappings", ["-p", "data.lib.foo:data.a", "-p", "data.lib.bar:data.b.c", "m.rego"]),
	move("of a parent", ["-p", "data.lib:data.library", "m.rego"]),
	move("of a rule", ["-p", "data.lib.foo.limit:data.lib.foo.most", "n.rego"]),
	move("of nothing there", ["-p", "data.x:data.y", "n.rego"]),
	move("without a mapping", ["m.rego"]),
	move("without a file", ["-p", "data.a:data.b"]),
	move("with half a mapping", ["-p", "data.a", "m.rego"]),
	move("with three parts", ["-p", "data.a:data.b:data.c", "m.rego"]),
	move("of what is not below data", ["-p", "lib.foo:data.b", "m.rego"]),
	move("to what is not below data", ["-p", "data.lib.foo:input.b", "m.rego"]),
	move("to no path", ["-p", "data.lib.foo:data.1a", "m.rego"]),
	move("of a missing file", ["-p", "data.a:data.b", "nope.rego"]),
	move("of a file that does not parse", ["-p", "data.a:data.b", "broken.rego"], broken),
	move("of a file that does not compile", ["-p", "data.a:data.b", "unsafe.rego"], broken),
	move("of v0", ["--v0-compatible", "-p", "data.v:data.w", "v0.rego"], {
		"v0.rego": "package v\n\np[x] { x := data.v.q[_] }\n\nq = [1]\n",
	}),
	move("in a folder", ["-p", "data.lib.foo:data.z", "--ignore", "n.rego", "."]),

	check("a file", ["authz.rego", "lib.rego"]),
	check("two broken files", ["broken.rego", "unsafe.rego"]),
	check("an unsafe file", ["unsafe.rego"]),
	check("an unsafe file, json", ["-f", "json", "unsafe.rego"]),
	check("a file that does not parse, json", ["--format=json", "broken.rego"]),
	check("a missing file", ["nope.rego"]),
	check("a missing file, json", ["-f", "json", "nope.rego"]),
	check("nothing", []),
	check("a bundle", ["-b", "b"]),
	check("a missing bundle", ["-b", "nope"]),
	check("a file as a bundle", ["-b", "authz.rego"]),
	check("v0 as v1", ["v0.rego"]),
	check("v0", ["--v0-compatible", "v0.rego"]),
	check("v0 as both", ["--v0-v1", "v0.rego"]),
	check("v1 as both", ["--v0-v1", "w.rego"], { "w.rego": "package w\n\nimport rego.v1\n\np if true\n" }),
	check("v1 without its import as both", ["--v0-v1", "w.rego"], { "w.rego": "package w\n\np if true\n" }),
	check("ignoring", ["--ignore", "broken.rego,unsafe.rego,v0.rego,*.json", "."]),
	check("strictly", ["-S", "w.rego"], { "w.rego": "package w\n\nimport data.a\n\np if {\n\tx := 1\n}\n\nf(a) := 1\n" }),
	check("at most one error", ["-m", "1", "w.rego"], {
		"w.rego": "package w\n\np if x > 1\n\nq if y > 1\n\nr if z > 1\n",
	}),
	check("at most two errors, json", ["-m2", "-fjson", "w.rego"], {
		"w.rego": "package w\n\np if x > 1\n\nq if y > 1\n\nr if z > 1\n",
	}),
	check("more than ten errors", ["w.rego"], {
		"w.rego": `package w\n\n${Array.from({ length: 12 }, (_, i) => `p${i} if x > ${i}\n`).join("\n")}`,
	}),
	check("any number of errors", ["-m", "0", "w.rego"], {
		"w.rego": `package w\n\n${Array.from({ length: 12 }, (_, i) => `p${i} if x > ${i}\n`).join("\n")}`,
	}),
	check("with an unknown flag", ["--nope", "authz.rego"]),
	check("with an unknown format", ["-f", "xml", "authz.rego"]),
	check("older capabilities", ["--capabilities", "v0.30.0", "w.rego"], { "w.rego": "package w\n\np := 1\n" }),
	check("capabilities of 1.0", ["--capabilities", "v1.0.0", "w.rego"], {
		"w.rego": 'package w\n\np := uri.parse("a")\n',
	}),
	check("unknown capabilities", ["--capabilities", "v9.9.9", "authz.rego"]),
	check("a schema", ["-s", "s.json", "w.rego"], {
		"s.json": '{"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false}',
		"w.rego": "package w\n\np if input.b\n",
	}),
	check("a type error", ["w.rego"], { "w.rego": 'package w\n\np if 1 + "a" == 2\n' }),
	check("recursion", ["w.rego"], { "w.rego": "package w\n\np if q\n\nq if p\n" }),
	check("conflicts with data of a bundle", ["-b", "c"], {
		"c/a.rego": "package a\n\np := 1\n",
		"c/a/data.json": '{"p": 2}',
	}),

	sign("a bundle", ["--signing-alg", "HS256", "--signing-key", "secret", "-b", "b"]),
	sign("with claims", ["--signing-alg", "HS256", "--signing-key", "secret", "--claims-file", "claims.json", "-b", "b"]),
	sign("elsewhere", ["--signing-alg", "HS512", "--signing-key", "secret", "-o", "out", "-b", "b"], { "out/x": "" }),
	sign("with a key from a file", ["--signing-alg", "HS384", "--signing-key", "hmac.txt", "-b", "b"]),
	sign("without --bundle", ["--signing-key", "secret", "b"]),
	sign("without a key", ["-b", "b"]),
	sign("without a path", ["-b", "--signing-key", "secret"]),
	sign("with an unknown algorithm", ["--signing-alg", "XX256", "--signing-key", "secret", "-b", "b"]),
	sign("with a key that is none", ["--signing-key", "secret", "-b", "b"]),
	sign("a missing bundle", ["--signing-alg", "HS256", "--signing-key", "secret", "-b", "nope"]),
	sign("missing claims", [
		"--signing-alg",
		"HS256",
		"--signing-key",
		"secret",
		"--claims-file",
		"nope.json",
		"-b",
		"b",
	]),
	sign("to a folder that is not there", [
		"--signing-alg",
		"HS256",
		"--signing-key",
		"secret",
		"-o",
		"nowhere",
		"-b",
		"b",
	]),
	sign("two bundles", ["--signing-alg", "HS256", "--signing-key", "secret", "-b", "b", "c"], {
		"c/d.rego": "package d\n",
	}),

	{ name: "capabilities", args: ["capabilities"] },
	{ name: "capabilities of now", args: ["capabilities", "--current"] },
	{ name: "capabilities of a version", args: ["capabilities", "--version", "v0.32.1"] },
	{ name: "capabilities of an unknown version", args: ["capabilities", "--version", "v9.9.9"] },
	{
		name: "capabilities of a file",
		args: ["capabilities", "--file", "c.json"],
		files: {
			"c.json":
				'{"builtins": [{"name": "count", "decl": {"args": [{"type": "any"}], "result": {"type": "number"}, "type": "function"}}], "features": ["rego_v1"], "extra": 1}',
		},
	},
	{ name: "capabilities of a missing file", args: ["capabilities", "--file", "nope.json"] },
	{
		name: "capabilities of a file that is no JSON",
		args: ["capabilities", "--file", "c.json"],
		files: { "c.json": "{" },
	},
	{ name: "capabilities of two sources", args: ["capabilities", "--current", "--version", "v0.32.1"] },
	{ name: "capabilities of v0", args: ["capabilities", "--current", "--v0-compatible"] },

	{ name: "bench without a query", args: ["bench"] },
	{ name: "bench with two queries", args: ["bench", "1", "2"] },
	{ name: "bench of undefined", args: ["bench", "data.a"] },
	{ name: "bench of a query that does not parse", args: ["bench", "data.a ["] },
	{ name: "bench of a missing file", args: ["bench", "-d", "nope.rego", "1"] },
	{ name: "bench of a file that does not compile", args: ["bench", "-d", "unsafe.rego", "1"], files: broken },
	{ name: "bench with an unknown format", args: ["bench", "-f", "xml", "1"] },
	{ name: "bench of a missing input", args: ["bench", "-i", "nope.json", "1"] },
	{ name: "bench of nothing", args: ["bench", ""] },
];
