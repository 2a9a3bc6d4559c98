package test

f("a", _) := 1

f(x, [y, z]) := x if {
	y == z
}

p := f(input.x, input.y)
