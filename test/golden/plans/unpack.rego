package test

p := [a, b, c] if {
	[a, [b, _]] = input.list
	{"k": c, "l": 1} = input.object
}
