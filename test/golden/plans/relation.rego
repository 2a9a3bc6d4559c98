package test

p contains path if {
	walk(input, [path, "x"])
}
