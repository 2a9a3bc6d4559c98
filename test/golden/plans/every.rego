package test

p if {
	every k, v in input.xs {
		startswith(k, "a")
		v > 0
	}
}
