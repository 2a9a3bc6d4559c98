package test

arrays := [a, b, c] if [a, [b, 1], c] = input.x

objects := [a, b] if {"k": a, "l": {"m": b, "n": "o"}} = input.x

backwards := a if input.x = [a, _, input.y]

both := [a, b] if [a, input.y] = [input.x, b]

chained := [a, b] if {
	a = b
	b = input.x
}

keys := v if {
	k := "a"
	{k: v, "b": input.y} = input.x
}

constants if {
	[1, "a"] = input.x
	{"k": true} = input.y
	[input.a, 2] = [1, input.b]
}

sets if {
	{1, x} = {x, 1}
	x = 2
}

f([a, b], {"k": c}) := [a, b, c]

f(1, _) := "one"

f("a", x) := x

default g(_) := "none"

g(x) := x.y

called := [f([1, 2], {"k": 3}), f(input.x, input.y), g(input)]

found contains [k, v] if {
	some k, [v, "w"] in input.o
}

bound if {
	x := input.x
	[x, y] = input.pair
	y == x
}

in_brackets[k] := v if v := input.o[k][input.l[_]]

in_call if {
	some x
	plus(input.list[x], 1, input.sum)
}
