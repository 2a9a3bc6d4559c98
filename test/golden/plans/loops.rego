package test

constant := [x | some x in ["a", "b"]; input[x]]

indexed := {i: x | some i, x in ["a", "b"]}

nothing := [x | some x in []; x]

mixed := [x | some x in ["a", 1]; x == input.a]

grouped := [n |
	some g in input.groups
	n := [y | some y in input.list; y.group == g]
]

counted := [n |
	some g in input.groups
	n := count([y | some y in input.list; y.group == g])
]

keyed := [n |
	some g in input.groups
	n := [i | some i, y in input.list; g == y.group]
]

by_more := [n |
	some g in input.groups
	n := [y | some y in data.list; y.a == g.a; lower(y.b) == g.b]
]

fixed := [x | some x in input.list; x.a == input.b; x.c == data.d.e]

inner := [x |
	some x in input.list
	some y in x.ys
	y == input.b
	x.a == input.c
]

all_of if {
	every k, v in input.o {
		k != "a"
		v.x == input.x
	}
	every v in ["a", "b"] {
		input[v]
	}
}

any_of if {
	some k
	input.o[k].x == input.x
	input.p[_] == k
}

related := [p | walk(input, [p, v]); v == input.x]
