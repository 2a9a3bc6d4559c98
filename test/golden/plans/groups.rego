package test

p := {g: names |
	some x in input.xs
	g := x.group
	names := {y.name | some y in input.xs; y.group == g}
}
