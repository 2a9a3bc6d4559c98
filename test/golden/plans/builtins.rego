package test

p if {
	regex.match(`^a+$`, input.s)
	contains(input.s, "b")
	count(input.s) < 10
	input.n + 1 == 2
	is_string(input.s)
	glob.match("*.com", [], input.s)
}
