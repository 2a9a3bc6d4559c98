package test

# What is evaluated before the expression it stands in, and patterns around unbound variables.
keys contains n if {
	some n
	{input.k: n, "b": input.x[n]} = input.y
}

in_array contains [n, m] if {
	some n
	[n, input.x[n]] = [m, 1]
}

in_set if {1, input.a} == {input.b, 1}

negated if {
	not startswith(input.a, "b")
	not input.a.b == input.c
	not [input.a] == [input.c]
	not {"k": input.a[0]} == input.c
	not input.a[input.b]
	not count([1 | input.a[_]]) == 1
	not f(input.a, count(input.b))
	not input.x[f(input.a, 1)]
}

f(x, y) := x + y

walked contains p if {
	walk(input, [p, 1])
}

steps contains v if {
	walk(input.tree, [["a", k, "c"], v])
	k != "x"
}

deep contains [a, b] if walk(input, [[a, _, b], _])

fixed if walk(input, [["a", 0], "z"])

guarded contains x if {
	x := input.list[_]
	some y in input.others
	x.a == y.a
	input.on
	input.mode == "m"
	to_number(input.n) == 1
}

guarded_more if {
	z := {"a": input.q, input.k: 1}
	g(z)
	input.late == 1
}

g(x) if x.a == 1

aliases := z if {
	x = y
	y = z
	z = input.a
}

some_values contains v if some v, _ in input.o

some_nothing if some _ in input.list

wild if input.a[_] == input.b[_]
