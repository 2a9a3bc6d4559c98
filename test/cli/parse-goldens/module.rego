package a.b

import data.x as y

# METADATA
# title: t
p contains x if {
	some x in input.l
	not x == 1
	count(x) > 1 with input as 2
}
default q := {"a": [1, 2.5], "b": {1, 2}}
f(x, _) := y if { y := [z | z := x] } else := 3 if every k, v in x { v }
r.s[x] := $"a{x}b" if x := "k"
import future.keywords.not
import future.keywords.and
# METADATA
# title: pk
# organizations: [a]
# custom: {b: 1, a: 2}
g contains {"a": x, "b": {y: 1 | y := x}, "c": {1 | true}} if { x := -1; not { x == 2 }; x == 1 and { x == 2 } }
h.i := null
j[1] := `raw`
foo.bar(x) if x == 1
foo.baz(x) := 1 if x == 1
foo.q(x) := 1
foo.w if true
foo.e := 1
foo.r := 1 if true
foo.t.z if true
foo.u.v contains 1 if true
foo[x] if x := 1
foo.k = 1 if true
foo.g = true if true
f(x) if x
p if true
o := {"a": 1, "b": 2, "a": 3}
