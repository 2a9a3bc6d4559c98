package test

default complete := "none"

complete := input.a

complete := "b" if input.b

default only_default := {"a": [1]}

nested.a.b := input.a

nested.a.c contains input.c

nested.d[input.k] := input.v

nested.e[input.k].f contains input.v

nested.g[k][l] := v if {
	some k, m in input.o
	some l, v in m
}

uses := [complete, only_default, nested.a.b, nested.a[input.k], nested.d.x, nested.d, nested, nested.g[input.k]]

at_key if {
	nested.d[input.k] == 1
	nested.a.c[input.c]
	some k
	nested.g[k].l == 2
}

negated if {
	not complete
	not nested.d[input.k]
	not input.a.b == input.c
	not startswith(input.a, input.b)
}

f(x) if x.a

f(x) if {
	x.b
	not x.c
}

recursive_free(x) := [f(x), f(x.y)]

replaced if {
	complete == 1 with input.a as 1
	complete with input as {"a": 2} with data.test.complete as 3
	f(input) with data.test.f as true
	f(input) with input.a as data.x
	count(input.a) == 7 with count as mock
	nested with data.test.nested.a as {}
	data.x.y with data.x as {"y": input.a}
}

mock(_) := 7
