package test

p if {
	print("x is", input.x)
	input.x
}
