package test

p if {
	x := input.a.b
	x > 3
	input.c
}
