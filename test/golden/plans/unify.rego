package test

p := y if {
	[input.a, 2] = [x, y]
	x == 1
}
