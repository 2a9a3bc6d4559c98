package test

p := count([x | some x in input.xs; x > 1])

q := {g: n |
	some x in input.xs
	g := x.group
	n := count([y | some y in input.xs; y.group == g])
}
