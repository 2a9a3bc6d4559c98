/**
 * Invocations of `opa eval` with --explain, --profile or --coverage whose outputs are kept in
 * test/cli/watch-goldens.json. Read by record-watch-goldens.js, which needs the real opa.
 */
const policy = `package p

import rego.v1

default allow := false

allow if {
	some role in input.roles
	grants(role, input.action)
	not denied
}

grants("admin", _)

grants(r, a) if {
	x := data.perms[r]
	a in x
}

denied if input.user in {"eve", "mallory"}

names contains upper(n) if some n in input.roles

m[k] := v if {
	some k, v in {"a": count(input.roles), "b": 2}
	v > 1
}

q := [x | x := input.roles[_]; startswith(x, "a")]

t if {
	trace("hello")
	every x in input.roles { x != "zz" }
	$"a {input.user}" == "a bob"
}

level := "high" if input.score > 10 else := "low" if input.score > 1 else := "none"

nested[a].b[c] contains d if {
	some a in ["x", "y"]
	c := 1
	d := {"k": a, "list": [c, input.user]}
}

replaced if {
	t with input.roles as ["a"] with input.user as "bob"
	upper("x") == "mock" with upper as mock
}

mock(_) := "mock"

objects := {k: v | some k; v := input[k]}

walked contains p if {
	walk(input, [p, "dev"])
}

conflict := 1 if input.user

conflict := 2 if input.roles

fails if {
	to_number(input.user) == 1
}
`;
const files = {
	"p.rego": policy,
	"d.json": '{"perms": {"dev": ["write"]}}\n',
	"in.json": '{"user": "bob", "roles": ["dev", "admin"], "action": "read", "score": 5}\n',
	"v0.rego":
		"package old\n\nimport future.keywords.in\n\nallow { not deny }\n\ndeny { some x in input.l; x == 3 }\n\np[x] = y { y := input.l[x] }\n",
};
const base = ["-d", "p.rego", "-d", "d.json", "-i", "in.json"];
const one = (name, args) => ({ name, args, files });
const rules = [
	"allow",
	"names",
	"m",
	"m.a",
	"m[k]",
	"q[_]",
	"t",
	"level",
	"nested",
	"nested.x.b[1]",
	"nested[_].b",
	"replaced",
	"objects",
	"walked",
	"conflict",
	"fails",
	"grants",
	"nothing",
];

export const invocations = [
	...rules.map((r) => one(`explain-full ${r}`, [...base, "--explain", "full", "-f", "pretty", `data.p.${r}`])),
	...["allow", "m", "nested.x", "replaced"].flatMap((r) =>
		["notes", "fails", "debug"].map((mode) =>
			one(`explain-${mode} ${r}`, [...base, "--explain", mode, "-f", "pretty", `data.p.${r}`]),
		),
	),
	one("explain-notes t", [...base, "--explain", "notes", "-f", "pretty", "data.p.t"]),
	one("explain-values", [...base, "--explain", "full", "--var-values", "-f", "pretty", "data.p"]),
	one("explain-plain", [
		...base,
		"--explain",
		"full",
		"--disable-indexing",
		"--disable-early-exit",
		"-f",
		"pretty",
		"data.p.allow",
	]),
	one("explain-json", [...base, "--explain", "full", "data.p.allow"]),
	one("explain-json whole", [...base, "--explain", "fails", "data.p.m"]),
	one("explain-json notes", [...base, "--explain", "notes", "data.p.t"]),
	one("explain-json conflict", [...base, "--explain", "full", "data.p.conflict"]),
	one("explain-query", [
		...base,
		"--explain",
		"full",
		"-f",
		"pretty",
		'some x in input.roles; x != "dev"; y := {x: 1}',
	]),
	one("explain-query json", ["--explain", "full", "x := 1; y = x + 1; not y == 3"]),
	one("explain-undefined", ["--explain", "full", "-f", "pretty", "data.foo.bar"]),
	one("explain-strict", ["--explain", "full", "-f", "pretty", "--strict-builtin-errors", "1 / 0"]),
	one("explain-v0", ["-d", "v0.rego", "--v0-compatible", "--explain", "full", "-f", "pretty", "data.old"]),
	one("explain-raw", [...base, "--explain", "full", "-f", "raw", "data.p.level"]),
	one("profile", [...base, "--profile", "--profile-limit", "0", "--profile-sort", "line", "data.p.allow"]),
	one("profile-evals", [
		...base,
		"--profile",
		"--profile-limit",
		"0",
		"--profile-sort",
		"num_eval,file,line",
		"data.p.m",
	]),
	one("profile-undefined", [...base, "--profile", "data.p.nothing"]),
	one("coverage", [...base, "--coverage", "data.p"]),
	one("coverage allow", [...base, "--coverage", "data.p.allow"]),
	one("coverage early", [...base, "--coverage", "--coverage-runs", "early_exit", "data.p.allow"]),
	one("coverage both", [...base, "--coverage", "--coverage-runs", "early_exit,index_excluded", "data.p.level"]),
	one("coverage-pretty", [...base, "--coverage", "-f", "pretty", "data.p.level"]),
	one("coverage-kind", [...base, "--coverage", "--coverage-runs", "other", "data.p.level"]),
	one("coverage-v0", ["-d", "v0.rego", "--v0-compatible", "-i", "in.json", "--coverage", "data.old"]),
	one("coverage-none", ["--coverage", "1 + 1"]),
];
